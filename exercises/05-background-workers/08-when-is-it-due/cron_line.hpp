/// \file
/// Lines as cron reads them, and when they are due.
#pragma once

#include <bitset>
#include <chrono>
#include <optional>
#include <string_view>

namespace forklore::exercise {

/// What clocks show, to the minute. No time zone: here clocks are never put forward or back.
using Moment = std::chrono::local_time<std::chrono::minutes>;

/// The numbers that are right, field by field.
struct CronLine {
    std::bitset<60> minutes;  ///< 0 … 59
    std::bitset<24> hours;    ///< 0 … 23
    std::bitset<32> days;     ///< of the month, 1 … 31
    std::bitset<13> months;   ///< 1 … 12
    std::bitset<7> weekdays;  ///< 0 … 6, from Sunday
    bool either_day =
        false;  ///< neither of the fields for days begins with *: it is enough when a day is right for one of the two
};

/// Reads a line: five fields, with blanks or tabs between and around, for minutes, hours, days of the month, months, and days of the week, where 7 is
/// Sunday, too. A field is a list, with commas, of numbers (5), ranges (9-17), and everything (*), the last two perhaps with a step (*/15).
/// Throws Error 22023 for what is none. \param line as somebody wrote it
CronLine read_cron_line(std::string_view line);

/// The first moment that comes after another one and is right. \param line which \param after this one \return none when there will never be one
std::optional<Moment> next_due(const CronLine& line, Moment after);

}  // namespace forklore::exercise
