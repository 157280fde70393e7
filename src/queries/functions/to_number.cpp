/// \file
/// to_number: a number out of a text that a template describes.
#include <string>

#include "base/error.hpp"
#include "queries/functions/families.hpp"
#include "queries/functions/number_template.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/big_number.hpp"
#include "queries/types/numeric.hpp"
#include "queries/types/utf8.hpp"

namespace forklore {

namespace {

using P = NumberPattern;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Goes through a template and a text side by side.
class Reader {
public:
    Reader(const NumberTemplate& pattern, std::string_view text) : pattern_(pattern), text_(text) {
        fixed_before_ = pattern.fixed_sign == NumberTemplate::FixedSign::before && pattern.before != pattern.before_sign;
    }

    /// The number's text: a sign or a blank, then digits and perhaps a point.
    std::string read() {
        for (const NumberPiece& piece : pattern_.pieces) {
            if (ended()) break;
            take(piece);
        }
        if (digits_.ends_with('.')) digits_.pop_back();
        return sign_ + digits_;
    }

    int decimals() const { return decimals_; }  ///< digits read after the point

private:
    bool ended() const { return at_ >= text_.size(); }
    char here() const { return text_[at_]; }

    void take(const NumberPiece& piece) {
        switch (piece.pattern) {
            case P::text: return skip_character();
            case P::nine:
            case P::zero:
            case P::point:
                take_digit(piece.pattern != P::point);
                ++at_;
                return;
            case P::comma:
            case P::group:
                if (!(pattern_.fill_mode) && here() == ',') ++at_;
                return;
            case P::currency: return skip_other(1);
            case P::ordinal:
            case P::ordinal_lower:
                if (pattern_.is_roman || sign_ == "-" || pattern_.has_point) return;
                return skip_other(2);
            case P::minus: return take_sign('-', true);
            case P::plus: return take_sign('+', true);
            case P::plus_minus:
                if (here() == '-') return take_sign('-', true);
                return take_sign('+', true);
            case P::roman:
            case P::roman_lower: throw Error(sqlstate::feature_not_supported, "\"RN\" not supported for input");
            default: return;
        }
    }

    void skip_character() { at_ += utf8_length(here()); }

    /// Skips what is not part of a number, up to so many characters.
    void skip_other(int count) {
        for (; count > 0 && !ended() && !is_digit(here()) && std::string_view(".,+-").find(here()) == std::string_view::npos; --count)
            skip_character();
    }

    void take_sign(char sign, bool skip) {
        if (here() == sign) {
            sign_ = sign;
            ++at_;
        } else if (skip) {
            skip_other(1);
        }
    }

    /// A place for a digit or the point: reads one when there is one. It leaves at_ on what was read, or on what was not.
    void take_digit(bool is_place) {
        if (here() == ' ') ++at_;
        if (ended()) return;
        bool nothing_yet = whole_ + decimals_ == 0;
        if (sign_ == " " && is_place && nothing_yet) {
            if (fixed_before_ && (here() == '-' || here() == '+')) {
                sign_ = here();
                ++at_;
            } else if (!(pattern_.has_sign && fixed_before_)) {
                if (here() == '-' || (pattern_.has_brackets && here() == '<')) {
                    sign_ = "-";
                    ++at_;
                } else if (here() == '+') {
                    sign_ = "+";
                    ++at_;
                }
            }
        }
        if (ended()) return;
        bool read = false;
        if (is_digit(here())) {
            if (point_ && decimals_ == pattern_.after) return;
            digits_ += here();
            ++(point_ ? decimals_ : whole_);
            read = true;
        } else if (pattern_.has_point && !point_ && here() == '.') {
            digits_ += '.';
            point_ = read = true;
        }
        if (sign_ != " " || whole_ + decimals_ == 0) return;
        // A sign behind the number: its place is known only when the digits have ended.
        if (pattern_.has_sign && read && at_ + 1 < text_.size() && !is_digit(text_[at_ + 1])) {
            char next = text_[at_ + 1];
            if (next == '-' || next == '+') {
                sign_ = next;
                ++at_;
            }
        } else if (!read && !pattern_.has_sign && (pattern_.has_plus || pattern_.has_minus)) {
            if (here() == '-' || here() == '+') sign_ = here();
        }
    }

    const NumberTemplate& pattern_;
    std::string_view text_;
    bool fixed_before_ = false;
    std::size_t at_ = 0;
    std::string sign_ = " ", digits_;
    int whole_ = 0, decimals_ = 0;
    bool point_ = false;
};

std::optional<Numeric> to_number(EvalContext& context, std::string_view text, std::string_view format) {
    if (format.empty()) return std::nullopt;
    NumberTemplate pattern(format);
    if (pattern.is_scientific) throw Error(sqlstate::feature_not_supported, "\"EEEE\" not supported for input");
    if (pattern.is_roman) throw Error(sqlstate::feature_not_supported, "\"RN\" not supported for input");
    Reader reader(pattern, text);
    Numeric value = parse_numeric(context.arena, reader.read());
    // The number must fit numeric(p, s) with the digits of the template, and those that were read after the point.
    constexpr std::int32_t k_length_word = 4;
    std::int32_t precision = pattern.before + pattern.shift + reader.decimals();
    value = apply_numeric_typmod(context.arena, value, (precision << 16 | reader.decimals()) + k_length_word);
    if (pattern.shift > 0) {
        BigNumber factor = whole_power(BigNumber(10), -pattern.shift, k_numeric_significant_digits);
        value = numeric_multiply(context.arena, value, Numeric::make(context.arena, factor));
    }
    return value;
}

}  // namespace

void register_to_number(Registry& to) {
    to.add(function<to_number>("to_number", 1777, {.volatility = Volatility::stable}));
}

}  // namespace forklore
