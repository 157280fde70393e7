#include "queries/functions/datetime_template.hpp"

#include <algorithm>

#include "queries/types/datetime_tokens.hpp"
#include "queries/types/utf8.hpp"

namespace forklore {

const std::string_view k_roman_months[12] = {"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"};

namespace {

using enum Pattern;
constexpr DateConvention gregorian = DateConvention::gregorian;

// The patterns. Of those with a common beginning the longest comes first.
constexpr PatternInfo k_patterns[] = {
    {"A.D.", era_dotted},
    {"A.M.", half_day_dotted},
    {"AD", era},
    {"AM", half_day},
    {"B.C.", era_dotted},
    {"BC", era},
    {"CC", century, true},
    {"DAY", day_name},
    {"DDD", day_of_year, true, gregorian},
    {"DD", day, true, gregorian},
    {"DY", day_abbreviation},
    {"Day", day_name},
    {"Dy", day_abbreviation},
    {"D", day_of_week, true, gregorian},
    {"FF1", fraction, true},
    {"FF2", fraction, true},
    {"FF3", fraction, true},
    {"FF4", fraction, true},
    {"FF5", fraction, true},
    {"FF6", fraction, true},
    {"FX", fixed},
    {"HH24", hour_24, true},
    {"HH12", hour_12, true},
    {"HH", hour_12, true},
    {"IDDD", iso_day_of_year, true, DateConvention::iso_week},
    {"ID", iso_day_of_week, true, DateConvention::iso_week},
    {"IW", Pattern::iso_week, true, DateConvention::iso_week},
    {"IYYY", iso_year, true, DateConvention::iso_week},
    {"IYY", iso_year, true, DateConvention::iso_week},
    {"IY", iso_year, true, DateConvention::iso_week},
    {"I", iso_year, true, DateConvention::iso_week},
    {"J", julian, true},
    {"MI", minute, true},
    {"MM", month, true, gregorian},
    {"MONTH", month_name, false, gregorian},
    {"MON", month_abbreviation, false, gregorian},
    {"MS", millisecond, true},
    {"Month", month_name, false, gregorian},
    {"Mon", month_abbreviation, false, gregorian},
    {"OF", zone_offset},
    {"P.M.", half_day_dotted},
    {"PM", half_day},
    {"Q", quarter, true},
    {"RM", month_roman, false, gregorian},
    {"SSSSS", second_of_day, true},
    {"SSSS", second_of_day, true},
    {"SS", second, true},
    {"TZH", zone_hour},
    {"TZM", zone_minute, true},
    {"TZ", zone},
    {"US", microsecond, true},
    {"WW", week, true, gregorian},
    {"W", week_of_month, true, gregorian},
    {"Y,YYY", year_with_comma, true, gregorian},
    {"YYYY", year, true, gregorian},
    {"YYY", year, true, gregorian},
    {"YY", year, true, gregorian},
    {"Y", year, true, gregorian},
};

/// Whether a text begins with a name, letter for letter in lower case.
bool starts_with_lower(std::string_view text, std::string_view name) {
    if (text.size() < name.size()) return false;
    for (std::size_t i = 0; i < name.size(); ++i)
        if (text[i] != lower(name[i])) return false;
    return true;
}

/// The pattern that a text begins with: written as in the table, or all in lower case.
const PatternInfo* find_pattern(std::string_view text) {
    for (const PatternInfo& info : k_patterns)
        if (text.starts_with(info.name) || starts_with_lower(text, info.name)) return &info;
    return nullptr;
}

LetterCase letter_case(std::string_view name) {
    if (name.front() >= 'a') return LetterCase::lower;
    return name.back() >= 'a' ? LetterCase::capital : LetterCase::upper;
}

bool is_separator(char c) { return c > ' ' && c < 0x7f && !is_letter(c) && !is_digit(c); }

/// The last template of a call.
struct Memo {
    std::string text;
    DateTimeTemplate parsed;
};

}  // namespace

DateTimeTemplate::DateTimeTemplate(std::string_view text) {
    auto take_character = [&](TemplatePiece::Kind kind) {
        const std::size_t length = std::min(utf8_length(text.front()), text.size());
        TemplatePiece piece;
        piece.kind = kind;
        piece.text = text.substr(0, length);
        pieces_.push_back(std::move(piece));
        text.remove_prefix(length);
    };
    while (!text.empty()) {
        TemplatePiece piece;
        piece.fill = text.starts_with("FM") || text.starts_with("fm");
        piece.translate = text.starts_with("TM") || text.starts_with("tm");
        if (piece.fill || piece.translate) text.remove_prefix(2);
        if (text.empty()) break;
        if (const PatternInfo* info = find_pattern(text)) {
            piece.kind = TemplatePiece::Kind::pattern;
            piece.info = info;
            piece.text = text.substr(0, info->name.size());
            piece.letter_case = letter_case(piece.text);
            text.remove_prefix(info->name.size());
            piece.ordinal_upper = text.starts_with("TH");
            piece.ordinal = piece.ordinal_upper || text.starts_with("th");
            if (piece.ordinal || text.starts_with("SP")) text.remove_prefix(2);
            pieces_.push_back(std::move(piece));
        } else if (text.front() == '"') {
            text.remove_prefix(1);
            while (!text.empty() && text.front() != '"') {
                if (text.front() == '\\' && text.size() > 1) text.remove_prefix(1);
                take_character(TemplatePiece::Kind::character);
            }
            if (!text.empty()) text.remove_prefix(1);
        } else {
            // A backslash outside of quotes is itself, except before a quote.
            if (text.starts_with("\\\"")) text.remove_prefix(1);
            take_character(is_separator(text.front()) ? TemplatePiece::Kind::separator
                           : is_blank(text.front())   ? TemplatePiece::Kind::space
                                                      : TemplatePiece::Kind::character);
        }
    }
}

const DateTimeTemplate& DateTimeTemplate::of(const CallSite& site, std::string_view text) {
    const auto* memo = static_cast<const Memo*>(site.memo.get());
    if (memo == nullptr || memo->text != text) {
        site.memo = std::make_shared<Memo>(Memo{std::string(text), DateTimeTemplate(text)});
        memo = static_cast<const Memo*>(site.memo.get());
    }
    return memo->parsed;
}

}  // namespace forklore
