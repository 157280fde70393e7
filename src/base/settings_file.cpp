#include "base/settings_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <string_view>

#include "base/setting.hpp"
#include "base/syscalls.hpp"
#include "base/unique_fd.hpp"

namespace forklore {

namespace {

// Files that include each other would never end.
constexpr int k_deepest = 10;

// After so many mistakes it is probably another kind of file.
constexpr int k_most_mistakes = 100;

std::optional<std::string> read_file(const std::string& path) {
    UniqueFd file{sys::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file) return {};
    std::string text;
    char buffer[4096];
    for (;;) {
        ssize_t n = sys::read(file.get(), buffer, sizeof buffer);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return {};
        if (n == 0) return text;
        text.append(buffer, static_cast<std::size_t>(n));
    }
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Cuts one file into tokens. Each kind is matched as far as it goes; the longest match wins.
class Tokens {
public:
    enum class Kind {
        end_of_file,
        end_of_line,
        name,
        qualified_name,
        string,
        bare_text,
        number,
        equals,
        wrong
    };
    struct Token {
        Kind kind;
        std::string_view text;
    };

    explicit Tokens(std::string_view text) : rest_(text) {}

    Token next() {
        skip_blanks();
        if (rest_.empty()) return {Kind::end_of_file, {}};
        Token best{rest_.front() == '\n'  ? Kind::end_of_line
                   : rest_.front() == '=' ? Kind::equals
                                          : Kind::wrong,
                   rest_.substr(0, 1)};
        auto offer = [&](Kind kind, std::size_t length) {
            if (length > best.text.size() || (length > 0 && best.kind == Kind::wrong)) {
                best = {kind, rest_.substr(0, length)};
            }
        };
        std::size_t name = name_length(0);
        offer(Kind::name, name);
        if (name > 0 && name < rest_.size() && rest_[name] == '.') {
            std::size_t second = name_length(name + 1);
            if (second > 0) offer(Kind::qualified_name, name + 1 + second);
        }
        offer(Kind::string, string_length());
        offer(Kind::bare_text, bare_length());
        offer(Kind::number, integer_length());
        offer(Kind::number, real_length());
        rest_.remove_prefix(best.text.size());
        return best;
    }

    // Goes behind the end of this line.
    void skip_line() {
        std::size_t end = rest_.find('\n');
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    }

private:
    void skip_blanks() {
        std::size_t blanks = rest_.find_first_not_of(" \t\r");
        rest_.remove_prefix(blanks == std::string_view::npos ? rest_.size() : blanks);
        if (rest_.empty() || rest_.front() != '#') return;
        std::size_t end = rest_.find('\n');
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
    }

    template <typename Predicate>
    std::size_t run(std::size_t from, Predicate matches) const {
        while (from < rest_.size() && matches(rest_[from])) ++from;
        return from;
    }

    std::size_t name_length(std::size_t from) const {
        if (from >= rest_.size() || !is_letter(rest_[from])) return 0;
        return run(from, [](char c) { return is_letter(c) || is_digit(c); }) - from;
    }

    std::size_t bare_length() const {
        if (!is_letter(rest_.front())) return 0;
        return run(0, [](char c) {
            return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == ':' || c == '/';
        });
    }

    std::size_t string_length() const {
        if (rest_.front() != '\'') return 0;
        for (std::size_t i = 1; i < rest_.size() && rest_[i] != '\n'; ++i) {
            bool doubled = rest_[i] == '\'' && i + 1 < rest_.size() && rest_[i + 1] == '\'';
            bool escaped = rest_[i] == '\\' && i + 1 < rest_.size() && rest_[i + 1] != '\n';
            if (doubled || escaped) {
                ++i;
            } else if (rest_[i] == '\'') {
                return i + 1;
            } else if (rest_[i] == '\\') {
                return 0;
            }
        }
        return 0;
    }

    std::size_t sign_length() const { return rest_.front() == '-' || rest_.front() == '+' ? 1 : 0; }

    std::size_t integer_length() const {
        std::size_t sign = sign_length();
        std::size_t end = run(sign, is_digit);
        if (end == sign) return 0;
        if (end == sign + 1 && rest_[sign] == '0' && end + 1 < rest_.size() && rest_[end] == 'x' &&
            is_hex_digit(rest_[end + 1])) {
            end = run(end + 1, is_hex_digit);
        }
        return run(end, [](char c) { return is_letter(c) && c != '_' && (c & 0x80) == 0; });
    }

    std::size_t real_length() const {
        std::size_t end = run(sign_length(), is_digit);
        if (end >= rest_.size() || rest_[end] != '.') return 0;
        end = run(end + 1, is_digit);
        if (end >= rest_.size() || (rest_[end] != 'e' && rest_[end] != 'E')) return end;
        std::size_t exponent = end + 1;
        if (exponent < rest_.size() && (rest_[exponent] == '-' || rest_[exponent] == '+')) ++exponent;
        std::size_t exponent_end = run(exponent, is_digit);
        return exponent_end > exponent ? exponent_end : end;
    }

    std::string_view rest_;
};

// What a quoted text means: '' is a quote, a backslash escapes as in C.
std::string unquote(std::string_view quoted) {
    std::string text;
    std::string_view inner = quoted.substr(1, quoted.size() - 2);
    for (std::size_t i = 0; i < inner.size(); ++i) {
        char c = inner[i];
        if (c == '\'') {
            text += c;
            ++i;
        } else if (c == '\\' && i + 1 < inner.size()) {
            c = inner[++i];
            switch (c) {
                case 'b': text += '\b'; break;
                case 'f': text += '\f'; break;
                case 'n': text += '\n'; break;
                case 'r': text += '\r'; break;
                case 't': text += '\t'; break;
                default: {
                    int octal = 0;
                    std::size_t digits = 0;
                    while (digits < 3 && i + digits < inner.size() && inner[i + digits] >= '0' &&
                           inner[i + digits] <= '7') {
                        octal = octal * 8 + (inner[i + digits++] - '0');
                    }
                    if (digits > 0) {
                        text += static_cast<char>(octal);
                        i += digits - 1;
                    } else {
                        text += c;
                    }
                }
            }
        } else {
            text += c;
        }
    }
    return text;
}

class Reader {
public:
    explicit Reader(SettingsFile& result) : result_(result) {}

    void read(const std::string& path, int depth) {
        if (depth > k_deepest) {
            return fail(Error(sqlstate::program_limit_exceeded,
                              "could not open configuration file \"{}\": maximum nesting depth exceeded",
                              path));
        }
        std::optional<std::string> text = read_file(path);
        if (!text) return fail(cannot_open("file", path, errno));
        Tokens tokens(*text);
        int mistakes = 0;
        Tokens::Token end{Kind::end_of_line, {}};
        for (int line = 1; end.kind != Kind::end_of_file; ++line) {
            end = read_line(tokens, path, line, depth);
            if (end.kind == Kind::end_of_line || end.kind == Kind::end_of_file) continue;
            if (++mistakes == k_most_mistakes) {
                return fail(Error(sqlstate::program_limit_exceeded,
                                  "too many syntax errors found, abandoning file \"{}\"", path));
            }
            tokens.skip_line();
        }
    }

private:
    using Kind = Tokens::Kind;

    // One line. Returns the token that it ends with, which in a good line is an end.
    Tokens::Token read_line(Tokens& tokens, const std::string& path, int line, int depth) {
        Tokens::Token name = tokens.next();
        if (is_end(name)) return name;
        if (name.kind != Kind::name && name.kind != Kind::qualified_name) return mistake(name, path, line);
        Tokens::Token value = tokens.next();
        if (value.kind == Kind::equals) value = tokens.next();
        if (!is_value(value)) return mistake(value, path, line);
        Tokens::Token end = tokens.next();
        if (!is_end(end)) return mistake(end, path, line);
        std::string text = value.kind == Kind::string ? unquote(value.text) : std::string(value.text);
        obey({std::string(name.text), std::move(text), path, line}, depth);
        return end;
    }

    static bool is_end(const Tokens::Token& token) {
        return token.kind == Kind::end_of_line || token.kind == Kind::end_of_file;
    }

    static bool is_value(const Tokens::Token& token) {
        return token.kind == Kind::name || token.kind == Kind::bare_text || token.kind == Kind::number ||
               token.kind == Kind::string;
    }

    Tokens::Token mistake(const Tokens::Token& near, const std::string& path, int line) {
        std::string where = is_end(near) ? "end of line" : fmt::format("token \"{}\"", near.text);
        fail(
            Error(sqlstate::syntax_error, "syntax error in file \"{}\" line {}, near {}", path, line, where));
        return near;
    }

    void fail(Error error) { result_.errors.push_back(std::move(error)); }

    static Error cannot_open(std::string_view what, const std::string& path, int error) {
        return Error(code_for_errno(error), "could not open configuration {} \"{}\": {}", what, path,
                     errno_text(error));
    }

    // Keeps a setting's line, follows an include.
    void obey(SettingLine line, int depth) {
        bool folder = compare_setting_names(line.name, "include_dir") == 0;
        bool may_be_missing = compare_setting_names(line.name, "include_if_exists") == 0;
        if (!folder && !may_be_missing && compare_setting_names(line.name, "include") != 0) {
            return result_.lines.push_back(std::move(line));
        }
        if (line.value.find_first_not_of(" \t\r\n") == std::string::npos) {
            return fail(Error(sqlstate::invalid_parameter_value, "empty configuration {} name: \"{}\"",
                              folder ? "directory" : "file", line.value));
        }
        std::string path = relative_to(line.file, line.value);
        if (folder) return include_folder(path, depth);
        if (path == line.file) {
            return fail(Error(sqlstate::invalid_parameter_value, "configuration file recursion in \"{}\"",
                              line.file));
        }
        if (may_be_missing && ::access(path.c_str(), F_OK) != 0 && errno == ENOENT) {
            return result_.missing.push_back(std::move(path));
        }
        read(path, depth + 1);
    }

    // A relative path starts from the folder of the file that includes.
    static std::string relative_to(const std::string& including, const std::string& path) {
        std::size_t slash = including.rfind('/');
        if (path.front() == '/' || slash == std::string::npos) return path;
        return including.substr(0, slash + 1) + path;
    }

    // All files named *.conf that are not hidden, by name.
    void include_folder(const std::string& path, int depth) {
        std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
        if (!folder) return fail(cannot_open("directory", path, errno));
        std::vector<std::string> files;
        while (const dirent* entry = ::readdir(folder.get())) {
            std::string_view name = entry->d_name;
            if (!name.starts_with('.') && name.ends_with(".conf"))
                files.push_back(path + "/" + entry->d_name);
        }
        std::sort(files.begin(), files.end());
        for (const std::string& file : files) read(file, depth + 1);
    }

    SettingsFile& result_;
};

}  // namespace

SettingsFile read_settings_file(const std::string& path) {
    SettingsFile result;
    Reader(result).read(path, 0);
    return result;
}

}  // namespace forklore
