#include "modules/scheduler/schedule.hpp"

#include <ctime>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "queries/types/datetime.hpp"
#include "tests/catch.hpp"

using namespace forklore;
using scheduler::next_due;
using scheduler::parse_schedule;

namespace {

const TimeZone& zone(const char* name) {
    const TimeZone* found = find_time_zone(name);
    REQUIRE(found != nullptr);
    return *found;
}

/// "2024-02-29 23:59" as the clocks there show it: for moments that they show once.
std::int64_t at(int year, int month, int day, int hour = 0, int minute = 0, const char* where = "GMT") {
    const std::int64_t shown = days_from_civil(year, month, day) * k_us_per_day + (hour * 60 + minute) * k_us_per_minute;
    return to_timestamptz(Timestamp{shown}, zone(where)).us;
}

std::string text(std::int64_t us, const char* where = "GMT") {
    const DateTimeFields f = fields_of(us, zone(where));
    const int east = f.zone->offset / 60;
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}{:+03}:{:02}", f.date.year, f.date.month, f.date.day, f.hour, f.minute, east / 60,
                       std::abs(east) % 60);
}

std::vector<std::string> times(const char* line, std::int64_t from, int count, const char* where = "GMT") {
    std::vector<std::string> all;
    const auto schedule = parse_schedule(line);
    for (int i = 0; i < count; ++i) {
        const auto next = next_due(schedule, from, zone(where));
        if (!next) break;
        REQUIRE(*next > from);
        all.push_back(text(from = *next, where));
    }
    return all;
}

using Texts = std::vector<std::string>;

/// What is wrong with a text: "22023: At character 1: …"
std::string fault(const std::string& schedule) {
    try {
        parse_schedule(schedule);
        return "nothing";
    } catch (const Error& error) {
        return std::string(error.code().text()) + ": " + (error.report().detail.empty() ? error.report().message : error.report().detail);
    }
}

}  // namespace

TEST_CASE("every minute of a leap year is judged as a person would") {
    struct Moment {
        int month, day, hour, minute, weekday;
        bool last;
    };
    const std::pair<const char*, std::function<bool(const Moment&)>> lines[] = {
        {"* * * * *", [](auto&) { return true; }},
        {"*/7 * * * *", [](auto& m) { return m.minute % 7 == 0; }},
        {"0 0 29 2 *", [](auto& m) { return m.month == 2 && m.day == 29 && m.hour == 0 && m.minute == 0; }},
        {"59 23 31 * *", [](auto& m) { return m.day == 31 && m.hour == 23 && m.minute == 59; }},
        {"59 23 $ * *", [](auto& m) { return m.last && m.hour == 23 && m.minute == 59; }},
        {"0 12 1,$ feb-apr *", [](auto& m) { return (m.day == 1 || m.last) && m.month >= 2 && m.month <= 4 && m.hour == 12 && m.minute == 0; }},
        {"30 4 * * mon-fri", [](auto& m) { return m.weekday >= 1 && m.weekday <= 5 && m.hour == 4 && m.minute == 30; }},
        {"0 9-17/4 * * *", [](auto& m) { return (m.hour == 9 || m.hour == 13 || m.hour == 17) && m.minute == 0; }},
        {"0 0 * * 7", [](auto& m) { return m.weekday == 0 && m.hour == 0 && m.minute == 0; }},
        {"0 0 * * sat-sun", [](auto& m) { return (m.weekday == 0 || m.weekday == 6) && m.hour == 0 && m.minute == 0; }},
        // Both days are named: one of them is enough.
        {"5 0 13 * fri", [](auto& m) { return (m.day == 13 || m.weekday == 5) && m.hour == 0 && m.minute == 5; }},
        // One of them is open: both must fit, though it is open with a step.
        {"5 0 13 * */2", [](auto& m) { return m.day == 13 && m.weekday % 2 == 0 && m.hour == 0 && m.minute == 5; }},
        {"5 0 */10 * fri", [](auto& m) { return m.day % 10 == 1 && m.weekday == 5 && m.hour == 0 && m.minute == 5; }},
        {"10,20-22,50-59/4 1 * Jan,DEC *", [](auto& m) {
             return (m.month == 1 || m.month == 12) && m.hour == 1 &&
                    (m.minute == 10 || (m.minute >= 20 && m.minute <= 22) || m.minute == 50 || m.minute == 54 || m.minute == 58);
         }}};
    for (const auto& [line, fits] : lines) {
        INFO(line);
        const auto schedule = parse_schedule(line);
        const TimeZone& gmt = zone("GMT");
        const std::int64_t end = at(2025, 1, 1);
        std::int64_t expected = next_due(schedule, at(2024, 1, 1) - 1, gmt).value();
        int weekday = 1, wrong = 0;  // 2024-01-01 was a Monday
        std::int64_t now = at(2024, 1, 1);
        constexpr int k_lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        for (int month = 1; month <= 12; ++month)
            for (int day = 1; day <= k_lengths[month - 1]; ++day, weekday = (weekday + 1) % 7)
                for (int minute = 0; minute < 1440; ++minute, now += k_us_per_minute) {
                    const bool due = fits({month, day, minute / 60, minute % 60, weekday, day == k_lengths[month - 1]});
                    if (due != (now == expected)) ++wrong;
                    if (now == expected) expected = next_due(schedule, now, gmt).value();
                }
        CHECK(now == end);
        CHECK(wrong == 0);
    }
}

TEST_CASE("the next moment lies after the given one, also within a minute") {
    const auto line = parse_schedule("*/5 * * * *");
    const std::int64_t five = at(2024, 3, 1, 10, 5);
    CHECK(next_due(line, five - 1, zone("GMT")) == five);
    CHECK(next_due(line, five, zone("GMT")) == five + 5 * k_us_per_minute);
    CHECK(next_due(line, five + 59'999'999, zone("GMT")) == five + 5 * k_us_per_minute);
    CHECK(next_due(line, at(1969, 12, 31, 23, 58), zone("GMT")) == at(1970, 1, 1));
}

TEST_CASE("a rare day is found") {
    CHECK(times("0 0 29 2 *", at(2024, 2, 29), 2) == Texts{"2028-02-29 00:00+00:00", "2032-02-29 00:00+00:00"});
    CHECK(times("0 0 29 2 *", at(2096, 3, 1), 1) == Texts{"2104-02-29 00:00+00:00"});
    CHECK(times("0 0 29 2 */7", at(2004, 3, 1), 1) == Texts{"2032-02-29 00:00+00:00"});
    CHECK(times("0 0 31 12 *", at(2024, 12, 31), 1) == Texts{"2025-12-31 00:00+00:00"});
}

TEST_CASE("clocks are put forward: what they leap over is due at that moment, once") {
    const char* berlin = "Europe/Berlin";  // 2024-03-31 02:00 becomes 03:00
    const std::int64_t day = at(2024, 3, 30, 12, 0, berlin);
    CHECK(times("30 2 * * *", day, 2, berlin) == Texts{"2024-03-31 03:00+02:00", "2024-04-01 02:30+02:00"});
    CHECK(times("30 2,3 * * *", day, 3, berlin) ==
          Texts{"2024-03-31 03:00+02:00", "2024-03-31 03:30+02:00", "2024-04-01 02:30+02:00"});
    CHECK(times("0,30 2 31 3 *", day, 2, berlin) == Texts{"2024-03-31 03:00+02:00", "2025-03-31 02:00+02:00"});
    CHECK(times("0 3 * * *", day, 2, berlin) == Texts{"2024-03-31 03:00+02:00", "2024-04-01 03:00+02:00"});
    CHECK(times("30 * * * *", at(2024, 3, 31, 1, 0, berlin), 2, berlin) == Texts{"2024-03-31 01:30+01:00", "2024-03-31 03:30+02:00"});
}

TEST_CASE("clocks are put back: who names an hour means the first one") {
    const char* berlin = "Europe/Berlin";  // 2024-10-27 03:00 becomes 02:00
    const std::int64_t day = at(2024, 10, 26, 12, 0, berlin);
    CHECK(times("30 2 * * *", day, 2, berlin) == Texts{"2024-10-27 02:30+02:00", "2024-10-28 02:30+01:00"});
    CHECK(times("0 3 * * *", day, 2, berlin) == Texts{"2024-10-27 03:00+01:00", "2024-10-28 03:00+01:00"});
    CHECK(times("30 * * * *", at(2024, 10, 27, 1, 0, berlin), 4, berlin) ==
          Texts{"2024-10-27 01:30+02:00", "2024-10-27 02:30+02:00", "2024-10-27 02:30+01:00", "2024-10-27 03:30+01:00"});
    // Asked between the two.
    CHECK(times("45 2 * * *", at(2024, 10, 27, 2, 10, berlin), 1, berlin) == Texts{"2024-10-28 02:45+01:00"});
    CHECK(times("45 * * * *", at(2024, 10, 27, 2, 10, berlin), 1, berlin) == Texts{"2024-10-27 02:45+01:00"});
}

TEST_CASE("clocks that change around midnight") {
    // St. John's, until 2011, at 00:01 back to 23:01 of the day before; and forward from 00:01 to 01:01.
    const char* johns = "America/St_Johns";
    CHECK(times("0 0 * * *", at(2009, 10, 31, 12, 0, johns), 2, johns) == Texts{"2009-11-01 00:00-02:30", "2009-11-02 00:00-03:30"});
    CHECK(times("30 23 * * *", at(2009, 10, 31, 12, 0, johns), 2, johns) == Texts{"2009-10-31 23:30-02:30", "2009-11-01 23:30-03:30"});
    CHECK(times("0 0 1 11 *", at(2009, 10, 1, 0, 0, johns), 1, johns) == Texts{"2009-11-01 00:00-02:30"});
    // Beirut leaps over midnight; Apia leapt over a whole day.
    const char* beirut = "Asia/Beirut";
    CHECK(times("15 0 * * *", at(2024, 3, 30, 12, 0, beirut), 2, beirut) == Texts{"2024-03-31 01:00+03:00", "2024-04-01 00:15+03:00"});
    CHECK(times("0 12 30 12 *", at(2011, 12, 29, 12, 0, "Pacific/Apia"), 1, "Pacific/Apia") == Texts{"2011-12-31 00:00+14:00"});
    // Half an hour, on Lord Howe.
    CHECK(times("45 1 * * *", at(2024, 4, 6, 12, 0, "Australia/Lord_Howe"), 2, "Australia/Lord_Howe") ==
          Texts{"2024-04-07 01:45+11:00", "2024-04-08 01:45+10:30"});
}

TEST_CASE("a line that names hours is due as often in a year as it says, wherever it is") {
    for (const char* where : {"Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca"}) {
        INFO(where);
        const std::int64_t begin = at(2024, 1, 1, 0, 0, where), end = at(2025, 1, 1, 0, 0, where);
        for (const char* line : {"30 2 * * *", "59 23 * * *"}) {
            INFO(line);
            const auto schedule = parse_schedule(line);
            int count = 0;
            for (std::int64_t t = begin - 1; (t = next_due(schedule, t, zone(where)).value()) < end;) ++count;
            CHECK(count == 366);
        }
    }
}

TEST_CASE("named lines and intervals") {
    const std::int64_t from = at(2024, 5, 15, 10, 20);
    CHECK(times("@hourly", from, 1) == Texts{"2024-05-15 11:00+00:00"});
    CHECK(times("@daily", from, 1) == Texts{"2024-05-16 00:00+00:00"});
    CHECK(times("@midnight", from, 1) == Texts{"2024-05-16 00:00+00:00"});
    CHECK(times("@weekly", from, 1) == Texts{"2024-05-19 00:00+00:00"});
    CHECK(times("@monthly", from, 1) == Texts{"2024-06-01 00:00+00:00"});
    CHECK(times("@yearly", from, 1) == Texts{"2025-01-01 00:00+00:00"});
    CHECK(times("@annually", from, 1) == Texts{"2025-01-01 00:00+00:00"});
    CHECK(times("  0\t11  *\t* *  ", from, 1) == Texts{"2024-05-15 11:00+00:00"});
    CHECK(parse_schedule("30 seconds").interval == 30 * k_us_per_second);
    CHECK(parse_schedule(" 5 min 10 s").interval == 310 * k_us_per_second);
    CHECK(parse_schedule("01:30:00").interval == 90 * k_us_per_minute);
    CHECK(parse_schedule("90s").interval == 90 * k_us_per_second);
    CHECK(parse_schedule("1 day 2 hours 3 minutes").interval == (26 * 60 + 3) * k_us_per_minute);
    CHECK(parse_schedule("1.5 seconds").interval == 1'500'000);
    CHECK(parse_schedule("366 days").interval == 366 * k_us_per_day);
    CHECK(parse_schedule("* * * * *").goes_by_clock());
    CHECK_FALSE(parse_schedule("1 hour").goes_by_clock());
}

TEST_CASE("what is wrong is said, and where") {
    const std::pair<const char*, const char*> wrong[] = {
        {"", "At character 1: a minute is missing."},
        {"   ", "At character 4: a minute is missing."},
        {"* * * *", "At character 8: a day of the week is missing."},
        {"5", "At character 2: an hour is missing."},
        {"* * * * * *", "At character 11: there are five fields, and here is a sixth."},
        {"60 * * * *", "At character 1: a minute is 0 to 59."},
        {"0 24 * * *", "At character 3: an hour is 0 to 23."},
        {"0 0 0 * *", "At character 5: a day of the month is 1 to 31."},
        {"0 0 * 13 *", "At character 7: a month is 1 to 12."},
        {"0 0 * * 8", "At character 9: a day of the week is 0 to 7."},
        {"99999999999999999999 * * * *", "At character 1: a minute is 0 to 59."},
        {"0 0 * * mo", "At character 9: \"mo\" is no name of a day of the week."},
        {"0 0 * monday *", "At character 7: \"monday\" is no name of a month."},
        {"0 0 jan * *", "At character 5: \"jan\" is no name of a day of the month."},
        {"10-5 * * * *", "At character 4: the range ends before it begins."},
        {"5-0 * * * *", "At character 3: the range ends before it begins."},
        {"*/0 * * * *", "At character 3: a minute is 1 to 59."},
        {"5/10 * * * *", "At character 3: a step needs a range, or *."},
        {"*/ * * * *", "At character 3: a number is missing."},
        {"1- * * * *", "At character 3: a number is missing."},
        {"1,,2 * * * *", "At character 3: \",\" cannot stand here."},
        {"1, * * * *", "At character 3: a number is missing."},
        {"*5 * * * *", "At character 2: \"5\" cannot stand here."},
        {"-1 * * * *", "At character 1: \"-\" cannot stand here."},
        {"@never", "At character 1: \"@\" cannot stand here."},
        {"@hourly *", "At character 1: \"@\" cannot stand here."},
        {"0 0 * * ž", "At character 9: \"ž\" cannot stand here."},
        {"0 ž", "At character 3: \"ž\" cannot stand here."},
        {"* * * *\n*", "At character 8: \"\n\" cannot stand here."},
        {"$ * * * *", "At character 1: \"$\" cannot stand here."},
        {"0 0 30 2 *", "There is no such day."},
        {"0 0 31 4,6,9,11 *", "There is no such day."},
        {"0 seconds", "It is at least a second and at most 366 days long, and has no months, which differ in length."},
        {"1 month", "It is at least a second and at most 366 days long, and has no months, which differ in length."},
        {"367 days", "It is at least a second and at most 366 days long, and has no months, which differ in length."},
        {"5 minutes ago", "It is at least a second and at most 366 days long, and has no months, which differ in length."}};
    for (const auto& [schedule, why] : wrong) {
        INFO(schedule);
        CHECK(fault(schedule) == std::string("22023: ") + why);
    }
    CHECK(fault("5 mineuts") == "22007: invalid input syntax for type interval: \"5 mineuts\"");
    CHECK(fault("99999999999999999999 days").starts_with("22"));
    CHECK(fault(std::string(100'000, '1')) == "22023: At character 1: a minute is 0 to 59.");
}

namespace {

/// What a launcher does with one job, on a clock that the test sets.
struct Stepped {
    scheduler::Schedule when;
    scheduler::Now now;
    const TimeZone& where = zone("GMT");
    std::int64_t due = scheduler::first_due(when, now, where), latest = now.wall;
    std::vector<std::string> runs{};

    void look() {
        due = scheduler::due_after_step(when, due, scheduler::look_at_clock(latest, now.wall), now, where);
        if (due == 0 || due > now.by_clock_of(when)) return;
        runs.push_back(text(now.wall).substr(11, 5));
        due = scheduler::due_again(when, due, now, where);
    }
    /// Time passes, and the launcher looks twenty times a minute.
    void pass(int minutes) {
        for (int i = 0; i < minutes * 20; ++i) {
            now.wall += 3 * k_us_per_second;
            now.steady += 3 * k_us_per_second;
            look();
        }
    }
    /// Somebody sets the clock.
    void set(std::int64_t wall) {
        now.wall = wall;
        look();
    }
    Texts taken() { return std::exchange(runs, {}); }
};

Stepped job(const char* schedule, std::int64_t wall) { return {parse_schedule(schedule), {wall, 1'000'000}}; }

}  // namespace

TEST_CASE("a job is due once for all that has been missed") {
    Stepped daily = job("0 12 * * *", at(2024, 5, 1, 11, 50)), often = job("*/10 * * * *", at(2024, 5, 1, 11, 55));
    daily.pass(9);
    CHECK(daily.taken().empty());
    daily.set(at(2024, 5, 4, 15, 30));  // the machine has slept, or the clock has been put right
    CHECK(daily.taken() == Texts{"15:30"});
    daily.pass(60);
    CHECK(daily.taken().empty());
    CHECK(text(daily.due) == "2024-05-05 12:00+00:00");
    often.set(at(2024, 5, 1, 12, 44));
    CHECK(often.taken() == Texts{"12:44"});
    often.pass(17);
    CHECK(often.taken() == Texts{"12:50", "13:00"});
}

TEST_CASE("the clock is put back: who names an hour is not due again, and who does not goes on") {
    Stepped daily = job("0 12 * * *", at(2024, 5, 1, 11, 50)), often = job("*/10 * * * *", at(2024, 5, 1, 11, 55)),
            minute = job("* * * * *", at(2024, 5, 1, 12, 0)), passes = job("10 minutes", at(2024, 5, 1, 12, 0));
    for (Stepped* one : {&daily, &often}) one->pass(20);
    CHECK(daily.taken() == Texts{"12:00"});
    CHECK(often.taken() == Texts{"12:00", "12:10"});
    daily.set(at(2024, 5, 1, 10, 0));
    daily.pass(180);
    CHECK(daily.taken().empty());
    CHECK(text(daily.due) == "2024-05-02 12:00+00:00");
    often.set(at(2024, 5, 1, 11, 45));
    often.pass(30);
    CHECK(often.taken() == Texts{"11:50", "12:00", "12:10"});
    minute.pass(2);
    CHECK(minute.taken() == Texts{"12:01", "12:02"});
    minute.set(at(2024, 5, 1, 12, 1) + 59 * k_us_per_second);  // a correction: not twice at 12:02
    minute.pass(2);
    CHECK(minute.taken() == Texts{"12:03"});
    passes.pass(15);
    CHECK(passes.taken() == Texts{"12:10"});
    passes.set(at(2024, 5, 1, 9, 0));
    passes.pass(10);
    CHECK(passes.taken() == Texts{"09:05"});
    passes.set(at(2030, 1, 1));
    passes.pass(4);
    CHECK(passes.taken().empty());
}

TEST_CASE("a clock that was wrong by days begins anew") {
    Stepped daily = job("0 12 * * *", at(2034, 5, 1, 11, 50));
    daily.pass(20);
    CHECK(daily.taken() == Texts{"12:00"});
    daily.set(at(2024, 5, 1, 11, 0));
    daily.pass(80);
    CHECK(daily.taken() == Texts{"12:00"});
    CHECK(text(daily.due) == "2024-05-02 12:00+00:00");
}

TEST_CASE("an interval keeps its step, however late somebody looks") {
    const auto when = parse_schedule("10 seconds");
    const TimeZone& gmt = zone("GMT");
    CHECK(scheduler::first_due(when, {5, 100}, gmt) == 10'000'100);
    CHECK(scheduler::due_again(when, 10'000'100, {5, 10'000'100}, gmt) == 20'000'100);
    CHECK(scheduler::due_again(when, 10'000'100, {5, 10'900'000}, gmt) == 20'000'100);
    CHECK(scheduler::due_again(when, 10'000'100, {5, 47'000'000}, gmt) == 50'000'100);
}
