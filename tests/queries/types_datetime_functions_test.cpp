// Intervals, and the functions of dates, times and intervals: what each call gives, as PostgreSQL 15 answers it.
#include "tests/catch.hpp"
#include "tests/queries/type_rig.hpp"

using forklore::test::called;
using forklore::test::Expectation;
using forklore::test::set;
using forklore::test::shown;

namespace {

/// Settings as the expectations assume them.
struct Defaults {
    Defaults() {
        set("DateStyle", "ISO, MDY");
        set("TimeZone", "Europe/Berlin");
        set("IntervalStyle", "postgres");
    }
};

const Expectation k_intervals[] = {
    {"interval", "1 year 2 mons 3 days 04:05:06.789", "1 year 2 mons 3 days 04:05:06.789"},
    {"interval", "-1 days +02:03", "-1 days +02:03:00"},
    {"interval", "@ 1 minute ago", "-00:01:00"},
    {"interval", "1-2 3 04:05:06", "1 year 2 mons 3 days 04:05:06"},
    {"interval", "P1Y2M3DT4H5M6.5S", "1 year 2 mons 3 days 04:05:06.5"},
    {"interval", "P0001-02-03T04:05:06", "1 year 2 mons 3 days 04:05:06"},
    {"interval", "PT36H", "36:00:00"},
    {"interval", "1.5 months", "1 mon 15 days"},
    {"interval", "1.5 years", "1 year 6 mons"},
    {"interval", "0.1 weeks", "16:48:00"},
    {"interval", "-0.5 day", "-12:00:00"},
    {"interval", "1 day 1 day", "ERROR 22007 invalid input syntax for type interval: \"1 day 1 day\"||"},
    {"interval", "1", "00:00:01"},
    {"interval", "", "ERROR 22007 invalid input syntax for type interval: \"\"||"},
    {"interval", "foo", "ERROR 22007 invalid input syntax for type interval: \"foo\"||"},
    {"interval", "1 foo", "ERROR 22007 invalid input syntax for type interval: \"1 foo\"||"},
    {"interval", "3 ago", "ERROR 22007 invalid input syntax for type interval: \"3 ago\"||"},
    {"interval", "infinity", "ERROR 22007 invalid input syntax for type interval: \"infinity\"||"},
    {"interval", "178956971 years", "ERROR 22008 interval out of range||"},
    {"interval", "999999999999 years", "ERROR 22015 interval field value out of range: \"999999999999 years\"||"},
    {"interval", "2147483648 days", "ERROR 22015 interval field value out of range: \"2147483648 days\"||"},
    {"interval", "1:2", "01:02:00"},
    {"interval", "-1:02:03.4", "-01:02:03.4"},
    {"interval", "1 decade 1 century 1 millennium", "1110 years"},
    {"interval", "1 ms 1 us", "00:00:00.001001"},
    {"interval", "9223372036854775807 us", "2562047788:00:54.775807"},
    {"interval(4)", "1-2", "1 year"},
    {"interval(2)", "10", "10 mons"},
    {"interval(8)", "1 day 02:00", "1 day"},
    {"interval(1024)", "1 2:30", "1 day 02:00:00"},
    {"interval(6144)", "1:2", "00:01:02"},
    {"interval(7176,3)", "1 day 01:02:03.4567", "1 day 01:02:03.457"},
    {"interval(32767,2)", "1.239", "00:00:01.24"},
};

struct Styled {
    std::string_view style;
    Expectation expected;
};

const Styled k_styles[] = {
    {"postgres", {"interval", "P1Y2M-3DT4H5M6.7S", "1 year 2 mons -3 days +04:05:06.7"}},
    {"postgres", {"interval", "P-1Y-2M", "-1 years -2 mons"}},
    {"postgres", {"interval", "P-1DT-12H", "-1 days -12:00:00"}},
    {"postgres", {"interval", "P0D", "00:00:00"}},
    {"postgres", {"interval", "PT-0.5S", "-00:00:00.5"}},
    {"postgres", {"interval", "P3DT4H", "3 days 04:00:00"}},
    {"postgres", {"interval", "P-5DT-6H", "-5 days -06:00:00"}},
    {"postgres_verbose", {"interval", "P1Y2M-3DT4H5M6.7S", "@ 1 year 2 mons -3 days 4 hours 5 mins 6.7 secs"}},
    {"postgres_verbose", {"interval", "P-1Y-2M", "@ 1 year 2 mons ago"}},
    {"postgres_verbose", {"interval", "P-1DT-12H", "@ 1 day 12 hours ago"}},
    {"postgres_verbose", {"interval", "P0D", "@ 0"}},
    {"postgres_verbose", {"interval", "PT-0.5S", "@ 0.5 secs ago"}},
    {"postgres_verbose", {"interval", "P3DT4H", "@ 3 days 4 hours"}},
    {"postgres_verbose", {"interval", "P-5DT-6H", "@ 5 days 6 hours ago"}},
    {"sql_standard", {"interval", "P1Y2M-3DT4H5M6.7S", "+1-2 -3 +4:05:06.7"}},
    {"sql_standard", {"interval", "P-1Y-2M", "-1-2"}},
    {"sql_standard", {"interval", "P-1DT-12H", "-1 12:00:00"}},
    {"sql_standard", {"interval", "P0D", "0"}},
    {"sql_standard", {"interval", "PT-0.5S", "-0:00:00.5"}},
    {"sql_standard", {"interval", "P3DT4H", "3 4:00:00"}},
    {"sql_standard", {"interval", "P-5DT-6H", "-5 6:00:00"}},
    {"iso_8601", {"interval", "P1Y2M-3DT4H5M6.7S", "P1Y2M-3DT4H5M6.7S"}},
    {"iso_8601", {"interval", "P-1Y-2M", "P-1Y-2M"}},
    {"iso_8601", {"interval", "P-1DT-12H", "P-1DT-12H"}},
    {"iso_8601", {"interval", "P0D", "PT0S"}},
    {"iso_8601", {"interval", "PT-0.5S", "PT-0.5S"}},
    {"iso_8601", {"interval", "P3DT4H", "P3DT4H"}},
    {"iso_8601", {"interval", "P-5DT-6H", "P-5DT-6H"}},
};

}  // namespace

TEST_CASE("intervals are read in many forms") {
    const Defaults defaults;
    for (const Expectation& e : k_intervals) {
        INFO(e.type << " '" << e.literal << "'");
        CHECK(shown(e.type, e.literal) == e.text);
    }
}

TEST_CASE("IntervalStyle decides how intervals are written, and each style reads back") {
    const Defaults defaults;
    for (const Styled& s : k_styles) {
        set("IntervalStyle", s.style);
        INFO(s.style << " '" << s.expected.literal << "'");
        CHECK(shown("interval", s.expected.literal) == s.expected.text);
        CHECK(shown("interval", s.expected.text) == s.expected.text);
    }
    const Defaults again;
}

TEST_CASE("moments and intervals are added, compared and brought into shape") {
    const Defaults defaults;
    CHECK(called(2032, "timestamp", {{"timestamp", "2000-01-31"}, {"interval", "1 mon"}}) == "2000-02-29 00:00:00");  // timestamp_pl_interval
    CHECK(called(2032, "timestamp", {{"timestamp", "2000-01-31"}, {"interval", "1 mon -1 day 25:00"}}) == "2000-02-29 01:00:00");  // timestamp_pl_interval
    CHECK(called(1189, "timestamptz", {{"timestamptz", "2000-03-25 12:00"}, {"interval", "1 day"}}) == "2000-03-26 12:00:00+02");  // timestamptz_pl_interval
    CHECK(called(1189, "timestamptz", {{"timestamptz", "2000-03-25 12:00"}, {"interval", "24:00"}}) == "2000-03-26 13:00:00+02");  // timestamptz_pl_interval
    CHECK(called(2032, "timestamp", {{"timestamp", "294276-12-31"}, {"interval", "1 day"}}) == "ERROR 22008 timestamp out of range||");  // timestamp_pl_interval
    CHECK(called(2032, "timestamp", {{"timestamp", "2000-01-01"}, {"interval", "2147483647 days"}}) == "ERROR 22008 timestamp out of range||");  // timestamp_pl_interval
    CHECK(called(2032, "timestamp", {{"timestamp", "infinity"}, {"interval", "1 day"}}) == "infinity");  // timestamp_pl_interval
    CHECK(called(2031, "interval", {{"timestamp", "2000-03-01 01:00"}, {"timestamp", "2000-02-28 02:00"}}) == "1 day 23:00:00");  // timestamp_mi
    CHECK(called(2031, "interval", {{"timestamp", "infinity"}, {"timestamp", "2000-02-28"}}) == "ERROR 22008 cannot subtract infinite timestamps||");  // timestamp_mi
    CHECK(called(1141, "date", {{"date", "2000-02-28"}, {"int4", "2"}}) == "2000-03-01");  // date_pli
    CHECK(called(1141, "date", {{"date", "2000-02-28"}, {"int4", "2147483647"}}) == "ERROR 22008 date out of range||");  // date_pli
    CHECK(called(1140, "int4", {{"date", "2000-03-01"}, {"date", "1999-03-01"}}) == "366");  // date_mi
    CHECK(called(1140, "int4", {{"date", "infinity"}, {"date", "1999-03-01"}}) == "ERROR 22008 cannot subtract infinite dates||");  // date_mi
    CHECK(called(1747, "time", {{"time", "23:00"}, {"interval", "1 day 02:00"}}) == "01:00:00");  // time_pl_interval
    CHECK(called(1748, "time", {{"time", "01:00"}, {"interval", "26:00"}}) == "23:00:00");  // time_mi_interval
    CHECK(called(1618, "interval", {{"interval", "1 mon 1 day 01:00"}, {"float8", "1.5"}}) == "1 mon 16 days 13:30:00");  // interval_mul
    CHECK(called(1618, "interval", {{"interval", "1 year"}, {"float8", "1e12"}}) == "ERROR 22008 interval out of range||");  // interval_mul
    CHECK(called(1326, "interval", {{"interval", "1 mon 1 day"}, {"float8", "4"}}) == "7 days 18:00:00");  // interval_div
    CHECK(called(1326, "interval", {{"interval", "1 mon"}, {"float8", "0"}}) == "ERROR 22012 division by zero||");  // interval_div
    CHECK(called(1169, "interval", {{"interval", "2147483647 days"}, {"interval", "1 day"}}) == "ERROR 22008 interval out of range||");  // interval_pl
    CHECK(called(1162, "bool", {{"interval", "1 mon"}, {"interval", "30 days"}}) == "t");  // interval_eq
    CHECK(called(1164, "bool", {{"interval", "1 mon"}, {"interval", "31 days"}}) == "t");  // interval_lt
    CHECK(called(2340, "bool", {{"date", "2000-01-01"}, {"timestamp", "2000-01-01"}}) == "t");  // date_eq_timestamp
    CHECK(called(2351, "bool", {{"date", "2000-01-01"}, {"timestamptz", "1999-12-31 23:30+00"}}) == "t");  // date_lt_timestamptz
    CHECK(called(2341, "bool", {{"date", "5874897-12-31"}, {"timestamp", "infinity"}}) == "f");  // date_gt_timestamp
    CHECK(called(2711, "interval", {{"interval", "1 mon -1 hour"}}) == "29 days 23:00:00");  // justify_interval
    CHECK(called(1175, "interval", {{"interval", "27 hours"}}) == "1 day 03:00:00");  // justify_hours
    CHECK(called(1295, "interval", {{"interval", "35 days"}}) == "1 mon 5 days");  // justify_days
    CHECK(called(2058, "interval", {{"timestamp", "2001-04-10"}, {"timestamp", "1957-06-13"}}) == "43 years 9 mons 27 days");  // age
    CHECK(called(2058, "interval", {{"timestamp", "2000-02-28"}, {"timestamp", "2000-03-31 12:00"}}) == "-1 mons -3 days -12:00:00");  // age
    CHECK(called(1308, "bool", {{"time", "01:00"}, {"time", "02:00"}, {"time", "02:00"}, {"time", "03:00"}}) == "f");  // overlaps
    CHECK(called(2041, "bool", {{"timestamp", "2000-01-01"}, {"timestamp", "2000-01-01"}, {"timestamp", "2000-01-01"}, {"timestamp", "\\N"}}) == "null");  // overlaps
    CHECK(called(2041, "bool", {{"timestamp", "2000-01-01"}, {"timestamp", "2000-02-01"}, {"timestamp", "2000-01-15"}, {"timestamp", "\\N"}}) == "t");  // overlaps
}

TEST_CASE("fields are extracted") {
    const Defaults defaults;
    CHECK(called(6203, "numeric", {{"text", "century"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "21");  // extract
    CHECK(called(6203, "numeric", {{"text", "day"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "16");  // extract
    CHECK(called(6203, "numeric", {{"text", "decade"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "200");  // extract
    CHECK(called(6203, "numeric", {{"text", "dow"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "5");  // extract
    CHECK(called(6203, "numeric", {{"text", "doy"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "47");  // extract
    CHECK(called(6203, "numeric", {{"text", "epoch"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "982352320.120000");  // extract
    CHECK(called(6203, "numeric", {{"text", "hour"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "20");  // extract
    CHECK(called(6203, "numeric", {{"text", "isodow"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "5");  // extract
    CHECK(called(6203, "numeric", {{"text", "isoyear"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "2001");  // extract
    CHECK(called(6203, "numeric", {{"text", "julian"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "2451957.86018657407407407407");  // extract
    CHECK(called(6203, "numeric", {{"text", "microseconds"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "40120000");  // extract
    CHECK(called(6203, "numeric", {{"text", "millennium"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "3");  // extract
    CHECK(called(6203, "numeric", {{"text", "milliseconds"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "40120.000");  // extract
    CHECK(called(6203, "numeric", {{"text", "minute"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "38");  // extract
    CHECK(called(6203, "numeric", {{"text", "month"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "2");  // extract
    CHECK(called(6203, "numeric", {{"text", "quarter"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "1");  // extract
    CHECK(called(6203, "numeric", {{"text", "second"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "40.120000");  // extract
    CHECK(called(6203, "numeric", {{"text", "timezone"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "3600");  // extract
    CHECK(called(6203, "numeric", {{"text", "timezone_hour"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "1");  // extract
    CHECK(called(6203, "numeric", {{"text", "week"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "7");  // extract
    CHECK(called(6203, "numeric", {{"text", "year"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "2001");  // extract
    CHECK(called(6203, "numeric", {{"text", "foo"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "ERROR 22023 unit \"foo\" not recognized for type timestamp with time zone||");  // extract
    CHECK(called(6202, "numeric", {{"text", "year"}, {"timestamp", "0044-03-15 BC"}}) == "-44");  // extract
    CHECK(called(6202, "numeric", {{"text", "century"}, {"timestamp", "0044-03-15 BC"}}) == "-1");  // extract
    CHECK(called(6202, "numeric", {{"text", "epoch"}, {"timestamp", "infinity"}}) == "Infinity");  // extract
    CHECK(called(6202, "numeric", {{"text", "day"}, {"timestamp", "infinity"}}) == "null");  // extract
    CHECK(called(6199, "numeric", {{"text", "hour"}, {"date", "2000-01-01"}}) == "ERROR 0A000 unit \"hour\" not supported for type date||");  // extract
    CHECK(called(6204, "numeric", {{"text", "epoch"}, {"interval", "1 year 2 mons 3 days 04:05:06.7"}}) == "37015506.700000");  // extract
    CHECK(called(6204, "numeric", {{"text", "week"}, {"interval", "1 year"}}) == "ERROR 0A000 unit \"week\" not supported for type interval||");  // extract
    CHECK(called(6200, "numeric", {{"text", "second"}, {"time", "04:05:06.789"}}) == "6.789000");  // extract
    CHECK(called(6201, "numeric", {{"text", "timezone"}, {"timetz", "04:05:06-08:30"}}) == "-30600");  // extract
    CHECK(called(1171, "float8", {{"text", "milliseconds"}, {"timestamptz", "2001-02-16 20:38:40.12"}}) == "40120");  // date_part
}

TEST_CASE("moments are cut down to a unit or to a grid") {
    const Defaults defaults;
    CHECK(called(2020, "timestamp", {{"text", "millennium"}, {"timestamp", "2001-08-16 20:38:40.123456"}}) == "2001-01-01 00:00:00");  // date_trunc
    CHECK(called(2020, "timestamp", {{"text", "century"}, {"timestamp", "2001-08-16 20:38:40.123456"}}) == "2001-01-01 00:00:00");  // date_trunc
    CHECK(called(2020, "timestamp", {{"text", "decade"}, {"timestamp", "2001-08-16 20:38:40.123456"}}) == "2000-01-01 00:00:00");  // date_trunc
    CHECK(called(2020, "timestamp", {{"text", "year"}, {"timestamp", "2001-08-16 20:38:40.123456"}}) == "2001-01-01 00:00:00");  // date_trunc
    CHECK(called(2020, "timestamp", {{"text", "quarter"}, {"timestamp", "2001-08-16 20:38:40.123456"}}) == "2001-07-01 00:00:00");  // date_trunc
    CHECK(called(2020, "timestamp", {{"text", "month"}, {"timestamp", "2001-08-16 20:38:40.123456"}}) == "2001-08-01 00:00:00");  // date_trunc
    CHECK(called(2020, "timestamp", {{"text", "week"}, {"timestamp", "2001-08-16 20:38:40.123456"}}) == "2001-08-13 00:00:00");  // date_trunc
    CHECK(called(2020, "timestamp", {{"text", "day"}, {"timestamp", "2001-08-16 20:38:40.123456"}}) == "2001-08-16 00:00:00");  // date_trunc
    CHECK(called(2020, "timestamp", {{"text", "hour"}, {"timestamp", "2001-08-16 20:38:40.123456"}}) == "2001-08-16 20:00:00");  // date_trunc
    CHECK(called(2020, "timestamp", {{"text", "minute"}, {"timestamp", "2001-08-16 20:38:40.123456"}}) == "2001-08-16 20:38:00");  // date_trunc
    CHECK(called(2020, "timestamp", {{"text", "second"}, {"timestamp", "2001-08-16 20:38:40.123456"}}) == "2001-08-16 20:38:40");  // date_trunc
    CHECK(called(2020, "timestamp", {{"text", "milliseconds"}, {"timestamp", "2001-08-16 20:38:40.123456"}}) == "2001-08-16 20:38:40.123");  // date_trunc
    CHECK(called(2020, "timestamp", {{"text", "microseconds"}, {"timestamp", "2001-08-16 20:38:40.123456"}}) == "2001-08-16 20:38:40.123456");  // date_trunc
    CHECK(called(2020, "timestamp", {{"text", "timezone"}, {"timestamp", "2001-08-16 20:38:40.123456"}}) == "ERROR 0A000 unit \"timezone\" not supported for type timestamp without time zone||");  // date_trunc
    CHECK(called(2020, "timestamp", {{"text", "foo"}, {"timestamp", "2001-08-16 20:38:40.123456"}}) == "ERROR 22023 unit \"foo\" not recognized for type timestamp without time zone||");  // date_trunc
    CHECK(called(1217, "timestamptz", {{"text", "day"}, {"timestamptz", "2000-03-26 12:00"}}) == "2000-03-26 00:00:00+01");  // date_trunc
    CHECK(called(1284, "timestamptz", {{"text", "day"}, {"timestamptz", "2000-03-26 12:00"}, {"text", "America/New_York"}}) == "2000-03-26 07:00:00+02");  // date_trunc
    CHECK(called(1218, "interval", {{"text", "month"}, {"interval", "1 year 2 mons 3 days"}}) == "1 year 2 mons");  // date_trunc
    CHECK(called(1218, "interval", {{"text", "week"}, {"interval", "1 year"}}) == "ERROR 0A000 unit \"week\" not supported for type interval|Months usually have fractional weeks.|");  // date_trunc
    CHECK(called(6177, "timestamp", {{"interval", "15 min"}, {"timestamp", "2000-01-01 12:37"}, {"timestamp", "2000-01-01 00:02:30"}}) == "2000-01-01 12:32:30");  // date_bin
    CHECK(called(6177, "timestamp", {{"interval", "1 mon"}, {"timestamp", "2000-01-01"}, {"timestamp", "2000-01-01"}}) == "ERROR 0A000 timestamps cannot be binned into intervals containing months or years||");  // date_bin
    CHECK(called(6177, "timestamp", {{"interval", "-1 s"}, {"timestamp", "2000-01-01"}, {"timestamp", "2000-01-01"}}) == "ERROR 22008 stride must be greater than zero||");  // date_bin
}

TEST_CASE("moments change their zone and their type") {
    const Defaults defaults;
    CHECK(called(1159, "timestamp", {{"text", "America/New_York"}, {"timestamptz", "2000-07-01 12:00"}}) == "2000-07-01 06:00:00");  // timezone
    CHECK(called(2069, "timestamptz", {{"text", "America/New_York"}, {"timestamp", "2000-07-01 12:00"}}) == "2000-07-01 18:00:00+02");  // timezone
    CHECK(called(2069, "timestamptz", {{"text", "est"}, {"timestamp", "2000-07-01 12:00"}}) == "2000-07-01 19:00:00+02");  // timezone
    CHECK(called(2069, "timestamptz", {{"text", "nowhere"}, {"timestamp", "2000-07-01 12:00"}}) == "ERROR 22023 time zone \"nowhere\" not recognized||");  // timezone
    CHECK(called(2070, "timestamptz", {{"interval", "-5 hours"}, {"timestamp", "2000-07-01 12:00"}}) == "2000-07-01 19:00:00+02");  // timezone
    CHECK(called(2070, "timestamptz", {{"interval", "1 day"}, {"timestamp", "2000-07-01 12:00"}}) == "ERROR 22023 interval time zone \"1 day\" must not include months or days||");  // timezone
    CHECK(called(2038, "timetz", {{"interval", "02:00"}, {"timetz", "12:00+00"}}) == "14:00:00+02");  // timezone
    CHECK(called(2027, "timestamp", {{"timestamptz", "2000-07-01 12:00+00"}}) == "2000-07-01 14:00:00");  // timestamp
    CHECK(called(1178, "date", {{"timestamptz", "2000-07-01 23:00+00"}}) == "2000-07-02");  // date
    CHECK(called(1316, "time", {{"timestamp", "infinity"}}) == "null");  // time
    CHECK(called(1370, "interval", {{"time", "04:05"}}) == "04:05:00");  // interval
    CHECK(called(1419, "time", {{"interval", "-1 hour"}}) == "23:00:00");  // time
}

TEST_CASE("moments are made of numbers") {
    const Defaults defaults;
    CHECK(called(3846, "date", {{"int4", "2000"}, {"int4", "2"}, {"int4", "30"}}) == "ERROR 22008 date field value out of range: 2000-02-30||");  // make_date
    CHECK(called(3846, "date", {{"int4", "-44"}, {"int4", "3"}, {"int4", "15"}}) == "0044-03-15 BC");  // make_date
    CHECK(called(3847, "time", {{"int4", "8"}, {"int4", "15"}, {"float8", "23.5"}}) == "08:15:23.5");  // make_time
    CHECK(called(3847, "time", {{"int4", "24"}, {"int4", "0"}, {"float8", "0.1"}}) == "ERROR 22008 time field value out of range: 24:00:0.1||");  // make_time
    CHECK(called(3461, "timestamp", {{"int4", "2013"}, {"int4", "7"}, {"int4", "15"}, {"int4", "8"}, {"int4", "15"}, {"float8", "23.5"}}) == "2013-07-15 08:15:23.5");  // make_timestamp
    CHECK(called(3463, "timestamptz", {{"int4", "2013"}, {"int4", "7"}, {"int4", "15"}, {"int4", "8"}, {"int4", "15"}, {"float8", "23.5"}, {"text", "America/New_York"}}) == "2013-07-15 14:15:23.5+02");  // make_timestamptz
    CHECK(called(3463, "timestamptz", {{"int4", "2013"}, {"int4", "7"}, {"int4", "15"}, {"int4", "8"}, {"int4", "15"}, {"float8", "23.5"}, {"text", "5"}}) == "ERROR 22023 invalid input syntax for type numeric time zone: \"5\"||Numeric time zones must have \"-\" or \"+\" as first character.");  // make_timestamptz
    CHECK(called(3464, "interval", {{"int4", "1"}, {"int4", "2"}, {"int4", "3"}, {"int4", "4"}, {"int4", "5"}, {"int4", "6"}, {"float8", "7.5"}}) == "1 year 2 mons 25 days 05:06:07.5");  // make_interval
    CHECK(called(1158, "timestamptz", {{"float8", "1284352323.5"}}) == "2010-09-13 06:32:03.5+02");  // to_timestamp
    CHECK(called(1158, "timestamptz", {{"float8", "NaN"}}) == "ERROR 22008 timestamp cannot be NaN||");  // to_timestamp
    CHECK(called(1158, "timestamptz", {{"float8", "1e30"}}) == "ERROR 22008 timestamp out of range: \"1e+30\"||");  // to_timestamp
}

TEST_CASE("templates write and read moments") {
    const Defaults defaults;
    CHECK(called(1770, "text", {{"timestamptz", "2000-02-29 16:05:06.0789"}, {"text", "YYYY-MM-DD HH24:MI:SS.US TZ OF"}}) == "2000-02-29 16:05:06.078900 CET +01");  // to_char
    CHECK(called(1770, "text", {{"timestamptz", "2000-02-29 16:05:06.0789"}, {"text", "Day, DD Month YYYY"}}) == "Tuesday  , 29 February  2000");  // to_char
    CHECK(called(1770, "text", {{"timestamptz", "2000-02-29 16:05:06.0789"}, {"text", "FMDay, FMDDth FMMonth YYYY"}}) == "Tuesday, 29th February 2000");  // to_char
    CHECK(called(1770, "text", {{"timestamptz", "2000-02-29 16:05:06.0789"}, {"text", "DY Dy dy MON Mon mon"}}) == "TUE Tue tue FEB Feb feb");  // to_char
    CHECK(called(1770, "text", {{"timestamptz", "2000-02-29 16:05:06.0789"}, {"text", "HH12:MI AM a.m."}}) == "04:05 PM p.m.");  // to_char
    CHECK(called(1770, "text", {{"timestamptz", "2000-02-29 16:05:06.0789"}, {"text", "IYYY-IW-ID IDDD"}}) == "2000-09-2 058");  // to_char
    CHECK(called(1770, "text", {{"timestamptz", "2000-02-29 16:05:06.0789"}, {"text", "DDD D WW W Q CC J"}}) == "060 3 09 5 1 20 2451604");  // to_char
    CHECK(called(1770, "text", {{"timestamptz", "2000-02-29 16:05:06.0789"}, {"text", "Y,YYY YYY YY Y"}}) == "2,000 000 00 0");  // to_char
    CHECK(called(1770, "text", {{"timestamptz", "2000-02-29 16:05:06.0789"}, {"text", "FF1 FF3 FF6 MS"}}) == "0 078 078900 078");  // to_char
    CHECK(called(1770, "text", {{"timestamptz", "2000-02-29 16:05:06.0789"}, {"text", "SSSSS \"text \\\"q\\\"\" RM rm FMRM"}}) == "57906 text \"q\" II   ii   II");  // to_char
    CHECK(called(1770, "text", {{"timestamptz", "2000-02-29 16:05:06.0789"}, {"text", "TZH:TZM tz"}}) == "+01:00 cet");  // to_char
    CHECK(called(1770, "text", {{"timestamptz", "2000-02-29 16:05:06.0789"}, {"text", "YYYY BC A.D."}}) == "2000 AD A.D.");  // to_char
    CHECK(called(2049, "text", {{"timestamp", "0044-03-15 BC"}, {"text", "YYYY BC CC"}}) == "0044 BC -01");  // to_char
    CHECK(called(2049, "text", {{"timestamp", "infinity"}, {"text", "YYYY"}}) == "null");  // to_char
    CHECK(called(1768, "text", {{"interval", "1 year 2 mons 3 days 26:05:06"}, {"text", "YYYY MM DD HH24:MI:SS HH12"}}) == "0001 02 03 26:05:06 02");  // to_char
    CHECK(called(1768, "text", {{"interval", "1 day"}, {"text", "Day"}}) == "ERROR 22007 invalid format specification for an interval value||Intervals are not tied to specific calendar dates.");  // to_char
    CHECK(called(1778, "timestamptz", {{"text", "05 Dec 2000"}, {"text", "DD Mon YYYY"}}) == "2000-12-05 00:00:00+01");  // to_timestamp
    CHECK(called(1778, "timestamptz", {{"text", "2000-02-30"}, {"text", "YYYY-MM-DD"}}) == "ERROR 22008 date/time field value out of range: \"2000-02-30\"||");  // to_timestamp
    CHECK(called(1778, "timestamptz", {{"text", "20000229 160506.5"}, {"text", "YYYYMMDD HH24MISS.MS"}}) == "2000-02-29 16:05:06.5+01");  // to_timestamp
    CHECK(called(1778, "timestamptz", {{"text", "97/Feb/16"}, {"text", "YYMonDD"}}) == "ERROR 22007 invalid value \"/Feb/16\" for \"Mon\"|The given value did not match any of the allowed values for this field.|");  // to_timestamp
    CHECK(called(1778, "timestamptz", {{"text", "2000   JUN"}, {"text", "YYYY MON"}}) == "2000-06-01 00:00:00+02");  // to_timestamp
    CHECK(called(1778, "timestamptz", {{"text", "2000JUN"}, {"text", "FXYYYY MON"}}) == "ERROR 22007 invalid value \"UN\" for \"MON\"|The given value did not match any of the allowed values for this field.|");  // to_timestamp
    CHECK(called(1778, "timestamptz", {{"text", "12:30 PM"}, {"text", "HH12:MI PM"}}) == "0001-01-01 12:30:00+00:53:28 BC");  // to_timestamp
    CHECK(called(1778, "timestamptz", {{"text", "13:30"}, {"text", "HH12:MI"}}) == "ERROR 22007 hour \"13\" is invalid for the 12-hour clock||Use the 24-hour clock, or give an hour between 1 and 12.");  // to_timestamp
    CHECK(called(1778, "timestamptz", {{"text", "2000-01-01 12:00 +05:30"}, {"text", "YYYY-MM-DD HH24:MI TZH:TZM"}}) == "2000-01-01 07:30:00+01");  // to_timestamp
    CHECK(called(1778, "timestamptz", {{"text", "x"}, {"text", "YYYY"}}) == "ERROR 22007 invalid value \"x\" for \"YYYY\"|Value must be an integer.|");  // to_timestamp
    CHECK(called(1778, "timestamptz", {{"text", "2000-01"}, {"text", "YYYY-IW"}}) == "ERROR 22007 invalid combination of date conventions||Do not mix Gregorian and ISO week date conventions in a formatting template.");  // to_timestamp
    CHECK(called(1778, "timestamptz", {{"text", "20001"}, {"text", "YYYYMM"}}) == "2000-01-01 00:00:00+01");  // to_timestamp
    CHECK(called(1778, "timestamptz", {{"text", "2000 060"}, {"text", "YYYY DDD"}}) == "2000-02-29 00:00:00+01");  // to_timestamp
    CHECK(called(1778, "timestamptz", {{"text", "060"}, {"text", "DDD"}}) == "ERROR 22007 cannot calculate day of year without year information||");  // to_timestamp
    CHECK(called(1780, "date", {{"text", "2000-07-31"}, {"text", "YYYY-MM-DD"}}) == "2000-07-31");  // to_date
    CHECK(called(1780, "date", {{"text", "2005-43-5"}, {"text", "IYYY-IW-ID"}}) == "2005-10-28");  // to_date
    CHECK(called(1780, "date", {{"text", "44-03-15 BC"}, {"text", "YYYY-MM-DD BC"}}) == "0044-03-15 BC");  // to_date
    CHECK(called(1780, "date", {{"text", "2451545"}, {"text", "J"}}) == "2000-01-01");  // to_date
    CHECK(called(1780, "date", {{"text", "99999999-01-01"}, {"text", "YYYY-MM-DD"}}) == "ERROR 22008 date out of range: \"99999999-01-01\"||");  // to_date
}
