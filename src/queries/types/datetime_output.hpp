/// \file
/// Writing dates and times in the session's DateStyle.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "queries/types/datetime.hpp"
#include "queries/types/datetime_style.hpp"

namespace forklore {

/// English names, as PostgreSQL writes them. \{
extern const std::string_view k_month_names[12];    ///< "January" …
extern const std::string_view k_weekday_names[7];   ///< "Sunday" …
/// \}

/// Appends a day: `2000-01-31`, `01/31/2000`, `31.01.2000 BC`. \param date the day \param style how \param to where to
void append_date(const CivilDate& date, const DateTimeStyle& style, ByteWriter& to);
/// Appends a time of day: `04:05:06.789`. \param fields hour and below \param to where to
void append_time(const DateTimeFields& fields, ByteWriter& to);
/// Appends seconds: `06.789`. \param second 0 … 60 \param microsecond below a million \param two_digits whether 6 is `06` \param to where to
void append_seconds(std::int64_t second, std::int32_t microsecond, bool two_digits, ByteWriter& to);
/// Appends an offset: `+01`, `-08:30`, `+01:02:03`. \param offset seconds east of UTC \param to where to
void append_zone_offset(std::int32_t offset, ByteWriter& to);
/// Appends date and time, and the zone when the fields have one. \param fields the moment \param style how \param to where to
void append_timestamp(const DateTimeFields& fields, const DateTimeStyle& style, ByteWriter& to);

/// \name The text of a value, in the session's style
/// \{
void append_text(Date value, ByteWriter& to);         ///< \param value it \param to where to
void append_text(Time value, ByteWriter& to);         ///< \param value it \param to where to
void append_text(TimeTz value, ByteWriter& to);       ///< \param value it \param to where to
void append_text(Timestamp value, ByteWriter& to);    ///< \param value it \param to where to
void append_text(TimestampTz value, ByteWriter& to);  ///< \param value it \param to where to
/// \}

}  // namespace forklore
