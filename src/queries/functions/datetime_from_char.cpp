// to_timestamp() and to_date(): a text read by a template.
#include <charconv>

#include "base/error.hpp"
#include "queries/functions/datetime_families.hpp"
#include "queries/functions/datetime_template.hpp"
#include "queries/types/datetime_input.hpp"
#include "queries/types/datetime_output.hpp"
#include "queries/types/datetime_style.hpp"
#include "queries/types/datetime_tokens.hpp"
#include "queries/types/utf8.hpp"

namespace forklore {

namespace {

bool is_separator(char c) { return c > ' ' && c < 0x7f && !is_letter(c) && !is_digit(c); }

/// What a text said; 0 where it said nothing (so a 0 in the text says nothing either).
struct Found {
    DateConvention convention = DateConvention::none;
    std::int32_t hour = 0, minute = 0, second = 0, second_of_day = 0, millisecond = 0, microsecond = 0;
    std::int32_t day_of_week = 0, day = 0, day_of_year = 0, month = 0, year = 0, century = 0, julian = 0, week = 0, week_of_month = 0;
    std::int32_t afternoon = 0, before_christ = 0;
    std::int32_t zone_sign = 0, zone_hour = 0, zone_minute = 0;
    int year_digits = 0, fraction_digits = 0;
    bool twelve_hours = false;
};

/// A year of less than four digits is the one nearest to 2020.
std::int32_t complete_year(std::int32_t year) {
    if (year < 70) return year + 2000;
    if (year < 100) return year + 1900;
    if (year < 520) return year + 2000;
    return year < 1000 ? year + 1000 : year;
}

class TemplateReader {
public:
    TemplateReader(const DateTimeTemplate& pieces, std::string_view text) : pieces_(pieces.pieces()), rest_(text) {}

    Found read() {
        for (at_ = 0; at_ < pieces_.size() && !rest_.empty(); ++at_) {
            const TemplatePiece& piece = pieces_[at_];
            const bool is_pattern = piece.kind == TemplatePiece::Kind::pattern;
            const bool becomes_fixed = is_pattern && piece.info->pattern == Pattern::fixed;
            if (!fixed_ && !becomes_fixed && (is_pattern || at_ == 0)) skip_blanks();
            switch (piece.kind) {
                case TemplatePiece::Kind::separator:
                case TemplatePiece::Kind::space: separator(); break;
                case TemplatePiece::Kind::character: character(); break;
                case TemplatePiece::Kind::pattern:
                    check_convention(piece.info->convention);
                    pattern(piece);
                    if (!fixed_) {
                        skipped_ = 0;
                        skip_blanks();
                    }
                    break;
            }
        }
        return found_;
    }

private:
    void skip_blanks() {
        while (!rest_.empty() && is_blank(rest_.front())) {
            previous_ = rest_.front();
            rest_.remove_prefix(1);
            ++skipped_;
        }
    }
    void skip_character() {
        if (rest_.empty()) return;
        previous_ = rest_.front();
        rest_.remove_prefix(std::min(utf8_length(rest_.front()), rest_.size()));
    }

    /// A separator in the template takes one in the text, or nothing.
    void separator() {
        if (fixed_) return skip_character();
        --skipped_;
        if (is_blank(rest_.front()) || is_separator(rest_.front())) {
            skip_character();
            ++skipped_;
        }
    }
    /// Any other character takes one, whichever it is, unless blanks were skipped for it already.
    void character() {
        if (!fixed_ && skipped_ > 0) --skipped_;
        else skip_character();
    }

    void check_convention(DateConvention convention) {
        if (convention == DateConvention::none) return;
        if (found_.convention == DateConvention::none) found_.convention = convention;
        else if (found_.convention != convention)
            throw Error(sqlstate::invalid_datetime_format, "invalid combination of date conventions")
                .hint("Do not mix Gregorian and ISO week date conventions in a formatting template.");
    }

    void set(std::int32_t& to, std::int32_t value, const TemplatePiece& piece) {
        if (to != 0 && to != value)
            throw Error(sqlstate::invalid_datetime_format, "conflicting values for \"{}\" field in formatting string", piece.text)
                .detail("This value contradicts a previous setting for the same field type.");
        to = value;
    }

    /// Whether what follows in the template ends a number by itself.
    bool number_ends_here(const TemplatePiece& piece) const {
        if (piece.ordinal || at_ + 1 == pieces_.size()) return true;
        const TemplatePiece& next = pieces_[at_ + 1];
        if (next.kind == TemplatePiece::Kind::pattern) return !next.info->digits;
        return !is_digit(next.text.front());
    }

    /// An integer: exactly so many characters when another number follows at once, as many as there are otherwise.
    /// \return how many characters it took
    std::size_t integer(std::int32_t* to, std::size_t length, const TemplatePiece& piece) {
        const std::string_view begin = rest_;
        std::string_view source = rest_;
        while (!source.empty() && is_blank(source.front())) source.remove_prefix(1);
        const bool open = piece.fill || number_ends_here(piece);
        const std::string_view field = source.substr(0, length);
        if (!open && source.size() < length)
            throw Error(sqlstate::invalid_datetime_format, "source string too short for \"{}\" formatting field", piece.text)
                .detail(fmt::format("Field requires {} characters, but only {} remain.", length, source.size()))
                .hint("If your source string is not fixed-width, try using the \"FM\" modifier.");
        // As C's strtol: blanks, a sign, digits.
        const std::string_view digits = open ? source : field;
        std::size_t used = 0;
        while (used < digits.size() && is_blank(digits[used])) ++used;
        const std::size_t sign = used;
        if (used < digits.size() && (digits[used] == '-' || digits[used] == '+')) ++used;
        const std::size_t first = used;
        while (used < digits.size() && is_digit(digits[used])) ++used;
        if (used == first) used = 0;
        if (!open && used > 0 && used < length)
            throw Error(sqlstate::invalid_datetime_format, "invalid value \"{}\" for \"{}\"", utf8_clip(source, length), piece.text)
                .detail(fmt::format("Field requires {} characters, but only {} could be parsed.", length, used))
                .hint("If your source string is not fixed-width, try using the \"FM\" modifier.");
        if (used == 0)
            throw Error(sqlstate::invalid_datetime_format, "invalid value \"{}\" for \"{}\"", utf8_clip(source, length), piece.text)
                .detail("Value must be an integer.");
        std::int32_t value = 0;
        const char* from = digits.data() + (digits[sign] == '+' ? first : sign);
        if (std::from_chars(from, digits.data() + used, value).ec != std::errc{})
            throw Error(sqlstate::datetime_field_overflow, "value for \"{}\" in source string is out of range", piece.text)
                .detail(fmt::format("Value must be in the range {} to {}.", std::numeric_limits<std::int32_t>::min(),
                                    std::numeric_limits<std::int32_t>::max()));
        rest_ = source.substr(used);
        previous_ = source[used - 1];
        if (to != nullptr) set(*to, value, piece);
        return begin.size() - rest_.size();
    }
    std::size_t integer(std::int32_t& to, const TemplatePiece& piece) { return integer(&to, piece.text.size(), piece); }

    void skip_ordinal(const TemplatePiece& piece) {
        if (!piece.ordinal) return;
        skip_character();
        skip_character();
    }

    /// One of some words, whatever the case. \return which
    template <typename Words>
    std::int32_t word(const Words& words, const TemplatePiece& piece, std::size_t clip = std::string_view::npos) {
        std::int32_t index = 0;
        for (std::string_view candidate : words) {
            candidate = candidate.substr(0, clip);
            bool same = rest_.size() >= candidate.size();
            for (std::size_t i = 0; same && i < candidate.size(); ++i) same = lower(rest_[i]) == lower(candidate[i]);
            if (same) {
                previous_ = rest_[candidate.size() - 1];
                rest_.remove_prefix(candidate.size());
                return index;
            }
            ++index;
        }
        std::size_t end = 0;
        while (end < rest_.size() && !is_blank(rest_[end])) ++end;
        throw Error(sqlstate::invalid_datetime_format, "invalid value \"{}\" for \"{}\"", rest_.substr(0, end), piece.text)
            .detail("The given value did not match any of the allowed values for this field.");
    }

    void year(const TemplatePiece& piece, int digits) {
        const std::size_t length = integer(found_.year, piece);
        if (digits < 4 && length < 4) found_.year = complete_year(found_.year);
        found_.year_digits = digits;
    }

    void year_with_comma(const TemplatePiece& piece) {
        const auto refuse = [&] { throw Error(sqlstate::invalid_datetime_format, "invalid input string for \"Y,YYY\""); };
        NumberReader in(rest_);
        const std::size_t before = in.rest().size();
        const std::optional<std::int32_t> thousands = in.integer<std::int32_t>();
        if (!thousands || in.rest().size() == before || !in.skip(',')) refuse();
        std::size_t n = 0;
        while (n < 3 && n < in.rest().size() && is_digit(in.rest()[n])) ++n;
        if (n == 0) refuse();
        std::int32_t rest = 0;
        std::from_chars(in.rest().data(), in.rest().data() + n, rest);
        rest_ = in.rest().substr(n);
        set(found_.year, *thousands * 1000 + rest, piece);
        found_.year_digits = 4;
    }

    void zone_hour(const TemplatePiece& piece) {
        // A minus sign may have been taken for a separator.
        if (rest_.front() == '+' || rest_.front() == '-' || rest_.front() == ' ') {
            found_.zone_sign = rest_.front() == '-' ? -1 : 1;
            skip_character();
        } else {
            found_.zone_sign = skipped_ > 0 && previous_ == '-' ? -1 : 1;
        }
        integer(&found_.zone_hour, 2, piece);
    }

    void pattern(const TemplatePiece& piece) {
        static constexpr std::string_view k_half_days[] = {"am", "pm"}, k_dotted_half_days[] = {"a.m.", "p.m."};
        static constexpr std::string_view k_eras[] = {"ad", "bc"}, k_dotted_eras[] = {"a.d.", "b.c."};
        static constexpr std::string_view k_romans[] = {"xii", "xi", "x", "ix", "viii", "vii", "vi", "v", "iv", "iii", "ii", "i"};
        switch (piece.info->pattern) {
            case Pattern::fixed: fixed_ = true; return;
            case Pattern::half_day:
            case Pattern::half_day_dotted:
                set(found_.afternoon, piece.info->pattern == Pattern::half_day ? word(k_half_days, piece) : word(k_dotted_half_days, piece), piece);
                found_.twelve_hours = true;
                return;
            case Pattern::era: return set(found_.before_christ, word(k_eras, piece), piece);
            case Pattern::era_dotted: return set(found_.before_christ, word(k_dotted_eras, piece), piece);
            case Pattern::month_name: return set(found_.month, word(k_month_names, piece) + 1, piece);
            case Pattern::month_abbreviation: return set(found_.month, word(k_month_names, piece, 3) + 1, piece);
            case Pattern::month_roman: return set(found_.month, 12 - word(k_romans, piece), piece);
            case Pattern::day_name: set(found_.day_of_week, word(k_weekday_names, piece), piece); ++found_.day_of_week; return;
            case Pattern::day_abbreviation: set(found_.day_of_week, word(k_weekday_names, piece, 3), piece); ++found_.day_of_week; return;
            case Pattern::zone:
            case Pattern::zone_offset:
                throw Error(sqlstate::feature_not_supported, "formatting field \"{}\" is only supported in to_char", piece.text);
            case Pattern::zone_hour: return zone_hour(piece);
            case Pattern::zone_minute:
                if (found_.zone_sign == 0) found_.zone_sign = 1;
                integer(&found_.zone_minute, 2, piece);
                return;
            default: break;
        }
        number(piece);
        skip_ordinal(piece);
    }

    void number(const TemplatePiece& piece) {
        switch (piece.info->pattern) {
            case Pattern::hour_12:
                integer(&found_.hour, 2, piece);
                found_.twelve_hours = true;
                return;
            case Pattern::hour_24: integer(&found_.hour, 2, piece); return;
            case Pattern::minute: integer(found_.minute, piece); return;
            case Pattern::second: integer(found_.second, piece); return;
            case Pattern::second_of_day: integer(found_.second_of_day, piece); return;
            case Pattern::millisecond: {
                // 25 is .25 as 250 is, but 025 is .025.
                const std::size_t length = integer(&found_.millisecond, 3, piece);
                found_.millisecond *= length == 1 ? 100 : length == 2 ? 10 : 1;
                return;
            }
            case Pattern::fraction:
            case Pattern::microsecond: {
                const bool fraction = piece.info->pattern == Pattern::fraction;
                if (fraction) found_.fraction_digits = piece.info->name.back() - '0';
                const std::size_t length = integer(&found_.microsecond, fraction ? static_cast<std::size_t>(found_.fraction_digits) : 6, piece);
                for (std::size_t i = length; i < 6; ++i) found_.microsecond *= 10;
                return;
            }
            case Pattern::day: integer(found_.day, piece); return;
            case Pattern::day_of_year: integer(found_.day_of_year, piece); return;
            case Pattern::iso_day_of_year: integer(&found_.day_of_year, 3, piece); return;
            case Pattern::day_of_week: integer(found_.day_of_week, piece); return;
            case Pattern::iso_day_of_week:
                integer(&found_.day_of_week, 1, piece);
                if (++found_.day_of_week > 7) found_.day_of_week = 1;
                return;
            case Pattern::month: integer(found_.month, piece); return;
            case Pattern::week:
            case Pattern::iso_week: integer(found_.week, piece); return;
            case Pattern::week_of_month: integer(found_.week_of_month, piece); return;
            case Pattern::quarter: integer(nullptr, piece.text.size(), piece); return;  // says too little about the date
            case Pattern::century: integer(found_.century, piece); return;
            case Pattern::julian: integer(found_.julian, piece); return;
            case Pattern::year:
            case Pattern::iso_year: return year(piece, static_cast<int>(piece.text.size()));
            case Pattern::year_with_comma: return year_with_comma(piece);
            default: return;
        }
    }

    const std::vector<TemplatePiece>& pieces_;
    std::string_view rest_;
    std::size_t at_ = 0;
    Found found_;
    bool fixed_ = false;
    int skipped_ = 0;       // characters of the text beyond those that the template has
    char previous_ = '\0';  // the last character taken
};

struct Moment {
    DateTimeFields fields;
    std::optional<std::int32_t> offset;  // seconds east, when the text has a zone
    int fraction_digits = 0;
};

/// Puts together what a text said.
class Assembler {
public:
    Assembler(const Found& found, std::string_view text) : found_(found), text_(text) { date_ = {0, 1, 1}; }

    Moment assemble() {
        clock();
        year();
        days();
        check();
        if (found_.zone_sign != 0) zone();
        moment_.fields.date = date_;
        moment_.fraction_digits = found_.fraction_digits;
        return moment_;
    }

private:
    [[noreturn]] void out_of_range() const { throw_datetime_problem(DateTimeProblem::field_range, text_, "timestamp"); }

    void clock() {
        DateTimeFields& f = moment_.fields;
        if (found_.second_of_day != 0) {
            f.hour = found_.second_of_day / 3600;
            f.minute = found_.second_of_day / 60 % 60;
            f.second = found_.second_of_day % 60;
        }
        if (found_.second != 0) f.second = found_.second;
        if (found_.minute != 0) f.minute = found_.minute;
        if (found_.hour != 0) f.hour = found_.hour;
        if (found_.twelve_hours) {
            if (f.hour < 1 || f.hour > 12)
                throw Error(sqlstate::invalid_datetime_format, "hour \"{}\" is invalid for the 12-hour clock", f.hour)
                    .hint("Use the 24-hour clock, or give an hour between 1 and 12.");
            if (found_.afternoon != 0 && f.hour < 12) f.hour += 12;
            else if (found_.afternoon == 0 && f.hour == 12) f.hour = 0;
        }
        f.microsecond = found_.millisecond * 1000 + found_.microsecond;
    }

    void year() {
        const std::int32_t century = found_.before_christ != 0 ? -found_.century : found_.century;
        if (found_.year != 0) {
            has_year_ = true;
            if (found_.century != 0 && found_.year_digits <= 2) {
                // The year's last two digits, in that century.
                std::int32_t year = found_.year % 100;
                if (year != 0) year = century >= 0 ? year + (century - 1) * 100 : (century + 1) * 100 - year + 1;
                else year = century * 100 + (century >= 0 ? 0 : 1);
                date_.year = year;
            } else {
                date_.year = found_.before_christ != 0 ? -found_.year : found_.year;
                if (date_.year < 0) ++date_.year;
            }
        } else if (found_.century != 0) {
            has_year_ = true;
            date_.year = century >= 0 ? (century - 1) * 100 + 1 : century * 100 + 1;
        }
    }

    void set_date(std::int64_t days) {
        date_ = civil_from_days(days);
        has_year_ = has_month_ = has_day_ = true;
    }

    void days() {
        std::int32_t day_of_year = found_.day_of_year, day = found_.day;
        const bool iso = found_.convention == DateConvention::iso_week;
        if (found_.julian != 0) set_date(std::int64_t{found_.julian} - k_epoch_julian_day);
        if (found_.week != 0) {
            if (iso) {
                // Days of the week are counted from Sunday here, but an ISO week begins on Monday.
                const std::int32_t from_monday = found_.day_of_week == 0 ? 0 : found_.day_of_week > 1 ? found_.day_of_week - 2 : 6;
                set_date(iso_week_monday(date_.year, found_.week) + from_monday);
            } else {
                day_of_year = (found_.week - 1) * 7 + 1;
            }
        }
        if (found_.week_of_month != 0) day = (found_.week_of_month - 1) * 7 + 1;
        if (day != 0) {
            date_.day = day;
            has_day_ = true;
        }
        if (found_.month != 0) {
            date_.month = found_.month;
            has_month_ = true;
        }
        if (day_of_year != 0 && (date_.month <= 1 || date_.day <= 1)) from_day_of_year(day_of_year, iso);
    }

    void from_day_of_year(std::int32_t day_of_year, bool iso) {
        if (date_.year == 0 && found_.before_christ == 0)
            throw Error(sqlstate::invalid_datetime_format, "cannot calculate day of year without year information");
        if (iso) return set_date(iso_week_monday(date_.year, 1) + day_of_year - 1);
        int month = 1;
        std::int32_t before = 0;
        while (month <= 12 && day_of_year > before + days_in_month(date_.year, month)) before += days_in_month(date_.year, month++);
        if (date_.month <= 1) date_.month = month;
        if (date_.day <= 1) date_.day = day_of_year - before;
        has_month_ = has_day_ = true;
    }

    void check() const {
        const DateTimeFields& f = moment_.fields;
        if (has_month_ && (date_.month < 1 || date_.month > 12)) out_of_range();
        if (has_day_ && (date_.day < 1 || date_.day > 31)) out_of_range();
        if (has_year_ && has_month_ && has_day_ && date_.day > days_in_month(date_.year, date_.month)) out_of_range();
        if (f.hour < 0 || f.hour >= 24 || f.minute < 0 || f.minute >= 60 || f.second < 0 || f.second >= 60 || f.microsecond < 0 ||
            f.microsecond >= k_us_per_second)
            out_of_range();
    }

    void zone() {
        constexpr std::int32_t k_most_hours = 15;
        if (found_.zone_hour < 0 || found_.zone_hour > k_most_hours || found_.zone_minute < 0 || found_.zone_minute >= 60)
            throw_datetime_problem(DateTimeProblem::zone_range, text_, "timestamp");
        moment_.offset = found_.zone_sign * (found_.zone_hour * 60 + found_.zone_minute) * 60;
    }

    const Found& found_;
    std::string_view text_;
    CivilDate date_;
    Moment moment_;
    bool has_year_ = false, has_month_ = false, has_day_ = false;
};

Moment read_by_template(const CallSite& site, std::string_view text, std::string_view format) {
    const Found found = TemplateReader(DateTimeTemplate::of(site, format), text).read();
    return Assembler(found, text).assemble();
}

TimestampTz text_to_timestamp(EvalContext&, const CallSite& site, std::string_view text, std::string_view format) {
    const Moment moment = read_by_template(site, text, format);
    const std::optional<std::int64_t> local = timestamp_of(moment.fields);
    if (!local) throw Error(sqlstate::datetime_field_overflow, "timestamp out of range");
    const std::int32_t offset = moment.offset ? *moment.offset : offset_at_local(*local, *datetime_style().time_zone);
    const std::int64_t us = checked_timestamp(*local - offset * k_us_per_second);
    return {moment.fraction_digits > 0 ? round_to_precision(us, moment.fraction_digits) : us};
}

Date text_to_date(EvalContext&, const CallSite& site, std::string_view text, std::string_view format) {
    const std::optional<std::int32_t> days = days_of(read_by_template(site, text, format).fields.date);
    if (!days) throw Error(sqlstate::datetime_field_overflow, "date out of range: \"{}\"", text);
    return {*days};
}

}  // namespace

void register_datetime_parsing(Registry& to) {
    const Declared stable{.volatility = Volatility::stable};
    to.add(function<text_to_timestamp>("to_timestamp", 1778, stable));
    to.add(function<text_to_date>("to_date", 1780, stable));
}

}  // namespace forklore
