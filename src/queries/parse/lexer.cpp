#include "queries/parse/lexer.hpp"

namespace forklore {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

// True when a line ended among them.
bool Lexer::skip_blanks() {
    bool line_ended = false;
    for (;;) {
        const char c = at(at_);
        if (at_ < text_.size() && (c == ' ' || (c >= '\t' && c <= '\r'))) {
            line_ended = line_ended || c == '\n' || c == '\r';
            ++at_;
        } else if (text_.substr(at_, 2) == "--") {
            while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
        } else if (text_.substr(at_, 2) == "/*") {
            int depth = 0;
            do {
                const std::string_view two = text_.substr(at_, 2);
                if (two == "/*") ++depth, at_ += 2;
                else if (two == "*/") --depth, at_ += 2;
                else ++at_;
            } while (depth > 0 && at_ < text_.size());
        } else {
            return line_ended;
        }
    }
}

// From an opening quote to behind the closing one; a doubled quote looks like two strings side by side, which is as good.
void Lexer::skip_quoted(char quote, bool escapes) {
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_)
        if (escapes && text_[at_] == '\\') ++at_;
    at_ = at_ < text_.size() ? at_ + 1 : text_.size();
}

// A string with its doubled quotes, and with its further parts: a quote that follows on a later line goes on with it.
void Lexer::skip_string(bool escapes) {
    for (;;) {
        skip_quoted('\'', escapes);
        if (at(at_) == '\'') continue;
        const std::size_t end = at_;
        if (skip_blanks() && at(at_) == '\'') continue;
        at_ = end;
        return;
    }
}

bool Lexer::skip_dollar_quoted() {
    std::size_t end = at_ + 1;
    if (is_digit(at(end))) return false;
    while (begins_word(at(end)) || is_digit(at(end))) ++end;
    if (at(end) != '$') return false;
    const std::string_view tag = text_.substr(at_, end - at_ + 1);
    const std::size_t close = text_.find(tag, end + 1);
    at_ = close == text_.npos ? text_.size() : close + tag.size();
    return true;
}

void Lexer::skip_word() {
    while (at_ < text_.size() && (begins_word(text_[at_]) || is_digit(text_[at_]) || text_[at_] == '$')) ++at_;
}

Token::Kind Lexer::prefixed(char letter, std::size_t quote) {
    at_ = quote;
    if (letter == 'e') {
        skip_string(true);
        return Token::Kind::escape_string;
    }
    skip_string(false);
    return letter == 'u' ? Token::Kind::unicode_string : Token::Kind::other_string;
}

bool Lexer::next(Token& token) {
    skip_blanks();
    if (at_ >= text_.size()) return false;
    token.begin = at_;
    const char c = text_[at_];
    const char letter = static_cast<char>(c | 0x20);
    if (c == '\'') {
        token.kind = Token::Kind::plain_string;
        skip_string(escapes_);
    } else if (c == '"') {
        token.kind = Token::Kind::quoted_name;
        do skip_quoted('"', false);
        while (at(at_) == '"');
    } else if ((letter == 'e' || letter == 'b' || letter == 'x' || letter == 'n') && at(at_ + 1) == '\'') {
        token.kind = prefixed(letter, at_ + 1);
    } else if (letter == 'u' && at(at_ + 1) == '&' && at(at_ + 2) == '\'') {
        token.kind = prefixed(letter, at_ + 2);
    } else if (letter == 'u' && at(at_ + 1) == '&' && at(at_ + 2) == '"') {
        token.kind = Token::Kind::quoted_name;
        at_ += 2;
        do skip_quoted('"', false);
        while (at(at_) == '"');
    } else if (c == '$' && skip_dollar_quoted()) {
        token.kind = Token::Kind::other_string;
    } else if (begins_word(c)) {
        token.kind = Token::Kind::word;
        skip_word();
    } else if (is_digit(c) || (c == '$' && is_digit(at(at_ + 1)))) {
        token.kind = Token::Kind::number;
        for (++at_; is_digit(at(at_)) || at(at_) == '.';) ++at_;
    } else {
        token.kind = Token::Kind::punctuation;
        ++at_;
    }
    token.end = at_;
    return true;
}

}  // namespace forklore
