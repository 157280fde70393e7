/// \file
/// Templates of to_char, to_timestamp and to_date: `YYYY-MM-DD HH24:MI:SS`, taken apart.
///
/// Counterpart in PostgreSQL: formatting.c.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "queries/registry.hpp"

namespace forklore {

/// What a pattern stands for. Patterns that differ in case only share one, except where the case of the result follows.
enum class Pattern : std::uint8_t {
    half_day, half_day_dotted,            // AM, A.M.
    era, era_dotted,                      // AD, A.D.
    century, day_of_week, iso_day_of_week, day_name, day_abbreviation, day, day_of_year, iso_day_of_year,
    fraction,                             // FF1 … FF6
    fixed,                                // FX
    hour_12, hour_24, minute, second, millisecond, microsecond, second_of_day,
    iso_week, iso_year,                   // IW; IYYY, IYY, IY, I
    julian, month, month_name, month_abbreviation, month_roman, quarter, week, week_of_month,
    year, year_with_comma,                // YYYY, YYY, YY, Y; Y,YYY
    zone, zone_hour, zone_minute, zone_offset,
};

/// Which calendar a pattern belongs to, for to_timestamp: the two must not be mixed.
enum class DateConvention : std::uint8_t { none, gregorian, iso_week };

/// How a name is written: as the pattern is.
enum class LetterCase : std::uint8_t { upper, capital, lower };

/// What a template knows of a pattern.
struct PatternInfo {
    std::string_view name;                                ///< in upper case, or with a capital: "HH24", "Day"
    Pattern pattern;                                      ///< what it stands for
    bool digits = false;                                  ///< stands for digits only
    DateConvention convention = DateConvention::none;     ///< see there
};

/// One piece of a template.
struct TemplatePiece {
    /// What it is. A separator is punctuation outside of quotes.
    enum class Kind : std::uint8_t { pattern, separator, space, character };
    Kind kind = Kind::character;        ///< see there
    const PatternInfo* info = nullptr;  ///< of a pattern
    bool fill = false;                  ///< FM before it: no padding
    bool translate = false;             ///< TM before it: names in the locale's language, unpadded
    bool ordinal = false;               ///< TH or th behind it
    bool ordinal_upper = false;         ///< TH
    LetterCase letter_case = LetterCase::upper;  ///< of a pattern
    std::string text{};                 ///< of a pattern: as written; of the others: one character
};

/// A template.
class DateTimeTemplate {
public:
    explicit DateTimeTemplate(std::string_view text);                    ///< any text is a template \param text the template
    const std::vector<TemplatePiece>& pieces() const { return pieces_; } ///< in order

    /// The template of a call, taken apart again only when it is another one than for the row before.
    /// \param site keeps it \param text the template
    static const DateTimeTemplate& of(const CallSite& site, std::string_view text);

private:
    std::vector<TemplatePiece> pieces_;
};

/// Month numbers as Romans write them, from January.
extern const std::string_view k_roman_months[12];

}  // namespace forklore
