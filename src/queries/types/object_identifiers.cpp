#include "queries/types/object_identifiers.hpp"

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <string>

#include "base/error.hpp"
#include "queries/builtins.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/boolean.hpp"
#include "queries/types/hash.hpp"

namespace forklore {

namespace {

void put_number(ByteWriter& to, std::uint64_t value) {
    char text[20];
    to.append({text, static_cast<std::size_t>(std::to_chars(text, text + sizeof text, value).ptr - text)});
}

// ---------------------------------------------------------------- oid

/// A negative number stands for the oid with the same 32 bits.
Oid parse_oid(std::string_view text) {
    std::string_view number = trim_space(text);
    std::string_view digits = number;
    bool negative = !digits.empty() && digits[0] == '-';
    if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) digits.remove_prefix(1);
    std::uint64_t value = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::invalid_argument || end != digits.data() + digits.size() || digits.empty())
        throw Error(sqlstate::invalid_text_representation, "invalid input syntax for type oid: \"{}\"", text);
    std::uint64_t limit = negative ? std::uint64_t{1} << 31 : std::numeric_limits<Oid>::max();
    if (error == std::errc::result_out_of_range || value > limit)
        throw Error(sqlstate::numeric_value_out_of_range, "value \"{}\" is out of range for type oid", text);
    return static_cast<Oid>(negative ? 0 - value : value);
}

Datum oid_in(const TypeContext& context, std::string_view text) {
    return SqlType<Oid>::put(context.arena, parse_oid(text));
}

// ---------------------------------------------------------------- xid, cid, xid8, tid

// These are read as C reads unsigned numbers: any base, wrapping around, and deaf to what follows.
std::uint64_t parse_loosely(std::string_view text) { return std::strtoull(std::string(text).c_str(), nullptr, 0); }

Datum xid_in(const TypeContext& context, std::string_view text) {
    return SqlType<Oid>::put(context.arena, static_cast<Oid>(parse_loosely(text)));
}
void oid_out(const TypeContext&, Datum value, ByteWriter& to) { put_number(to, value.oid); }
Datum oid_receive(const TypeContext& context, ByteReader& from) {
    return SqlType<Oid>::put(context.arena, from.get<Oid>());
}
void oid_send(const TypeContext&, Datum value, ByteWriter& to) { to.put(value.oid); }
int oid_compare(const Type&, const Datum& a, const Datum& b) { return (a.oid > b.oid) - (a.oid < b.oid); }
std::uint64_t oid_hash(const Type&, const Datum& value) { return hash_number(value.oid); }

Datum xid8_in(const TypeContext& context, std::string_view text) {
    return SqlType<FullTransactionId>::put(context.arena, {parse_loosely(text)});
}
void xid8_out(const TypeContext&, Datum value, ByteWriter& to) {
    put_number(to, SqlType<FullTransactionId>::get(value).value);
}
Datum xid8_receive(const TypeContext& context, ByteReader& from) {
    return SqlType<FullTransactionId>::put(context.arena, {from.get<std::uint64_t>()});
}
void xid8_send(const TypeContext&, Datum value, ByteWriter& to) { to.put(value.int8); }

template <typename T>
int id_compare(const Type&, const Datum& a, const Datum& b) {
    T x = SqlType<T>::get(a), y = SqlType<T>::get(b);
    return x < y ? -1 : x > y;
}
std::uint64_t id_hash(const Type&, const Datum& value) { return hash_number(static_cast<std::uint64_t>(value.int8)); }

Datum tid_in(const TypeContext& context, std::string_view text) {
    auto fail = [&]() {
        throw Error(sqlstate::invalid_text_representation, "invalid input syntax for type tid: \"{}\"", text);
    };
    std::size_t comma = text.find(',');
    if (text.empty() || text[0] != '(' || comma == std::string_view::npos) fail();
    std::size_t end = text.find(')', comma);
    if (end == std::string_view::npos) fail();
    // Each part is what strtoul makes of it; a block may be given as a negative number of 32 bits.
    auto part = [&](std::size_t from, std::size_t until, std::uint64_t limit) {
        std::string digits(text.substr(from, until - from));
        char* stop = nullptr;
        errno = 0;
        std::uint64_t value = std::strtoull(digits.c_str(), &stop, 10);
        bool negative_block = limit > 0xffff && value >= 0 - (std::uint64_t{1} << 31);
        if (errno != 0 || *stop != '\0' || (value > limit && !negative_block)) fail();
        return value;
    };
    auto block = static_cast<std::uint32_t>(part(1, comma, 0xffffffff));
    auto offset = static_cast<std::uint16_t>(part(comma + 1, end, 0xffff));
    return SqlType<RowAddress>::put(context.arena, {block, offset});
}
void tid_out(const TypeContext&, Datum value, ByteWriter& to) {
    RowAddress address = SqlType<RowAddress>::get(value);
    to.put_char('(');
    put_number(to, address.block);
    to.put_char(',');
    put_number(to, address.offset);
    to.put_char(')');
}
Datum tid_receive(const TypeContext& context, ByteReader& from) {
    auto block = from.get<std::uint32_t>();
    return SqlType<RowAddress>::put(context.arena, {block, from.get<std::uint16_t>()});
}
void tid_send(const TypeContext&, Datum value, ByteWriter& to) {
    RowAddress address = SqlType<RowAddress>::get(value);
    to.put(address.block);
    to.put(address.offset);
}

// ---------------------------------------------------------------- declarations

void add_types(Registry& to) {
    to.add(Type{.oid = k_oid, .name = "oid", .sql_name = "", .length = 4, .category = 'N', .preferred = true,
                .array = k_oid_array, .input = oid_in, .output = oid_out, .receive = oid_receive, .send = oid_send,
                .compare = oid_compare, .hash = oid_hash});
    // Transaction and command ids wrap around: they are equal or not, but have no order.
    to.add(Type{.oid = k_xid, .name = "xid", .sql_name = "", .length = 4, .array = k_xid_array, .input = xid_in,
                .output = oid_out, .receive = oid_receive, .send = oid_send, .hash = oid_hash});
    to.add(Type{.oid = k_cid, .name = "cid", .sql_name = "", .length = 4, .array = k_cid_array, .input = xid_in,
                .output = oid_out, .receive = oid_receive, .send = oid_send, .hash = oid_hash});
    to.add(Type{.oid = k_xid8, .name = "xid8", .sql_name = "", .length = 8, .array = k_xid8_array, .input = xid8_in,
                .output = xid8_out, .receive = xid8_receive, .send = xid8_send,
                .compare = id_compare<FullTransactionId>, .hash = id_hash});
    to.add(Type{.oid = k_tid, .name = "tid", .sql_name = "", .length = 6, .array = k_tid_array, .input = tid_in,
                .output = tid_out, .receive = tid_receive, .send = tid_send, .compare = id_compare<RowAddress>,
                .hash = id_hash});
}

template <typename T>
std::int32_t id_order(T a, T b) {
    return a < b ? -1 : a > b;
}
template <typename T>
T larger(T a, T b) {
    return a < b ? b : a;
}
template <typename T>
T smaller(T a, T b) {
    return b < a ? b : a;
}

Oid int8_to_oid(std::int64_t value) {
    if (value < 0 || value > std::numeric_limits<Oid>::max())
        throw Error(sqlstate::numeric_value_out_of_range, "OID out of range");
    return static_cast<Oid>(value);
}

void add_functions(Registry& to) {
    using Xid8 = FullTransactionId;
    using Tid = RowAddress;
    add_comparisons<Oid>(to, "oid", "oid", {184, 185, 716, 717, 1638, 1639}, {607, 608, 609, 611, 610, 612});
    add_comparisons<Xid8>(to, "xid8", "xid8", {5084, 5085, 5034, 5036, 5035, 5037}, {5068, 5072, 5073, 5075, 5074, 5076});
    add_comparisons<Tid>(to, "tid", "tid", {1292, 1265, 2791, 2793, 2790, 2792}, {387, 402, 2799, 2801, 2800, 2802});
    constexpr auto k_same = [](Oid a, Oid b) { return a == b; };
    constexpr auto k_other = [](Oid a, Oid b) { return a != b; };
    add_operator(to, {352, "=", "=", "<>"}, function<k_same>("xideq", 68, {.arguments = {k_xid, k_xid}}));
    add_operator(to, {3315, "<>", "<>", "="}, function<k_other>("xidneq", 3308, {.arguments = {k_xid, k_xid}}));
    add_operator(to, {353, "=", "", "<>"}, function<k_same>("xideqint4", 1319, {.arguments = {k_xid, k_int4}}));
    add_operator(to, {3316, "<>", "", "="}, function<k_other>("xidneqint4", 3309, {.arguments = {k_xid, k_int4}}));
    add_operator(to, {385, "=", "="}, function<k_same>("cideq", 69, {.arguments = {k_cid, k_cid}}));

    to.add(function<id_order<Oid>>("btoidcmp", 356));
    to.add(function<id_order<Xid8>>("xid8cmp", 5096));
    to.add(function<id_order<Tid>>("bttidcmp", 2794));
    to.add(function<larger<Oid>>("oidlarger", 1965));
    to.add(function<smaller<Oid>>("oidsmaller", 1966));
    to.add(function<larger<Xid8>>("xid8_larger", 5097));
    to.add(function<smaller<Xid8>>("xid8_smaller", 5098));
    to.add(function<larger<Tid>>("tidlarger", 2795));
    to.add(function<smaller<Tid>>("tidsmaller", 2796));
    to.add(aggregate<Extreme<Oid, true>>("max", 2118));
    to.add(aggregate<Extreme<Oid, false>>("min", 2134));
    to.add(aggregate<Extreme<Xid8, true>>("max", 5099));
    to.add(aggregate<Extreme<Xid8, false>>("min", 5100));
    to.add(aggregate<Extreme<Tid, true>>("max", 2797));
    to.add(aggregate<Extreme<Tid, false>>("min", 2798));
}

void add_casts(Registry& to) {
    add_cast(to, function<int8_to_oid>("oid", 1287), CastContext::implicit);
    add_cast(to, function<[](Oid a) { return std::int64_t{a}; }>("int8", 1288), CastContext::assignment);
    add_cast(to, function<[](FullTransactionId a) { return static_cast<Oid>(a.value); }>("xid", 5071, {.result = k_xid}),
             CastContext::explicit_);
    to.add(Cast{.source = k_int2, .target = k_oid, .function = 313, .context = CastContext::implicit});
    to.add(Cast{.source = k_int4, .target = k_oid, .context = CastContext::implicit});
    to.add(Cast{.source = k_oid, .target = k_int4, .context = CastContext::assignment});
}

}  // namespace

void register_object_identifiers(Registry& to) {
    add_types(to);
    add_functions(to);
    add_casts(to);
}

}  // namespace forklore
