/// \file
/// The head of an HTTP request, and what it deserves.
///
/// Only as much of HTTP (RFC 9112) as a page for a reader on the same machine needs: two methods, no bodies, one request to a connection.
#pragma once

#include <optional>
#include <string_view>

namespace explorer {

//! [request]
/// A longer head is refused.
inline constexpr std::size_t k_longest_head = 8192;  // bytes

/// What a head says.
struct Request {
    int refusal = 0;          ///< the status to refuse it with; 0: it may be answered
    bool head_only = false;   ///< HEAD
    std::string_view path{};  ///< without what follows a '?'
};

/// Reads a head. Whoever can make a browser open a page can make it ask this server for another under a name of their own
/// choosing, which leads here (DNS rebinding): only names of this machine itself are answered. Nor is a page from elsewhere answered that
/// a browser shows and that asks for something here.
/// \param received all bytes so far \return none while the head has not come to its end; points into `received`
std::optional<Request> read_request(std::string_view received);
//! [request]

}  // namespace explorer
