#include "base/setting.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <span>

namespace forklore {

namespace {

// A unit that input may use, and what it is worth in the unit that the setting is stored in.
struct Conversion {
    std::string_view unit;
    double factor;
};

constexpr double k_kb = 1024;

// Largest first: output takes the first that divides the value, input rounds to a multiple of the next.
constexpr Conversion k_to_bytes[] = {
    {"TB", k_kb* k_kb* k_kb* k_kb}, {"GB", k_kb* k_kb* k_kb}, {"MB", k_kb* k_kb}, {"kB", k_kb}, {"B", 1}};
constexpr Conversion k_to_kilobytes[] = {
    {"TB", k_kb* k_kb* k_kb}, {"GB", k_kb* k_kb}, {"MB", k_kb}, {"kB", 1}, {"B", 1 / k_kb}};
constexpr Conversion k_to_blocks[] = {{"TB", k_kb* k_kb* k_kb / 8},
                                      {"GB", k_kb* k_kb / 8},
                                      {"MB", k_kb / 8},
                                      {"kB", 1.0 / 8},
                                      {"B", 1 / (8 * k_kb)}};
constexpr Conversion k_to_megabytes[] = {
    {"TB", k_kb* k_kb}, {"GB", k_kb}, {"MB", 1}, {"kB", 1 / k_kb}, {"B", 1 / (k_kb * k_kb)}};
constexpr Conversion k_to_milliseconds[] = {{"d", 86'400'000}, {"h", 3'600'000}, {"min", 60'000},
                                            {"s", 1000},       {"ms", 1},        {"us", 1.0 / 1000}};
constexpr Conversion k_to_seconds[] = {{"d", 86'400}, {"h", 3600},        {"min", 60},
                                       {"s", 1},      {"ms", 1.0 / 1000}, {"us", 1.0 / 1'000'000}};
constexpr Conversion k_to_minutes[] = {
    {"d", 1440}, {"h", 60}, {"min", 1}, {"s", 1.0 / 60}, {"ms", 1.0 / 60'000}, {"us", 1.0 / 60'000'000}};

std::span<const Conversion> conversions(SettingUnit unit) {
    switch (unit) {
        case SettingUnit::none: return {};
        case SettingUnit::bytes: return k_to_bytes;
        case SettingUnit::kilobytes: return k_to_kilobytes;
        case SettingUnit::blocks_8kb: return k_to_blocks;
        case SettingUnit::megabytes: return k_to_megabytes;
        case SettingUnit::milliseconds: return k_to_milliseconds;
        case SettingUnit::seconds: return k_to_seconds;
        case SettingUnit::minutes: return k_to_minutes;
    }
    return {};
}

std::string_view units_hint(SettingUnit unit) {
    switch (unit) {
        case SettingUnit::milliseconds:
        case SettingUnit::seconds:
        case SettingUnit::minutes:
            return R"(Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".)";
        default: return R"(Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".)";
    }
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// A number and what comes after it: spaces, a unit, spaces.
struct Number {
    double value;
    std::string_view unit;
};

// Integers may be decimal, 0x… or 0…; anything may be a decimal fraction or have an exponent.
std::optional<Number> read_number(std::string_view text, bool integer) {
    std::string terminated(text);
    const char* begin = terminated.c_str();
    char* end = nullptr;
    errno = 0;
    double value = 0;
    if (integer) value = static_cast<double>(std::strtol(begin, &end, 0));
    if (!integer || *end == '.' || *end == 'e' || *end == 'E' || errno == ERANGE) {
        errno = 0;
        value = std::strtod(begin, &end);
    }
    if (end == begin || errno == ERANGE || std::isnan(value)) return {};
    std::string_view unit = text.substr(static_cast<std::size_t>(end - begin));
    while (!unit.empty() && is_space(unit.front())) unit.remove_prefix(1);
    while (!unit.empty() && is_space(unit.back())) unit.remove_suffix(1);
    return Number{value, unit};
}

// The number in the setting's unit. A fraction of a unit ("1.1GB") is rounded to a whole number of the next
// smaller one, so that it shows as something short.
std::optional<double> convert(const Number& number, SettingUnit unit) {
    std::span<const Conversion> table = conversions(unit);
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (table[i].unit != number.unit) continue;
        double value = number.value * table[i].factor;
        if (i + 1 < table.size()) value = std::rint(value / table[i + 1].factor) * table[i + 1].factor;
        return value;
    }
    return {};
}

// In the setting's unit, not yet rounded or checked for range.
double parse_number(const SettingInfo& info, std::string_view text, bool integer) {
    std::optional<Number> number = read_number(text, integer);
    if (!number) throw invalid_setting_value(info.name, text);
    if (number->unit.empty()) return number->value;
    if (info.unit == SettingUnit::none) throw invalid_setting_value(info.name, text);
    std::optional<double> value = convert(*number, info.unit);
    if (!value) throw invalid_setting_value(info.name, text).hint(std::string(units_hint(info.unit)));
    return *value;
}

// As C's %g, but with the words that SQL has for infinity.
std::string real_text(double value) {
    if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
    return fmt::format("{:g}", value);
}

Error out_of_range(const SettingInfo& info, std::string_view value, std::string_view min,
                   std::string_view max) {
    std::string_view unit = unit_name(info.unit);
    return Error(sqlstate::invalid_parameter_value,
                 "{}{}{} is outside the valid range for parameter \"{}\" ({} .. {})", value,
                 unit.empty() ? "" : " ", unit, info.name, min, max);
}

}  // namespace

std::string_view context_name(SettingContext context) {
    switch (context) {
        case SettingContext::internal: return "internal";
        case SettingContext::postmaster: return "postmaster";
        case SettingContext::sighup: return "sighup";
        case SettingContext::superuser_backend: return "superuser-backend";
        case SettingContext::backend: return "backend";
        case SettingContext::superuser: return "superuser";
        case SettingContext::user: return "user";
    }
    return {};
}

std::string_view source_name(SettingSource source) {
    switch (source) {
        case SettingSource::default_value: return "default";
        case SettingSource::environment: return "environment variable";
        case SettingSource::file: return "configuration file";
        case SettingSource::command_line: return "command line";
        case SettingSource::all_roles: return "global";
        case SettingSource::database: return "database";
        case SettingSource::user: return "user";
        case SettingSource::database_user: return "database user";
        case SettingSource::client: return "client";
        case SettingSource::override_value: return "override";
        case SettingSource::session: return "session";
    }
    return {};
}

std::string_view unit_name(SettingUnit unit) {
    switch (unit) {
        case SettingUnit::none: return "";
        case SettingUnit::bytes: return "B";
        case SettingUnit::kilobytes: return "kB";
        case SettingUnit::blocks_8kb: return "8kB";
        case SettingUnit::megabytes: return "MB";
        case SettingUnit::milliseconds: return "ms";
        case SettingUnit::seconds: return "s";
        case SettingUnit::minutes: return "min";
    }
    return {};
}

Error invalid_setting_value(std::string_view name, std::string_view value, SourceLocation where) {
    return Error({sqlstate::invalid_parameter_value, where}, "invalid value for parameter \"{}\": \"{}\"",
                 name, value);
}

std::optional<bool> parse_bool(std::string_view text) {
    struct Word {
        std::string_view word;
        std::size_t shortest;
        bool value;
    };
    // "o" alone could be either.
    static constexpr Word k_words[] = {{"true", 1, true}, {"false", 1, false}, {"yes", 1, true},
                                       {"no", 1, false},  {"on", 2, true},     {"off", 2, false},
                                       {"1", 1, true},    {"0", 1, false}};
    for (const Word& word : k_words) {
        if (text.size() >= word.shortest && text.size() <= word.word.size() &&
            compare_setting_names(text, word.word.substr(0, text.size())) == 0) {
            return word.value;
        }
    }
    return {};
}

int compare_setting_names(std::string_view a, std::string_view b) {
    std::size_t common = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < common; ++i) {
        auto left = static_cast<unsigned char>(lower(a[i])), right = static_cast<unsigned char>(lower(b[i]));
        if (left != right) return left < right ? -1 : 1;
    }
    if (a.size() == b.size()) return 0;
    return a.size() < b.size() ? -1 : 1;
}

bool BoolSetting::parse_text(std::string_view text) const {
    std::optional<bool> value = parse_bool(text);
    if (!value) {
        throw Error(sqlstate::invalid_parameter_value, "parameter \"{}\" requires a Boolean value",
                    info().name);
    }
    return *value;
}

std::string BoolSetting::format(const bool& value, bool) const { return value ? "on" : "off"; }

std::int32_t IntSetting::parse_text(std::string_view text) const {
    double value = std::rint(parse_number(info(), text, true));
    if (value > std::numeric_limits<std::int32_t>::max() ||
        value < std::numeric_limits<std::int32_t>::min()) {
        throw invalid_setting_value(info().name, text).hint("Value exceeds integer range.");
    }
    auto rounded = static_cast<std::int32_t>(value);
    if (rounded < min_ || rounded > max_)
        throw out_of_range(info(), std::to_string(rounded), *min_text(), *max_text());
    return rounded;
}

std::string IntSetting::format(const std::int32_t& value, bool with_unit) const {
    if (with_unit && value > 0) {
        for (const Conversion& conversion : conversions(info().unit)) {
            // A unit smaller than the stored one divides everything.
            if (conversion.factor < 1 || std::fmod(value, conversion.factor) == 0) {
                return fmt::format("{:.0f}{}", value / conversion.factor, conversion.unit);
            }
        }
    }
    return std::to_string(value);
}

double RealSetting::parse_text(std::string_view text) const {
    double value = parse_number(info(), text, false);
    if (value < min_ || value > max_) throw out_of_range(info(), real_text(value), *min_text(), *max_text());
    return value;
}

std::string RealSetting::format(const double& value, bool with_unit) const {
    std::string text = real_text(value);
    if (!with_unit || value <= 0) return text;
    for (const Conversion& conversion : conversions(info().unit)) {
        // The largest unit that gives a whole number (but for the error of the division), else the smallest.
        constexpr double k_tolerance = 1e-8;
        double shown = value / conversion.factor;
        text = real_text(shown) + std::string(conversion.unit);
        if (std::fabs(std::rint(shown) / shown - 1) <= k_tolerance) break;
    }
    return text;
}

std::optional<std::string> RealSetting::min_text() const { return real_text(min_); }

std::optional<std::string> RealSetting::max_text() const { return real_text(max_); }

int EnumSetting::parse_text(std::string_view text) const {
    for (const Option& option : options_) {
        if (compare_setting_names(option.word, text) == 0) return option.value;
    }
    std::string words;
    for (const Option& option : options_) {
        if (option.hidden) continue;
        words += words.empty() ? "" : ", ";
        words += option.word;
    }
    throw invalid_setting_value(info().name, text).hint(fmt::format("Available values: {}.", words));
}

std::string EnumSetting::format(const int& value, bool) const {
    for (const Option& option : options_) {
        if (option.value == value) return std::string(option.word);
    }
    throw Error(sqlstate::internal_error, "could not find enum option {} for {}", value, info().name);
}

std::vector<std::string> EnumSetting::enum_values() const {
    std::vector<std::string> words;
    for (const Option& option : options_) {
        if (!option.hidden) words.emplace_back(option.word);
    }
    return words;
}

}  // namespace forklore
