#include "queries/types/big_number.hpp"

#include <algorithm>

#include "base/interrupts.hpp"
#include "queries/types/numeric.hpp"

namespace forklore {

namespace {

constexpr std::int32_t k_base = BigNumber::k_base;
constexpr int k_decimals = BigNumber::k_decimals;
constexpr std::int32_t k_power[] = {1, 10, 100, 1000, 10000};

/// Groups of four that so many decimal digits after the point need.
constexpr int groups_of(int scale) { return (scale + k_decimals - 1) / k_decimals; }

}  // namespace

BigNumber::BigNumber(Int128 coefficient, int new_scale) : negative(coefficient < 0), scale(new_scale) {
    Uint128 rest = coefficient < 0 ? -static_cast<Uint128>(coefficient) : static_cast<Uint128>(coefficient);
    // The lowest group is aligned to the point: it may hold fewer decimals than four.
    int in_last = scale % k_decimals;
    int last_weight = -groups_of(scale);
    if (in_last != 0 && rest != 0) {
        auto unit = static_cast<std::uint32_t>(k_power[in_last]);
        digits.push_back(static_cast<std::int32_t>(rest % unit) * k_power[k_decimals - in_last]);
        rest /= unit;
    }
    while (rest != 0) {
        digits.push_back(static_cast<std::int32_t>(rest % k_base));
        rest /= k_base;
    }
    std::reverse(digits.begin(), digits.end());
    weight = last_weight + static_cast<int>(digits.size()) - 1;
    strip();
}

BigNumber::BigNumber(const Numeric& number) {
    if (number.is_small()) {
        *this = BigNumber(Int128{number.coefficient()}, number.scale());
        return;
    }
    negative = number.kind() == Numeric::Kind::big_negative;
    weight = number.weight();
    scale = number.scale();
    digits.resize(number.count());
    for (std::uint32_t i = 0; i < number.count(); ++i) digits[i] = number.digit(i);
}

void BigNumber::strip() {
    while (!digits.empty() && digits.back() == 0) digits.pop_back();
    auto first = std::find_if(digits.begin(), digits.end(), [](std::int32_t d) { return d != 0; });
    weight -= static_cast<int>(first - digits.begin());
    digits.erase(digits.begin(), first);
    if (digits.empty()) {
        weight = 0;
        negative = false;
    }
}

void BigNumber::cut(int to_scale, bool half_up) {
    scale = std::max(to_scale, 0);
    // Decimal digits to keep, counted from the first digit's first.
    long keep = (weight + 1L) * k_decimals + to_scale;
    if (keep < 0 || digits.empty()) {
        digits.clear();
        strip();
        return;
    }
    if (keep >= static_cast<long>(digits.size()) * k_decimals) return;
    auto whole = static_cast<std::size_t>(keep / k_decimals);
    int part = static_cast<int>(keep % k_decimals);
    std::int32_t unit = k_power[k_decimals - part];  // of the last digit kept; the base when none of it is kept
    std::int32_t rest = digits[whole] % unit;
    digits[whole] -= rest;
    digits.resize(whole + 1);
    if (half_up && rest >= unit / 2) {
        // With nothing of digits[whole] kept, its unit is the base: the carry goes to the digit before.
        digits[whole] += unit;
        for (std::size_t i = whole; digits[i] >= k_base; --i) {
            digits[i] -= k_base;
            if (i == 0) {
                digits.insert(digits.begin(), 1);
                ++weight;
                break;
            }
            ++digits[i - 1];
        }
    }
    strip();
}

void BigNumber::round(int to_scale) { cut(to_scale, true); }
void BigNumber::truncate(int to_scale) { cut(to_scale, false); }

BigNumber BigNumber::negated() const {
    BigNumber result = *this;
    result.negative = !negative && !is_zero();
    return result;
}

BigNumber BigNumber::magnitude() const {
    BigNumber result = *this;
    result.negative = false;
    return result;
}

bool BigNumber::to_int128(Int128& coefficient) const {
    coefficient = 0;
    if (is_zero()) return true;
    int groups = weight + 1 + groups_of(scale);
    constexpr int k_safe_groups = 9;  // 36 decimal digits
    if (groups > k_safe_groups) return false;
    Int128 value = 0;
    for (int i = 0; i < groups; ++i)
        value = value * k_base + (static_cast<std::size_t>(i) < digits.size() ? digits[static_cast<std::size_t>(i)] : 0);
    value /= k_power[groups_of(scale) * k_decimals - scale];
    coefficient = negative ? -value : value;
    return true;
}

// ---------------------------------------------------------------- comparison

int compare_magnitudes(const BigNumber& a, const BigNumber& b) {
    if (a.is_zero() || b.is_zero()) return static_cast<int>(!a.is_zero()) - static_cast<int>(!b.is_zero());
    if (a.weight != b.weight) return a.weight < b.weight ? -1 : 1;
    std::size_t both = std::min(a.digits.size(), b.digits.size());
    for (std::size_t i = 0; i < both; ++i)
        if (a.digits[i] != b.digits[i]) return a.digits[i] < b.digits[i] ? -1 : 1;
    return a.digits.size() == b.digits.size() ? 0 : a.digits.size() < b.digits.size() ? -1 : 1;
}

int compare(const BigNumber& a, const BigNumber& b) {
    if (a.negative != b.negative) return a.negative ? -1 : 1;
    return a.negative ? -compare_magnitudes(a, b) : compare_magnitudes(a, b);
}

// ---------------------------------------------------------------- addition

namespace {

/// |a| + |b|, or |a| - |b| when |a| >= |b|; sign and scale are the caller's.
BigNumber combine(const BigNumber& a, const BigNumber& b, bool subtract) {
    BigNumber result;
    int low = std::min(a.weight - static_cast<int>(a.digits.size()), b.weight - static_cast<int>(b.digits.size())) + 1;
    int high = std::max(a.weight, b.weight) + 1;  // room for a carry
    result.weight = high;
    result.digits.assign(static_cast<std::size_t>(high - low + 1), 0);
    auto digit = [](const BigNumber& n, int weight) {
        int i = n.weight - weight;
        return i >= 0 && i < static_cast<int>(n.digits.size()) ? n.digits[static_cast<std::size_t>(i)] : 0;
    };
    std::int32_t carry = 0;
    for (int at = low; at <= high; ++at) {
        std::int32_t sum = digit(a, at) + (subtract ? -digit(b, at) : digit(b, at)) + carry;
        carry = sum < 0 ? -1 : sum >= k_base ? 1 : 0;
        result.digits[static_cast<std::size_t>(high - at)] = sum - carry * k_base;
    }
    result.strip();
    return result;
}

BigNumber add_signed(const BigNumber& a, const BigNumber& b, bool b_negative) {
    BigNumber result;
    if (a.is_zero() || b.is_zero()) {
        result = a.is_zero() ? b : a;
        result.negative = a.is_zero() ? b_negative && !b.is_zero() : a.negative;
    } else if (a.negative == b_negative) {
        result = combine(a, b, false);
        result.negative = a.negative;
    } else {
        int order = compare_magnitudes(a, b);
        if (order != 0) result = order > 0 ? combine(a, b, true) : combine(b, a, true);
        result.negative = order > 0 ? a.negative : order < 0 && b_negative;
    }
    result.scale = std::max(a.scale, b.scale);
    return result;
}

}  // namespace

BigNumber operator+(const BigNumber& a, const BigNumber& b) { return add_signed(a, b, b.negative); }
BigNumber operator-(const BigNumber& a, const BigNumber& b) { return add_signed(a, b, !b.negative); }

// ---------------------------------------------------------------- multiplication

BigNumber operator*(const BigNumber& a, const BigNumber& b) {
    BigNumber result;
    result.scale = a.scale + b.scale;
    if (a.is_zero() || b.is_zero()) return result;
    // A column's sum has at most 10^8 for each row of the shorter number: 64 bits take more rows than memory has.
    std::vector<std::uint64_t> columns(a.digits.size() + b.digits.size(), 0);
    for (std::size_t i = 0; i < a.digits.size(); ++i) {
        check_for_interrupts();
        auto factor = static_cast<std::uint64_t>(a.digits[i]);
        if (factor == 0) continue;
        std::uint64_t* column = columns.data() + i + 1;
        for (std::size_t j = 0; j < b.digits.size(); ++j) column[j] += factor * static_cast<std::uint64_t>(b.digits[j]);
    }
    result.digits.resize(columns.size());
    std::uint64_t carry = 0;
    for (std::size_t i = columns.size(); i-- > 0;) {
        carry += columns[i];
        result.digits[i] = static_cast<std::int32_t>(carry % k_base);
        carry /= k_base;
    }
    result.weight = a.weight + b.weight + 1;
    result.negative = a.negative != b.negative;
    result.strip();
    return result;
}

BigNumber multiply_rounded(const BigNumber& a, const BigNumber& b, int scale) {
    BigNumber result = a * b;
    result.round(scale);
    return result;
}

// ---------------------------------------------------------------- division

namespace {

/// Whole quotient of two rows of digits by Knuth's algorithm D; `u` has one leading zero digit and is used up.
std::vector<std::int32_t> divide_digits(std::vector<std::int32_t>& u, std::vector<std::int32_t> v) {
    std::size_t n = v.size();
    std::vector<std::int32_t> quotient(u.size() - n, 0);
    if (n == 1) {
        std::int32_t rest = u[0];
        for (std::size_t j = 0; j < quotient.size(); ++j) {
            std::int32_t part = rest * k_base + u[j + 1];
            quotient[j] = part / v[0];
            rest = part % v[0];
        }
        return quotient;
    }
    // Scaled so that the divisor's first digit is at least half the base, a guess is at most two too large.
    std::int32_t factor = k_base / (v[0] + 1);
    auto scale_up = [&](std::vector<std::int32_t>& digits) {
        std::int32_t carry = 0;
        for (std::size_t i = digits.size(); i-- > 0;) {
            carry += digits[i] * factor;
            digits[i] = carry % k_base;
            carry /= k_base;
        }
    };
    scale_up(u);
    scale_up(v);
    for (std::size_t j = 0; j < quotient.size(); ++j) {
        check_for_interrupts();
        std::int32_t top = u[j] * k_base + u[j + 1];
        std::int32_t guess = top / v[0], rest = top % v[0];
        while (guess >= k_base || guess * std::int64_t{v[1]} > std::int64_t{rest} * k_base + u[j + 2]) {
            --guess;
            rest += v[0];
            if (rest >= k_base) break;
        }
        std::int32_t borrow = 0;
        for (std::size_t i = n; i-- > 0;) {
            std::int32_t difference = u[j + 1 + i] - guess * v[i] + borrow;
            borrow = difference >= 0 ? 0 : -((k_base - 1 - difference) / k_base);
            u[j + 1 + i] = difference - borrow * k_base;
        }
        u[j] += borrow;
        if (u[j] < 0) {
            --guess;
            std::int32_t carry = 0;
            for (std::size_t i = n; i-- > 0;) {
                carry += u[j + 1 + i] + v[i];
                u[j + 1 + i] = carry % k_base;
                carry /= k_base;
            }
            u[j] += carry;
        }
        quotient[j] = guess;
    }
    return quotient;
}

}  // namespace

BigNumber divide(const BigNumber& a, const BigNumber& b, int scale, bool rounded) {
    BigNumber result;
    result.scale = std::max(scale, 0);
    if (a.is_zero()) return result;
    // Digits up to the scale, and at least one decimal more to round by.
    int weight = a.weight - b.weight;
    long wanted = weight + 1L + (scale >= 0 ? groups_of(scale) : -(-scale / k_decimals)) + 1;
    if (wanted <= 0) return result;
    std::vector<std::int32_t> dividend(1, 0);
    dividend.insert(dividend.end(), a.digits.begin(), a.digits.end());
    dividend.resize(static_cast<std::size_t>(wanted) + b.digits.size(), 0);
    result.digits = divide_digits(dividend, b.digits);
    result.weight = weight;
    result.negative = a.negative != b.negative;
    result.strip();
    if (rounded) result.round(scale);
    else result.truncate(scale);
    return result;
}

}  // namespace forklore
