/// \file
/// Time zones: which offset from UTC the clocks of a place show at a moment, by the IANA time zone database of the
/// system (/usr/share/zoneinfo, RFC 8536) or by a POSIX specification like `CET-1CEST,M3.5.0,M10.5.0/3`.
///
/// Zones are loaded once and kept for the life of the process; what is loaded before a fork, children inherit.
///
/// Counterpart in PostgreSQL: src/timezone (localtime.c, pgtz.c) and DetermineTimeZoneOffset in datetime.c.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queries/types/posix_zone.hpp"

namespace forklore {

/// What the clocks of a zone show during some period.
struct LocalTimeType {
    std::int32_t offset = 0;       ///< seconds east of UTC
    bool dst = false;              ///< daylight-saving time
    std::string_view abbreviation; ///< "CEST"; lives as long as the zone
};

/// A moment at which the clocks of a zone change.
struct ZoneTransition {
    std::int64_t at = 0;    ///< seconds since 1970-01-01 UTC
    LocalTimeType before;   ///< until then
    LocalTimeType after;    ///< from then on
};

/// A time zone. Immutable.
class TimeZone {
public:
    const std::string& name() const { return name_; }        ///< "Europe/Berlin", "<+02>-02"
    LocalTimeType at(std::int64_t utc) const;                 ///< what holds at a moment \param utc seconds since 1970-01-01 UTC
    std::optional<ZoneTransition> next_transition(std::int64_t utc) const;  ///< the first change after a moment \param utc seconds since 1970-01-01 UTC

    /// What holds when the clocks show some time. A time that the clocks skip is taken by the rule before the change, a
    /// time that they show twice by the rule after it (as standard time, that is).
    /// \param local seconds since 1970-01-01 00:00 of what the clocks show
    LocalTimeType at_local(std::int64_t local) const;

    /// The offset when it has been the same always.
    std::optional<std::int32_t> fixed_offset() const;

    /// What an abbreviation means in this zone: its use in force at a moment, or the latest before it, or else the first
    /// after it. None when the zone never uses it. \param abbreviation any case \param utc seconds since 1970-01-01 UTC
    std::optional<LocalTimeType> interpret(std::string_view abbreviation, std::int64_t utc) const;

    /// A zone with one offset for ever, named like `<+02>-02`. \param offset seconds east of UTC
    static std::unique_ptr<TimeZone> fixed(std::int32_t offset);
    /// From a POSIX specification; none when it is not one. \param specification in upper case \param name becomes the name
    static std::unique_ptr<TimeZone> from_posix(std::string_view specification, std::string_view name);
    /// From the bytes of a zoneinfo file; none when they are not one. \param name becomes the name \param file its bytes
    static std::unique_ptr<TimeZone> from_file(std::string name, std::string_view file);

private:
    struct Kind { std::int32_t offset; bool dst; std::string abbreviation; };
    LocalTimeType view(const Kind& kind) const { return {kind.offset, kind.dst, kind.abbreviation}; }
    LocalTimeType view(bool dst) const;
    LocalTimeType first() const;

    std::string name_;
    std::vector<Kind> kinds_;
    std::vector<std::int64_t> changes_;      // ascending, seconds since 1970-01-01 UTC
    std::vector<std::uint8_t> kind_after_;   // for each of them
    std::optional<PosixZone> rule_;          // after the last of them
};

/// The zone of a name: a file of the system's database (whatever the case), or else a POSIX specification. Null when
/// it is neither. Kept for ever. \param name as a client gives it
const TimeZone* find_time_zone(std::string_view name);

/// A zone with one offset. Kept for ever. \param offset seconds east of UTC
const TimeZone* fixed_time_zone(std::int32_t offset);

/// All names of the system's database, sorted; for pg_timezone_names.
std::vector<std::string> all_time_zone_names();

}  // namespace forklore
