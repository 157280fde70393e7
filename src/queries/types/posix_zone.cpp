#include "queries/types/posix_zone.hpp"

#include <algorithm>
#include <array>

#include "queries/types/calendar.hpp"

namespace forklore {

namespace {

constexpr std::int32_t k_hour = 3600, k_day = 86'400;
constexpr std::string_view k_default_rules = ",M3.2.0,M11.1.0";

/// Reads a specification from left to right; every part answers whether it was there.
class SpecReader {
public:
    explicit SpecReader(std::string_view text) : rest_(text) {}

    bool done() const { return rest_.empty(); }
    bool at(char c) const { return !rest_.empty() && rest_.front() == c; }
    bool skip(char c) {
        if (!at(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    /// May be empty: `5` is a zone, too.
    bool abbreviation(std::string& to) {
        if (skip('<')) {
            const std::size_t end = rest_.find('>');
            if (end == std::string_view::npos) return false;
            to = rest_.substr(0, end);
            rest_.remove_prefix(end + 1);
            return true;
        }
        std::size_t n = 0;
        while (n < rest_.size() && std::string_view("+-,").find(rest_[n]) == std::string_view::npos && !digit(rest_[n])) ++n;
        to = rest_.substr(0, n);
        rest_.remove_prefix(n);
        return true;
    }

    bool number(std::int32_t& to, std::int32_t min, std::int32_t max) {
        if (rest_.empty() || !digit(rest_.front())) return false;
        std::int32_t value = 0;
        while (!rest_.empty() && digit(rest_.front())) {
            value = value * 10 + (rest_.front() - '0');
            if (value > max) return false;
            rest_.remove_prefix(1);
        }
        to = value;
        return value >= min;
    }

    /// [+-]hh[:mm[:ss]], up to a week.
    bool seconds(std::int32_t& to) {
        const bool negative = skip('-');
        if (!negative) skip('+');
        std::int32_t hours = 0, minutes = 0, seconds = 0;
        if (!number(hours, 0, 24 * 7 - 1)) return false;
        if (skip(':')) {
            if (!number(minutes, 0, 59)) return false;
            if (skip(':') && !number(seconds, 0, 60)) return false;
        }
        to = hours * k_hour + minutes * 60 + seconds;
        if (negative) to = -to;
        return true;
    }

    bool rule(PosixRule& to) {
        if (skip('J')) {
            to.kind = PosixRule::Kind::julian;
            if (!number(to.day, 1, 365)) return false;
        } else if (skip('M')) {
            to.kind = PosixRule::Kind::weekday;
            if (!number(to.month, 1, 12) || !skip('.') || !number(to.week, 1, 5) || !skip('.') || !number(to.day, 0, 6)) return false;
        } else {
            to.kind = PosixRule::Kind::day;
            if (!number(to.day, 0, 365)) return false;
        }
        to.time = 2 * k_hour;
        return !skip('/') || seconds(to.time);
    }

private:
    static bool digit(char c) { return c >= '0' && c <= '9'; }
    std::string_view rest_;
};

}  // namespace

std::int64_t PosixRule::in_year(std::int64_t year) const {
    std::int64_t days = days_from_civil(year, 1, 1) + k_unix_epoch_days;
    switch (kind) {
        case Kind::julian: days += day - 1 + (is_leap_year(year) && day >= 60 ? 1 : 0); break;
        case Kind::day: days += day; break;
        case Kind::weekday: {
            const std::int64_t first = days_from_civil(year, month, 1);
            int date = 1 + static_cast<int>(floor_modulo(day - day_of_week(first), 7)) + (week - 1) * 7;
            if (date > days_in_month(year, month)) date -= 7;
            days = first + date - 1 + k_unix_epoch_days;
            break;
        }
    }
    return days * k_day + time;
}

std::optional<std::int64_t> PosixZone::next_change(std::int64_t utc) const {
    if (!has_daylight()) return {};
    const std::int64_t year = civil_from_days(floor_divide(utc, k_day) - k_unix_epoch_days).year;
    std::optional<std::int64_t> next;
    for (std::int64_t y = year - 1; y <= year + 1; ++y)
        for (const std::int64_t change : {begin.in_year(y) - standard_offset, end.in_year(y) - daylight_offset})
            if (change > utc && (!next || change < *next)) next = change;
    return next;
}

bool PosixZone::is_daylight(std::int64_t utc) const {
    if (!has_daylight()) return false;
    const std::int64_t year = civil_from_days(floor_divide(utc, k_day) - k_unix_epoch_days).year;
    // The latest change up to now decides. When both fall on one moment (daylight-saving time all year), it stays.
    std::int64_t latest = INT64_MIN;
    bool daylight_since = false;
    for (std::int64_t y = year - 1; y <= year + 1; ++y) {
        const std::int64_t ends = end.in_year(y) - daylight_offset, begins = begin.in_year(y) - standard_offset;
        if (ends <= utc && ends > latest) latest = ends, daylight_since = false;
        if (begins <= utc && begins >= latest) latest = begins, daylight_since = true;
    }
    return daylight_since;
}

std::optional<PosixZone> parse_posix_zone(std::string_view text) {
    PosixZone zone;
    SpecReader in(text);
    std::int32_t west = 0;
    if (!in.abbreviation(zone.standard) || !in.seconds(west)) return {};
    zone.standard_offset = -west;
    if (in.done()) return zone;
    if (!in.abbreviation(zone.daylight) || zone.daylight.empty()) return {};
    zone.daylight_offset = zone.standard_offset + k_hour;
    if (!in.done() && !in.at(',')) {
        if (!in.seconds(west)) return {};
        zone.daylight_offset = -west;
    }
    if (in.done()) in = SpecReader(k_default_rules);
    if (!in.skip(',') || !in.rule(zone.begin) || !in.skip(',') || !in.rule(zone.end) || !in.done()) return {};
    return zone;
}

}  // namespace forklore
