#include "queries/types/datetime_words.hpp"

#include <algorithm>
#include <iterator>

namespace forklore {

namespace {

using enum DateTimeUnit;

constexpr std::size_t k_significant = 10;

constexpr DateTimeWord unit(std::string_view text, DateTimeUnit value) {
    return {text, WordKind::unit, static_cast<std::int8_t>(value)};
}
constexpr DateTimeWord moment(std::string_view text, ReservedMoment value) {
    return {text, WordKind::reserved, static_cast<std::int8_t>(value)};
}

constexpr DateTimeWord k_date_words[] = {
    moment("-infinity", ReservedMoment::minus_infinity),
    {"ad", WordKind::era, 0},
    moment("allballs", ReservedMoment::all_balls),
    {"am", WordKind::half_day, 0},
    {"apr", WordKind::month, 4},
    {"april", WordKind::month, 4},
    {"at", WordKind::ignored},
    {"aug", WordKind::month, 8},
    {"august", WordKind::month, 8},
    {"bc", WordKind::era, 1},
    unit("d", day),
    {"dec", WordKind::month, 12},
    {"december", WordKind::month, 12},
    unit("dow", day_of_week),
    unit("doy", day_of_year),
    {"dst", WordKind::dst},
    moment("epoch", ReservedMoment::epoch),
    {"feb", WordKind::month, 2},
    {"february", WordKind::month, 2},
    {"fri", WordKind::weekday, 5},
    {"friday", WordKind::weekday, 5},
    unit("h", hour),
    moment("infinity", ReservedMoment::infinity),
    unit("isodow", iso_day_of_week),
    unit("isoyear", iso_year),
    unit("j", julian),
    {"jan", WordKind::month, 1},
    {"january", WordKind::month, 1},
    unit("jd", julian),
    {"jul", WordKind::month, 7},
    unit("julian", julian),
    {"july", WordKind::month, 7},
    {"jun", WordKind::month, 6},
    {"june", WordKind::month, 6},
    unit("m", month),
    {"mar", WordKind::month, 3},
    {"march", WordKind::month, 3},
    {"may", WordKind::month, 5},
    unit("mm", minute),
    {"mon", WordKind::weekday, 1},
    {"monday", WordKind::weekday, 1},
    {"nov", WordKind::month, 11},
    {"november", WordKind::month, 11},
    moment("now", ReservedMoment::now),
    {"oct", WordKind::month, 10},
    {"october", WordKind::month, 10},
    {"on", WordKind::ignored},
    {"pm", WordKind::half_day, 1},
    unit("s", second),
    {"sat", WordKind::weekday, 6},
    {"saturday", WordKind::weekday, 6},
    {"sep", WordKind::month, 9},
    {"sept", WordKind::month, 9},
    {"september", WordKind::month, 9},
    {"sun", WordKind::weekday, 0},
    {"sunday", WordKind::weekday, 0},
    {"t", WordKind::iso_time},
    {"thu", WordKind::weekday, 4},
    {"thur", WordKind::weekday, 4},
    {"thurs", WordKind::weekday, 4},
    {"thursday", WordKind::weekday, 4},
    moment("today", ReservedMoment::today),
    moment("tomorrow", ReservedMoment::tomorrow),
    {"tue", WordKind::weekday, 2},
    {"tues", WordKind::weekday, 2},
    {"tuesday", WordKind::weekday, 2},
    {"wed", WordKind::weekday, 3},
    {"wednesday", WordKind::weekday, 3},
    {"weds", WordKind::weekday, 3},
    unit("y", year),
    moment("yesterday", ReservedMoment::yesterday),
};

constexpr DateTimeWord k_interval_words[] = {
    {"@", WordKind::ignored},
    {"ago", WordKind::ago},
    unit("c", century),
    unit("cent", century),
    unit("centuries", century),
    unit("century", century),
    unit("d", day),
    unit("day", day),
    unit("days", day),
    unit("dec", decade),
    unit("decade", decade),
    unit("decades", decade),
    unit("decs", decade),
    unit("h", hour),
    unit("hour", hour),
    unit("hours", hour),
    unit("hr", hour),
    unit("hrs", hour),
    unit("m", minute),
    unit("microsecon", microsecond),
    unit("mil", millennium),
    unit("millennia", millennium),
    unit("millennium", millennium),
    unit("millisecon", millisecond),
    unit("mils", millennium),
    unit("min", minute),
    unit("mins", minute),
    unit("minute", minute),
    unit("minutes", minute),
    unit("mon", month),
    unit("mons", month),
    unit("month", month),
    unit("months", month),
    unit("ms", millisecond),
    unit("msec", millisecond),
    unit("mseconds", millisecond),
    unit("msecs", millisecond),
    unit("qtr", quarter),
    unit("quarter", quarter),
    unit("s", second),
    unit("sec", second),
    unit("second", second),
    unit("seconds", second),
    unit("secs", second),
    unit("timezone", zone),
    unit("timezone_h", zone_hour),
    unit("timezone_m", zone_minute),
    unit("us", microsecond),
    unit("usec", microsecond),
    unit("usecond", microsecond),
    unit("useconds", microsecond),
    unit("usecs", microsecond),
    unit("w", week),
    unit("week", week),
    unit("weeks", week),
    unit("y", year),
    unit("year", year),
    unit("years", year),
    unit("yr", year),
    unit("yrs", year),
};

constexpr bool by_text(const DateTimeWord& a, const DateTimeWord& b) { return a.text < b.text; }
static_assert(std::is_sorted(std::begin(k_date_words), std::end(k_date_words), by_text));
static_assert(std::is_sorted(std::begin(k_interval_words), std::end(k_interval_words), by_text));

template <std::size_t n>
const DateTimeWord* find(const DateTimeWord (&words)[n], std::string_view text) {
    text = text.substr(0, k_significant);
    const DateTimeWord* found = std::lower_bound(std::begin(words), std::end(words), DateTimeWord{text, WordKind::ignored}, by_text);
    return found != std::end(words) && found->text == text ? found : nullptr;
}

}  // namespace

const DateTimeWord* find_date_word(std::string_view text) { return find(k_date_words, text); }
const DateTimeWord* find_interval_word(std::string_view text) { return find(k_interval_words, text); }

}  // namespace forklore
