#include "queries/types/datetime_input.hpp"

#include <cmath>
#include <string>

#include "base/error.hpp"
#include "queries/types/datetime_style.hpp"
#include "queries/types/datetime_tokens.hpp"
#include "queries/types/datetime_words.hpp"
#include "queries/types/zone_abbreviations.hpp"

namespace forklore {

namespace {

/// What has been found so far, a bit for each. Finding a thing twice is an error.
enum Found : std::uint32_t {
    k_year = 1, k_month = 2, k_day = 4, k_day_of_year = 8, k_hour = 16, k_minute = 32, k_second = 64, k_zone = 128,
    k_dst = 256, k_daylight = 8192, k_subsecond = 16384, k_half_day = 512, k_era = 1024, k_weekday = 2048, k_reserved = 4096,
    k_date_parts = k_year | k_month | k_day,
    k_time_parts = k_hour | k_minute | k_second | k_subsecond,
};

[[noreturn]] void fail(DateTimeProblem problem) { throw problem; }
[[noreturn]] void bad_format() { throw DateTimeProblem::format; }

std::int32_t integer(std::string_view text) {
    NumberReader in(text);
    const std::optional<std::int32_t> value = in.integer<std::int32_t>();
    if (!value) fail(DateTimeProblem::field_range);
    return *value;
}

std::int32_t microseconds(std::string_view fraction) {
    const std::optional<double> value = parse_fraction(fraction);
    if (!value) bad_format();
    return static_cast<std::int32_t>(std::rint(*value * static_cast<double>(k_us_per_second)));
}

/// Goes through the fields of a text from left to right; each says more about the moment.
class Decoder {
public:
    /// \param want_time a time of day is wanted, and a date is only tolerated
    Decoder(std::string_view text, bool want_time) : tokens_(text), want_time_(want_time) {
        if (!tokens_.valid()) bad_format();
    }

    DateTimeInput decode();

private:
    using Kind = DateTimeInput::Kind;

    std::span<const DateTimeField> fields() const { return tokens_.fields(); }
    bool have(std::uint32_t parts) const { return (found_ & parts) == parts; }
    /// What counts as found when a bare number is read: in a time of day, dates are out of the question.
    std::uint32_t found_for_numbers() const { return want_time_ ? found_ | k_date_parts : found_; }

    std::uint32_t date_field(std::size_t i);
    std::uint32_t date_or_zone(std::string_view text);
    std::uint32_t labelled_number(std::string_view text);
    std::uint32_t number_field(std::size_t i);
    std::uint32_t word(std::size_t i);
    std::uint32_t reserved(ReservedMoment moment);
    std::uint32_t abbreviation(const ZoneAbbreviation& abbreviation);

    std::uint32_t numeric_date(std::string_view text);
    std::uint32_t number(std::string_view text, bool text_month, std::uint32_t found);
    std::uint32_t run_together(std::string_view text, std::uint32_t found);
    std::uint32_t clock(std::string_view text);
    std::uint32_t zone_name(std::string_view text);
    bool date_allowed_in_time(std::size_t i, bool with_clock) const;

    void check_date();
    void check_half_day();
    void check_time_of_day() const;
    void settle_zone();
    void set_date(std::int64_t days) { to_.date = civil_from_days(days); }
    std::int64_t local_microseconds() const;

    DateTimeTokens tokens_;
    bool want_time_;
    DateTimeInput result_;
    DateTimeFields& to_ = result_.fields;
    std::uint32_t found_ = 0;
    DateTimeUnit label_ = DateTimeUnit::none;   // what the field before says about this one
    bool text_month_ = false, julian_ = false, short_year_ = false, before_christ_ = false;
    int day_of_year_ = 0;
    int half_day_ = -1;
    const TimeZone* zone_ = nullptr;            // named in full
    const TimeZone* dynamic_zone_ = nullptr;    // of an abbreviation whose meaning depends on the date
    std::string_view dynamic_abbreviation_;
};

DateTimeInput Decoder::decode() {
    to_.date = {};
    for (std::size_t i = 0; i < fields().size(); ++i) {
        const DateTimeField& field = fields()[i];
        std::uint32_t parts = 0;
        switch (field.kind) {
            case FieldKind::date: parts = date_field(i); break;
            case FieldKind::time:
                if (label_ != DateTimeUnit::none && !want_time_) {
                    if (label_ != DateTimeUnit::iso_time) bad_format();
                    label_ = DateTimeUnit::none;
                }
                parts = clock(field.text);
                break;
            case FieldKind::zone:
                result_.offset = parse_zone_offset(field.text);
                parts = k_zone;
                break;
            case FieldKind::number:
                parts = label_ != DateTimeUnit::none ? labelled_number(field.text) : number_field(i);
                break;
            case FieldKind::word:
            case FieldKind::special: parts = word(i); break;
        }
        if ((parts & found_) != 0) bad_format();
        found_ |= parts;
    }
    check_date();
    check_half_day();
    if (want_time_) {
        check_time_of_day();
        if (!have(k_time_parts)) bad_format();
        settle_zone();
    } else if (result_.kind == Kind::moment) {
        if (!have(k_date_parts)) bad_format();
        settle_zone();
    }
    return result_;
}

/// Digits or letters joined by punctuation: a date, a zone's name, or a time with a zone (`040506-08`).
std::uint32_t Decoder::date_field(std::size_t i) {
    const std::string_view text = fields()[i].text;
    if (want_time_) {
        if (date_allowed_in_time(i, true)) return numeric_date(text);
        return date_or_zone(text);
    }
    if (label_ == DateTimeUnit::julian) {
        NumberReader in(text);
        const std::optional<std::int32_t> day = in.integer<std::int32_t>();
        if (!day || *day < 0) fail(DateTimeProblem::field_range);
        set_date(std::int64_t{*day} - k_epoch_julian_day);
        julian_ = true;
        result_.offset = parse_zone_offset(in.rest());
        label_ = DateTimeUnit::none;
        return k_date_parts | k_time_parts | k_zone;
    }
    if (label_ != DateTimeUnit::none || have(k_month | k_day)) return date_or_zone(text);
    return numeric_date(text);
}

/// What looks like a date where there is one already.
std::uint32_t Decoder::date_or_zone(std::string_view text) {
    if (!is_digit(text.front()) && label_ == DateTimeUnit::none) return zone_name(text);
    if (label_ != DateTimeUnit::none && !want_time_) {
        if (label_ != DateTimeUnit::iso_time) bad_format();
        label_ = DateTimeUnit::none;
    }
    if (!is_digit(text.front()) && want_time_) return zone_name(text);
    if (have(k_time_parts)) bad_format();
    const std::size_t sign = text.find('-');
    if (sign == std::string_view::npos) bad_format();
    result_.offset = parse_zone_offset(text.substr(sign));
    return run_together(text.substr(0, sign), found_for_numbers()) | k_zone;
}

std::uint32_t Decoder::zone_name(std::string_view text) {
    zone_ = find_time_zone(text);
    if (zone_ == nullptr) throw Error(sqlstate::invalid_parameter_value, "time zone \"{}\" not recognized", text);
    return k_zone;
}

/// Whether a field may be a date although a time of day is wanted: first of several, with a time or a zone's name to come.
bool Decoder::date_allowed_in_time(std::size_t i, bool with_clock) const {
    return i == 0 && fields().size() >= 2 &&
           (fields().back().kind == FieldKind::date || (with_clock && fields()[1].kind == FieldKind::time));
}

/// A number after a word that says what it is: `J2451545`, `y2000 m1`, `T040506`.
std::uint32_t Decoder::labelled_number(std::string_view text) {
    const DateTimeUnit label = label_;
    NumberReader in(text);
    const std::optional<std::int32_t> read = in.integer<std::int32_t>();
    if (!read) fail(DateTimeProblem::field_range);
    const std::int32_t value = *read;
    if (in.next() == '.' ? label != DateTimeUnit::julian && label != DateTimeUnit::iso_time && label != DateTimeUnit::second
                         : !in.done())
        bad_format();
    label_ = DateTimeUnit::none;
    result_.kind = Kind::moment;
    switch (label) {
        case DateTimeUnit::year: to_.date.year = value; return k_year;
        case DateTimeUnit::month:
            // A second m, after an hour, is minutes.
            if (have(k_month | k_hour)) {
                to_.minute = value;
                return k_minute;
            }
            to_.date.month = value;
            return k_month;
        case DateTimeUnit::day: to_.date.day = value; return k_day;
        case DateTimeUnit::hour: to_.hour = value; return k_hour;
        case DateTimeUnit::minute: to_.minute = value; return k_minute;
        case DateTimeUnit::second:
            to_.second = value;
            if (in.next() != '.') return k_second;
            to_.microsecond = microseconds(in.rest());
            return k_second | k_subsecond;
        case DateTimeUnit::julian: {
            if (value < 0) fail(DateTimeProblem::field_range);
            set_date(std::int64_t{value} - k_epoch_julian_day);
            julian_ = true;
            if (in.next() != '.') return k_date_parts;
            const std::optional<double> fraction = parse_fraction(in.rest());
            if (!fraction) bad_format();
            set_time_of_day(static_cast<std::int64_t>(*fraction * static_cast<double>(k_us_per_day)), to_);
            return k_date_parts | k_time_parts;
        }
        case DateTimeUnit::iso_time: {
            const std::uint32_t parts = run_together(text, found_ | k_date_parts);
            if (parts != k_time_parts) bad_format();
            return parts;
        }
        default: bad_format();
    }
}

/// A number that nothing explains: its length and what is known already decide.
std::uint32_t Decoder::number_field(std::size_t i) {
    const std::string_view text = fields()[i].text;
    const std::size_t point = text.find('.');
    if (want_time_) {
        if (point != std::string_view::npos) {
            if (date_allowed_in_time(i, false)) return numeric_date(text);
            if (point > 2) return run_together(text, found_for_numbers());
            bad_format();
        }
        return text.size() > 4 ? run_together(text, found_for_numbers()) : number(text, false, found_for_numbers());
    }
    if (point != std::string_view::npos && (found_ & k_date_parts) == 0) return numeric_date(text);
    if (point != std::string_view::npos && point > 2) return run_together(text, found_);
    // Six digits are a date or a time; five or fewer can only be a year. Longer years come at the end, or in ISO form.
    if (text.size() >= 6 && ((found_ & k_date_parts) == 0 || (found_ & k_time_parts) == 0)) return run_together(text, found_);
    return number(text, text_month_, found_);
}

std::uint32_t Decoder::word(std::size_t i) {
    const std::string_view text = fields()[i].text;
    if (const ZoneAbbreviation* zone = datetime_style().abbreviations->find(text)) return abbreviation(*zone);
    const DateTimeWord* known = find_date_word(text);
    if (known == nullptr) {
        zone_ = find_time_zone(text);
        if (zone_ == nullptr) bad_format();
        return k_zone;
    }
    switch (known->kind) {
        case WordKind::ignored: return 0;
        case WordKind::reserved: return reserved(known->as<ReservedMoment>());
        case WordKind::month: {
            if (want_time_) bad_format();
            // A number was taken for the month before the month was named: it must have been the day.
            std::uint32_t parts = k_month;
            if (have(k_month) && !text_month_ && !have(k_day) && to_.date.month >= 1 && to_.date.month <= 31) {
                to_.date.day = to_.date.month;
                parts = k_day;
            }
            text_month_ = true;
            to_.date.month = known->value;
            return parts;
        }
        case WordKind::dst:
            result_.offset += 3600;
            return k_dst | k_daylight;
        case WordKind::half_day: half_day_ = known->value; return k_half_day;
        case WordKind::era: before_christ_ = known->value == 1; return k_era;
        case WordKind::weekday:
            if (want_time_) bad_format();
            return k_weekday;
        case WordKind::unit: label_ = known->as<DateTimeUnit>(); return 0;
        case WordKind::iso_time: {
            if (!want_time_ && !have(k_date_parts)) bad_format();
            if (i + 1 == fields().size()) bad_format();
            const FieldKind next = fields()[i + 1].kind;
            if (next != FieldKind::number && next != FieldKind::time && next != FieldKind::date) bad_format();
            label_ = DateTimeUnit::iso_time;
            return 0;
        }
        case WordKind::ago: break;
    }
    bad_format();
}

std::uint32_t Decoder::reserved(ReservedMoment moment) {
    const auto now = [] { return fields_of(transaction_time().us, *datetime_style().time_zone); };
    if (want_time_) {
        if (moment == ReservedMoment::all_balls) {
            result_.offset = 0;
            return k_time_parts | k_zone;
        }
        if (moment != ReservedMoment::now) bad_format();
        const DateTimeFields fields = now();
        set_time_of_day(time_of_day(fields), to_);
        result_.offset = fields.zone->offset;
        return k_time_parts;
    }
    result_.kind = Kind::moment;
    switch (moment) {
        case ReservedMoment::now:
            to_ = now();
            result_.offset = to_.zone->offset;
            return k_date_parts | k_time_parts | k_zone;
        case ReservedMoment::today: to_.date = now().date; return k_date_parts;
        case ReservedMoment::tomorrow: set_date(days_from_civil(now().date) + 1); return k_date_parts;
        case ReservedMoment::yesterday: set_date(days_from_civil(now().date) - 1); return k_date_parts;
        case ReservedMoment::all_balls: result_.offset = 0; return k_time_parts | k_zone;
        case ReservedMoment::epoch: result_.kind = Kind::epoch; break;
        case ReservedMoment::infinity: result_.kind = Kind::infinity; break;
        case ReservedMoment::minus_infinity: result_.kind = Kind::minus_infinity; break;
    }
    return k_reserved;
}

std::uint32_t Decoder::abbreviation(const ZoneAbbreviation& abbreviation) {
    if (!abbreviation.zone.empty()) {
        dynamic_zone_ = find_time_zone(abbreviation.zone);
        dynamic_abbreviation_ = abbreviation.name;
        if (dynamic_zone_ == nullptr)
            throw Error(sqlstate::config_file_error, "time zone \"{}\" not recognized", abbreviation.zone)
                .detail(fmt::format("This time zone name appears in the configuration file for time zone abbreviation \"{}\".",
                                    abbreviation.name));
        return k_zone;
    }
    result_.offset = abbreviation.offset;
    return abbreviation.dst ? k_zone | k_daylight : k_zone;
}

/// `2000-01-31`, `31/1/2000`, `31.1.2000`, `Jan-31-2000`, `2000.123`: first the month's name, then the numbers in order.
std::uint32_t Decoder::numeric_date(std::string_view text) {
    std::string_view parts[25];
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size() && count < std::size(parts);) {
        while (at < text.size() && !is_digit(text[at]) && !is_letter(text[at])) ++at;
        if (at == text.size()) bad_format();
        const std::size_t begin = at;
        const bool digits = is_digit(text[at]);
        while (at < text.size() && (digits ? is_digit(text[at]) : is_letter(text[at]))) ++at;
        parts[count++] = text.substr(begin, at - begin);
        ++at;  // the separator
    }
    std::uint32_t found = found_, here = 0;
    bool text_month = false;
    auto take = [&](std::uint32_t bits) {
        if ((found & bits) != 0) bad_format();
        found |= bits;
        here |= bits;
    };
    for (std::string_view& part : std::span(parts, count)) {
        if (!is_letter(part.front())) continue;
        const DateTimeWord* known = find_date_word(part);
        if (known == nullptr || (known->kind != WordKind::month && known->kind != WordKind::ignored)) bad_format();
        if (known->kind == WordKind::ignored) continue;
        to_.date.month = known->value;
        text_month = true;
        take(k_month);
        part = {};
    }
    for (const std::string_view part : std::span(parts, count))
        if (part.data() != nullptr) take(number(part, text_month, found));
    if ((found & ~(k_day_of_year | k_zone)) != k_date_parts) bad_format();
    return here;
}

/// One number of a date: which part it is follows from the parts before it and from DateStyle's order.
std::uint32_t Decoder::number(std::string_view text, bool text_month, std::uint32_t found) {
    NumberReader in(text);
    const std::optional<std::int32_t> read = in.integer<std::int32_t>();
    if (!read) fail(DateTimeProblem::field_range);
    if (in.rest().size() == text.size()) bad_format();
    const std::int32_t value = *read;
    if (in.next() == '.') {
        if (text.find('.') > 2) return run_together(text, found | k_date_parts);
        to_.microsecond = microseconds(in.rest());
    } else if (!in.done()) {
        bad_format();
    }
    const DateOrder order = datetime_style().date_order;
    const bool long_number = text.size() >= 3;
    auto year = [&] {
        to_.date.year = value;
        short_year_ = text.size() <= 2;
        return k_year;
    };
    auto month = [&] { to_.date.month = value; return k_month; };
    auto day = [&] { to_.date.day = value; return k_day; };

    const std::uint32_t date = found & k_date_parts;
    if (text.size() == 3 && date == k_year && value >= 1 && value <= 366) {
        day_of_year_ = value;
        return k_day_of_year | k_month | k_day;
    }
    switch (date) {
        case 0:
            if (long_number || order == DateOrder::ymd) return year();
            return order == DateOrder::dmy ? day() : month();
        case k_year: return month();
        case k_month:
            if (text_month && (long_number || order == DateOrder::ymd)) return year();
            return day();
        case k_year | k_month:
            if (text_month && long_number && short_year_) {
                // What was taken for a year of two digits is the day: 31-Jan-2000 while DateStyle says YMD.
                to_.date.day = to_.date.year;
                to_.date.year = value;
                short_year_ = false;
                return k_day;
            }
            return day();
        case k_day: return month();
        case k_month | k_day: return year();
        case k_date_parts: return run_together(text, found);
        default: bad_format();
    }
}

/// Digits without separators: yyyymmdd or yymmdd, hhmmss or hhmm, with or without a fraction.
std::uint32_t Decoder::run_together(std::string_view text, std::uint32_t found) {
    if (const std::size_t point = text.find('.'); point != std::string_view::npos) {
        to_.microsecond = microseconds(text.substr(point));
        text = text.substr(0, point);
    } else if ((found & k_date_parts) != k_date_parts && text.size() >= 6) {
        const std::size_t n = text.size();
        to_.date.day = integer(text.substr(n - 2));
        to_.date.month = integer(text.substr(n - 4, 2));
        to_.date.year = integer(text.substr(0, n - 4));
        if (n == 6) short_year_ = true;
        return k_date_parts;
    }
    if ((found & k_time_parts) != k_time_parts && (text.size() == 6 || text.size() == 4)) {
        to_.hour = integer(text.substr(0, 2));
        to_.minute = integer(text.substr(2, 2));
        to_.second = text.size() == 6 ? integer(text.substr(4, 2)) : 0;
        return k_time_parts;
    }
    bad_format();
}

std::uint32_t Decoder::clock(std::string_view text) {
    parse_clock(text, to_.hour, to_.minute, to_.second, to_.microsecond);
    // A time of day is checked when all of it is known: `12:30 pm` may still follow.
    if (!want_time_) check_time_of_day();
    return k_time_parts;
}

void Decoder::check_time_of_day() const {
    if (to_.hour < 0 || to_.hour > 24 || to_.minute < 0 || to_.minute > 59 || to_.second < 0 || to_.second > 60 ||
        time_of_day(to_) > k_us_per_day)
        fail(DateTimeProblem::field_range);
}

void Decoder::check_date() {
    CivilDate& date = to_.date;
    if (have(k_year) && !julian_) {
        if (before_christ_) {
            if (date.year <= 0) fail(DateTimeProblem::field_range);
            date.year = -(date.year - 1);
        } else if (short_year_) {
            if (date.year < 0) fail(DateTimeProblem::field_range);
            if (date.year < 70) date.year += 2000;
            else if (date.year < 100) date.year += 1900;
        } else if (date.year <= 0) {
            fail(DateTimeProblem::field_range);
        }
    }
    if (have(k_day_of_year)) set_date(days_from_civil(date.year, 1, 1) + day_of_year_ - 1);
    if (have(k_month) && (date.month < 1 || date.month > 12)) fail(DateTimeProblem::month_or_day_range);
    if (have(k_day) && (date.day < 1 || date.day > 31)) fail(DateTimeProblem::month_or_day_range);
    if (have(k_date_parts) && date.day > days_in_month(date.year, date.month)) fail(DateTimeProblem::field_range);
}

void Decoder::check_half_day() {
    if (half_day_ < 0) return;
    if (to_.hour > 12) fail(DateTimeProblem::field_range);
    if (half_day_ == 0 && to_.hour == 12) to_.hour = 0;
    else if (half_day_ == 1 && to_.hour != 12) to_.hour += 12;
}

std::int64_t Decoder::local_microseconds() const {
    DateTimeFields local = to_;
    // A time of day without a date gets its offset as of today.
    if (want_time_ && (found_ & k_date_parts) == 0) local.date = fields_of(transaction_time().us, *datetime_style().time_zone).date;
    return timestamp_of(local).value_or(0);
}

/// The offset of a named zone is known only now that the date is.
void Decoder::settle_zone() {
    if (zone_ == nullptr && dynamic_zone_ == nullptr && have(k_zone)) return;
    if (have(k_dst)) bad_format();
    if (want_time_ && (found_ & k_date_parts) != 0 && !have(k_date_parts)) bad_format();
    if (zone_ != nullptr) {
        if (want_time_) {
            if (const std::optional<std::int32_t> fixed = zone_->fixed_offset()) {
                result_.offset = *fixed;
                return;
            }
            if (!have(k_date_parts)) bad_format();
        }
        result_.offset = offset_at_local(local_microseconds(), *zone_);
    } else if (dynamic_zone_ != nullptr) {
        result_.offset = NamedZone{{}, dynamic_zone_, dynamic_abbreviation_}.offset_at_local(local_microseconds());
    } else {
        result_.offset = offset_at_local(local_microseconds(), *datetime_style().time_zone);
    }
}

DateTimeInput parse(std::string_view text, std::string_view type_name, bool want_time) {
    try {
        return Decoder(text, want_time).decode();
    } catch (DateTimeProblem problem) {
        throw_datetime_problem(problem, text, type_name);
    }
}

}  // namespace

DateTimeInput parse_datetime(std::string_view text, std::string_view type_name) { return parse(text, type_name, false); }
DateTimeInput parse_time(std::string_view text, std::string_view type_name) { return parse(text, type_name, true); }

void throw_datetime_problem(DateTimeProblem problem, std::string_view text, std::string_view type_name) {
    switch (problem) {
        case DateTimeProblem::field_range:
            throw Error(sqlstate::datetime_field_overflow, "date/time field value out of range: \"{}\"", text);
        case DateTimeProblem::month_or_day_range:
            throw Error(sqlstate::datetime_field_overflow, "date/time field value out of range: \"{}\"", text)
                .hint("Perhaps you need a different \"datestyle\" setting.");
        case DateTimeProblem::interval_range:
            throw Error(sqlstate::interval_field_overflow, "interval field value out of range: \"{}\"", text);
        case DateTimeProblem::zone_range:
            throw Error(sqlstate::invalid_time_zone_displacement_value, "time zone displacement out of range: \"{}\"", text);
        case DateTimeProblem::format: break;
    }
    throw Error(sqlstate::invalid_datetime_format, "invalid input syntax for type {}: \"{}\"", type_name, text);
}

std::int32_t parse_zone_offset(std::string_view text) {
    constexpr std::int32_t k_most_hours = 15;
    if (text.empty() || (text.front() != '+' && text.front() != '-')) bad_format();
    NumberReader in(text.substr(1));
    auto part = [&in] {
        const std::optional<std::int32_t> value = in.integer<std::int32_t>();
        if (!value) fail(DateTimeProblem::zone_range);
        return *value;
    };
    std::int32_t hours = part(), minutes = 0, seconds = 0;
    if (in.skip(':')) {
        minutes = part();
        if (in.skip(':')) seconds = part();
    } else if (in.done() && text.size() > 3) {
        minutes = hours % 100;
        hours /= 100;
    }
    if (hours < 0 || hours > k_most_hours || minutes < 0 || minutes >= 60 || seconds < 0 || seconds >= 60)
        fail(DateTimeProblem::zone_range);
    if (!in.done()) bad_format();
    const std::int32_t offset = (hours * 60 + minutes) * 60 + seconds;
    return text.front() == '-' ? -offset : offset;
}

template <typename Hour>
void parse_clock(std::string_view text, Hour& hour, std::int32_t& minute, std::int32_t& second, std::int32_t& microsecond,
                 bool two_fields_are_minutes) {
    NumberReader in(text);
    const std::optional<Hour> first = in.integer<Hour>();
    if (!first) fail(DateTimeProblem::field_range);
    if (!in.skip(':')) bad_format();
    const std::optional<std::int32_t> next = in.integer<std::int32_t>();
    if (!next) fail(DateTimeProblem::field_range);
    hour = *first;
    minute = *next;
    second = microsecond = 0;
    const bool minutes_first = in.next() == '.' || (in.done() && two_fields_are_minutes);
    if (minutes_first) {
        // mm:ss
        if (hour > std::numeric_limits<std::int32_t>::max() || hour < 0) fail(DateTimeProblem::field_range);
        second = minute;
        minute = static_cast<std::int32_t>(hour);
        hour = 0;
    } else if (in.skip(':')) {
        const std::optional<std::int32_t> last = in.integer<std::int32_t>();
        if (!last) fail(DateTimeProblem::field_range);
        second = *last;
    } else if (!in.done()) {
        bad_format();
    }
    if (in.next() == '.') microsecond = microseconds(in.rest());
    else if (!in.done()) bad_format();
    if (hour < 0 || minute < 0 || minute > 59 || second < 0 || second > 60) fail(DateTimeProblem::field_range);
}
template void parse_clock<std::int32_t>(std::string_view, std::int32_t&, std::int32_t&, std::int32_t&, std::int32_t&, bool);
template void parse_clock<std::int64_t>(std::string_view, std::int64_t&, std::int32_t&, std::int32_t&, std::int32_t&, bool);

std::int32_t NamedZone::offset_at(std::int64_t us) const {
    if (offset) return *offset;
    const std::int64_t utc = to_unix_seconds(us);
    if (!abbreviation.empty())
        if (const std::optional<LocalTimeType> meant = zone->interpret(abbreviation, utc)) return meant->offset;
    return zone->at(utc).offset;
}

std::int32_t NamedZone::offset_at_local(std::int64_t us) const {
    if (offset) return *offset;
    const std::int32_t by_clock = forklore::offset_at_local(us, *zone);
    if (abbreviation.empty()) return by_clock;
    const std::optional<LocalTimeType> meant = zone->interpret(abbreviation, to_unix_seconds(us) - by_clock);
    return meant ? meant->offset : by_clock;
}

NamedZone find_named_zone(std::string_view name) {
    NamedZone result;
    if (const ZoneAbbreviation* known = datetime_style().abbreviations->find(name)) {
        if (known->zone.empty()) {
            result.offset = known->offset;
            return result;
        }
        result.zone = find_time_zone(known->zone);
        result.abbreviation = known->name;
    } else {
        result.zone = find_time_zone(name);
    }
    if (result.zone == nullptr) throw Error(sqlstate::invalid_parameter_value, "time zone \"{}\" not recognized", name);
    return result;
}

}  // namespace forklore
