/// \file
/// The start-up packet: the first thing a client says, and the requests that may come before it.
///
/// Counterpart in PostgreSQL: postmaster.c (ProcessStartupPacket), pqcomm.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace forklore {

//! [request-codes]
/// The first four bytes behind the length say what the packet is: a protocol version, or one of these
/// numbers, which no version will ever have.
inline constexpr std::int32_t k_protocol_3_0 = 3 << 16;
inline constexpr std::int32_t k_cancel_request = (1234 << 16) | 5678;  ///< pid and key follow
inline constexpr std::int32_t k_ssl_request = (1234 << 16) | 5679;     ///< may we speak TLS?
inline constexpr std::int32_t k_gss_request = (1234 << 16) | 5680;     ///< may we speak Kerberos?

/// Length limits of a start-up packet, in bytes, the length itself included.
inline constexpr std::int32_t k_shortest_startup_packet = 8;
inline constexpr std::int32_t k_longest_startup_packet = 10'004;  ///< \copydoc k_shortest_startup_packet
//! [request-codes]

//! [startup-packet]
/// Whether a client wants a walsender: for the whole server, or for one database.
enum class Replication { none, physical, database };

/// What a client asks for at start-up.
struct StartupPacket {
    std::int32_t version = 0;  ///< major << 16 | minor
    std::string user;          ///< whom to be
    std::string database;      ///< what to use; the user's name if nothing is said
    Replication replication = Replication::none;  ///< asks for a walsender
    std::vector<std::pair<std::string, std::string>> settings;  ///< all others, in order
    std::string options;                        ///< a command line of settings, see parse_options()
    std::vector<std::string> protocol_options;  ///< names that begin with `_pq_.`
};
//! [startup-packet]

//! [startup-functions]
/// Takes the body of a packet apart. \param version already read. \param body what follows it.
/// Throws Fatal 0A000 for a major version other than 3, 08P01 for a broken layout, 28000 without a user.
StartupPacket parse_startup_packet(std::int32_t version, std::string_view body);

/// \name A command line in one text
/// Words stand between blanks; a backslash takes the next character as it is.
/// \{
std::vector<std::string> split_words(std::string_view text);              ///< \param text of words
std::string join_words(const std::vector<std::string>& words);            ///< \param words none of them empty \return what split_words() takes apart
/// \}

/// Takes `options` apart: `-c name=value`, `--name=value`; a backslash keeps a blank. \param options the
/// text. \return names and values. Throws Fatal 42601 for anything else.
std::vector<std::pair<std::string, std::string>> parse_options(std::string_view options);
//! [startup-functions]

}  // namespace forklore
