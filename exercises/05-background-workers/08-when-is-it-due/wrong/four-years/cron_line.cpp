// Goes through all days that there are: one of them comes only each fourth year.
#include "cron_line.hpp"

#include <algorithm>
#include <charconv>

#include "base/error.hpp"

namespace forklore::exercise {

namespace {

using namespace std::chrono;

constexpr days k_all_days{4 * 365 + 1};
constexpr std::string_view k_blanks = " \t";

[[noreturn]] void refuse(std::string_view field) {
    throw Error(sqlstate::invalid_parameter_value, "invalid field of a cron line: \"{}\"", field);
}

// Takes a number off the front of what is left of a field.
int take_number(std::string_view& rest, std::string_view field) {
    int number = 0;
    const auto [end, trouble] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (trouble != std::errc() || rest.starts_with('-')) refuse(field);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return number;
}

bool take(std::string_view& rest, char wanted) {
    if (!rest.starts_with(wanted)) return false;
    rest.remove_prefix(1);
    return true;
}

// Bit n of the result says whether number n is in the field.
std::bitset<64> read_field(std::string_view field, int lowest, int highest) {
    std::bitset<64> numbers;
    std::string_view rest = field;
    do {
        int from = lowest, to = highest, step = 1;
        bool many = take(rest, '*');
        if (!many) {
            from = to = take_number(rest, field);
            if ((many = take(rest, '-'))) to = take_number(rest, field);
        }
        if (many && take(rest, '/')) step = take_number(rest, field);
        if (from < lowest || to > highest || from > to || step < 1) refuse(field);
        step = std::min(step, highest);  // two billion is one too many to be added to anything
        for (int number = from; number <= to; number += step) numbers.set(static_cast<std::size_t>(number));
    } while (take(rest, ','));
    if (!rest.empty()) refuse(field);
    return numbers;
}

// Takes the next word; empty at the end.
std::string_view take_word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(k_blanks), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(k_blanks));
    line.remove_prefix(word.size());
    return word;
}

bool is_right(const CronLine& line, local_days day) {
    const year_month_day date(day);
    if (!line.months[static_cast<unsigned>(date.month())]) return false;
    const bool of_month = line.days[static_cast<unsigned>(date.day())];
    const bool of_week = line.weekdays[weekday(day).c_encoding()];
    return line.either_day ? of_month || of_week : of_month && of_week;
}

// The first right time of a day, from one on.
std::optional<minutes> right_time(const CronLine& line, minutes from) {
    for (minutes time = from; time < days(1); ++time)
        if (line.hours[static_cast<std::size_t>(time / 1h)] &&
            line.minutes[static_cast<std::size_t>(time % 1h / 1min)])
            return time;
    return {};
}

}  // namespace

CronLine read_cron_line(std::string_view text) {
    std::string_view rest = text;
    CronLine line;
    line.minutes = read_field(take_word(rest), 0, 59).to_ullong();
    line.hours = read_field(take_word(rest), 0, 23).to_ullong();
    const std::string_view of_month = take_word(rest);
    line.days = read_field(of_month, 1, 31).to_ullong();
    line.months = read_field(take_word(rest), 1, 12).to_ullong();
    const std::string_view of_week = take_word(rest);
    std::bitset<64> weekdays = read_field(of_week, 0, 7);
    if (weekdays[7]) weekdays.set(0);
    line.weekdays = weekdays.reset(7).to_ullong();
    line.either_day = !of_month.starts_with('*') && !of_week.starts_with('*');
    if (const std::string_view more = take_word(rest); !more.empty()) refuse(more);
    return line;
}

std::optional<Moment> next_due(const CronLine& line, Moment after) {
    const Moment first = after + 1min;
    const local_days today = floor<days>(first);
    minutes from = first - today;
    for (local_days day = today; day <= today + k_all_days; day += days(1), from = 0min) {
        if (!is_right(line, day)) continue;
        if (const std::optional<minutes> time = right_time(line, from)) return day + *time;
    }
    return {};
}

}  // namespace forklore::exercise
