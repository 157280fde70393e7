#include "queries/types/datetime_output.hpp"

#include <cstdlib>

namespace forklore {

const std::string_view k_month_names[12] = {"January", "February", "March",     "April",   "May",      "June",
                                            "July",    "August",   "September", "October", "November", "December"};
const std::string_view k_weekday_names[7] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

namespace {

/// At least so many digits. \param value not negative
void append_padded(std::int64_t value, int digits, ByteWriter& to) {
    char buffer[20];
    char* begin = buffer + sizeof buffer;
    for (; value != 0 || digits > 0; value /= 10, --digits) *--begin = static_cast<char>('0' + value % 10);
    to.append({begin, static_cast<std::size_t>(buffer + sizeof buffer - begin)});
}

/// Years before Christ are written as positive numbers, with BC at the end.
std::int32_t written_year(const CivilDate& date) { return date.year > 0 ? date.year : -(date.year - 1); }

void append_era(const CivilDate& date, ByteWriter& to) {
    if (date.year <= 0) to.append(" BC");
}

/// Day and month in the order that DateStyle says.
void append_day_and_month(const CivilDate& date, bool day_first, char separator, ByteWriter& to) {
    append_padded(day_first ? date.day : date.month, 2, to);
    to.put_char(separator);
    append_padded(day_first ? date.month : date.day, 2, to);
}

void append_zone_name(const LocalTimeType& zone, ByteWriter& to) {
    constexpr std::size_t k_longest = 10;
    to.put_char(' ');
    to.append(zone.abbreviation.substr(0, k_longest));
}

bool append_infinity(bool infinity, bool minus_infinity, ByteWriter& to) {
    if (infinity) to.append("infinity");
    if (minus_infinity) to.append("-infinity");
    return infinity || minus_infinity;
}

}  // namespace

void append_date(const CivilDate& date, const DateTimeStyle& style, ByteWriter& to) {
    const bool day_first = style.date_order == DateOrder::dmy;
    switch (style.date_style) {
        case DateStyle::iso:
            append_padded(written_year(date), 4, to);
            to.put_char('-');
            append_day_and_month(date, false, '-', to);
            break;
        case DateStyle::sql:
            append_day_and_month(date, day_first, '/', to);
            to.put_char('/');
            append_padded(written_year(date), 4, to);
            break;
        case DateStyle::german:
            append_day_and_month(date, true, '.', to);
            to.put_char('.');
            append_padded(written_year(date), 4, to);
            break;
        case DateStyle::postgres:
            append_day_and_month(date, day_first, '-', to);
            to.put_char('-');
            append_padded(written_year(date), 4, to);
            break;
    }
    append_era(date, to);
}

void append_seconds(std::int64_t second, std::int32_t microsecond, bool two_digits, ByteWriter& to) {
    append_padded(second, two_digits ? 2 : 1, to);
    if (microsecond == 0) return;
    to.put_char('.');
    int digits = k_max_time_precision;
    while (microsecond % 10 == 0) {
        microsecond /= 10;
        --digits;
    }
    append_padded(microsecond, digits, to);
}

void append_time(const DateTimeFields& fields, ByteWriter& to) {
    append_padded(fields.hour, 2, to);
    to.put_char(':');
    append_padded(fields.minute, 2, to);
    to.put_char(':');
    append_seconds(fields.second, fields.microsecond, true, to);
}

void append_zone_offset(std::int32_t offset, ByteWriter& to) {
    const std::int32_t size = std::abs(offset);
    to.put_char(offset < 0 ? '-' : '+');
    append_padded(size / 3600, 2, to);
    if (size % 3600 == 0) return;
    to.put_char(':');
    append_padded(size / 60 % 60, 2, to);
    if (size % 60 == 0) return;
    to.put_char(':');
    append_padded(size % 60, 2, to);
}

void append_timestamp(const DateTimeFields& fields, const DateTimeStyle& style, ByteWriter& to) {
    const CivilDate& date = fields.date;
    if (style.date_style == DateStyle::postgres) {
        const bool day_first = style.date_order == DateOrder::dmy;
        const std::string_view month = k_month_names[date.month - 1].substr(0, 3);
        to.append(k_weekday_names[day_of_week(days_from_civil(date))].substr(0, 3));
        to.put_char(' ');
        if (!day_first) {
            to.append(month);
            to.put_char(' ');
        }
        append_padded(date.day, 2, to);
        to.put_char(' ');
        if (day_first) {
            to.append(month);
            to.put_char(' ');
        }
        append_time(fields, to);
        to.put_char(' ');
        append_padded(written_year(date), 4, to);
    } else {
        // The era comes after the zone.
        CivilDate day = date;
        day.year = written_year(date);
        append_date(day, style, to);
        to.put_char(' ');
        append_time(fields, to);
    }
    if (fields.zone) {
        if (style.date_style == DateStyle::iso) append_zone_offset(fields.zone->offset, to);
        else append_zone_name(*fields.zone, to);
    }
    append_era(date, to);
}

void append_text(Date value, ByteWriter& to) {
    if (append_infinity(value.days == Date::k_infinity, value.days == Date::k_minus_infinity, to)) return;
    append_date(civil_from_days(value.days), datetime_style(), to);
}

void append_text(Time value, ByteWriter& to) {
    DateTimeFields fields;
    set_time_of_day(value.us, fields);
    append_time(fields, to);
}

void append_text(TimeTz value, ByteWriter& to) {
    append_text(Time{value.us}, to);
    append_zone_offset(-value.west, to);
}

void append_text(Timestamp value, ByteWriter& to) {
    if (append_infinity(value.us == Timestamp::k_infinity, value.us == Timestamp::k_minus_infinity, to)) return;
    append_timestamp(fields_of(value.us), datetime_style(), to);
}

void append_text(TimestampTz value, ByteWriter& to) {
    if (append_infinity(value.us == TimestampTz::k_infinity, value.us == TimestampTz::k_minus_infinity, to)) return;
    append_timestamp(fields_of(value.us, *datetime_style().time_zone), datetime_style(), to);
}

}  // namespace forklore
