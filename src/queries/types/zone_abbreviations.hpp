/// \file
/// Time zone abbreviations in input: what `EST` or `MSK` means, by the setting timezone_abbreviations.
///
/// Counterpart in PostgreSQL: the files in share/timezonesets.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace forklore {

/// What an abbreviation stands for.
struct ZoneAbbreviation {
    std::string_view name;      ///< in upper case
    std::int32_t offset = 0;    ///< seconds east of UTC, when `zone` is empty
    bool dst = false;           ///< daylight-saving time, when `zone` is empty
    std::string_view zone{};    ///< the zone whose history tells the offset, for those that changed over the years
};

/// A set of abbreviations, sorted by name.
class ZoneAbbreviations {
public:
    /// None when there is no such abbreviation. \param name any case
    const ZoneAbbreviation* find(std::string_view name) const;
    const std::vector<ZoneAbbreviation>& all() const { return all_; }   ///< in order of names

    /// A set by name; null when there is none. \param name "Default", "Australia" or "India"
    static const ZoneAbbreviations* named(std::string_view name);

private:
    std::vector<ZoneAbbreviation> all_;
};

}  // namespace forklore
