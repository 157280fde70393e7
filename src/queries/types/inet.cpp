#include "queries/types/inet.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <compare>
#include <cstring>

#include "base/error.hpp"
#include "queries/builtins.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/hash.hpp"

namespace forklore {

namespace {

// On the wire, as PostgreSQL has it since the days of BSD.
constexpr std::uint8_t k_wire_four = 2, k_wire_six = 3;

[[noreturn]] void refuse(std::string_view text) {
    throw Error(sqlstate::invalid_text_representation, "invalid input syntax for type inet: \"{}\"", text);
}

// How two addresses compare in their first bits.
int compare_bits(const Inet& a, const Inet& b, unsigned bits) {
    const unsigned whole = bits / 8, rest = bits % 8;
    if (const int order = std::memcmp(a.address.data(), b.address.data(), whole); order != 0) return order;
    if (rest == 0) return 0;
    const unsigned shift = 8 - rest;
    return (a.address[whole] >> shift) - (b.address[whole] >> shift);
}

Datum inet_in(const TypeContext& context, std::string_view text) { return SqlType<Inet>::put(context.arena, parse_inet(text)); }
void inet_out(const TypeContext&, Datum value, ByteWriter& to) { to.append(inet_text(SqlType<Inet>::get(value))); }

Datum inet_receive(const TypeContext& context, ByteReader& from) {
    const auto family = from.get<std::uint8_t>();
    if (family != k_wire_four && family != k_wire_six)
        throw Error(sqlstate::invalid_binary_representation, "invalid address family in external \"inet\" value");
    Inet inet;
    inet.six = family == k_wire_six;
    inet.bits = from.get<std::uint8_t>();
    if (inet.bits > inet.most_bits()) throw Error(sqlstate::invalid_binary_representation, "invalid bits in external \"inet\" value");
    from.get<std::uint8_t>();  // whether it is a cidr: of no meaning
    if (from.get<std::uint8_t>() != inet.length())
        throw Error(sqlstate::invalid_binary_representation, "invalid length in external \"inet\" value");
    std::memcpy(inet.address.data(), from.take(inet.length()).data(), inet.length());
    return SqlType<Inet>::put(context.arena, inet);
}

void inet_send(const TypeContext&, Datum value, ByteWriter& to) {
    const Inet inet = SqlType<Inet>::get(value);
    to.put(inet.six ? k_wire_six : k_wire_four);
    to.put(inet.bits);
    to.put(std::uint8_t{0});
    to.put(static_cast<std::uint8_t>(inet.length()));
    to.append({reinterpret_cast<const char*>(inet.address.data()), inet.length()});
}

std::string with_bits(Inet inet) { return fmt::format("{}/{}", inet_host(inet), inet.bits); }
std::string host(Inet inet) { return inet_host(inet); }
std::string abbreviated(Inet inet) { return inet_text(inet); }
std::int32_t mask_length(Inet inet) { return inet.bits; }
std::int32_t family(Inet inet) { return inet.six ? 6 : 4; }
std::int32_t inet_order(Inet a, Inet b) {
    const int order = compare_inet(a, b);
    return order < 0 ? -1 : order > 0;
}

}  // namespace

Inet parse_inet(std::string_view text) {
    Inet inet;
    const std::size_t slash = text.find('/');
    const std::string host(text.substr(0, slash));
    inet.six = host.find(':') != host.npos;
    inet.bits = inet.most_bits();
    if (::inet_pton(inet.six ? AF_INET6 : AF_INET, host.c_str(), inet.address.data()) != 1) refuse(text);
    if (slash == text.npos) return inet;
    const std::string_view written = text.substr(slash + 1);
    unsigned bits = 0;
    const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), bits);
    if (error != std::errc{} || end != written.data() + written.size() || bits > inet.most_bits()) refuse(text);
    inet.bits = static_cast<std::uint8_t>(bits);
    return inet;
}

std::string inet_host(const Inet& inet) {
    char text[INET6_ADDRSTRLEN];
    ::inet_ntop(inet.six ? AF_INET6 : AF_INET, inet.address.data(), text, sizeof text);
    return text;
}

std::string inet_text(const Inet& inet) { return inet.bits == inet.most_bits() ? inet_host(inet) : with_bits(inet); }

int compare_inet(const Inet& a, const Inet& b) {
    if (a.six != b.six) return a.six ? 1 : -1;
    if (const int order = compare_bits(a, b, std::min(a.bits, b.bits)); order != 0) return order;
    if (a.bits != b.bits) return a.bits - b.bits;
    return compare_bits(a, b, a.most_bits());
}

Inet SqlType<Inet>::get(const Datum& d) {
    Inet inet;
    inet.six = d.bytes[0] != 0;
    inet.bits = static_cast<std::uint8_t>(d.bytes[1]);
    std::memcpy(inet.address.data(), d.bytes + 2, inet.length());
    return inet;
}

Datum SqlType<Inet>::put(Arena& arena, const Inet& inet) {
    char bytes[2 + 16];
    bytes[0] = inet.six ? 1 : 0;
    bytes[1] = static_cast<char>(inet.bits);
    std::memcpy(bytes + 2, inet.address.data(), inet.length());
    return Datum(arena.copy({bytes, 2 + inet.length()}));
}

template <>
struct Ordering<Inet> {
    static bool equal(const Inet& a, const Inet& b) { return compare_inet(a, b) == 0; }
    static bool less(const Inet& a, const Inet& b) { return compare_inet(a, b) < 0; }
    static bool greater(const Inet& a, const Inet& b) { return compare_inet(a, b) > 0; }
};

void register_inet(Registry& to) {
    to.add(Type{.oid = k_inet, .name = "inet", .sql_name = "inet", .category = 'I', .preferred = true, .array = k_inet_array,
                .by_reference = true, .input = inet_in, .output = inet_out, .receive = inet_receive, .send = inet_send,
                .compare = [](const Type&, const Datum& a, const Datum& b) { return compare_inet(SqlType<Inet>::get(a), SqlType<Inet>::get(b)); },
                .hash = [](const Type&, const Datum& value) { return hash_bytes(value.view()); }});
    add_comparisons<Inet>(to, "network_", "network_", {920, 925, 921, 922, 923, 924}, {1201, 1202, 1203, 1204, 1205, 1206});
    to.add(function<inet_order>("network_cmp", 926));
    to.add(function<host>("host", 699));
    to.add(function<abbreviated>("abbrev", 598));
    to.add(function<mask_length>("masklen", 697));
    to.add(function<family>("family", 711));
    add_cast(to, function<with_bits>("text", 730), CastContext::assignment);
}

}  // namespace forklore
