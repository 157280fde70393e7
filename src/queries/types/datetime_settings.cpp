#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "base/settings.hpp"
#include "queries/types/datetime_style.hpp"
#include "queries/types/datetime_tokens.hpp"
#include "queries/types/interval.hpp"
#include "queries/types/time_zone.hpp"
#include "queries/types/zone_abbreviations.hpp"

namespace forklore {

namespace {

constexpr std::string_view k_category = "Client Connection Defaults / Locale and Formatting";

std::string lowered(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), lower);
    return result;
}

// ---------------------------------------------------------------- DateStyle

struct DateStyleWords {
    std::optional<DateStyle> style;
    std::optional<DateOrder> order;
};

extern StringSetting date_style_setting;

std::string text_of(DateStyle style, DateOrder order) {
    constexpr std::string_view k_styles[] = {"Postgres", "ISO", "SQL", "German"}, k_orders[] = {"YMD", "DMY", "MDY"};
    return fmt::format("{}, {}", k_styles[static_cast<int>(style)], k_orders[static_cast<int>(order)]);
}

/// The words of a list like `iso, "DMY"`, in lower case where not quoted; none when it is not a list.
std::optional<std::vector<std::string>> split_list(std::string_view text) {
    std::vector<std::string> words;
    std::size_t at = 0;
    auto skip_blanks = [&] { while (at < text.size() && is_blank(text[at])) ++at; };
    skip_blanks();
    if (at == text.size()) return words;
    for (;;) {
        std::string word;
        if (at < text.size() && text[at] == '"') {
            for (++at;; ++at) {
                if (at == text.size()) return {};
                if (text[at] == '"') {
                    if (at + 1 == text.size() || text[at + 1] != '"') break;
                    ++at;
                }
                word += text[at];
            }
            ++at;
        } else {
            while (at < text.size() && text[at] != ',' && !is_blank(text[at])) word += lower(text[at++]);
            if (word.empty()) return {};
        }
        words.push_back(std::move(word));
        skip_blanks();
        if (at == text.size()) return words;
        if (text[at++] != ',') return {};
        skip_blanks();
    }
}

DateStyleWords parse_date_style(const std::string& text) {
    const auto conflict = [&] { return invalid_setting_value("DateStyle", text).detail("Conflicting \"datestyle\" specifications."); };
    const auto words = split_list(text);
    if (!words) throw invalid_setting_value("DateStyle", text).detail("List syntax is invalid.");
    DateStyleWords found, fallback;
    auto style = [&](DateStyle value) {
        if (found.style && *found.style != value) throw conflict();
        found.style = value;
    };
    auto order = [&](DateOrder value) {
        if (found.order && *found.order != value) throw conflict();
        found.order = value;
    };
    for (const std::string& word : *words) {
        const std::string name = lowered(word);
        if (name == "iso") style(DateStyle::iso);
        else if (name == "sql") style(DateStyle::sql);
        else if (name.starts_with("postgres")) style(DateStyle::postgres);
        else if (name == "german") style(DateStyle::german);
        else if (name == "ymd") order(DateOrder::ymd);
        else if (name == "dmy" || name.starts_with("euro")) order(DateOrder::dmy);
        else if (name == "mdy" || name == "us" || name.starts_with("noneuro")) order(DateOrder::mdy);
        else if (name == "default") fallback = parse_date_style(date_style_setting.reset_text());
        else throw invalid_setting_value("DateStyle", text).detail(fmt::format("Unrecognized key word: \"{}\".", word));
    }
    // German dates begin with the day, unless something else is said.
    if (!found.order && found.style == DateStyle::german) found.order = DateOrder::dmy;
    if (!found.style) found.style = fallback.style;
    if (!found.order) found.order = fallback.order;
    return found;
}

/// What is not said stays as it is.
void check_date_style(std::string& value) {
    const DateStyleWords words = parse_date_style(value);
    value = text_of(words.style.value_or(datetime_style().date_style), words.order.value_or(datetime_style().date_order));
}

void assign_date_style(const std::string& value) {
    const DateStyleWords words = parse_date_style(value);
    datetime_style().date_style = *words.style;
    datetime_style().date_order = *words.order;
}

StringSetting date_style_setting{
    {.name = "DateStyle",
     .category = k_category,
     .description = "Sets the display format for date and time values.",
     .extra_description = "Also controls interpretation of ambiguous date inputs.",
     .report_to_client = true},
    "ISO, MDY"};

// ---------------------------------------------------------------- IntervalStyle

EnumSetting interval_style_setting{
    {.name = "IntervalStyle",
     .category = k_category,
     .description = "Sets the display format for interval values.",
     .report_to_client = true},
    static_cast<int>(IntervalStyle::postgres),
    {{"postgres", static_cast<int>(IntervalStyle::postgres)},
     {"postgres_verbose", static_cast<int>(IntervalStyle::postgres_verbose)},
     {"sql_standard", static_cast<int>(IntervalStyle::sql_standard)},
     {"iso_8601", static_cast<int>(IntervalStyle::iso_8601)}}};

// ---------------------------------------------------------------- TimeZone

/// `interval '1:30'`, as SET TIME ZONE INTERVAL hands it over. Null when it is not of that form.
const TimeZone* zone_of_interval(const std::string& text) {
    constexpr std::string_view k_word = "interval";
    std::string_view rest = text;
    if (lowered(rest.substr(0, k_word.size())) != k_word) return nullptr;
    rest.remove_prefix(k_word.size());
    while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
    if (rest.size() < 2 || rest.front() != '\'' || rest.find('\'', 1) != rest.size() - 1) throw invalid_setting_value("TimeZone", text);
    const Interval interval = parse_interval(rest.substr(1, rest.size() - 2));
    if (interval.months != 0) throw invalid_setting_value("TimeZone", text).detail("Cannot specify months in time zone interval.");
    if (interval.days != 0) throw invalid_setting_value("TimeZone", text).detail("Cannot specify days in time zone interval.");
    return fixed_time_zone(static_cast<std::int32_t>(interval.us / k_us_per_second));
}

/// A number: hours east of UTC. Null when it is not one.
const TimeZone* zone_of_hours(const std::string& text) {
    constexpr double k_limit = 168;
    char* end = nullptr;
    const double hours = std::strtod(text.c_str(), &end);
    if (end == text.c_str() || *end != '\0') return nullptr;
    if (!(std::fabs(hours) < k_limit)) throw invalid_setting_value("TimeZone", text).detail("UTC timezone offset is out of range.");
    return fixed_time_zone(static_cast<std::int32_t>(hours * 3600));
}

const TimeZone& zone_of(const std::string& text) {
    const TimeZone* zone = zone_of_interval(text);
    if (zone == nullptr) zone = zone_of_hours(text);
    if (zone == nullptr) zone = find_time_zone(text);
    if (zone == nullptr) throw invalid_setting_value("TimeZone", text);
    // A zone that was off by seconds at the turn of the century counts leap seconds, or is a specification gone wrong.
    if (zone->at(k_unix_epoch_days * k_seconds_per_day).offset % 60 != 0)
        throw Error(sqlstate::invalid_parameter_value, "time zone \"{}\" appears to use leap seconds", text)
            .detail("PostgreSQL does not support leap seconds.");
    return *zone;
}

StringSetting time_zone_setting{
    {.name = "TimeZone",
     .category = k_category,
     .description = "Sets the time zone for displaying and interpreting time stamps.",
     .report_to_client = true},
    "GMT"};

// ---------------------------------------------------------------- timezone_abbreviations

StringSetting abbreviations_setting{
    {.name = "timezone_abbreviations", .category = k_category, .description = "Selects a file of time zone abbreviations."},
    "Default"};

}  // namespace

DateTimeStyle& datetime_style() {
    static DateTimeStyle style{.time_zone = find_time_zone("GMT"), .abbreviations = ZoneAbbreviations::named("Default")};
    return style;
}

void define_datetime_settings() {
    settings().add(date_style_setting.on_check(check_date_style).on_assign(assign_date_style));
    settings().add(interval_style_setting.on_assign([](int value) { datetime_style().interval_style = static_cast<IntervalStyle>(value); }));
    settings().add(time_zone_setting.on_check([](std::string& value) { value = zone_of(value).name(); })
                       .on_assign([](const std::string& value) { datetime_style().time_zone = find_time_zone(value); }));
    settings().add(abbreviations_setting
                       .on_check([](std::string& value) {
                           if (ZoneAbbreviations::named(value) == nullptr) throw invalid_setting_value("timezone_abbreviations", value);
                       })
                       .on_assign([](const std::string& value) { datetime_style().abbreviations = ZoneAbbreviations::named(value); }));
}

}  // namespace forklore
