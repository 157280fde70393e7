/// \file
/// The lexer: what a query text consists of, before the grammar sees it.
///
/// The grammar library has a lexer of its own and keeps it to itself. Ours knows only so much of a token as those who
/// look at a text beforehand ask for: where it begins and ends, and what kind of quotes it has. It accepts anything; what
/// is no token at all the grammar refuses.
///
/// Counterpart in PostgreSQL: parser/scan.l.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace forklore {

/// A token of a query text.
struct Token {
    /// What it is.
    enum class Kind : std::uint8_t {
        word,            ///< a name or key word
        number,          ///< digits and what follows them, `$1` included
        quoted_name,     ///< "…", U&"…"
        plain_string,    ///< '…' without anything before it, with the parts that continue it on further lines
        escape_string,   ///< E'…', likewise
        unicode_string,  ///< U&'…', likewise
        other_string,    ///< B'…', X'…', N'…', $tag$…$tag$
        punctuation,     ///< one character of an operator, a parenthesis, a comma, …
    };
    Kind kind = Kind::punctuation;   ///< what it is
    std::size_t begin = 0;           ///< where it begins in the text, in bytes
    std::size_t end = 0;             ///< and where what follows it begins
};

/// Reads a text token by token; blanks and comments are skipped.
class Lexer {
public:
    /// \param text UTF-8; must outlive this \param escapes whether a backslash in '…' escapes what follows
    explicit Lexer(std::string_view text, bool escapes = false) : text_(text), escapes_(escapes) {}
    /// The next token. \param token set to it \return false at the end of the text
    bool next(Token& token);

private:
    bool skip_blanks();
    void skip_quoted(char quote, bool escapes);
    void skip_string(bool escapes);
    bool skip_dollar_quoted();
    void skip_word();
    Token::Kind prefixed(char letter, std::size_t quote);
    char at(std::size_t i) const { return i < text_.size() ? text_[i] : '\0'; }

    std::string_view text_;
    std::size_t at_ = 0;
    bool escapes_;
};

}  // namespace forklore
