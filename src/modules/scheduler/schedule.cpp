#include "schedule.hpp"

#include <algorithm>
#include <bit>
#include <span>
#include <string>

#include "base/error.hpp"
#include "queries/types/datetime.hpp"
#include "queries/types/interval.hpp"
#include "queries/types/utf8.hpp"

namespace scheduler {

namespace {

using namespace forklore;

//! [fields]
constexpr std::string_view k_month_names[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                              "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::string_view k_weekday_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

// One of the five.
struct Field {
    std::string_view what;
    int lowest, highest;
    std::span<const std::string_view> names{};  // of the numbers from the lowest
};

constexpr Field k_minute{"a minute", 0, 59}, k_hour{"an hour", 0, 23}, k_day{"a day of the month", 1, 31},
    k_month{"a month", 1, 12, k_month_names},
    k_weekday{"a day of the week", 0, 7, k_weekday_names};  // 7 is Sunday, too

// What has a name.
constexpr struct {
    std::string_view name, line;
} k_named_lines[] = {{"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
                     {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
                     {"@hourly", "0 * * * *"}};
//! [fields]

//! [reader]
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

// Reads a line from left to right, and knows where it is.
class LineReader {
public:
    explicit LineReader(std::string_view line) : line_(line) {}

    Schedule read() {
        Schedule to;
        to.minutes = field(k_minute);
        to.hours = static_cast<std::uint32_t>(field(k_hour));
        to.both_days = next() == '*';
        to.days = static_cast<std::uint32_t>(field(k_day));
        to.months = static_cast<std::uint32_t>(field(k_month));
        to.both_days |= next() == '*';
        to.weekdays = static_cast<std::uint32_t>(field(k_weekday));
        to.weekdays = (to.weekdays | to.weekdays >> 7) & 0x7f;
        if (next() != '\0') refuse("there are five fields, and here is a sixth");
        return to;
    }

private:
    // "5", "mon-fri", "*/15", or a list of such.
    std::uint64_t field(const Field& field) {
        if (next() == '\0') refuse(fmt::format("{} is missing", field.what));
        std::uint64_t set = 0;
        do set |= range(field);
        while (take(','));
        if (at_ < line_.size() && !is_blank(line_[at_])) refuse_character();
        return set;
    }

    std::uint64_t range(const Field& field) {
        if (&field == &k_day && take('$')) return 1;
        int low = field.lowest, high = field.highest, step = 1;
        bool many = take('*');
        if (!many) {
            low = high = value(field);
            if (take('-')) {
                many = true;
                const std::size_t begin = at_;
                high = value(field);
                if (&field == &k_weekday && high == 0) high = 7;  // a week may end with Sunday
                if (high < low) refuse_at(begin, "the range ends before it begins");
            }
        }
        if (take('/')) {
            if (!many) refuse("a step needs a range, or *");
            step = number(field.what, 1, field.highest);
        }
        std::uint64_t set = 0;
        for (int i = low; i <= high; i += step) set |= std::uint64_t{1} << i;
        return set;
    }

    int value(const Field& field) {
        const std::size_t begin = at_;
        while (at_ < line_.size() && is_letter(line_[at_])) ++at_;
        if (at_ == begin) return number(field.what, field.lowest, field.highest);
        std::string word(line_.substr(begin, at_ - begin));
        for (char& c : word) c |= 0x20;
        const auto found = std::ranges::find(field.names, word);
        if (found == field.names.end())
            refuse_at(begin, fmt::format("\"{}\" is no name of {}", word, field.what));
        return field.lowest + static_cast<int>(found - field.names.begin());
    }

    int number(std::string_view what, int lowest, int highest) {
        const std::size_t begin = at_;
        int sum = 0;
        for (; at_ < line_.size() && is_digit(line_[at_]); ++at_)
            sum = std::min(sum * 10 + (line_[at_] - '0'), 1000);
        if (at_ == begin && at_ < line_.size() && !is_blank(line_[at_])) refuse_character();
        if (at_ == begin) refuse("a number is missing");
        if (sum < lowest || sum > highest)
            refuse_at(begin, fmt::format("{} is {} to {}", what, lowest, highest));
        return sum;
    }

    // Goes on to the next field. What it begins with; NUL: there is none.
    char next() {
        while (at_ < line_.size() && is_blank(line_[at_])) ++at_;
        return at_ < line_.size() ? line_[at_] : '\0';
    }
    bool take(char c) { return at_ < line_.size() && line_[at_] == c && (++at_, true); }

    [[noreturn]] void refuse(std::string_view why) const { refuse_at(at_, why); }
    [[noreturn]] void refuse_at(std::size_t byte, std::string_view why) const {
        throw Error(sqlstate::invalid_parameter_value, "invalid cron line \"{}\"", line_)
            .detail(fmt::format("At character {}: {}.", utf8_count(line_.substr(0, byte)) + 1, why))
            .hint(
                "It has a minute, an hour, a day of the month, a month and a day of the week, such as \"30 4 "
                "* * mon-fri\". An "
                "interval is written like \"30 seconds\".");
    }
    [[noreturn]] void refuse_character() const {
        refuse(fmt::format("\"{}\" cannot stand here", line_.substr(at_, utf8_length(line_[at_]))));
    }

    std::string_view line_;
    std::size_t at_ = 0;  // bytes
};
//! [reader]

//! [interval]
constexpr std::int64_t k_shortest_interval = k_us_per_second, k_longest_interval = 366 * k_us_per_day;

// "30 seconds", "01:00:00". In a line the second field never begins with a letter.
bool looks_like_interval(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    if (text.empty() || !is_digit(text.front())) return false;
    const std::size_t second =
        text.find_first_not_of(" \t", std::min(text.find_first_of(" \t"), text.size()));
    return second == std::string_view::npos ? text.find(':') != text.npos || is_letter(text.back())
                                            : is_letter(text[second]);
}

Schedule read_interval(std::string_view text) {
    const Interval length = parse_interval(text);
    Schedule to;
    if (length.months != 0 || length.span() < k_shortest_interval || length.span() > k_longest_interval)
        throw Error(sqlstate::invalid_parameter_value, "invalid interval \"{}\" for a job", text)
            .detail(
                "It is at least a second and at most 366 days long, and has no months, which differ in "
                "length.");
    to.interval = static_cast<std::int64_t>(length.span());
    return to;
}
//! [interval]

//! [match]
constexpr std::int64_t k_minutes_per_day = 1440, k_day_s = 86'400,
                       k_horizon_s =
                           40 * 366 * k_day_s;  // a 29th of February is a Sunday every 28 years, or 40

template <typename Set>
bool has(Set set, int number) {
    return (set >> number & 1) != 0;
}

// Whether a day fits; counted from 1970.
bool fits_day(const Schedule& line, std::int64_t day) {
    const CivilDate date = civil_from_days(day - k_unix_epoch_days);
    const bool last = date.day == days_in_month(date.year, date.month);
    const bool of_month = has(line.days, date.day) || (last && has(line.days, 0));
    const bool of_week = has(line.weekdays, day_of_week(day - k_unix_epoch_days));
    return has(line.months, date.month) && (line.both_days ? of_month && of_week : of_month || of_week);
}

// Whether a minute fits that clocks show; counted from 1970.
bool fits(const Schedule& line, std::int64_t minute) {
    const auto of_day = static_cast<int>(floor_modulo(minute, k_minutes_per_day));
    return has(line.minutes, of_day % 60) && has(line.hours, of_day / 60) &&
           fits_day(line, floor_divide(minute, k_minutes_per_day));
}
//! [match]

//! [clocks]
// What clocks show, in minutes since 1970.
std::int64_t shown_at(std::int64_t utc, const TimeZone& zone) {
    return floor_divide(utc + zone.at(utc).offset, 60);
}

// The furthest that they have come before: when they have just been put back, further than where they are.
std::int64_t shown_before(std::int64_t utc, const TimeZone& zone) {
    const std::int64_t last = shown_at(utc - 60, zone);
    const std::optional<ZoneTransition> change = zone.next_transition(utc - k_day_s);
    if (!change || change->at > utc) return last;
    return std::max(last, floor_divide(change->at - 1 + change->before.offset, 60));
}

// Whether a line that names hours is due: it fits a minute that clocks have come to, or leapt over, for the first time.
bool reached(const Schedule& line, std::int64_t utc, const TimeZone& zone) {
    const std::int64_t now = shown_at(utc, zone);
    for (std::int64_t minute = shown_before(utc, zone) + 1; minute <= now; ++minute)
        if (fits(line, minute)) return true;
    return false;
}

// A moment at which clocks show midnight, or a little before.
std::int64_t midnight_of(std::int64_t day, const TimeZone& zone) {
    const std::int64_t local = day * k_day_s;
    return local - std::max(zone.at_local(local).offset, zone.at(local - k_day_s).offset);
}
//! [clocks]

}  // namespace

//! [parse-schedule]
namespace {

// Whether there is such a day. Sooner or later each day of the year is each day of the week.
bool has_day(const Schedule& line) {
    if (!line.both_days) return true;
    constexpr int k_leap_year = 2000;
    for (int month = 1; month <= 12; ++month)
        for (int day = 0; day <= days_in_month(k_leap_year, month); ++day)
            if (has(line.months, month) && has(line.days, day)) return true;
    return false;
}

}  // namespace

Schedule parse_schedule(std::string_view text) {
    if (looks_like_interval(text)) return read_interval(text);
    std::string_view line = text;
    for (const auto& named : k_named_lines)
        if (named.name == text) line = named.line;
    const Schedule schedule = LineReader(line).read();
    if (!has_day(schedule))
        throw Error(sqlstate::invalid_parameter_value, "invalid cron line \"{}\"", text)
            .detail("There is no such day.");
    return schedule;
}
//! [parse-schedule]

//! [next-due]
std::optional<std::int64_t> next_due(const Schedule& line, std::int64_t after, const TimeZone& zone) {
    std::int64_t utc = (floor_divide(to_unix_seconds(after), 60) + 1) * 60;
    for (const std::int64_t end = utc + k_horizon_s; utc < end;) {
        const std::int64_t now = shown_at(utc, zone), day = floor_divide(now, k_minutes_per_day);
        if (line.every_hour() ? fits(line, now) : reached(line, utc, zone))
            return (utc - k_unix_epoch_days * k_day_s) * k_us_per_second;
        utc += 60;
        if (!fits_day(line, day)) utc = std::max(utc, midnight_of(day + 1, zone));
    }
    return {};
}
//! [next-due]

//! [due-again]
std::int64_t first_due(const Schedule& when, const Now& now, const TimeZone& zone) {
    return when.goes_by_clock() ? next_due(when, now.wall, zone).value_or(0) : now.steady + when.interval;
}

std::int64_t due_again(const Schedule& when, std::int64_t due, const Now& now, const TimeZone& zone) {
    if (when.goes_by_clock()) return first_due(when, now, zone);
    return due + ((now.steady - due) / when.interval + 1) * when.interval;
}
//! [due-again]

//! [clock-step]
ClockStep look_at_clock(std::int64_t& latest, std::int64_t wall) {
    const std::int64_t back = std::max<std::int64_t>(latest - wall, 0);
    if (back <= 3 * k_us_per_hour) {
        latest = std::max(latest, wall);
        return back < k_us_per_minute ? ClockStep::none : ClockStep::back;
    }
    latest = wall;
    return ClockStep::anew;
}

std::int64_t due_after_step(const Schedule& when, std::int64_t due, ClockStep step, const Now& now,
                            const TimeZone& zone) {
    if (step == ClockStep::none || due == 0 || !when.goes_by_clock()) return due;
    const std::int64_t next = first_due(when, now, zone);
    if (step == ClockStep::anew) return next;
    return when.every_hour() ? std::min(due, next) : due;
}
//! [clock-step]

}  // namespace scheduler
