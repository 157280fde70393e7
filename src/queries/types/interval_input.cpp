// Reading intervals: `1 year 2 mons`, `1-2 3 04:05:06`, `@ 1 day ago`, `P1Y2M3DT4H5M6S`.
#include <charconv>
#include <cmath>

#include "base/error.hpp"
#include "queries/types/datetime_input.hpp"
#include "queries/types/datetime_tokens.hpp"
#include "queries/types/datetime_words.hpp"
#include "queries/types/interval.hpp"

namespace forklore {

namespace {

constexpr int k_months_per_year = 12, k_days_per_month = 30, k_days_per_week = 7;

[[noreturn]] void fail(DateTimeProblem problem) { throw problem; }
[[noreturn]] void bad_format() { throw DateTimeProblem::format; }

/// An interval that grows part by part. A fraction of a unit goes on into the smaller ones.
class IntervalSum {
public:
    void add_microseconds(std::int64_t value, double fraction, std::int64_t unit) {
        std::int64_t product;
        check(__builtin_mul_overflow(value, unit, &product) || __builtin_add_overflow(us_, product, &us_));
        add_fraction(fraction, unit);
    }
    /// A time of day replaces what fractions of days to its right have left, as in PostgreSQL.
    void set_microseconds(std::int64_t us) { us_ = us; }
    void add_days(std::int64_t value, std::int32_t unit, double fraction) {
        std::int32_t product;
        check(__builtin_mul_overflow(value, std::int64_t{unit}, &product) || __builtin_add_overflow(days_, product, &days_));
        if (unit == 1) add_fraction(fraction, k_us_per_day);
        else add_fraction_of_days(fraction, unit);
    }
    void add_months(std::int64_t value, double fraction) {
        std::int32_t narrow;
        check(__builtin_add_overflow(value, std::int64_t{0}, &narrow) || __builtin_add_overflow(months_, narrow, &months_));
        add_fraction_of_days(fraction, k_days_per_month);
    }
    void add_years(std::int64_t value, std::int32_t unit, double fraction) {
        std::int32_t product;
        check(__builtin_mul_overflow(value, std::int64_t{unit}, &product) || __builtin_add_overflow(years_, product, &years_));
        const auto months = static_cast<std::int32_t>(std::rint(fraction * unit * k_months_per_year));
        check(__builtin_add_overflow(months_, months, &months_));
    }
    void add_fraction(double fraction, std::int64_t unit) {
        if (fraction == 0) return;
        const double exact = fraction * static_cast<double>(unit);
        auto whole = static_cast<std::int64_t>(exact);
        const double rest = exact - static_cast<double>(whole);
        if (rest > 0.5) ++whole;
        else if (rest < -0.5) --whole;
        check(__builtin_add_overflow(us_, whole, &us_));
    }
    void negate() {
        check(__builtin_sub_overflow(std::int64_t{0}, us_, &us_) || __builtin_sub_overflow(0, days_, &days_) ||
              __builtin_sub_overflow(0, months_, &months_) || __builtin_sub_overflow(0, years_, &years_));
    }
    Interval result() const {
        const std::int64_t months = std::int64_t{years_} * k_months_per_year + months_;
        if (months != static_cast<std::int32_t>(months)) throw Error(sqlstate::datetime_field_overflow, "interval out of range");
        return {us_, days_, static_cast<std::int32_t>(months)};
    }

private:
    static void check(bool overflow) {
        if (overflow) fail(DateTimeProblem::interval_range);
    }
    void add_fraction_of_days(double fraction, std::int32_t unit) {
        if (fraction == 0) return;
        const double exact = fraction * unit;
        const auto whole = static_cast<std::int32_t>(exact);
        check(__builtin_add_overflow(days_, whole, &days_));
        add_fraction(exact - whole, k_us_per_day);
    }

    std::int64_t us_ = 0;
    std::int32_t days_ = 0, months_ = 0, years_ = 0;
};

/// Adds so many of a unit. \return false for what no interval is made of
bool add(IntervalSum& to, DateTimeUnit unit, std::int64_t value, double fraction) {
    switch (unit) {
        case DateTimeUnit::microsecond: to.add_microseconds(value, fraction, 1); return true;
        case DateTimeUnit::millisecond: to.add_microseconds(value, fraction, 1000); return true;
        case DateTimeUnit::second: to.add_microseconds(value, fraction, k_us_per_second); return true;
        case DateTimeUnit::minute: to.add_microseconds(value, fraction, k_us_per_minute); return true;
        case DateTimeUnit::hour: to.add_microseconds(value, fraction, k_us_per_hour); return true;
        case DateTimeUnit::day: to.add_days(value, 1, fraction); return true;
        case DateTimeUnit::week: to.add_days(value, k_days_per_week, fraction); return true;
        case DateTimeUnit::month: to.add_months(value, fraction); return true;
        case DateTimeUnit::year: to.add_years(value, 1, fraction); return true;
        case DateTimeUnit::decade: to.add_years(value, 10, fraction); return true;
        case DateTimeUnit::century: to.add_years(value, 100, fraction); return true;
        case DateTimeUnit::millennium: to.add_years(value, 1000, fraction); return true;
        default: return false;
    }
}

/// Each unit may be given once; a time of day counts as its hours, minutes and seconds.
constexpr std::uint32_t bit(DateTimeUnit unit) { return 1u << static_cast<int>(unit); }
constexpr std::uint32_t k_seconds = bit(DateTimeUnit::second) | bit(DateTimeUnit::millisecond) | bit(DateTimeUnit::microsecond);
/// A number right before `ago` lacks a unit.
constexpr DateTimeUnit k_no_unit = DateTimeUnit::epoch;
constexpr std::uint32_t k_clock = bit(DateTimeUnit::hour) | bit(DateTimeUnit::minute) | k_seconds;

/// The unit of a last number that has none: the smallest that the type modifier keeps.
DateTimeUnit unit_of_range(std::int32_t range) {
    if (range & k_interval_second) return DateTimeUnit::second;
    if (range & k_interval_minute) return DateTimeUnit::minute;
    if (range & k_interval_hour) return DateTimeUnit::hour;
    if (range & k_interval_day) return DateTimeUnit::day;
    if (range & k_interval_month) return DateTimeUnit::month;
    return DateTimeUnit::year;
}

/// The fields of an interval, from right to left: units come before their numbers that way.
class IntervalDecoder {
public:
    IntervalDecoder(std::string_view text, std::int32_t range) : tokens_(text), range_(range) {
        if (!tokens_.valid()) bad_format();
    }

    Interval decode() {
        const std::span<const DateTimeField> fields = tokens_.fields();
        negative_ = all_negative(fields);
        for (std::size_t i = fields.size(); i-- > 0;) {
            const std::uint32_t parts = field(fields[i]);
            if ((parts & found_) != 0) bad_format();
            found_ |= parts;
        }
        if (found_ == 0) bad_format();
        if (ago_) sum_.negate();
        return sum_.result();
    }

private:
    /// In SQL's own style a leading minus is for all fields, unless another sign follows.
    static bool all_negative(std::span<const DateTimeField> fields) {
        if (datetime_style().interval_style != IntervalStyle::sql_standard || fields.empty() || fields[0].text[0] != '-') return false;
        for (const DateTimeField& f : fields.subspan(1))
            if (f.text[0] == '-' || f.text[0] == '+') return false;
        return true;
    }

    std::uint32_t field(const DateTimeField& f) {
        switch (f.kind) {
            case FieldKind::time: return clock(f.text, false);
            case FieldKind::zone:
                // A sign, and a time of day or a number.
                if (f.text.find(':') != std::string_view::npos) {
                    try {
                        return clock(f.text.substr(1), f.text[0] == '-');
                    } catch (DateTimeProblem) {
                        return number(f.text);
                    }
                }
                return number(f.text);
            case FieldKind::date:
            case FieldKind::number: return number(f.text);
            case FieldKind::word:
            case FieldKind::special: return word(f.text);
        }
        bad_format();
    }

    std::uint32_t clock(std::string_view text, bool negative) {
        std::int64_t hours = 0;
        std::int32_t minutes = 0, seconds = 0, microseconds = 0;
        parse_clock(text, hours, minutes, seconds, microseconds, range_ == (k_interval_minute | k_interval_second));
        std::int64_t us;
        if (__builtin_mul_overflow(hours, k_us_per_hour, &us) ||
            __builtin_add_overflow(us, minutes * k_us_per_minute + seconds * k_us_per_second + microseconds, &us))
            fail(DateTimeProblem::interval_range);
        if (negative || negative_) us = -us;
        sum_.set_microseconds(us);
        unit_ = DateTimeUnit::day;
        return k_clock;
    }

    std::uint32_t number(std::string_view text) {
        if (unit_ == DateTimeUnit::none) unit_ = unit_of_range(range_);
        const bool minus = text[0] == '-';
        NumberReader in(text);
        const std::optional<std::int64_t> read = in.integer<std::int64_t>();
        if (!read) fail(DateTimeProblem::interval_range);
        std::int64_t value = *read;
        double fraction = 0;
        if (in.skip('-')) {
            // Years and months: 1-2.
            const std::optional<std::int32_t> months = in.integer<std::int32_t>();
            if (!months || *months < 0 || *months >= k_months_per_year) fail(DateTimeProblem::interval_range);
            if (!in.done()) bad_format();
            unit_ = DateTimeUnit::month;
            if (__builtin_mul_overflow(value, std::int64_t{k_months_per_year}, &value) ||
                __builtin_add_overflow(value, minus ? -*months : *months, &value))
                fail(DateTimeProblem::interval_range);
        } else if (in.next() == '.') {
            const std::optional<double> rest = parse_fraction(in.rest());
            if (!rest) bad_format();
            fraction = minus ? -*rest : *rest;
        } else if (!in.done()) {
            bad_format();
        }
        if (negative_) {
            if (value > 0) value = -value;
            if (fraction > 0) fraction = -fraction;
        }
        if (!add(sum_, unit_, value, fraction)) bad_format();
        // Seconds with a fraction are also milliseconds and microseconds.
        const std::uint32_t parts = unit_ == DateTimeUnit::second && fraction != 0 ? k_seconds : bit(unit_);
        // Before hours come days.
        if (unit_ == DateTimeUnit::hour) unit_ = DateTimeUnit::day;
        return parts;
    }

    std::uint32_t word(std::string_view text) {
        const DateTimeWord* known = find_interval_word(text);
        if (known == nullptr) known = find_date_word(text);
        if (known == nullptr) bad_format();
        switch (known->kind) {
            case WordKind::ignored: break;
            case WordKind::unit: unit_ = known->as<DateTimeUnit>(); break;
            case WordKind::ago:
                ago_ = true;
                unit_ = k_no_unit;
                break;
            default: bad_format();
        }
        return 0;
    }

    DateTimeTokens tokens_;
    std::int32_t range_;
    IntervalSum sum_;
    DateTimeUnit unit_ = DateTimeUnit::none;
    std::uint32_t found_ = 0;
    bool negative_ = false, ago_ = false;
};

/// ISO 8601's durations: `P1Y2M3DT4H5M6S`, `P0001-02-03T04:05:06`, `P00010203T040506`.
class IsoDecoder {
public:
    explicit IsoDecoder(std::string_view text) : rest_(text) {}

    Interval decode() {
        if (rest_.size() < 2 || rest_.front() != 'P') bad_format();
        rest_.remove_prefix(1);
        bool in_date = true, fresh = true;   // fresh: no field of this half yet
        while (!rest_.empty()) {
            if (take('T')) {
                in_date = false;
                fresh = true;
                continue;
            }
            const std::string_view begin = rest_;
            const Number n = number();
            const char unit = rest_.empty() ? '\0' : rest_.front();
            if (fresh && (unit == '\0' || unit == 'T') && in_date && digits(begin) == 8) {
                basic_date(n);
            } else if (fresh && unit == '\0' && !in_date && digits(begin) == 6) {
                basic_time(n);
            } else if (in_date ? unit == '\0' || unit == '-' || unit == 'T' : unit == '\0' || unit == ':') {
                if (!fresh) bad_format();
                if (in_date) extended_date(n);
                else extended_time(n);
            } else {
                rest_.remove_prefix(1);
                if (!add(sum_, unit_of(unit, in_date), n.whole, n.fraction)) bad_format();
                fresh = false;
            }
        }
        return sum_.result();
    }

private:
    struct Number {
        std::int64_t whole;
        double fraction;
    };

    bool take(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }

    Number number() {
        constexpr double k_limit = 1e15;
        if (rest_.empty() || (!is_digit(rest_.front()) && rest_.front() != '-' && rest_.front() != '.')) bad_format();
        double value = 0;
        const std::from_chars_result result = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        if (result.ec != std::errc{} || std::isnan(value)) bad_format();
        if (value < -k_limit || value > k_limit) fail(DateTimeProblem::interval_range);
        rest_.remove_prefix(static_cast<std::size_t>(result.ptr - rest_.data()));
        const double whole = std::trunc(value);
        return {static_cast<std::int64_t>(whole), value - whole};
    }

    static std::size_t digits(std::string_view text) {
        if (text.front() == '-') text.remove_prefix(1);
        std::size_t n = 0;
        while (n < text.size() && is_digit(text[n])) ++n;
        return n;
    }

    static DateTimeUnit unit_of(char letter, bool in_date) {
        switch (letter) {
            case 'Y': return in_date ? DateTimeUnit::year : DateTimeUnit::none;
            case 'M': return in_date ? DateTimeUnit::month : DateTimeUnit::minute;
            case 'W': return in_date ? DateTimeUnit::week : DateTimeUnit::none;
            case 'D': return in_date ? DateTimeUnit::day : DateTimeUnit::none;
            case 'H': return in_date ? DateTimeUnit::none : DateTimeUnit::hour;
            case 'S': return in_date ? DateTimeUnit::none : DateTimeUnit::second;
            default: return DateTimeUnit::none;
        }
    }

    void basic_date(const Number& n) {
        sum_.add_years(n.whole / 10'000, 1, 0);
        sum_.add_months(n.whole / 100 % 100, 0);
        sum_.add_days(n.whole % 100, 1, n.fraction);
    }
    void basic_time(const Number& n) {
        sum_.add_microseconds(n.whole / 10'000, 0, k_us_per_hour);
        sum_.add_microseconds(n.whole / 100 % 100, 0, k_us_per_minute);
        sum_.add_microseconds(n.whole % 100, 0, k_us_per_second);
        sum_.add_fraction(n.fraction, 1);
    }
    /// Another number after a separator, unless the half ends here.
    bool next(char separator, Number& n) {
        if (rest_.empty() || (separator == '-' && rest_.front() == 'T')) return false;
        if (!take(separator)) bad_format();
        n = number();
        return true;
    }
    void extended_date(Number n) {
        sum_.add_years(n.whole, 1, n.fraction);
        if (!next('-', n)) return;
        sum_.add_months(n.whole, n.fraction);
        if (!next('-', n)) return;
        sum_.add_days(n.whole, 1, n.fraction);
        if (!rest_.empty() && rest_.front() != 'T') bad_format();
    }
    void extended_time(Number n) {
        sum_.add_microseconds(n.whole, n.fraction, k_us_per_hour);
        if (!next(':', n)) return;
        sum_.add_microseconds(n.whole, n.fraction, k_us_per_minute);
        if (!next(':', n)) return;
        sum_.add_microseconds(n.whole, n.fraction, k_us_per_second);
        if (!rest_.empty()) bad_format();
    }

    std::string_view rest_;
    IntervalSum sum_;
};

}  // namespace

Interval parse_interval(std::string_view text, std::int32_t typmod) {
    const std::int32_t range = typmod < 0 ? k_interval_full_range : typmod >> 16 & k_interval_full_range;
    try {
        // No word of the other styles begins with a P.
        const Interval value = !text.empty() && text.front() == 'P' ? IsoDecoder(text).decode() : IntervalDecoder(text, range).decode();
        return apply_typmod(value, typmod);
    } catch (DateTimeProblem problem) {
        if (problem == DateTimeProblem::field_range) problem = DateTimeProblem::interval_range;
        throw_datetime_problem(problem, text, "interval");
    }
}

Interval apply_typmod(const Interval& value, std::int32_t typmod) {
    if (typmod < 0) return value;
    constexpr int k_months = k_interval_year | k_interval_month;
    const std::int32_t range = typmod >> 16 & k_interval_full_range, precision = typmod & k_interval_full_precision;
    Interval kept = value;
    if (range != k_interval_full_range) {
        // Larger units than those named stay: nothing is lost that the client did not ask to lose.
        if ((range & ~k_months) == 0) {
            kept.days = 0;
            kept.us = 0;
            if (range == k_interval_year) kept.months = kept.months / k_months_per_year * k_months_per_year;
        } else if (range == k_interval_day) {
            kept.us = 0;
        } else if ((range & (k_interval_minute | k_interval_second)) == 0) {
            kept.us = kept.us / k_us_per_hour * k_us_per_hour;
        } else if ((range & k_interval_second) == 0) {
            kept.us = kept.us / k_us_per_minute * k_us_per_minute;
        }
    }
    if (precision != k_interval_full_precision) {
        if (precision > k_max_time_precision)
            throw Error(sqlstate::invalid_parameter_value, "interval({}) precision must be between {} and {}", precision, 0, k_max_time_precision);
        kept.us = round_to_precision(kept.us, precision);
    }
    return kept;
}

}  // namespace forklore
