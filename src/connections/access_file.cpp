#include "connections/access_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "base/error.hpp"
#include "base/syscalls.hpp"
#include "base/wait_event.hpp"
#include "base/wait_set.hpp"

namespace forklore {

//! [access-words]
namespace {

constexpr int k_deepest_inclusion = 8;  // files that include each other end here

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f'; }

/// The word that begins at `at`; moves `at` behind it.
AccessWord read_word(std::string_view line, std::size_t& at) {
    AccessWord word;
    bool inside = false;
    for (bool first = true; at < line.size(); ++at, first = false) {
        const char c = line[at];
        if (c == '"') {
            if (first) word.quoted = true;
            inside = !inside;
        } else if (!inside && (is_blank(c) || c == ',' || c == '#')) {
            break;
        } else {
            word.text += c;
        }
    }
    if (inside) throw Error(sqlstate::config_file_error, "unterminated quoted string");
    return word;
}
//! [access-words]

}  // namespace

//! [read-text]
std::string read_text(const std::string& path) {
    std::ifstream file(path);
    if (!file)
        throw Error(sqlstate::config_file_error, "could not open file \"{}\": {}", path, errno_text(errno));
    try {
        return {std::istreambuf_iterator<char>(file), {}};
    } catch (const std::ios_base::failure& failure) {  // half a file of rules would be worse than none
        throw Error(sqlstate::config_file_error, "could not read file \"{}\": {}", path,
                    errno_text(failure.code().value()));
    }
}
//! [read-text]

namespace {
//! [access-inclusion]
std::vector<AccessLine> parse(std::string_view text, const std::string& directory, int depth);

/// Adds a word to a token, or the words of the file that it names.
void add_word(AccessToken& token, AccessWord word, const std::string& directory, int depth) {
    if (word.quoted || word.text.size() < 2 || word.text[0] != '@') return token.push_back(std::move(word));
    if (depth == k_deepest_inclusion)
        throw Error(sqlstate::config_file_error, "could not open file \"{}\": maximum nesting depth exceeded",
                    word.text);
    const std::string name = word.text.substr(1), path = name[0] == '/' ? name : directory + "/" + name;
    for (AccessLine& line : parse(read_text(path), directory, depth + 1))
        for (AccessToken& inner : line.tokens) token.insert(token.end(), inner.begin(), inner.end());
}

//! [access-inclusion]

//! [access-line]
AccessLine parse_line(std::string_view line, int number, const std::string& directory, int depth) {
    AccessLine parsed{number, {}, std::string(line)};
    bool joined = false;  // a comma stood before: the next word belongs to the same token
    for (std::size_t at = 0; at < line.size();) {
        if (line[at] == '#') break;
        if (is_blank(line[at])) {
            ++at;
            continue;
        }
        if (line[at] == ',') {
            joined = true;
            ++at;
            continue;
        }
        if (!joined) parsed.tokens.emplace_back();
        if (parsed.tokens.empty()) parsed.tokens.emplace_back();
        add_word(parsed.tokens.back(), read_word(line, at), directory, depth);
        joined = false;
    }
    return parsed;
}
//! [access-line]

//! [access-lines]
std::vector<AccessLine> parse(std::string_view text, const std::string& directory, int depth) {
    std::vector<AccessLine> lines;
    int number = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        ++number;
        try {
            AccessLine line = parse_line(text.substr(0, end), number, directory, depth);
            if (!line.tokens.empty()) lines.push_back(std::move(line));
        } catch (Error& error) {
            if (error.report().context.empty()) error.report().context = fmt::format("line {}", number);
            throw;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

}  // namespace

std::vector<AccessLine> parse_access_text(std::string_view text, const std::string& directory) {
    return parse(text, directory, 0);
}

std::vector<AccessLine> read_access_file(const std::string& path) {
    try {
        return parse_access_text(read_text(path), path.substr(0, path.rfind('/')));
    } catch (Error& error) {
        if (!error.report().context.empty())
            error.report().context += fmt::format(" of configuration file \"{}\"", path);
        throw;
    }
}
//! [access-lines]

//! [replace-file]
std::string quote_access_word(const std::string& word) { return fmt::format("\"{}\"", word); }

void replace_file(const std::string& path, const std::string& contents, unsigned mode) {
    const std::string draft = fmt::format("{}.{}.new", path, getpid());  // two who write at once have each their own
    auto fail = [&](const char* what) {
        Error error(code_for_errno(errno), "could not {} file \"{}\": {}", what, draft, errno_text(errno));
        sys::unlink(draft.c_str());
        return error;
    };
    UniqueFd fd(sys::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (!fd) throw fail("create");
    for (std::size_t done = 0; done < contents.size();) {
        const ssize_t wrote = sys::write(fd.get(), contents.data() + done, contents.size() - done);
        if (wrote < 0 && errno != EINTR) throw fail("write");
        if (wrote > 0) done += static_cast<std::size_t>(wrote);
    }
    if (sys::fsync(fd.get()) != 0) throw fail("fsync");
    if (sys::rename(draft.c_str(), path.c_str()) != 0) throw fail("rename");
    // The new name is durable when its directory is.
    UniqueFd directory(
        sys::open(path.substr(0, path.rfind('/')).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || sys::fsync(directory.get()) != 0) throw fail("fsync directory of");
}
//! [replace-file]

//! [lock-directory]
namespace {
const WaitEvent k_directory_lock = define_wait_event(WaitEventClass::io, "DirectoryLock");
constexpr std::int64_t k_look_again_us = 10'000;
}  // namespace

// The kernel tells nobody that such a lock is free but who sleeps in flock(), and there a signal that came just before would be missed.
UniqueFd lock_directory(const std::string& path) {
    UniqueFd directory(sys::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    while (!directory || flock(directory.get(), LOCK_EX | LOCK_NB) != 0) {
        if (!directory || (errno != EWOULDBLOCK && errno != EINTR))
            throw Error(code_for_errno(errno), "could not lock directory \"{}\": {}", path,
                        errno_text(errno));
        interruptible_sleep(k_look_again_us, k_directory_lock);
    }
    return directory;
}
//! [lock-directory]

//! [remove-drafts]
void remove_drafts(const std::string& path) {
    const UniqueFd lock = lock_directory(path);
    static const std::regex draft(R"(.+\.[0-9]+\.new)");  // as replace_file() calls them
    for (const auto& entry : std::filesystem::directory_iterator(path))
        if (entry.is_regular_file() && std::regex_match(entry.path().filename().string(), draft))
            sys::unlink(entry.path().c_str());
}
//! [remove-drafts]

}  // namespace forklore
