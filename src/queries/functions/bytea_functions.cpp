/// \file
/// Functions of bytea.
#include <bit>
#include <cstring>

#include "queries/functions/digests.hpp"
#include "queries/functions/encodings.hpp"
#include "queries/functions/families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/functions/slices.hpp"
#include "queries/types/bytea.hpp"

namespace forklore {

namespace {

using Int4 = std::int32_t;
using Int8 = std::int64_t;

Bytea join(Arena& arena, std::initializer_list<std::string_view> parts) {
    std::size_t size = 0;
    for (std::string_view part : parts) size += part.size();
    char* to = static_cast<char*>(arena.allocate_bytes(size, 1));
    char* at = to;
    for (std::string_view part : parts) {
        if (!part.empty()) std::memcpy(at, part.data(), part.size());
        at += part.size();
    }
    return {{to, size}};
}

// ---------------------------------------------------------------- parts

Bytea take(Bytea value, Slice slice) {
    if (slice.begin >= value.bytes.size()) return {};
    return {value.bytes.substr(slice.begin, slice.count)};
}
Bytea substring(Bytea value, Int4 start) { return take(value, slice_of(start)); }
Bytea substring_for(Bytea value, Int4 start, Int4 length) { return take(value, slice_of(start, length)); }

Bytea overlay_for(EvalContext& context, Bytea value, Bytea part, Int4 start, Int4 length) {
    Overlay kept = overlay_of(start, length);
    return join(context.arena, {take(value, {0, kept.before}).bytes, part.bytes, take(value, {kept.after, Slice::k_all}).bytes});
}
Bytea overlay(EvalContext& context, Bytea value, Bytea part, Int4 start) {
    return overlay_for(context, value, part, start, static_cast<Int4>(part.bytes.size()));
}

Int4 position(Bytea value, Bytea part) { return static_cast<Int4>(value.bytes.find(part.bytes) + 1); }

template <bool left, bool right>
Bytea trim(Bytea value, Bytea set) {
    std::string_view bytes = value.bytes;
    auto in_set = [&](char c) { return set.bytes.find(c) != std::string_view::npos; };
    while (left && !bytes.empty() && in_set(bytes.front())) bytes.remove_prefix(1);
    while (right && !bytes.empty() && in_set(bytes.back())) bytes.remove_suffix(1);
    return {bytes};
}

// ---------------------------------------------------------------- single bytes and bits

std::size_t check_index(Int8 index, std::size_t count) {
    if (index < 0 || index >= static_cast<Int8>(count))
        throw Error(sqlstate::array_subscript_error, "index {} out of valid range, 0..{}", index, static_cast<Int8>(count) - 1);
    return static_cast<std::size_t>(index);
}

Int4 get_byte(Bytea value, Int4 index) {
    return static_cast<unsigned char>(value.bytes[check_index(index, value.bytes.size())]);
}

Int4 get_bit(Bytea value, Int8 index) {
    std::size_t at = check_index(index, value.bytes.size() * 8);
    return static_cast<unsigned char>(value.bytes[at / 8]) >> (at % 8) & 1;
}

Bytea set_byte(EvalContext& context, Bytea value, Int4 index, Int4 byte) {
    std::size_t at = check_index(index, value.bytes.size());
    char* copy = const_cast<char*>(context.arena.copy(value.bytes).data());
    copy[at] = static_cast<char>(byte);
    return {{copy, value.bytes.size()}};
}

Bytea set_bit(EvalContext& context, Bytea value, Int8 index, Int4 bit) {
    std::size_t at = check_index(index, value.bytes.size() * 8);
    if (bit != 0 && bit != 1) throw Error(sqlstate::invalid_parameter_value, "new bit must be 0 or 1");
    char* copy = const_cast<char*>(context.arena.copy(value.bytes).data());
    auto mask = static_cast<unsigned char>(1u << (at % 8));
    auto byte = static_cast<unsigned char>(copy[at / 8]);
    copy[at / 8] = static_cast<char>(bit != 0 ? byte | mask : byte & ~mask);
    return {{copy, value.bytes.size()}};
}

Int8 bit_count(Bytea value) {
    Int8 count = 0;
    for (char c : value.bytes) count += std::popcount(static_cast<unsigned char>(c));
    return count;
}

Int4 size(Bytea value) { return static_cast<Int4>(value.bytes.size()); }

// ---------------------------------------------------------------- text forms and digests

std::string_view encode(EvalContext& context, Bytea value, std::string_view format) {
    if (equal_ignoring_case(format, "hex")) return hex_encode(context.arena, value.bytes);
    if (equal_ignoring_case(format, "base64")) return base64_encode(context.arena, value.bytes);
    if (equal_ignoring_case(format, "escape")) return escape_encode(context.arena, value.bytes);
    throw Error(sqlstate::invalid_parameter_value, "unrecognized encoding: \"{}\"", format);
}

Bytea decode(EvalContext& context, std::string_view text, std::string_view format) {
    if (equal_ignoring_case(format, "hex")) return {hex_decode(context.arena, text)};
    if (equal_ignoring_case(format, "base64")) return {base64_decode(context.arena, text)};
    if (equal_ignoring_case(format, "escape")) return {escape_decode(context.arena, text)};
    throw Error(sqlstate::invalid_parameter_value, "unrecognized encoding: \"{}\"", format);
}

template <std::string_view (*digest)(Arena&, std::string_view)>
Bytea digest_of(EvalContext& context, Bytea value) {
    return {digest(context.arena, value.bytes)};
}

}  // namespace

void register_bytea_functions(Registry& to) {
    add_operator(to, {2018, "||"}, function<[](EvalContext& c, Bytea a, Bytea b) { return join(c.arena, {a.bytes, b.bytes}); }>("byteacat", 2011));
    to.add(function<substring_for>("substring", 2012));
    to.add(function<substring>("substring", 2013));
    to.add(function<substring_for>("substr", 2085));
    to.add(function<substring>("substr", 2086));
    to.add(function<overlay_for>("overlay", 749));
    to.add(function<overlay>("overlay", 752));
    to.add(function<position>("position", 2014));
    to.add(function<trim<true, true>>("btrim", 2015));
    to.add(function<trim<true, false>>("ltrim", 6195));
    to.add(function<trim<false, true>>("rtrim", 6196));
    to.add(function<get_byte>("get_byte", 721));
    to.add(function<set_byte>("set_byte", 722));
    to.add(function<get_bit>("get_bit", 723));
    to.add(function<set_bit>("set_bit", 724));
    to.add(function<bit_count>("bit_count", 6163));
    to.add(function<size>("length", 2010));
    to.add(function<size>("octet_length", 720));
    to.add(function<[](Bytea value) { return size(value) * 8; }>("bit_length", 1810));
    to.add(function<encode>("encode", 1946));
    to.add(function<decode>("decode", 1947));
    to.add(function<digest_of<sha224>>("sha224", 3419));
    to.add(function<digest_of<sha256>>("sha256", 3420));
    to.add(function<digest_of<sha384>>("sha384", 3421));
    to.add(function<digest_of<sha512>>("sha512", 3422));
    to.add(function<[](EvalContext& c, Bytea value) { return md5_hex(c.arena, value.bytes); }>("md5", 2321));
}

}  // namespace forklore
