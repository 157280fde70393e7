#include "queries/types/json_parser.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "queries/parse/stack_depth.hpp"
#include "queries/types/datetime_tokens.hpp"
#include "queries/types/utf8.hpp"

namespace forklore {

namespace {

bool is_json_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_word(char c) { return is_digit(c) || is_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80; }

int hex_digit(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// The line up to where reading stopped, cut to about fifty bytes.
std::string context_line(std::string_view text, std::size_t stop, bool at_end) {
    constexpr std::size_t k_most = 50;
    const std::string_view before = text.substr(0, stop);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t newline = before.rfind('\n');
    const std::size_t line_start = newline == std::string_view::npos ? 0 : newline + 1;
    std::size_t begin = line_start;
    while (stop - begin >= k_most) begin += utf8_length(text[begin]);
    begin = std::min(begin, stop);
    // A few characters more are better than dots in their place.
    if (begin - line_start <= 3) begin = line_start;
    const bool more = !at_end && stop < text.size() && text[stop] != '\n' && text[stop] != '\r';
    return fmt::format("JSON data, line {}: {}{}{}", line, begin > line_start ? "..." : "", text.substr(begin, stop - begin), more ? "..." : "");
}

class Parser {
public:
    Parser(std::string_view text, JsonHandler& handler, Arena* unescape) : text_(text), handler_(handler), arena_(unescape) {}

    void parse() {
        advance();
        value("Expected JSON value");
        if (token_ != Token::end) unexpected("Expected end of input");
    }

private:
    enum class Token : std::uint8_t { end, string, number, word, punctuation };

    [[noreturn]] void fail(std::string detail, bool at_end = false, const SqlState& code = sqlstate::invalid_text_representation) const {
        if (code == sqlstate::untranslatable_character)
            throw Error(code, "unsupported Unicode escape sequence").detail(std::move(detail)).context(context_line(text_, at_, at_end));
        throw Error(code, "invalid input syntax for type json").detail(std::move(detail)).context(context_line(text_, at_, at_end));
    }
    [[noreturn]] void unexpected(std::string_view expected) const {
        if (token_ == Token::end) fail("The input string ended unexpectedly.", true);
        fail(fmt::format("{}, but found \"{}\".", expected, written()));
    }
    [[noreturn]] void invalid_token() const { fail(fmt::format("Token \"{}\" is invalid.", written())); }

    std::string_view written() const { return text_.substr(begin_, at_ - begin_); }
    bool is(char c) const { return token_ == Token::punctuation && text_[begin_] == c; }

    void advance() {
        while (at_ < text_.size() && is_json_blank(text_[at_])) ++at_;
        begin_ = at_;
        if (at_ == text_.size()) {
            token_ = Token::end;
            return;
        }
        const char c = text_[at_];
        if (std::string_view("{}[],:").find(c) != std::string_view::npos) {
            token_ = Token::punctuation;
            ++at_;
        } else if (c == '"') {
            token_ = Token::string;
            string();
        } else if (c == '-' || is_digit(c)) {
            token_ = Token::number;
            number();
        } else {
            while (at_ < text_.size() && is_word(text_[at_])) ++at_;
            if (at_ == begin_) ++at_;
            token_ = Token::word;
            const std::string_view word = written();
            if (word != "true" && word != "false" && word != "null") invalid_token();
        }
    }

    void number() {
        auto digits = [this] {
            const std::size_t from = at_;
            while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
            return at_ != from;
        };
        auto at = [this](char c) { return at_ < text_.size() && text_[at_] == c; };
        bool valid = true;
        if (at('-')) ++at_;
        if (at('0')) ++at_;
        else valid = digits();
        if (at('.')) {
            ++at_;
            valid = digits() && valid;
        }
        if (at('e') || at('E')) {
            ++at_;
            if (at('+') || at('-')) ++at_;
            valid = digits() && valid;
        }
        const std::size_t end = at_;
        while (at_ < text_.size() && is_word(text_[at_])) ++at_;
        if (!valid || at_ != end) invalid_token();
    }

    /// A string; its value is left in string_.
    void string() {
        const std::size_t first = ++at_;
        bool escaped = false;
        while (at_ < text_.size() && text_[at_] != '"') {
            const auto c = static_cast<unsigned char>(text_[at_]);
            if (c < ' ') fail(fmt::format("Character with value 0x{:02x} must be escaped.", c));
            ++at_;
            if (c == '\\') {
                escaped = true;
                escape();
            } else if (high_surrogate_ != 0) {
                no_low_surrogate();
            }
        }
        if (at_ == text_.size()) invalid_token();
        ++at_;
        if (high_surrogate_ != 0) no_low_surrogate();
        string_ = text_.substr(first, at_ - 1 - first);
        if (escaped && arena_ != nullptr) string_ = unescape_json(*arena_, string_);
    }

    [[noreturn]] void no_low_surrogate() const { fail("Unicode low surrogate must follow a high surrogate."); }

    void escape() {
        if (at_ == text_.size()) invalid_token();
        const char c = text_[at_];
        if (c != 'u') {
            const std::size_t length = utf8_length(c);
            const std::size_t from = at_;
            at_ = std::min(at_ + length, text_.size());
            if (std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos)
                fail(fmt::format("Escape sequence \"\\{}\" is invalid.", text_.substr(from, at_ - from)));
            if (high_surrogate_ != 0) no_low_surrogate();
            return;
        }
        ++at_;
        std::uint32_t code = 0;
        for (int i = 0; i < 4; ++i) {
            if (at_ == text_.size()) invalid_token();
            const int digit = hex_digit(text_[at_]);
            at_ = std::min(at_ + utf8_length(text_[at_]), text_.size());
            if (digit < 0) fail("\"\\u\" must be followed by four hexadecimal digits.");
            code = code * 16 + static_cast<std::uint32_t>(digit);
        }
        if (arena_ == nullptr) return;  // what an escape stands for matters only to who unescapes
        if (code >= 0xd800 && code < 0xdc00) {
            if (high_surrogate_ != 0) fail("Unicode high surrogate must not follow a high surrogate.");
            high_surrogate_ = code;
        } else if (code >= 0xdc00 && code < 0xe000) {
            if (high_surrogate_ == 0) no_low_surrogate();
            high_surrogate_ = 0;
        } else {
            if (high_surrogate_ != 0) no_low_surrogate();
            if (code == 0) fail("\\u0000 cannot be converted to text.", false, sqlstate::untranslatable_character);
        }
    }

    void value(std::string_view expected) {
        if (is('{')) return object();
        if (is('[')) return array();
        if (token_ == Token::string) {
            handler_.string(string_);
        } else if (token_ == Token::number) {
            handler_.number(written());
        } else if (token_ == Token::word) {
            if (written() == "null") handler_.null();
            else handler_.boolean(written() == "true");
        } else {
            unexpected(expected);
        }
        advance();
    }

    void object() {
        check_stack_depth();
        handler_.begin_object();
        advance();
        if (!is('}')) {
            for (std::string_view expected = "Expected string or \"}\"";; expected = "Expected string") {
                if (token_ != Token::string) unexpected(expected);
                handler_.key(string_);
                advance();
                if (!is(':')) unexpected("Expected \":\"");
                advance();
                value("Expected JSON value");
                if (is('}')) break;
                if (!is(',')) unexpected("Expected \",\" or \"}\"");
                advance();
            }
        }
        handler_.end_object();
        advance();
    }

    void array() {
        check_stack_depth();
        handler_.begin_array();
        advance();
        if (!is(']')) {
            for (;;) {
                value("Expected JSON value");
                if (is(']')) break;
                if (!is(',')) unexpected("Expected \",\" or \"]\"");
                advance();
            }
        }
        handler_.end_array();
        advance();
    }

    std::string_view text_;
    JsonHandler& handler_;
    Arena* arena_;
    std::size_t begin_ = 0, at_ = 0;   // of the present token: its beginning and its end
    Token token_ = Token::end;
    std::string_view string_;
    std::uint32_t high_surrogate_ = 0;
};

}  // namespace

void parse_json(std::string_view text, JsonHandler& handler, Arena* unescape) { Parser(text, handler, unescape).parse(); }

std::string_view unescape_json(Arena& arena, std::string_view written) {
    if (written.find('\\') == std::string_view::npos) return written;
    char* const buffer = static_cast<char*>(arena.allocate_bytes(written.size(), 1));
    char* to = buffer;
    std::uint32_t high = 0;
    for (std::size_t i = 0; i < written.size(); ++i) {
        if (written[i] != '\\') {
            *to++ = written[i];
            continue;
        }
        switch (written[++i]) {
            case 'b': *to++ = '\b'; break;
            case 'f': *to++ = '\f'; break;
            case 'n': *to++ = '\n'; break;
            case 'r': *to++ = '\r'; break;
            case 't': *to++ = '\t'; break;
            case 'u': {
                std::uint32_t code = 0;
                for (int n = 0; n < 4; ++n) code = code * 16 + static_cast<std::uint32_t>(hex_digit(written[++i]));
                if (code >= 0xd800 && code < 0xdc00) {
                    high = code;
                    break;
                }
                if (code >= 0xdc00 && code < 0xe000) code = 0x10000 + ((high - 0xd800) << 10) + (code - 0xdc00);
                to += utf8_put(code, to);
                break;
            }
            default: *to++ = written[i]; break;
        }
    }
    return {buffer, static_cast<std::size_t>(to - buffer)};
}

JsonKind json_kind(std::string_view text) {
    while (is_json_blank(text.front())) text.remove_prefix(1);
    switch (text.front()) {
        case '{': return JsonKind::object;
        case '[': return JsonKind::array;
        case '"': return JsonKind::string;
        case 't':
        case 'f': return JsonKind::boolean;
        case 'n': return JsonKind::null;
        default: return JsonKind::number;
    }
}

JsonCursor::JsonCursor(std::string_view text) : rest_(text) {
    skip_blanks();
    object_ = rest_.front() == '{';
    rest_.remove_prefix(1);
}

void JsonCursor::skip_blanks() {
    while (!rest_.empty() && is_json_blank(rest_.front())) rest_.remove_prefix(1);
}

/// Takes a whole value off, counting brackets outside of strings.
std::string_view JsonCursor::take_value() {
    const std::string_view begin = rest_;
    std::size_t at = 0;
    int depth = 0;
    do {
        const char c = begin[at];
        if (c == '"') {
            for (++at; begin[at] != '"'; ++at)
                if (begin[at] == '\\') ++at;
            ++at;
        } else if (c == '{' || c == '[') {
            ++depth;
            ++at;
        } else if (c == '}' || c == ']') {
            --depth;
            ++at;
        } else if (c == ',' || c == ':' || is_json_blank(c)) {
            ++at;
        } else {
            while (at < begin.size() && (is_word(begin[at]) || begin[at] == '-' || begin[at] == '+' || begin[at] == '.')) ++at;
        }
    } while (depth > 0);
    rest_ = begin.substr(at);
    return begin.substr(0, at);
}

bool JsonCursor::next() {
    skip_blanks();
    if (rest_.front() == ',') rest_.remove_prefix(1);
    skip_blanks();
    if (rest_.front() == '}' || rest_.front() == ']') return false;
    if (object_) {
        key_ = take_value();
        key_ = key_.substr(1, key_.size() - 2);
        skip_blanks();
        rest_.remove_prefix(1);
        skip_blanks();
    }
    value_ = take_value();
    return true;
}

}  // namespace forklore
