/// \file
/// The first packet of a connection, taken apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace forklore::exercise {

inline constexpr std::size_t k_shortest_packet = 8;      ///< length word and request code
inline constexpr std::size_t k_longest_packet = 10'004;  ///< 10000 bytes after the length word
inline constexpr std::size_t k_cancel_packet = 16;       ///< a cancel request has exactly this many bytes

inline constexpr std::int32_t k_cancel_code = 80'877'102;
inline constexpr std::int32_t k_tls_code = 80'877'103;
inline constexpr std::int32_t k_gss_code = 80'877'104;

/// What the client wants.
enum class Request { session, cancel, tls, gss_encryption };

/// A packet that was understood.
struct StartupPacket {
    Request request = Request::session;
    int minor_version = 0;                          ///< session: the x of protocol 3.x
    std::string user;                               ///< session: never empty
    std::string database;                           ///< session: as the user where the client named none
    std::map<std::string, std::string> parameters;  ///< session: all the others
    std::int32_t pid = 0;                           ///< cancel: whose query
    std::int32_t key = 0;                           ///< cancel: the proof that one may
};

/// The integer of four bytes in network order that begins at `offset`.
/// \param bytes has at least `offset + 4` bytes.
std::int32_t read_int32(std::string_view bytes, std::size_t offset);

/// Takes a packet apart. Throws Fatal when it is not one.
/// \param packet all bytes that came, the length word first.
StartupPacket read_startup_packet(std::string_view packet);

}  // namespace forklore::exercise
