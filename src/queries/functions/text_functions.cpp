/// \file
/// Functions that measure, cut, search and fill text. They count characters, not bytes.
#include <cstring>

#include "queries/functions/digests.hpp"
#include "queries/functions/families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/functions/slices.hpp"
#include "queries/functions/text_room.hpp"
#include "queries/types/text.hpp"
#include "queries/types/utf8.hpp"

namespace forklore {

namespace {

using Text = std::string_view;
using Int4 = std::int32_t;

// ---------------------------------------------------------------- measures

Int4 length(Text text) { return static_cast<Int4>(utf8_count(text)); }
Int4 bpchar_length(BpChar text) { return length(trim_blanks(text.bytes)); }
Int4 octet_length(Text text) { return static_cast<Int4>(text.size()); }

// ---------------------------------------------------------------- parts

Text take(Text text, Slice slice) {
    if (slice.begin >= text.size() || slice.count == 0) return {};
    text.remove_prefix(utf8_offset(text, slice.begin));
    return slice.count >= text.size() ? text : text.substr(0, utf8_offset(text, slice.count));
}
Text substring(Text text, Int4 start) { return take(text, slice_of(start)); }
Text substring_for(Text text, Int4 start, Int4 length) { return take(text, slice_of(start, length)); }

/// So many characters, or all but so many from the other end.
Text left(Text text, Int4 n) {
    if (n >= 0) return text.substr(0, utf8_offset(text, static_cast<std::size_t>(n)));
    return text.substr(0, utf8_offset_from_end(text, static_cast<std::size_t>(-std::int64_t{n})));
}
Text right(Text text, Int4 n) {
    if (n >= 0) return text.substr(utf8_offset_from_end(text, static_cast<std::size_t>(n)));
    return text.substr(utf8_offset(text, static_cast<std::size_t>(-std::int64_t{n})));
}

Text overlay_for(EvalContext& context, Text text, Text part, Int4 start, Int4 length) {
    Overlay kept = overlay_of(start, length);
    TextRoom room(context.arena);
    room.append(take(text, {0, kept.before}));
    room.append(part);
    room.append(take(text, {kept.after, Slice::k_all}));
    return room.finish();
}
Text overlay(EvalContext& context, Text text, Text part, Int4 start) {
    return overlay_for(context, text, part, start, length(part));
}

Text split_part(Text text, Text delimiter, Int4 field) {
    if (field == 0) throw Error(sqlstate::invalid_parameter_value, "field position must not be zero");
    if (delimiter.empty()) return field == 1 || field == -1 ? text : Text{};
    if (field > 0) {
        for (;; --field) {
            std::size_t end = text.find(delimiter);
            if (field == 1) return text.substr(0, end);
            if (end == Text::npos) return {};
            text.remove_prefix(end + delimiter.size());
        }
    }
    // Fields are counted from the end, but found from the beginning: delimiters may overlap.
    std::int64_t fields = 1;
    for (std::size_t at = text.find(delimiter); at != Text::npos; at = text.find(delimiter, at + delimiter.size())) ++fields;
    std::int64_t from_start = fields + 1 + field;
    return from_start < 1 ? Text{} : split_part(text, delimiter, static_cast<Int4>(from_start));
}

// ---------------------------------------------------------------- search and replacement

Int4 position(Text text, Text part) {
    std::size_t at = text.find(part);
    return at == Text::npos ? 0 : length(text.substr(0, at)) + 1;
}

Text replace(EvalContext& context, Text text, Text from, Text to) {
    if (from.empty()) return text;
    std::size_t at = text.find(from);
    if (at == Text::npos) return text;
    TextRoom room(context.arena);
    for (; at != Text::npos; at = text.find(from)) {
        room.append(text.substr(0, at));
        room.append(to);
        text.remove_prefix(at + from.size());
    }
    room.append(text);
    return room.finish();
}

/// The n-th character of a text, empty beyond its end.
Text character(Text text, std::size_t n) { return take(text, {n, 1}); }

Text translate(EvalContext& context, Text text, Text from, Text to) {
    TextRoom room(context.arena);
    while (!text.empty()) {
        Text one = text.substr(0, utf8_length(text[0]));
        text.remove_prefix(one.size());
        // Character by character: in UTF-8 a match of bytes is a match of characters.
        std::size_t at = from.find(one);
        room.append(at == Text::npos ? one : character(to, utf8_count(from.substr(0, at))));
    }
    return room.finish();
}

// ---------------------------------------------------------------- filling

constexpr std::size_t k_max_text = 0x3fffffff - 4;  // one gigabyte with its length word

void check_length(std::size_t bytes) {
    if (bytes > k_max_text) throw Error(sqlstate::program_limit_exceeded, "requested length too large");
}

Text repeat(EvalContext& context, Text text, Int4 times) {
    if (times <= 0 || text.empty()) return {};
    std::size_t size = text.size() * static_cast<std::size_t>(times);
    check_length(size);
    char* to = static_cast<char*>(context.arena.allocate_bytes(size, 1));
    for (std::size_t at = 0; at < size; at += text.size()) std::memcpy(to + at, text.data(), text.size());
    return {to, size};
}

/// So many characters of a text repeated without end.
void append_fill(TextRoom& room, Text fill, std::size_t count) {
    std::size_t in_fill = utf8_count(fill);
    for (; count >= in_fill; count -= in_fill) room.append(fill);
    room.append(fill.substr(0, utf8_offset(fill, count)));
}

template <bool on_left>
Text pad_with(EvalContext& context, Text text, Int4 wanted, Text fill) {
    if (wanted <= 0) return {};
    std::size_t want = static_cast<std::size_t>(wanted), have = utf8_count(text);
    constexpr std::size_t k_longest_character = 4;
    check_length(want * k_longest_character);
    if (have >= want) return text.substr(0, utf8_offset(text, want));
    if (fill.empty()) return text;
    TextRoom room(context.arena);
    if (on_left) append_fill(room, fill, want - have);
    room.append(text);
    if (!on_left) append_fill(room, fill, want - have);
    return room.finish();
}

template <bool on_left>
Text pad(EvalContext& context, Text text, Int4 wanted) {
    return pad_with<on_left>(context, text, wanted, " ");
}

Text reverse(EvalContext& context, Text text) {
    char* to = static_cast<char*>(context.arena.allocate_bytes(text.size(), 1));
    std::size_t at = text.size();
    for (Text rest = text; !rest.empty();) {
        std::size_t size = std::min(utf8_length(rest[0]), rest.size());
        at -= size;
        std::memcpy(to + at, rest.data(), size);
        rest.remove_prefix(size);
    }
    return {to, text.size()};
}

// ---------------------------------------------------------------- trimming

template <bool on_left, bool on_right>
Text trim_set(Text text, Text set) {
    while (on_left && !text.empty()) {
        Text first = text.substr(0, utf8_length(text[0]));
        if (set.find(first) == Text::npos) break;
        text.remove_prefix(first.size());
    }
    while (on_right && !text.empty()) {
        Text last = text.substr(utf8_offset_from_end(text, 1));
        if (set.find(last) == Text::npos) break;
        text.remove_suffix(last.size());
    }
    return text;
}

template <bool on_left, bool on_right>
Text trim(Text text) {
    return trim_set<on_left, on_right>(text, " ");
}

// ---------------------------------------------------------------- single characters

Int4 ascii(Text text) { return text.empty() ? 0 : static_cast<Int4>(utf8_take(text)); }

Text chr(EvalContext& context, Int4 code) {
    if (code < 0) throw Error(sqlstate::invalid_parameter_value, "character number must be positive");
    if (code == 0) throw Error(sqlstate::program_limit_exceeded, "null character not permitted");
    if (code > 0x10ffff)
        throw Error(sqlstate::program_limit_exceeded, "requested character too large for encoding: {}", code);
    if (code >= 0xd800 && code <= 0xdfff)
        throw Error(sqlstate::program_limit_exceeded, "requested character not valid for encoding: {}", code);
    char* to = static_cast<char*>(context.arena.allocate_bytes(4, 1));
    return {to, utf8_put(static_cast<char32_t>(code), to)};
}

template <typename T>
std::string to_hex(T value) {
    return fmt::format("{:x}", static_cast<std::make_unsigned_t<T>>(value));
}

}  // namespace

void register_text_functions(Registry& to) {
    for (auto [name, oid] : {std::pair{"length", 1317}, {"char_length", 1381}, {"character_length", 1369}, {"textlen", 1257}})
        to.add(function<length>(name, static_cast<Oid>(oid)));
    for (auto [name, oid] : {std::pair{"length", 1318}, {"char_length", 1372}, {"character_length", 1367}})
        to.add(function<bpchar_length>(name, static_cast<Oid>(oid)));
    to.add(function<octet_length>("octet_length", 1374));
    to.add(function<[](BpChar text) { return octet_length(text.bytes); }>("octet_length", 1375));
    to.add(function<[](Text text) { return octet_length(text) * 8; }>("bit_length", 1811));

    to.add(function<substring_for>("substring", 936));
    to.add(function<substring>("substring", 937));
    to.add(function<substring_for>("substr", 877));
    to.add(function<substring>("substr", 883));
    to.add(function<left>("left", 3060));
    to.add(function<right>("right", 3061));
    to.add(function<overlay_for>("overlay", 1404));
    to.add(function<overlay>("overlay", 1405));
    to.add(function<split_part>("split_part", 2088));

    to.add(function<position>("position", 849));
    to.add(function<position>("strpos", 868));
    to.add(function<replace>("replace", 2087));
    to.add(function<translate>("translate", 878));
    add_operator(to, {3877, "^@"}, function<[](Text text, Text start) { return text.starts_with(start); }>("starts_with", 3696));

    to.add(function<repeat>("repeat", 1622));
    to.add(function<pad_with<true>>("lpad", 873));
    to.add(function<pad<true>>("lpad", 879));
    to.add(function<pad_with<false>>("rpad", 874));
    to.add(function<pad<false>>("rpad", 880));
    to.add(function<reverse>("reverse", 3062));
    to.add(function<trim_set<true, true>>("btrim", 884));
    to.add(function<trim<true, true>>("btrim", 885));
    to.add(function<trim_set<true, false>>("ltrim", 875));
    to.add(function<trim<true, false>>("ltrim", 881));
    to.add(function<trim_set<false, true>>("rtrim", 876));
    to.add(function<trim<false, true>>("rtrim", 882));

    to.add(function<ascii>("ascii", 1620));
    to.add(function<chr>("chr", 1621));
    to.add(function<to_hex<std::int32_t>>("to_hex", 2089));
    to.add(function<to_hex<std::int64_t>>("to_hex", 2090));
    to.add(function<[](EvalContext& context, Text text) { return md5_hex(context.arena, text); }>("md5", 2311));
}

}  // namespace forklore
