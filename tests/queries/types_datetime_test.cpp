// Dates, times and timestamps: what each literal means, as PostgreSQL 15 understands it.
#include <random>

#include "queries/types/calendar.hpp"
#include "queries/types/datetime.hpp"
#include "queries/types/datetime_style.hpp"
#include "tests/catch.hpp"
#include "tests/queries/type_rig.hpp"

using forklore::test::called;
using forklore::test::Expectation;
using forklore::test::set;
using forklore::test::shown;

namespace {

/// Settings as a fresh session has them, whatever a test before has left.
struct Defaults {
    Defaults() {
        set("DateStyle", "ISO, MDY");
        set("TimeZone", "Europe/Berlin");
        set("IntervalStyle", "postgres");
    }
};

void check(const Expectation& e) {
    INFO(e.type << " '" << e.literal << "'");
    CHECK(shown(e.type, e.literal) == e.text);
}

const Expectation k_dates[] = {
    {"date", "2000-01-31", "2000-01-31"},
    {"date", "1999-1-8", "1999-01-08"},
    {"date", "January 8, 1999", "1999-01-08"},
    {"date", "1/8/1999", "1999-01-08"},
    {"date", "1/18/1999", "1999-01-18"},
    {"date", "01/02/03", "2003-01-02"},
    {"date", "1999-Jan-08", "1999-01-08"},
    {"date", "Jan-08-1999", "1999-01-08"},
    {"date", "08-Jan-1999", "1999-01-08"},
    {"date", "99-Jan-08", "ERROR 22008 date/time field value out of range: \"99-Jan-08\"||Perhaps you need a different \"datestyle\" setting."},
    {"date", "19990108", "1999-01-08"},
    {"date", "990108", "1999-01-08"},
    {"date", "1999.008", "1999-01-08"},
    {"date", "J2451187", "1999-01-08"},
    {"date", "January 8, 99 BC", "0099-01-08 BC"},
    {"date", "0044-03-15 BC", "0044-03-15 BC"},
    {"date", "epoch", "1970-01-01"},
    {"date", "infinity", "infinity"},
    {"date", "-infinity", "-infinity"},
    {"date", "5874897-12-31", "5874897-12-31"},
    {"date", "5874898-01-01", "ERROR 22008 date out of range: \"5874898-01-01\"||"},
    {"date", "4714-11-24 BC", "4714-11-24 BC"},
    {"date", "4714-11-23 BC", "ERROR 22008 date out of range: \"4714-11-23 BC\"||"},
    {"date", "2000-02-30", "ERROR 22008 date/time field value out of range: \"2000-02-30\"||"},
    {"date", "2000-13-01", "ERROR 22008 date/time field value out of range: \"2000-13-01\"||Perhaps you need a different \"datestyle\" setting."},
    {"date", "13/13/2000", "ERROR 22008 date/time field value out of range: \"13/13/2000\"||Perhaps you need a different \"datestyle\" setting."},
    {"date", "0000-01-01", "ERROR 22008 date/time field value out of range: \"0000-01-01\"||"},
    {"date", "", "ERROR 22007 invalid input syntax for type date: \"\"||"},
    {"date", "x", "ERROR 22007 invalid input syntax for type date: \"x\"||"},
    {"date", "2000-01-01 12:00", "2000-01-01"},
    {"date", "2000-01-01 xyz", "ERROR 22007 invalid input syntax for type date: \"2000-01-01 xyz\"||"},
    {"date", "mon jan 3 2000", "2000-01-03"},
    {"date", "2000/001", "2000-01-01"},
    {"date", "20000230", "ERROR 22008 date/time field value out of range: \"20000230\"||"},
    {"date", "1.2.2000", "2000-01-02"},
};

const Expectation k_timestamps[] = {
    {"timestamp", "2000-01-01 04:05:06.789", "2000-01-01 04:05:06.789"},
    {"timestamp", "2000-01-01T04:05:06", "2000-01-01 04:05:06"},
    {"timestamp", "20000101T040506", "2000-01-01 04:05:06"},
    {"timestamp", "20000101 040506.5", "2000-01-01 04:05:06.5"},
    {"timestamp", "Sat Jan 01 04:05:06 2000", "2000-01-01 04:05:06"},
    {"timestamp", "Jan 1 4:05 PM 2000", "2000-01-01 16:05:00"},
    {"timestamp", "2000-01-01 12:30 am", "2000-01-01 00:30:00"},
    {"timestamp", "2000-01-01 13:00 pm", "ERROR 22008 date/time field value out of range: \"2000-01-01 13:00 pm\"||"},
    {"timestamp", "2000-01-01 24:00", "2000-01-02 00:00:00"},
    {"timestamp", "2000-01-01 24:00:01", "ERROR 22008 date/time field value out of range: \"2000-01-01 24:00:01\"||"},
    {"timestamp", "2000-01-01 25:00", "ERROR 22008 date/time field value out of range: \"2000-01-01 25:00\"||"},
    {"timestamp", "2000-01-01 04:05:60", "2000-01-01 04:06:00"},
    {"timestamp", "294276-12-31 23:59:59.999999", "294276-12-31 23:59:59.999999"},
    {"timestamp", "294277-01-01", "ERROR 22008 timestamp out of range: \"294277-01-01\"||"},
    {"timestamp", "4713-01-01 BC", "4713-01-01 00:00:00 BC"},
    {"timestamp", "infinity", "infinity"},
    {"timestamp", "epoch", "1970-01-01 00:00:00"},
    {"timestamp", "2000-01-01 04:05 +02", "2000-01-01 04:05:00"},
    {"timestamp", "allballs", "ERROR 22007 invalid input syntax for type timestamp: \"allballs\"||"},
    {"timestamp", "J2451545.5", "2000-01-01 12:00:00"},
    {"timestamp", "y2000 m1 d2", "2000-01-02 00:00:00"},
    {"timestamp", "2000-01-01 h4 mm5 s6", "2000-01-01 04:05:06"},
    {"timestamp(0)", "2000-01-01 00:00:00.5", "2000-01-01 00:00:01"},
    {"timestamp(3)", "1999-12-31 23:59:59.9995", "1999-12-31 23:59:59.999"},
    {"timestamp(2)", "infinity", "infinity"},
};

const Expectation k_moments[] = {
    {"timestamptz", "2000-01-01 12:00", "2000-01-01 12:00:00+01"},
    {"timestamptz", "2000-07-01 12:00", "2000-07-01 12:00:00+02"},
    {"timestamptz", "2000-07-01 12:00Z", "2000-07-01 14:00:00+02"},
    {"timestamptz", "2000-07-01 12:00+02", "2000-07-01 12:00:00+02"},
    {"timestamptz", "2000-07-01 12:00 -08:30", "2000-07-01 22:30:00+02"},
    {"timestamptz", "2000-07-01 12:00:00+05:30:15", "2000-07-01 08:29:45+02"},
    {"timestamptz", "2000-07-01 12:00 America/New_York", "2000-07-01 18:00:00+02"},
    {"timestamptz", "2000-07-01 12:00 PST", "2000-07-01 22:00:00+02"},
    {"timestamptz", "2000-07-01 12:00 PDT", "2000-07-01 21:00:00+02"},
    {"timestamptz", "2000-07-01 12:00 MSK", "2000-07-01 11:00:00+02"},
    {"timestamptz", "2014-12-01 12:00 MSK", "2014-12-01 10:00:00+01"},
    {"timestamptz", "2000-07-01 12:00 EST5EDT", "2000-07-01 18:00:00+02"},
    {"timestamptz", "2000-07-01 12:00 <+03>-3", "ERROR 22007 invalid input syntax for type timestamp with time zone: \"2000-07-01 12:00 <+03>-3\"||"},
    {"timestamptz", "2000-07-01 12:00 MET DST", "2000-07-01 12:00:00+02"},
    {"timestamptz", "2000-07-01 12:00 Foo/Bar", "ERROR 22023 time zone \"foo/bar\" not recognized||"},
    {"timestamptz", "2000-07-01 12:00 foo", "ERROR 22007 invalid input syntax for type timestamp with time zone: \"2000-07-01 12:00 foo\"||"},
    {"timestamptz", "2000-07-01 12:00 +16", "ERROR 22009 time zone displacement out of range: \"2000-07-01 12:00 +16\"||"},
    {"timestamptz", "2000-03-26 02:30", "2000-03-26 03:30:00+02"},
    {"timestamptz", "2000-10-29 02:30", "2000-10-29 02:30:00+01"},
    {"timestamptz", "1800-01-01 00:00", "1800-01-01 00:00:00+00:53:28"},
    {"timestamptz", "2500-07-01 00:00", "2500-07-01 00:00:00+02"},
    {"timestamptz", "0001-01-01 BC", "0001-01-01 00:00:00+00:53:28 BC"},
};

const Expectation k_times[] = {
    {"time", "04:05:06.789", "04:05:06.789"},
    {"time", "040506", "04:05:06"},
    {"time", "0405", "04:05:00"},
    {"time", "4:05 AM", "04:05:00"},
    {"time", "04:05 PM", "16:05:00"},
    {"time", "12:00 am", "00:00:00"},
    {"time", "24:00", "24:00:00"},
    {"time", "24:00:01", "ERROR 22008 date/time field value out of range: \"24:00:01\"||"},
    {"time", "23:59:60", "24:00:00"},
    {"time", "23:59:61", "ERROR 22008 date/time field value out of range: \"23:59:61\"||"},
    {"time", "allballs", "00:00:00"},
    {"time", "04:05:06 PST", "04:05:06"},
    {"time", "2000-01-01 04:05:06 America/New_York", "04:05:06"},
    {"time", "x", "ERROR 22007 invalid input syntax for type time: \"x\"||"},
    {"time", "T04:05:06", "04:05:06"},
    {"time", "J2451545 04:05", "04:05:00"},
    {"timetz", "04:05:06+01", "04:05:06+01"},
    {"timetz", "04:05:06-08:30", "04:05:06-08:30"},
    {"timetz", "040506-08", "04:05:06-08"},
    {"timetz", "04:05 PST", "04:05:00-08"},
    {"timetz", "2000-07-01 04:05:06 America/New_York", "04:05:06-04"},
    {"timetz", "04:05:06 UTC", "04:05:06+00"},
    {"timetz", "04:05:06 America/New_York", "ERROR 22007 invalid input syntax for type time with time zone: \"04:05:06 America/New_York\"||"},
    {"timetz", "04:05 +20", "ERROR 22009 time zone displacement out of range: \"04:05 +20\"||"},
    {"time(0)", "04:05:06.5", "04:05:07"},
    {"timetz(2)", "04:05:06.789+01", "04:05:06.79+01"},
};

struct Styled {
    std::string_view style;
    Expectation expected;
};

const Styled k_styles[] = {
    {"ISO, DMY", {"date", "20001231", "2000-12-31"}},
    {"ISO, DMY", {"timestamp", "20001231 04:05:06.7", "2000-12-31 04:05:06.7"}},
    {"ISO, DMY", {"timestamptz", "20000731 04:05:06", "2000-07-31 04:05:06+02"}},
    {"ISO, DMY", {"date", "infinity", "infinity"}},
    {"SQL, MDY", {"date", "20001231", "12/31/2000"}},
    {"SQL, MDY", {"timestamp", "20001231 04:05:06.7", "12/31/2000 04:05:06.7"}},
    {"SQL, MDY", {"timestamptz", "20000731 04:05:06", "07/31/2000 04:05:06 CEST"}},
    {"SQL, MDY", {"date", "infinity", "infinity"}},
    {"SQL, DMY", {"date", "20001231", "31/12/2000"}},
    {"SQL, DMY", {"timestamp", "20001231 04:05:06.7", "31/12/2000 04:05:06.7"}},
    {"SQL, DMY", {"timestamptz", "20000731 04:05:06", "31/07/2000 04:05:06 CEST"}},
    {"SQL, DMY", {"date", "infinity", "infinity"}},
    {"German, DMY", {"date", "20001231", "31.12.2000"}},
    {"German, DMY", {"timestamp", "20001231 04:05:06.7", "31.12.2000 04:05:06.7"}},
    {"German, DMY", {"timestamptz", "20000731 04:05:06", "31.07.2000 04:05:06 CEST"}},
    {"German, DMY", {"date", "infinity", "infinity"}},
    {"Postgres, MDY", {"date", "20001231", "12-31-2000"}},
    {"Postgres, MDY", {"timestamp", "20001231 04:05:06.7", "Sun Dec 31 04:05:06.7 2000"}},
    {"Postgres, MDY", {"timestamptz", "20000731 04:05:06", "Mon Jul 31 04:05:06 2000 CEST"}},
    {"Postgres, MDY", {"date", "infinity", "infinity"}},
    {"Postgres, DMY", {"date", "20001231", "31-12-2000"}},
    {"Postgres, DMY", {"timestamp", "20001231 04:05:06.7", "Sun 31 Dec 04:05:06.7 2000"}},
    {"Postgres, DMY", {"timestamptz", "20000731 04:05:06", "Mon 31 Jul 04:05:06 2000 CEST"}},
    {"Postgres, DMY", {"date", "infinity", "infinity"}},
};

const Styled k_orders[] = {
    {"ISO, MDY", {"date", "01/02/03", "2003-01-02"}},
    {"ISO, MDY", {"date", "99-1-2", "ERROR 22008 date/time field value out of range: \"99-1-2\"||Perhaps you need a different \"datestyle\" setting."}},
    {"ISO, MDY", {"date", "31/12/2000", "ERROR 22008 date/time field value out of range: \"31/12/2000\"||Perhaps you need a different \"datestyle\" setting."}},
    {"ISO, MDY", {"date", "12/31/2000", "2000-12-31"}},
    {"ISO, MDY", {"date", "2000/12/31", "2000-12-31"}},
    {"ISO, MDY", {"date", "1-Feb-03", "2003-02-01"}},
    {"ISO, MDY", {"date", "03 Feb 1", "2001-02-03"}},
    {"ISO, DMY", {"date", "01/02/03", "2003-02-01"}},
    {"ISO, DMY", {"date", "99-1-2", "ERROR 22008 date/time field value out of range: \"99-1-2\"||Perhaps you need a different \"datestyle\" setting."}},
    {"ISO, DMY", {"date", "31/12/2000", "2000-12-31"}},
    {"ISO, DMY", {"date", "12/31/2000", "ERROR 22008 date/time field value out of range: \"12/31/2000\"||Perhaps you need a different \"datestyle\" setting."}},
    {"ISO, DMY", {"date", "2000/12/31", "2000-12-31"}},
    {"ISO, DMY", {"date", "1-Feb-03", "2003-02-01"}},
    {"ISO, DMY", {"date", "03 Feb 1", "2001-02-03"}},
    {"ISO, YMD", {"date", "01/02/03", "2001-02-03"}},
    {"ISO, YMD", {"date", "99-1-2", "1999-01-02"}},
    {"ISO, YMD", {"date", "31/12/2000", "ERROR 22008 date/time field value out of range: \"31/12/2000\"||Perhaps you need a different \"datestyle\" setting."}},
    {"ISO, YMD", {"date", "12/31/2000", "ERROR 22008 date/time field value out of range: \"12/31/2000\"||Perhaps you need a different \"datestyle\" setting."}},
    {"ISO, YMD", {"date", "2000/12/31", "2000-12-31"}},
    {"ISO, YMD", {"date", "1-Feb-03", "2001-02-03"}},
    {"ISO, YMD", {"date", "03 Feb 1", "2003-02-01"}},
};

}  // namespace

TEST_CASE("dates are read in many forms") {
    const Defaults defaults;
    for (const Expectation& e : k_dates) check(e);
}

TEST_CASE("timestamps are read in many forms") {
    const Defaults defaults;
    for (const Expectation& e : k_timestamps) check(e);
}

TEST_CASE("a moment is found by its zone") {
    const Defaults defaults;
    for (const Expectation& e : k_moments) check(e);
}

TEST_CASE("times of day are read in many forms") {
    const Defaults defaults;
    for (const Expectation& e : k_times) check(e);
}

TEST_CASE("DateStyle decides how dates are written") {
    const Defaults defaults;
    for (const Styled& s : k_styles) {
        set("DateStyle", s.style);
        INFO(s.style);
        check(s.expected);
    }
    const Defaults again;
}

TEST_CASE("DateStyle decides which number is the month") {
    const Defaults defaults;
    for (const Styled& s : k_orders) {
        set("DateStyle", s.style);
        INFO(s.style);
        check(s.expected);
    }
    const Defaults again;
}

TEST_CASE("DateStyle is shown in full") {
    const Defaults defaults;
    CHECK(set("DateStyle", "german") == "German, DMY");
    CHECK(set("DateStyle", "mdy, german") == "German, MDY");
    CHECK(set("DateStyle", "sql,european") == "SQL, DMY");
    CHECK(set("DateStyle", "ymd") == "SQL, YMD");
    CHECK(set("DateStyle", "postgresql, us") == "Postgres, MDY");
    CHECK(set("DateStyle", "default") == "ISO, MDY");
    CHECK(set("DateStyle", "iso,dmy,mdy") == "ERROR 22023 invalid value for parameter \"DateStyle\": \"iso,dmy,mdy\"|Conflicting \"datestyle\" specifications.|");
    CHECK(set("DateStyle", "foo") == "ERROR 22023 invalid value for parameter \"DateStyle\": \"foo\"|Unrecognized key word: \"foo\".|");
    CHECK(set("DateStyle", "iso,") == "ERROR 22023 invalid value for parameter \"DateStyle\": \"iso,\"|List syntax is invalid.|");
}

TEST_CASE("TimeZone takes names, numbers, intervals and POSIX specifications") {
    const Defaults defaults;
    CHECK(set("TimeZone", "europe/berlin") == "Europe/Berlin");
    CHECK(set("TimeZone", "2") == "<+02>-02");
    CHECK(set("TimeZone", "-3.5") == "<-03:30>+03:30");
    CHECK(set("TimeZone", "interval '1:30'") == "<+01:30>-01:30");
    CHECK(set("TimeZone", "est5edt,m3.2.0,m11.1.0") == "EST5EDT,M3.2.0,M11.1.0");
    CHECK(set("TimeZone", "foo") == "ERROR 22023 invalid value for parameter \"TimeZone\": \"foo\"||");
    CHECK(set("TimeZone", "../UTC") == "ERROR 22023 invalid value for parameter \"TimeZone\": \"../UTC\"||");
    CHECK(set("TimeZone", "200") == "ERROR 22023 invalid value for parameter \"TimeZone\": \"200\"|UTC timezone offset is out of range.|");
    CHECK(set("TimeZone", "interval '1 day'") == "ERROR 22023 invalid value for parameter \"TimeZone\": \"interval '1 day'\"|Cannot specify days in time zone interval.|");
    CHECK(set("timezone_abbreviations", "India") == "India");
    CHECK(shown("timestamptz", "2000-01-01 12:00 IST") == shown("timestamptz", "2000-01-01 12:00 +05:30"));
    CHECK(set("timezone_abbreviations", "nowhere") == "ERROR 22023 invalid value for parameter \"timezone_abbreviations\": \"nowhere\"||");
    set("timezone_abbreviations", "Default");
}

TEST_CASE("days and dates of the calendar answer each other over the whole range") {
    using namespace forklore;
    CivilDate expected = civil_from_days(k_min_date);
    CHECK(expected == CivilDate{-4713, 11, 24});
    // Each day of eight centuries, then leaps through the rest.
    for (std::int64_t day = days_from_civil(1600, 1, 1); day < days_from_civil(2400, 1, 1); ++day) {
        const CivilDate date = civil_from_days(day);
        REQUIRE(days_from_civil(date) == day);
        REQUIRE(date.day <= days_in_month(date.year, date.month));
        REQUIRE(civil_from_days(day + 1) == (date.day < days_in_month(date.year, date.month) ? CivilDate{date.year, date.month, date.day + 1}
                                             : date.month < 12 ? CivilDate{date.year, date.month + 1, 1} : CivilDate{date.year + 1, 1, 1}));
    }
    const unsigned seed = 20240229;
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 100'000; ++i) {
        const auto day = static_cast<std::int64_t>(random() % (std::uint64_t{k_end_date} - std::int64_t{k_min_date})) + k_min_date;
        const CivilDate date = civil_from_days(day);
        REQUIRE(days_from_civil(date) == day);
        const IsoWeek week = iso_week(day);
        REQUIRE(iso_week_monday(week.year, week.week) + (day_of_week(day) + 6) % 7 == day);
    }
}

TEST_CASE("what a timestamp prints reads back as itself, in every style and zone") {
    using namespace forklore;
    const Defaults defaults;
    const unsigned seed = 19700101;
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    for (const char* zone : {"UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "<+03>-3"})
        for (const char* style : {"ISO, MDY", "SQL, DMY", "Postgres, MDY", "German, DMY"}) {
            set("TimeZone", zone);
            for (int i = 0; i < 50; ++i) {
                // Abbreviations do not say on which side of a change a moment lies: those styles are tried without zones.
                const std::int64_t us = static_cast<std::int64_t>(random() % 9'400'000'000'000'000'000u - 200'000'000'000'000'000u);
                set("DateStyle", "ISO, MDY");
                const std::string iso = called(2025, "timestamp", {{"date", "2000-01-01"}, {"time", "00:00"}});
                const std::string exact = called(2032, "timestamp", {{"timestamp", iso}, {"interval", std::to_string(us) + " us"}});
                set("DateStyle", style);
                const std::string text = shown("timestamp", exact.find("BC") == std::string::npos ? exact : exact);
                REQUIRE(shown("timestamp", text) == text);
                if (std::string_view(style) == "ISO, MDY") {
                    const std::string moment = shown("timestamptz", exact + "+00");
                    REQUIRE(shown("timestamptz", moment) == moment);
                }
            }
        }
    const Defaults again;
}
