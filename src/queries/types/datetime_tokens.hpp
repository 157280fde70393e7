/// \file
/// First step of reading dates, times and intervals: a text becomes fields, each of a kind that its characters show.
///
/// Counterpart in PostgreSQL: ParseDateTime in datetime.c; the rules of what belongs to one field are its rules, for
/// they decide which of the many spellings mean something.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace forklore {

/// What a field looks like.
enum class FieldKind : std::uint8_t {
    number,   ///< digits, perhaps with a decimal point
    date,     ///< digits or letters with '-', '/' or '.' between them; also zone names like America/New_York
    time,     ///< digits with ':' between them
    zone,     ///< a sign and a digit: `+01:30`, `-8`
    word,     ///< letters
    special,  ///< a sign and letters: `-infinity`
};

/// A field: its text, in lower case, and its kind.
struct DateTimeField {
    FieldKind kind = FieldKind::word;  ///< what it looks like
    std::string_view text;             ///< in lower case; lives as long as the DateTimeTokens
};

/// A text taken apart.
class DateTimeTokens {
public:
    /// \param text what the client sent; characters that cannot be part of a date make it invalid.
    explicit DateTimeTokens(std::string_view text);
    DateTimeTokens(const DateTimeTokens&) = delete;
    DateTimeTokens& operator=(const DateTimeTokens&) = delete;

    bool valid() const { return valid_; }                                          ///< whether it could be taken apart
    std::span<const DateTimeField> fields() const { return {fields_, count_}; }    ///< in order

private:
    static constexpr std::size_t k_most_fields = 25, k_buffer = 256;
    bool split(std::string_view text);

    DateTimeField fields_[k_most_fields];
    std::size_t count_ = 0;
    bool valid_ = false;
    char buffer_[k_buffer];
};

/// \name Character classes
/// Of ASCII only, whatever the locale.
/// \{
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }                                    ///< \param c any
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }       ///< \param c any
constexpr bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }                    ///< \param c any
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }  ///< \param c any
/// \}

/// Reads numbers off the front of a text.
class NumberReader {
public:
    explicit NumberReader(std::string_view text) : rest_(text) {}   ///< \param text what to read from
    /// An integer with an optional sign; 0 and nothing consumed when there is none, none when it does not fit.
    /// \tparam T its type
    template <typename T>
    std::optional<T> integer();
    bool skip(char c) { if (rest_.empty() || rest_.front() != c) return false; rest_.remove_prefix(1); return true; }  ///< takes a character if it is next \param c which
    char next() const { return rest_.empty() ? '\0' : rest_.front(); }   ///< the next character, NUL at the end
    bool done() const { return rest_.empty(); }                          ///< nothing left
    std::string_view rest() const { return rest_; }                      ///< what is left

private:
    std::string_view rest_;
};

/// What follows a decimal point, as a number below 1; none when it is more than digits. A lone point is 0.
/// \param text begins with the point
std::optional<double> parse_fraction(std::string_view text);

}  // namespace forklore
