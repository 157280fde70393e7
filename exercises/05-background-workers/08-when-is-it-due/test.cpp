#include <cstdio>
#include <string>

#include "cron_line.hpp"
#include "errors.hpp"
#include "processes.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

// "2026-11-20 16:05".
Moment moment(const std::string& text) {
    using namespace std::chrono;
    int year = 0;
    unsigned month = 0, day = 0, hour = 0, minute = 0;
    REQUIRE(std::sscanf(text.c_str(), "%d-%u-%u %u:%u", &year, &month, &day, &hour, &minute) == 5);
    const year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
    REQUIRE(date.ok());
    return local_days(date) + hours(hour) + minutes(minute);
}

std::string words(std::optional<Moment> moment) {
    using namespace std::chrono;
    if (!moment) return "never";
    const local_days day = floor<days>(*moment);
    const year_month_day date(day);
    const auto time = *moment - day;
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d", int(date.year()), unsigned(date.month()),
                  unsigned(date.day()), int(time / hours(1)), int(time % hours(1) / minutes(1)));
    return text;
}

struct Case {
    const char *line, *after, *due;
};

void check(std::initializer_list<Case> cases) {
    const Watchdog watchdog;
    for (const auto& [line, after, due] : cases) {
        INFO(line << "    after " << after);
        CHECK(words(next_due(read_cron_line(line), moment(after))) == due);
    }
}

}  // namespace

// 2026-11-20 is a Friday.

TEST_CASE("once an hour, once a day") {
    check({{"5 * * * *", "2026-11-20 16:04", "2026-11-20 16:05"},
           {"5 * * * *", "2026-11-20 16:05", "2026-11-20 17:05"},
           {"30 4 * * *", "2026-11-20 04:29", "2026-11-20 04:30"},
           {"30 4 * * *", "2026-11-20 04:30", "2026-11-21 04:30"},
           {"0,30 8 * * *", "2026-11-20 08:45", "2026-11-21 08:00"},
           {"0 0 * * *", "2026-12-31 23:59", "2027-01-01 00:00"},
           {"* * * * *", "2026-12-31 23:59", "2027-01-01 00:00"}});
}

TEST_CASE("every quarter of an hour while the office is open") {
    check({{"*/15 9-17 * * 1-5", "2026-11-20 08:59", "2026-11-20 09:00"},
           {"*/15 9-17 * * 1-5", "2026-11-20 09:00", "2026-11-20 09:15"},
           {"*/15 9-17 * * 1-5", "2026-11-20 17:45", "2026-11-23 09:00"},
           {"*/15 9-17 * * 1-5", "2026-11-20 06:20", "2026-11-20 09:00"},
           {"*/15 9-17 * * 1-5", "2026-11-21 10:20", "2026-11-23 09:00"},
           {"10-50/20 9,17 * * 1-5", "2026-11-20 09:50", "2026-11-20 17:10"},
           {"7-59/26,0 0-23/11 * * *", "2026-11-20 11:33", "2026-11-20 11:59"}});
}

TEST_CASE("months are of different lengths") {
    check({{"0 0 31 * *", "2026-08-31 00:00", "2026-10-31 00:00"},
           {"0 0 31 * *", "2026-12-31 00:00", "2027-01-31 00:00"},
           {"0 6 30 * *", "2027-01-30 06:00", "2027-03-30 06:00"},
           {"59 23 31 12 *", "2026-12-31 23:59", "2027-12-31 23:59"},
           {"0 12 1 1-12/3 *", "2026-11-20 12:00", "2027-01-01 12:00"}});
}

TEST_CASE("one day in four years, or in eight") {
    check({{"0 12 29 2 *", "2026-11-20 16:00", "2028-02-29 12:00"},
           {"0 12 29 2 *", "2028-02-29 12:00", "2032-02-29 12:00"},
           {"0 12 29 2 *", "2096-02-29 12:00", "2104-02-29 12:00"}});
}

TEST_CASE("days of the week") {
    check({{"0 0 * * 0", "2026-11-20 16:00", "2026-11-22 00:00"},
           {"0 0 * * 7", "2026-11-20 16:00", "2026-11-22 00:00"},
           {"0 0 * * 6-7", "2026-11-21 00:00", "2026-11-22 00:00"},
           {"0 20 * 12 1", "2026-11-20 16:00", "2026-12-07 20:00"}});
}

TEST_CASE("two fields say something about days") {
    // Neither begins with *: one of them is enough.
    check({{"0 0 13 * 5", "2026-11-20 00:00", "2026-11-27 00:00"},
           {"0 0 13 * 5", "2026-12-11 00:00", "2026-12-13 00:00"},
           // One does: both have to be right.
           {"0 0 */10 * 1", "2026-11-20 00:00", "2026-12-21 00:00"},
           {"0 12 29 2 */7", "2026-11-20 00:00", "2032-02-29 12:00"},
           {"0 12 29 2 */7", "2088-02-29 12:00", "2128-02-29 12:00"}});
}

TEST_CASE("what never comes") {
    check(
        {{"0 0 30 2 *", "2026-11-20 16:00", "never"}, {"0 0 31 2,4,6,9,11 *", "2026-11-20 16:00", "never"}});
}

TEST_CASE("blanks do not matter") { check({{"  30\t4   * * * ", "2026-11-20 16:00", "2026-11-21 04:30"}}); }

TEST_CASE("what is no line is refused") {
    for (const char* line : {"",
                             "* * * *",
                             "* * * * * *",
                             "60 * * * *",
                             "* 24 * * *",
                             "* * 0 * *",
                             "* * 32 * *",
                             "* * * 13 *",
                             "* * * * 8",
                             "30-10 * * * *",
                             "*/0 * * * *",
                             "1,,2 * * * *",
                             ",1 * * * *",
                             "1, * * * *",
                             "1- * * * *",
                             "-1 * * * *",
                             "+1 * * * *",
                             "5/10 * * * *",
                             "1-5-9 * * * *",
                             "*5 * * * *",
                             "1-5/ * * * *",
                             "x * * * *",
                             "4294967296 * * * *",
                             "1.5 * * * *",
                             "*/-1 * * * *"}) {
        INFO("the line: " << line);
        CHECK(error_of([&] { read_cron_line(line); }).substr(0, 5) == "22023");
    }
}
