#include "queries/types/time_zone.hpp"

#include <algorithm>
#include <cctype>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "queries/types/calendar.hpp"

namespace forklore {

namespace {

constexpr std::int64_t k_day = 86'400;

bool same_letters(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return std::toupper(static_cast<unsigned char>(x)) == std::toupper(static_cast<unsigned char>(y));
    });
}

/// The six counts of a zoneinfo header.
struct FileHeader {
    std::uint8_t version;
    std::uint32_t utc_flags, standard_flags, leaps, changes, kinds, characters;

    explicit FileHeader(ByteReader& from) {
        if (from.take(4) != "TZif") throw Error(sqlstate::data_corrupted, "not a time zone file");
        version = from.get<std::uint8_t>();
        from.take(15);
        for (std::uint32_t* count : {&utc_flags, &standard_flags, &leaps, &changes, &kinds, &characters}) *count = from.get<std::uint32_t>();
    }
    std::size_t body(std::size_t time_size) const {
        return std::size_t{changes} * (time_size + 1) + std::size_t{kinds} * 6 + characters + std::size_t{leaps} * (time_size + 4) +
               standard_flags + utc_flags;
    }
};

}  // namespace

std::unique_ptr<TimeZone> TimeZone::from_file(std::string name, std::string_view file) {
    try {
        auto zone = std::make_unique<TimeZone>();
        zone->name_ = std::move(name);
        ByteReader in(file);
        FileHeader header(in);
        // Since version 2 a second block with 64-bit times follows the first, and a POSIX rule follows that.
        const bool wide = header.version >= '2';
        if (wide) {
            in.take(header.body(4));
            header = FileHeader(in);
        }
        if (header.kinds == 0 || header.leaps != 0) return nullptr;
        for (std::uint32_t i = 0; i < header.changes; ++i)
            zone->changes_.push_back(wide ? in.get<std::int64_t>() : in.get<std::int32_t>());
        for (std::uint32_t i = 0; i < header.changes; ++i) zone->kind_after_.push_back(in.get<std::uint8_t>());
        std::vector<std::uint8_t> names;
        for (std::uint32_t i = 0; i < header.kinds; ++i) {
            Kind kind{};
            kind.offset = in.get<std::int32_t>();
            kind.dst = in.get<std::uint8_t>() != 0;
            names.push_back(in.get<std::uint8_t>());
            zone->kinds_.push_back(std::move(kind));
        }
        const std::string_view characters = in.take(header.characters);
        for (std::uint32_t i = 0; i < header.kinds; ++i) {
            if (names[i] >= characters.size()) return nullptr;
            const std::string_view from = characters.substr(names[i]);
            zone->kinds_[i].abbreviation = from.substr(0, from.find('\0'));
        }
        if (std::any_of(zone->kind_after_.begin(), zone->kind_after_.end(), [&](std::uint8_t k) { return k >= header.kinds; }) ||
            !std::is_sorted(zone->changes_.begin(), zone->changes_.end()))
            return nullptr;
        in.take(std::size_t{header.standard_flags} + header.utc_flags);
        if (wide && in.rest().size() > 2) zone->rule_ = parse_posix_zone(in.rest().substr(1, in.rest().size() - 2));
        return zone;
    } catch (const Error&) {
        return nullptr;  // cut off, or something else altogether
    }
}

std::unique_ptr<TimeZone> TimeZone::from_posix(std::string_view specification, std::string_view name) {
    std::optional<PosixZone> rule = parse_posix_zone(specification);
    if (!rule) return nullptr;
    auto zone = std::make_unique<TimeZone>();
    zone->name_ = name;
    zone->rule_ = std::move(rule);
    return zone;
}

std::unique_ptr<TimeZone> TimeZone::fixed(std::int32_t offset) {
    const std::int32_t size = std::abs(offset);
    std::string digits = fmt::format("{:02}", size / 3600);
    if (size % 3600 != 0) digits += fmt::format(":{:02}", size / 60 % 60);
    if (size % 60 != 0) digits += fmt::format(":{:02}", size % 60);
    auto zone = std::make_unique<TimeZone>();
    // The sign in the brackets is for people (east is plus), the one behind them is POSIX's (west is plus).
    zone->rule_ = PosixZone{.standard = (offset < 0 ? "-" : "+") + digits, .standard_offset = offset, .daylight = {}, .begin = {}, .end = {}};
    zone->name_ = fmt::format("<{}>{}{}", zone->rule_->standard, offset < 0 ? "+" : "-", digits);
    return zone;
}

LocalTimeType TimeZone::view(bool dst) const {
    return dst ? LocalTimeType{rule_->daylight_offset, true, rule_->daylight}
               : LocalTimeType{rule_->standard_offset, false, rule_->standard};
}

/// Before the first change: the first kind of time that is not daylight-saving.
LocalTimeType TimeZone::first() const {
    for (const Kind& kind : kinds_)
        if (!kind.dst) return view(kind);
    return view(kinds_.front());
}

LocalTimeType TimeZone::at(std::int64_t utc) const {
    if (!changes_.empty() && utc < changes_.front()) return first();
    if (rule_ && (changes_.empty() || utc >= changes_.back())) {
        // The file's last entry holds up to the rule's next change, and may differ from the rule until then.
        if (changes_.empty()) return view(rule_->is_daylight(utc));
        const std::optional<std::int64_t> next = rule_->next_change(changes_.back());
        if (next && utc >= *next) return view(rule_->is_daylight(utc));
        return view(kinds_[kind_after_.back()]);
    }
    if (changes_.empty()) return first();
    const auto after = std::upper_bound(changes_.begin(), changes_.end(), utc);
    return view(kinds_[kind_after_[static_cast<std::size_t>(after - changes_.begin()) - 1]]);
}

std::optional<ZoneTransition> TimeZone::next_transition(std::int64_t utc) const {
    const auto after = std::upper_bound(changes_.begin(), changes_.end(), utc);
    if (after != changes_.end()) return ZoneTransition{*after, at(*after - 1), at(*after)};
    if (!rule_) return {};
    const std::optional<std::int64_t> next = rule_->next_change(utc);
    if (!next) return {};
    return ZoneTransition{*next, at(*next - 1), at(*next)};
}

LocalTimeType TimeZone::at_local(std::int64_t local) const {
    // No offset exceeds a day: a change that matters lies after `local` minus a day, taken as UTC.
    const std::optional<ZoneTransition> change = next_transition(local - k_day);
    if (!change) return at(local);
    const std::int64_t by_old = local - change->before.offset, by_new = local - change->after.offset;
    if (by_old < change->at && by_new < change->at) return change->before;
    if (by_old > change->at && by_new >= change->at) return change->after;
    // Skipped (the old reading is the later one) or shown twice.
    return by_old > by_new ? change->before : change->after;
}

std::optional<std::int32_t> TimeZone::fixed_offset() const {
    const std::int32_t offset = at(0).offset;
    for (const Kind& kind : kinds_)
        if (kind.offset != offset) return {};
    if (rule_ && (rule_->standard_offset != offset || (rule_->has_daylight() && rule_->daylight_offset != offset))) return {};
    return offset;
}

std::optional<LocalTimeType> TimeZone::interpret(std::string_view abbreviation, std::int64_t utc) const {
    if (const LocalTimeType now = at(utc); same_letters(now.abbreviation, abbreviation)) return now;
    auto matches = [&](std::size_t change) { return same_letters(kinds_[kind_after_[change]].abbreviation, abbreviation); };
    const auto bound = static_cast<std::size_t>(std::upper_bound(changes_.begin(), changes_.end(), utc) - changes_.begin());
    // Daylight-saving time by rule comes every year: the use before now is at most a year old.
    if (rule_ && bound == changes_.size())
        for (const bool dst : {true, false})
            if ((!dst || rule_->has_daylight()) && same_letters(view(dst).abbreviation, abbreviation)) return view(dst);
    for (std::size_t i = bound; i-- > 0;)
        if (matches(i)) return view(kinds_[kind_after_[i]]);
    if (!kinds_.empty() && same_letters(first().abbreviation, abbreviation)) return first();
    for (std::size_t i = bound; i < changes_.size(); ++i)
        if (matches(i)) return view(kinds_[kind_after_[i]]);
    if (rule_)
        for (const bool dst : {true, false})
            if ((!dst || rule_->has_daylight()) && same_letters(view(dst).abbreviation, abbreviation)) return view(dst);
    return {};
}

}  // namespace forklore
