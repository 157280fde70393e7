/// \file
/// Templates of to_char and to_number for numbers: `FM999G990D00`, taken apart.
///
/// Counterpart in PostgreSQL: formatting.c.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace forklore {

/// What a piece of a template stands for.
enum class NumberPattern : std::uint8_t {
    text,        ///< itself
    nine,        ///< 9: a digit, blank when it is a leading zero
    zero,        ///< 0: a digit
    point,       ///< . or D
    comma,       ///< ,
    group,       ///< G: a comma, as in locale C
    currency,    ///< L: a blank, as in locale C
    sign,        ///< S: a sign fixed to the number
    minus,       ///< MI: a minus or a blank
    plus,        ///< PL: a plus or a blank
    plus_minus,  ///< SG: a plus or a minus
    brackets,    ///< PR: angle brackets around negative numbers
    roman, roman_lower,      ///< RN, rn
    ordinal, ordinal_lower,  ///< TH, th
    shift,       ///< V: the digits after it multiply
    scientific,  ///< EEEE
    blank_zero,  ///< B
    fill,        ///< FM: no padding
    nothing      ///< C, SP: accepted, without effect
};

/// One piece.
struct NumberPiece {
    NumberPattern pattern;  ///< what it is
    std::string text{};     ///< of a text
};

/// A template, with what its patterns add up to.
class NumberTemplate {
public:
    /// Throws Error 42601 for patterns that do not go together. \param text the template
    explicit NumberTemplate(std::string_view text);

    /// Where a sign that is fixed to the number (S) stands.
    enum class FixedSign : std::uint8_t { none, before, after };

    std::vector<NumberPiece> pieces;   ///< in order
    int before = 0;                    ///< digits before the point
    int after = 0;                     ///< digits after it
    int shift = 0;                     ///< digits after V
    int first_zero = 0;                ///< position, from 1, of the first 0 before the point; 0 for none
    int last_zero = 0;                 ///< position of the last 0, counted over the point
    int before_sign = 0;               ///< digits before the point that precede S
    FixedSign fixed_sign = FixedSign::none;  ///< where S stands
    bool has_point = false;       ///< . or D
    bool has_zero = false;        ///< 0 before the point
    bool has_sign = false;        ///< S
    bool has_shift = false;       ///< V
    bool fill_mode = false;       ///< FM
    bool has_minus = false;       ///< MI or SG
    bool has_plus = false;        ///< PL or SG
    bool has_brackets = false;    ///< PR
    bool is_roman = false;        ///< RN
    bool is_scientific = false;   ///< EEEE
    bool has_blank_zero = false;  ///< B before any digit

private:
    void count(NumberPattern pattern);
};

}  // namespace forklore
