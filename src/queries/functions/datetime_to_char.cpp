// to_char() of timestamps and intervals.
#include <cstdlib>

#include "base/error.hpp"
#include "queries/functions/datetime_families.hpp"
#include "queries/functions/datetime_template.hpp"
#include "queries/types/datetime_output.hpp"
#include "queries/types/datetime_style.hpp"
#include "queries/types/datetime_tokens.hpp"
#include "queries/types/interval.hpp"

namespace forklore {

namespace {

/// What is written: a moment or an interval, in parts. An interval's parts may be negative or large.
struct Parts {
    bool is_interval = false;
    std::int64_t year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, microsecond = 0;
    std::int64_t days = 0;         // since 2000-01-01, as far as that means anything
    std::int64_t day_of_year = 0;
    std::optional<LocalTimeType> zone;

    explicit Parts(const DateTimeFields& f)
        : year(f.date.year), month(f.date.month), day(f.date.day), hour(f.hour), minute(f.minute), second(f.second),
          microsecond(f.microsecond), days(days_from_civil(f.date)), day_of_year(forklore::day_of_year(f.date)), zone(f.zone) {}

    explicit Parts(const Interval& i)
        : is_interval(true), year(i.months / 12), month(i.months % 12), day(i.days), hour(i.us / k_us_per_hour),
          minute(i.us / k_us_per_minute % 60), second(i.us / k_us_per_second % 60), microsecond(i.us % k_us_per_second),
          days(days_from_civil(year, static_cast<int>(month), day)), day_of_year((year * 12 + month) * 30 + day) {}

    /// Years before Christ are written as positive numbers.
    std::int64_t written_year(std::int64_t y) const { return is_interval || y > 0 ? y : -(y - 1); }
    bool afternoon() const { return hour % 24 >= 12; }
};

class Formatter {
public:
    Formatter(const Parts& parts, ByteWriter& to) : parts_(parts), to_(to) {}

    void format(const DateTimeTemplate& pieces) {
        for (const TemplatePiece& piece : pieces.pieces()) {
            if (piece.kind == TemplatePiece::Kind::pattern) pattern(piece);
            else to_.append(piece.text);
        }
    }

private:
    /// A number, padded to a width unless FM says otherwise, with its ordinal ending if asked for. A minus sign comes on
    /// top of the digits.
    void number(const TemplatePiece& piece, std::int64_t value, int width) { padded(piece, value, value < 0 ? width + 1 : width); }
    /// The same, but a minus sign counts as a digit: so it is for days and weeks.
    void padded(const TemplatePiece& piece, std::int64_t value, int width) {
        ordinal(piece, fmt::format("{:0{}}", value, piece.fill ? 0 : width));
    }
    /// The last digits of a year.
    void digits(const TemplatePiece& piece, std::int64_t value, int count, std::int64_t modulo) { number(piece, value % modulo, count); }
    /// Exactly so many digits.
    void fixed(const TemplatePiece& piece, std::int64_t value, int width) { ordinal(piece, fmt::format("{:0{}}", value, width)); }

    void ordinal(const TemplatePiece& piece, std::string_view text) {
        to_.append(text);
        if (!piece.ordinal) return;
        const char last = text.back();
        const bool teen = text.size() > 1 && text[text.size() - 2] == '1';
        const std::string_view ending = teen ? "TH" : last == '1' ? "ST" : last == '2' ? "ND" : last == '3' ? "RD" : "TH";
        for (char c : ending) to_.put_char(piece.ordinal_upper ? c : lower(c));
    }

    /// A name in the pattern's case, padded with blanks to nine characters (or four) unless FM or TM says otherwise.
    void name(const TemplatePiece& piece, std::string_view text, std::size_t width) {
        for (std::size_t i = 0; i < text.size(); ++i) {
            const char c = text[i];
            const bool up = piece.letter_case == LetterCase::upper || (piece.letter_case == LetterCase::capital && i == 0);
            to_.put_char(!up ? lower(c) : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
        }
        if (piece.fill || (piece.translate && piece.info->pattern != Pattern::month_roman)) return;
        for (std::size_t i = text.size(); i < width; ++i) to_.put_char(' ');
    }

    void half_day(const TemplatePiece& piece, bool dotted) {
        name(piece, parts_.afternoon() ? (dotted ? "P.M." : "PM") : dotted ? "A.M." : "AM", 0);
    }
    void era(const TemplatePiece& piece, bool dotted) {
        moments_only();
        name(piece, parts_.year <= 0 ? (dotted ? "B.C." : "BC") : dotted ? "A.D." : "AD", 0);
    }

    void moments_only() const {
        if (parts_.is_interval)
            throw Error(sqlstate::invalid_datetime_format, "invalid format specification for an interval value")
                .hint("Intervals are not tied to specific calendar dates.");
    }

    std::int32_t offset() const { return parts_.zone ? parts_.zone->offset : 0; }

    void century(const TemplatePiece& piece) {
        std::int64_t value;
        if (parts_.is_interval) value = parts_.year / 100;
        else if (parts_.year > 0) value = (parts_.year - 1) / 100 + 1;
        else value = parts_.year / 100 - 1;
        number(piece, value, std::abs(value) <= 99 ? 2 : 0);
    }

    void roman_month(const TemplatePiece& piece) {
        if (parts_.month == 0 && parts_.year == 0) return;
        // A whole number of years is their last month, negative months count from the year's end.
        std::int64_t index = parts_.month - 1;
        if (parts_.month == 0) index = parts_.year >= 0 ? 11 : 0;
        else if (parts_.month < 0) index = 12 + parts_.month;
        name(piece, k_roman_months[index], 4);
    }

    void pattern(const TemplatePiece& piece) {
        const int length = static_cast<int>(piece.info->name.size());
        switch (piece.info->pattern) {
            case Pattern::half_day: return half_day(piece, false);
            case Pattern::half_day_dotted: return half_day(piece, true);
            case Pattern::era: return era(piece, false);
            case Pattern::era_dotted: return era(piece, true);
            case Pattern::century: return century(piece);
            case Pattern::day_of_week: moments_only(); return number(piece, day_of_week(parts_.days) + 1, 0);
            case Pattern::iso_day_of_week: moments_only(); return number(piece, (day_of_week(parts_.days) + 6) % 7 + 1, 0);
            case Pattern::day_name: moments_only(); return name(piece, k_weekday_names[day_of_week(parts_.days)], 9);
            case Pattern::day_abbreviation: moments_only(); return name(piece, k_weekday_names[day_of_week(parts_.days)].substr(0, 3), 0);
            case Pattern::day: return padded(piece, parts_.day, 2);
            case Pattern::day_of_year: return padded(piece, parts_.day_of_year, 3);
            case Pattern::iso_day_of_year: return padded(piece, parts_.days - iso_week_monday(iso_week(parts_.days).year, 1) + 1, 3);
            case Pattern::fraction: {
                std::int64_t value = parts_.microsecond;
                const int count = piece.info->name.back() - '0';
                for (int i = count; i < k_max_time_precision; ++i) value /= 10;
                return fixed(piece, value, count);
            }
            case Pattern::fixed: return;
            case Pattern::hour_12: return padded(piece, parts_.hour % 12 == 0 ? 12 : parts_.hour % 12, parts_.hour < 0 ? 3 : 2);
            case Pattern::hour_24: return number(piece, parts_.hour, 2);
            case Pattern::minute: return number(piece, parts_.minute, 2);
            case Pattern::second: return number(piece, parts_.second, 2);
            case Pattern::millisecond: return fixed(piece, parts_.microsecond / 1000, 3);
            case Pattern::microsecond: return fixed(piece, parts_.microsecond, 6);
            case Pattern::second_of_day: return number(piece, (parts_.hour * 60 + parts_.minute) * 60 + parts_.second, 0);
            case Pattern::iso_week: return padded(piece, iso_week(parts_.days).week, 2);
            case Pattern::iso_year: return year(piece, iso_week(parts_.days).year, length);
            case Pattern::julian: return number(piece, parts_.days + k_epoch_julian_day, 0);
            case Pattern::month: return number(piece, parts_.month, 2);
            case Pattern::month_name:
                moments_only();
                return name(piece, k_month_names[parts_.month - 1], 9);
            case Pattern::month_abbreviation:
                moments_only();
                return name(piece, k_month_names[parts_.month - 1].substr(0, 3), 0);
            case Pattern::month_roman: return roman_month(piece);
            case Pattern::quarter:
                if (parts_.month != 0) number(piece, (parts_.month - 1) / 3 + 1, 0);
                return;
            case Pattern::week: return padded(piece, (parts_.day_of_year - 1) / 7 + 1, 2);
            case Pattern::week_of_month: return number(piece, (parts_.day - 1) / 7 + 1, 0);
            case Pattern::year: return year(piece, parts_.year, length);
            case Pattern::year_with_comma: {
                const std::int64_t value = parts_.written_year(parts_.year);
                return ordinal(piece, fmt::format("{},{:03}", value / 1000, value % 1000));
            }
            case Pattern::zone:
                moments_only();
                if (parts_.zone) to_.append(lowered_if(piece.letter_case == LetterCase::lower, parts_.zone->abbreviation));
                return;
            case Pattern::zone_hour:
                moments_only();
                return to_.append(fmt::format("{}{:02}", offset() >= 0 ? '+' : '-', std::abs(offset()) / 3600));
            case Pattern::zone_minute: moments_only(); return to_.append(fmt::format("{:02}", std::abs(offset()) % 3600 / 60));
            case Pattern::zone_offset:
                moments_only();
                to_.append(fmt::format("{}{:0{}}", offset() >= 0 ? '+' : '-', std::abs(offset()) / 3600, piece.fill ? 0 : 2));
                if (std::abs(offset()) % 3600 != 0) to_.append(fmt::format(":{:02}", std::abs(offset()) % 3600 / 60));
                return;
        }
    }

    static std::string lowered_if(bool yes, std::string_view text) {
        std::string result(text);
        if (yes)
            for (char& c : result) c = lower(c);
        return result;
    }

    /// YYYY, YYY, YY, Y: that many of the last digits.
    void year(const TemplatePiece& piece, std::int64_t value, int length) {
        constexpr std::int64_t k_modulo[] = {0, 10, 100, 1000};
        value = parts_.written_year(value);
        if (length == 4) return number(piece, value, 4);
        if (length == 1) return ordinal(piece, fmt::format("{}", value % 10));
        digits(piece, value, length, k_modulo[length]);
    }

    const Parts& parts_;
    ByteWriter& to_;
};

std::string_view formatted(EvalContext& context, const CallSite& site, const Parts& parts, std::string_view text) {
    ByteWriter to;
    Formatter(parts, to).format(DateTimeTemplate::of(site, text));
    return context.arena.copy(to.view());
}

using Text = std::optional<std::string_view>;

Text timestamp_to_char(EvalContext& context, const CallSite& site, Timestamp value, std::string_view text) {
    if (text.empty() || !value.finite()) return {};
    return formatted(context, site, Parts(fields_of(value.us)), text);
}
Text timestamptz_to_char(EvalContext& context, const CallSite& site, TimestampTz value, std::string_view text) {
    if (text.empty() || !value.finite()) return {};
    return formatted(context, site, Parts(fields_of(value.us, *datetime_style().time_zone)), text);
}
Text interval_to_char(EvalContext& context, const CallSite& site, Interval value, std::string_view text) {
    if (text.empty()) return {};
    return formatted(context, site, Parts(value), text);
}

}  // namespace

void register_datetime_formatting(Registry& to) {
    const Declared stable{.volatility = Volatility::stable};
    to.add(function<timestamp_to_char>("to_char", 2049, stable));
    to.add(function<timestamptz_to_char>("to_char", 1770, stable));
    to.add(function<interval_to_char>("to_char", 1768, stable));
    register_datetime_parsing(to);
}

}  // namespace forklore
