/// \file
/// Time zones as POSIX's TZ variable spells them: `EST5EDT,M3.2.0,M11.1.0`, `<+03>-3`.
///
/// Source: IEEE Std 1003.1, Base Definitions 8.3 (TZ), with the wider hours of RFC 8536 section 3.3.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace forklore {

/// The day and the time of day, each year, when the clocks change.
struct PosixRule {
    /// How the day is counted.
    enum class Kind : std::uint8_t {
        julian,   ///< `J60`: day of the year from 1, 29 February never counted
        day,      ///< `59`: day of the year from 0, 29 February counted
        weekday,  ///< `M3.2.0`: the second (5: the last) Sunday of March
    };
    Kind kind = Kind::weekday;    ///< see above
    std::int32_t day = 0;         ///< number of the day, or of the weekday (0 Sunday)
    std::int32_t week = 0;        ///< 1 … 5
    std::int32_t month = 0;       ///< 1 … 12
    std::int32_t time = 7200;     ///< seconds after local midnight

    /// The moment in some year, in seconds since 1970-01-01 00:00 of the clock that is about to change.
    /// \param year astronomical
    std::int64_t in_year(std::int64_t year) const;
};

/// A zone with at most two offsets and a yearly rule.
struct PosixZone {
    std::string standard;             ///< abbreviation of standard time
    std::int32_t standard_offset = 0; ///< seconds east of UTC
    std::string daylight;             ///< abbreviation of daylight-saving time; empty: there is none
    std::int32_t daylight_offset = 0; ///< seconds east of UTC
    PosixRule begin;                  ///< when daylight-saving time begins
    PosixRule end;                    ///< when it ends

    bool has_daylight() const { return !daylight.empty(); }   ///< whether there is daylight-saving time
    bool is_daylight(std::int64_t utc) const;                 ///< whether it is in force \param utc seconds since 1970-01-01 UTC
    std::optional<std::int64_t> next_change(std::int64_t utc) const;  ///< the first change after a moment \param utc seconds since 1970-01-01 UTC
};

/// Reads a specification. Without a rule for its daylight-saving time that of the United States is taken.
/// \param text the whole specification \return none when it is not one
std::optional<PosixZone> parse_posix_zone(std::string_view text);

}  // namespace forklore
