/// \file
/// inet: an address of a host, perhaps with its network.
///
/// Counterpart in PostgreSQL: utils/adt/network.c.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "queries/declare.hpp"
#include "queries/type_oids.hpp"

namespace forklore {

/// An address and how many of its leading bits name the network.
struct Inet {
    bool six = false;                           ///< IPv6; otherwise IPv4
    std::uint8_t bits = 32;                     ///< length of the network's part
    std::array<std::uint8_t, 16> address{};     ///< the first four bytes of it for IPv4
    std::size_t length() const { return six ? 16 : 4; }          ///< bytes of the address
    std::uint8_t most_bits() const { return six ? 128 : 32; }    ///< of a host alone
};

/// Reads an address. Throws Error 22P02. \param text as written, perhaps with /bits
Inet parse_inet(std::string_view text);
/// The address without its network. \param inet which
std::string inet_host(const Inet& inet);
/// As PostgreSQL shows it: the network's length only when it is not a host's. \param inet which
std::string inet_text(const Inet& inet);
/// Negative, 0 or positive: by family, network, length, host. \param a one \param b the other
int compare_inet(const Inet& a, const Inet& b);

/// In a datum: family, bits, address bytes.
template <>
struct SqlType<Inet> {
    static constexpr Oid oid = k_inet;                  ///< inet
    static Inet get(const Datum& d);                    ///< \param d an inet
    static Datum put(Arena& arena, const Inet& inet);   ///< copied \param arena where to \param inet what
};

}  // namespace forklore
