/// \file
/// to_char of numbers.
#include <algorithm>
#include <cmath>

#include "queries/functions/families.hpp"
#include "queries/functions/number_template.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/big_number.hpp"
#include "queries/types/integer.hpp"
#include "queries/types/numeric.hpp"

namespace forklore {

namespace {

using P = NumberPattern;

constexpr char k_no_sign = '\0';  // roman numbers have none

/// A number as to_char takes it: its digits, already rounded to what the template has room for.
struct Digits {
    std::string text;   ///< without sign: "12.50", or # signs
    char sign = '+';    ///< +, - or none
    int blanks = 0;     ///< digits that the template has before the point and the number has not
};

// ---------------------------------------------------------------- roman numbers

constexpr int k_roman_width = 15;

/// A roman number, or # signs for what has none.
std::string roman(std::int64_t value) {
    if (value < 1 || value > 3999) return std::string(k_roman_width, '#');
    static constexpr std::pair<int, std::string_view> k_values[] = {
        {1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"},
        {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}};
    std::string result;
    for (auto [number, letters] : k_values)
        for (; value >= number; value -= number) result += letters;
    return result;
}

// ---------------------------------------------------------------- writer

/// Fills a template with digits. Positions of digits in the template are counted from 0, point and all.
class Writer {
public:
    Writer(const NumberTemplate& pattern, Digits digits) : pattern_(pattern), digits_(std::move(digits)) {
        bool sign_has_pattern = pattern_.has_plus || pattern_.has_minus;
        brackets_ = pattern_.has_brackets;
        fixed_sign_ = pattern_.fixed_sign;
        if (sign_has_pattern) {
            // PL alone leaves a minus to be written with the digits.
            sign_written_ = pattern_.has_minus;
        } else {
            if (digits_.sign != '-' && pattern_.fill_mode) brackets_ = false;
            sign_written_ = digits_.sign == '+' && pattern_.fill_mode && !pattern_.has_sign;
            if (fixed_sign_ == NumberTemplate::FixedSign::before && pattern_.before == pattern_.before_sign)
                fixed_sign_ = NumberTemplate::FixedSign::after;
        }
        last_position_ = pattern_.after + pattern_.before - 1;
        if (!sign_written_ && digits_.blanks == 0) ++last_position_;
        if (pattern_.fill_mode && pattern_.has_point) find_last_relevant();
    }

    std::string write() {
        for (const NumberPiece& piece : pattern_.pieces) {
            if (ended_) break;
            put(piece);
        }
        return std::move(result_);
    }

private:
    /// With FM, zeros at the end of the fraction are left out, but not those that a 0 asks for.
    void find_last_relevant() {
        std::size_t point = digits_.text.find('.');
        if (point == std::string::npos) return;
        auto last = static_cast<int>(point);
        for (std::size_t i = point + 1; i < digits_.text.size(); ++i)
            if (digits_.text[i] != '0') last = static_cast<int>(i);
        if (pattern_.last_zero > digits_.blanks)
            last = std::max(last, std::min(static_cast<int>(digits_.text.size()) - 1, pattern_.last_zero - digits_.blanks));
        last_relevant_ = last;
    }

    bool negative() const { return digits_.sign == '-'; }
    void blank() {
        if (!pattern_.fill_mode) result_ += ' ';
    }

    void put(const NumberPiece& piece) {
        switch (piece.pattern) {
            case P::text: result_ += piece.text; return;
            case P::nine:
            case P::zero:
            case P::point: return put_digit(piece.pattern);
            case P::comma:
            case P::group:
                if (in_number_) result_ += ',';
                else blank();
                return;
            case P::currency: result_ += ' '; return;
            case P::minus:
                if (negative()) result_ += '-';
                else blank();
                return;
            case P::plus:
                if (digits_.sign == '+') result_ += '+';
                else blank();
                return;
            case P::plus_minus:
                if (digits_.sign == k_no_sign) ended_ = true;
                else result_ += digits_.sign;
                return;
            case P::roman:
            case P::roman_lower: return put_roman(piece.pattern == P::roman_lower);
            case P::ordinal:
            case P::ordinal_lower: return put_ordinal(piece.pattern == P::ordinal_lower);
            default: return;
        }
    }

    void put_roman(bool lower) {
        std::string text = digits_.text;
        if (lower) std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c == '#' ? c : static_cast<char>(c | 0x20); });
        if (!pattern_.fill_mode && text.size() < k_roman_width) result_.append(k_roman_width - text.size(), ' ');
        result_ += text;
    }

    void put_ordinal(bool lower) {
        if (pattern_.is_roman || digits_.text[0] == '#' || negative() || pattern_.has_point) return;
        char last = digits_.text.back();
        if (last < '0' || last > '9')
            throw Error(sqlstate::invalid_text_representation, "\"{}\" is not a number", digits_.text);
        bool teen = digits_.text.size() > 1 && digits_.text[digits_.text.size() - 2] == '1';
        std::string_view ending = teen ? "TH" : last == '1' ? "ST" : last == '2' ? "ND" : last == '3' ? "RD" : "TH";
        for (char c : ending) result_ += lower ? static_cast<char>(c | 0x20) : c;
    }

    /// A zero before the point, alone there, shows only when a 0 asks for it.
    bool lone_zero() const {
        return !pattern_.has_zero && at_ == 0 && !digits_.text.empty() && digits_.text[0] == '0' && pattern_.after != 0;
    }
    bool nothing_relevant_follows_point() const {
        return last_relevant_ >= 0 && digits_.text[static_cast<std::size_t>(last_relevant_)] == '.';
    }

    void put_sign() {
        bool begins = position_ >= digits_.blanks || (pattern_.has_zero && pattern_.first_zero == position_);
        if (sign_written_ || !begins || (lone_zero() && !nothing_relevant_follows_point())) return;
        if (pattern_.has_sign) {
            if (fixed_sign_ != NumberTemplate::FixedSign::before) return;
            result_ += digits_.sign;
        } else if (brackets_) {
            result_ += negative() ? '<' : ' ';
        } else if (negative()) {
            result_ += '-';
        } else {
            blank();
        }
        sign_written_ = true;
    }

    void put_digit(P pattern) {
        if (pattern_.is_roman) return;
        in_number_ = false;
        put_sign();
        if (position_ < digits_.blanks && (!pattern_.has_zero || pattern_.first_zero > position_)) {
            blank();
        } else if (position_ < digits_.blanks) {
            result_ += '0';
            in_number_ = true;
        } else {
            put_own_digit(pattern);
            if (ended_) return;
        }
        int end = last_position_ + (digits_.blanks != 0 ? 1 : 0) + (pattern_.has_point ? 1 : 0);
        if (last_relevant_ >= 0 && last_relevant_ == static_cast<int>(at_)) end = position_;
        if (position_ + 1 == end) {
            if (sign_written_ && brackets_) result_ += negative() ? '>' : ' ';
            else if (pattern_.has_sign && fixed_sign_ == NumberTemplate::FixedSign::after) result_ += digits_.sign;
        }
        ++position_;
    }

    /// The number's next digit, or its point.
    void put_own_digit(P pattern) {
        char digit = at_ < digits_.text.size() ? digits_.text[at_] : '\0';
        if (digit == '.') {
            if (!nothing_relevant_follows_point() || pattern_.fill_mode) result_ += '.';
        } else if (last_relevant_ >= 0 && static_cast<int>(at_) > last_relevant_ && pattern != P::zero) {
            // A zero at the end of the fraction that FM leaves out.
        } else if (lone_zero()) {
            if (!pattern_.fill_mode) result_ += ' ';
            else if (nothing_relevant_follows_point()) result_ += '0';
        } else {
            // A template with more places than the number has digits ends where these end.
            if (digit == '\0') ended_ = true;
            else result_ += digit;
            in_number_ = true;
        }
        if (digit != '\0') ++at_;
    }

    const NumberTemplate& pattern_;
    Digits digits_;
    std::string result_;
    bool ended_ = false;    // nothing more is written, whatever the template says
    bool brackets_ = false, sign_written_ = false, in_number_ = false;
    NumberTemplate::FixedSign fixed_sign_ = NumberTemplate::FixedSign::none;
    int last_position_ = 0;
    int last_relevant_ = -1;
    int position_ = 0;      // of the template's digit that is next
    std::size_t at_ = 0;    // of the number's character that is next
};

// ---------------------------------------------------------------- from numbers to digits

/// Fits a number's text into the template: # signs when it has too many digits.
Digits fit(const NumberTemplate& pattern, std::string text, int before) {
    Digits digits;
    if (text[0] == '-') {
        digits.sign = '-';
        text.erase(0, 1);
    }
    auto have = static_cast<int>(std::min(text.find('.'), text.size()));
    if (have < before) digits.blanks = before - have;
    else if (have > before) {
        text.assign(static_cast<std::size_t>(before + pattern.after + 1), '#');
        text[static_cast<std::size_t>(before)] = '.';
    }
    digits.text = std::move(text);
    return digits;
}

std::string finish(NumberTemplate& pattern, std::string text) {
    pattern.before += pattern.shift;
    return Writer(pattern, fit(pattern, std::move(text), pattern.before)).write();
}

/// What stands for a number in scientific notation that is none.
std::string no_scientific(const NumberTemplate& pattern) {
    std::string text = " " + std::string(static_cast<std::size_t>(pattern.before + pattern.after + 5), '#');
    text[static_cast<std::size_t>(pattern.before + 1)] = '.';
    return text;
}

std::string text_of(const Numeric& value) {
    ByteWriter text;
    format_numeric(text, value);
    return std::string(text.view());
}

/// d.ddd × 10^n with so many digits after the point.
std::string scientific(EvalContext& context, const Numeric& value, int scale) {
    BigNumber number(value);
    int exponent = number.weight * BigNumber::k_decimals;
    for (std::int32_t first = number.first_digit(); first >= 10; first /= 10) ++exponent;
    BigNumber power(power_of_ten(((exponent % 4) + 4) % 4));
    power.weight = exponent >= 0 ? exponent / 4 : -((-exponent + 3) / 4);
    BigNumber quotient = divide(number, power, scale, true);
    std::string significand = text_of(Numeric::make(context.arena, quotient));
    return fmt::format("{}{}e{}{:02}", value.sign() < 0 ? "" : " ", significand, exponent < 0 ? '-' : '+', std::abs(exponent));
}

/// The same of a float, by the library.
template <typename T>
std::string scientific(T value, int scale) {
    return fmt::format("{: .{}e}", value, scale);
}

/// A roman number is looked for among int4.
std::string finish_roman(const NumberTemplate& pattern, std::int64_t value) {
    return Writer(pattern, Digits{roman(narrow_integer<std::int32_t>(value)), k_no_sign}).write();
}

std::string numeric_to_char(EvalContext& context, Numeric value, std::string_view text) {
    if (text.empty()) return {};
    NumberTemplate pattern(text);
    Arena& arena = context.arena;
    if (pattern.is_roman) {
        if (!value.is_finite())
            throw Error(sqlstate::feature_not_supported, "cannot convert {} to integer", value.is_nan() ? "NaN" : "infinity");
        std::int64_t whole;
        if (!numeric_to_int8(value, whole)) throw_out_of_range<std::int32_t>();
        return finish_roman(pattern, whole);
    }
    if (pattern.is_scientific) {
        if (!value.is_finite()) return no_scientific(pattern);
        return scientific(context, value, pattern.after);
    }
    if (pattern.has_shift) {
        Numeric factor = numeric_round(arena, Numeric::make(arena, whole_power(BigNumber(10), pattern.shift, 0)), 0);
        value = numeric_multiply(arena, value, factor);
    }
    return finish(pattern, text_of(numeric_round(arena, value, pattern.after)));
}

/// A whole number: its fraction is zeros.
template <typename T>
std::string integer_to_char(EvalContext& context, T value, std::string_view text) {
    if (text.empty()) return {};
    NumberTemplate pattern(text);
    if (pattern.is_roman) return finish_roman(pattern, value);
    if (pattern.is_scientific) {
        if constexpr (sizeof(T) == 4) return scientific(double(value), pattern.after);
        else return scientific(context, Numeric::make(context.arena, value, 0), pattern.after);
    }
    for (int i = 0; i < pattern.shift; ++i) value = multiply_integers<T>(value, T{10});
    std::string digits = std::to_string(value);
    if (pattern.after > 0) digits += "." + std::string(static_cast<std::size_t>(pattern.after), '0');
    return finish(pattern, std::move(digits));
}

/// A float has only so many digits that mean something; the template gets no more.
template <typename T>
std::string float_to_char(T value, std::string_view text) {
    if (text.empty()) return {};
    NumberTemplate pattern(text);
    constexpr int k_digits = std::numeric_limits<T>::digits10;
    if (pattern.is_roman) {
        double whole = std::rint(double(value));
        return finish_roman(pattern, whole >= 1 && whole < 4000 ? static_cast<std::int64_t>(whole) : 0);
    }
    if (pattern.is_scientific) {
        if (!std::isfinite(value)) return no_scientific(pattern);
        return scientific(value, pattern.after);
    }
    if (pattern.has_shift) value = static_cast<T>(value * std::pow(T(10), T(pattern.shift)));
    int whole_digits = static_cast<int>(fmt::format("{:.0f}", std::abs(value)).size());
    if (whole_digits >= k_digits) pattern.after = 0;
    else pattern.after = std::min(pattern.after, k_digits - whole_digits);
    std::string digits = std::isnan(value) ? "NaN" : std::isinf(value) ? (value < 0 ? "-Infinity" : "Infinity")
                                                                      : fmt::format("{:.{}f}", value, pattern.after);
    return finish(pattern, std::move(digits));
}

}  // namespace

void register_number_to_char(Registry& to) {
    const Declared stable{.volatility = Volatility::stable};
    to.add(function<numeric_to_char>("to_char", 1772, stable));
    to.add(function<integer_to_char<std::int32_t>>("to_char", 1773, stable));
    to.add(function<integer_to_char<std::int64_t>>("to_char", 1774, stable));
    to.add(function<float_to_char<float>>("to_char", 1775, stable));
    to.add(function<float_to_char<double>>("to_char", 1776, stable));
}

}  // namespace forklore
