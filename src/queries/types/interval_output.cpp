// Writing intervals in the four styles.
#include <fmt/format.h>

#include <cstdlib>

#include "queries/types/datetime_output.hpp"
#include "queries/types/interval.hpp"

namespace forklore {

namespace {

/// An interval in the parts that people read; all parts of the time have the same sign.
struct Parts {
    std::int32_t years, months, days;
    std::int64_t hours;
    std::int32_t minutes, seconds, microseconds;

    explicit Parts(const Interval& value)
        : years(value.months / 12),
          months(value.months % 12),
          days(value.days),
          hours(value.us / k_us_per_hour),
          minutes(static_cast<std::int32_t>(value.us / k_us_per_minute % 60)),
          seconds(static_cast<std::int32_t>(value.us / k_us_per_second % 60)),
          microseconds(static_cast<std::int32_t>(value.us % k_us_per_second)) {}

    bool has_time() const { return hours != 0 || minutes != 0 || seconds != 0 || microseconds != 0; }
    bool negative_time() const { return hours < 0 || minutes < 0 || seconds < 0 || microseconds < 0; }
    bool has_seconds() const { return seconds != 0 || microseconds != 0; }
    bool negative_seconds() const { return seconds < 0 || microseconds < 0; }
};

void append_abs_seconds(const Parts& p, bool two_digits, ByteWriter& to) {
    append_seconds(std::abs(p.seconds), std::abs(p.microseconds), two_digits, to);
}

/// `04:05:06.7`, without a sign.
void append_clock(const Parts& p, bool two_digit_hours, ByteWriter& to) {
    const std::int64_t hours = std::abs(p.hours);
    to.append(two_digit_hours ? fmt::format("{:02}:{:02}:", hours, std::abs(p.minutes)) : fmt::format("{}:{:02}:", hours, std::abs(p.minutes)));
    append_abs_seconds(p, true, to);
}

/// `1 year 2 mons -3 days +04:05:06.7`
void append_postgres(const Parts& p, ByteWriter& to) {
    bool first = true, after_negative = false;
    auto part = [&](std::int64_t value, std::string_view unit) {
        if (value == 0) return;
        // A positive part after a negative one shows its sign.
        to.append(fmt::format("{}{}{} {}{}", first ? "" : " ", after_negative && value > 0 ? "+" : "", value, unit, value == 1 ? "" : "s"));
        after_negative = value < 0;
        first = false;
    };
    part(p.years, "year");
    part(p.months, "mon");
    part(p.days, "day");
    if (!first && !p.has_time()) return;
    if (!first) to.put_char(' ');
    if (p.negative_time()) to.put_char('-');
    else if (after_negative) to.put_char('+');
    append_clock(p, true, to);
}

/// `@ 1 year 2 mons -3 days 4 hours 5 mins 6.7 secs ago`
void append_verbose(const Parts& p, ByteWriter& to) {
    bool first = true, ago = false;
    to.put_char('@');
    auto part = [&](std::int64_t value, std::string_view unit) {
        if (value == 0) return;
        // The first part is written as positive, and turns the sign of all.
        if (first) ago = value < 0;
        if (ago) value = -value;
        to.append(fmt::format(" {} {}{}", value, unit, value == 1 ? "" : "s"));
        first = false;
    };
    part(p.years, "year");
    part(p.months, "mon");
    part(p.days, "day");
    part(p.hours, "hour");
    part(p.minutes, "min");
    if (p.has_seconds()) {
        if (first) ago = p.negative_seconds();
        to.append(p.negative_seconds() != ago ? " -" : " ");
        append_abs_seconds(p, false, to);
        to.append(std::abs(p.seconds) != 1 || p.microseconds != 0 ? " secs" : " sec");
        first = false;
    }
    if (first) to.append(" 0");
    if (ago) to.append(" ago");
}

/// `P1Y2M-3DT4H5M6.7S`
void append_iso(const Parts& p, ByteWriter& to) {
    const std::size_t begin = to.size();
    to.put_char('P');
    auto part = [&](std::int64_t value, char unit) {
        if (value != 0) to.append(fmt::format("{}{}", value, unit));
    };
    part(p.years, 'Y');
    part(p.months, 'M');
    part(p.days, 'D');
    if (p.has_time()) to.put_char('T');
    part(p.hours, 'H');
    part(p.minutes, 'M');
    if (p.has_seconds()) {
        if (p.negative_seconds()) to.put_char('-');
        append_abs_seconds(p, false, to);
        to.put_char('S');
    }
    if (to.size() == begin + 1) to.append("T0S");
}

/// `1-2`, `3 4:05:06.7`; with mixed signs, or years beside days, `+1-2 -3 +4:05:06.7`
void append_sql(const Parts& p, ByteWriter& to) {
    const bool negative = p.years < 0 || p.months < 0 || p.days < 0 || p.negative_time();
    const bool positive = p.years > 0 || p.months > 0 || p.days > 0 || (p.has_time() && !p.negative_time());
    const bool has_months = p.years != 0 || p.months != 0;
    if (!negative && !positive) return to.put_char('0');
    if ((negative && positive) || (has_months && (p.days != 0 || p.has_time()))) {
        to.append(fmt::format("{}{}-{} {}{} {}", p.years < 0 || p.months < 0 ? '-' : '+', std::abs(p.years), std::abs(p.months),
                              p.days < 0 ? '-' : '+', std::abs(std::int64_t{p.days}), p.negative_time() ? '-' : '+'));
        return append_clock(p, false, to);
    }
    if (negative) to.put_char('-');
    if (has_months) return to.append(fmt::format("{}-{}", std::abs(p.years), std::abs(p.months)));
    if (p.days != 0) to.append(fmt::format("{} ", std::abs(std::int64_t{p.days})));
    append_clock(p, false, to);
}

}  // namespace

void append_interval(const Interval& value, IntervalStyle style, ByteWriter& to) {
    const Parts parts(value);
    switch (style) {
        case IntervalStyle::postgres: return append_postgres(parts, to);
        case IntervalStyle::postgres_verbose: return append_verbose(parts, to);
        case IntervalStyle::sql_standard: return append_sql(parts, to);
        case IntervalStyle::iso_8601: return append_iso(parts, to);
    }
}

}  // namespace forklore
