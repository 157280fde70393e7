#include "queries/parse/backslashes.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"
#include "queries/parse/grammar.hpp"
#include "queries/parse/lexer.hpp"
#include "queries/query_settings.hpp"

namespace forklore {

namespace {

// A blank before it keeps the letter apart from a word that the quote follows at once.
constexpr std::string_view k_mark = " E";

void warn_of_escape(char escaped, int position) {
    Report warning;
    warning.severity = Severity::warning;
    warning.code = sqlstate::nonstandard_use_of_escape_character;
    warning.position = position;
    if (escaped == '\'') {
        warning.message = "nonstandard use of \\' in a string literal";
        warning.hint = "Use '' to write quotes in strings, or use the escape string syntax (E'...').";
    } else if (escaped == '\\') {
        warning.message = "nonstandard use of \\\\ in a string literal";
        warning.hint = "Use the escape string syntax for backslashes, e.g., E'\\\\'.";
    } else {
        warning.message = "nonstandard use of escape in a string literal";
        warning.hint = "Use the escape string syntax for escapes, e.g., E'\\r\\n'.";
    }
    report(warning);
}

void refuse_backslash_quote(std::string_view text, const Token& token) {
    for (std::size_t i = token.begin; i + 1 < token.end; ++i) {
        if (text[i] != '\\') continue;
        if (text[++i] == '\'')
            throw Error(sqlstate::nonstandard_use_of_escape_character, "unsafe use of \\' in a string literal")
                .hint("Use '' to write quotes in strings. \\' is insecure in client-only encodings.")
                .position(character_position(text, static_cast<int>(token.begin)));
    }
}

}  // namespace

EscapedText::EscapedText(std::string_view text) {
    Lexer lexer(text, true);
    Token token;
    std::size_t copied = 0;
    while (lexer.next(token)) {
        const int position = character_position(text, static_cast<int>(token.begin));
        if (token.kind == Token::Kind::unicode_string)
            throw Error(sqlstate::feature_not_supported, "unsafe use of string constant with Unicode escapes")
                .detail("String constants with Unicode escapes cannot be used when standard_conforming_strings is off.")
                .position(position);
        const bool plain = token.kind == Token::Kind::plain_string;
        if (backslash_quotes_refused() && (plain || token.kind == Token::Kind::escape_string)) refuse_backslash_quote(text, token);
        if (!plain) continue;
        text_.append(text.substr(copied, token.begin - copied));
        inserted_.push_back(text_.size());
        text_.append(k_mark);
        copied = token.begin;
        const std::size_t escape = text.substr(0, token.end).find('\\', token.begin);
        if (escape != text.npos && escape + 1 < token.end && escape_string_warning_setting.value()) warn_of_escape(text[escape + 1], position);
    }
    text_.append(text.substr(copied));
}

int EscapedText::original(int offset) const {
    if (offset < 0) return offset;
    const auto at = static_cast<std::size_t>(offset);
    std::size_t added = 0;
    for (const std::size_t mark : inserted_) {
        if (mark >= at) break;
        added += std::min(k_mark.size(), at - mark);
    }
    return static_cast<int>(at - added);
}

bool backslash_quotes_refused() { return static_cast<BackslashQuote>(backslash_quote_setting.value()) == BackslashQuote::off; }

void refuse_backslash_quotes(std::string_view text) {
    Lexer lexer(text);
    Token token;
    while (lexer.next(token))
        if (token.kind == Token::Kind::escape_string) refuse_backslash_quote(text, token);
}

}  // namespace forklore
