/// \file
/// The gate: the few words that a child and the postmaster exchange before the child may serve.
///
/// A child alone cannot know how many sessions there are, and the postmaster must not read a client's bytes.
/// So the child, when it has found out who its client is, asks through a pair of sockets that was made before
/// the fork. Each request and answer is one small packet of fixed size. The postmaster's end closes when the
/// child has been admitted.
///
/// Counterpart in PostgreSQL: a count of PGPROC slots in shared memory (InitProcess), which chapter 2 brings
/// here too.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/unique_fd.hpp"

namespace forklore {

//! [gate-packets]
/// The secret behind cancel requests. Clients of protocol 3.0 know its first four bytes, those of 3.2 all of
/// it.
using CancelKey = std::array<unsigned char, 32>;
inline constexpr std::size_t k_short_key = 4;  ///< bytes that fit into protocol 3.0's messages

/// What a child may ask.
struct GateRequest {
    /// What is asked.
    enum class Kind : std::uint32_t {
        admit_superuser,  ///< my client is who it says, and a superuser
        admit_user,       ///< my client is who it says
        cancel,           ///< my client wants to cancel what another session is doing
    };
    Kind kind;                     ///< which
    std::int32_t pid = 0;          ///< cancel: whose
    CancelKey key{};               ///< cancel: the secret that proves the right to it
    std::uint32_t key_length = 0;  ///< bytes of the key that the client knows
    std::int32_t role_limit = -1;  ///< admit: sessions that the role may have at once; -1 for any number
    std::array<char, 64> role{};   ///< admit: its name, NUL-terminated
};

/// What the postmaster answers to a request for admission. A cancel request gets no answer.
enum class Admission : std::uint32_t {
    granted,
    too_many,
    reserved_for_superusers,
    too_many_for_role,
    shutting_down
};
//! [gate-packets]

//! [gate-functions]
/// Both ends of a gate.
struct Gate {
    UniqueFd postmaster_end;  ///< non-blocking
    UniqueFd child_end;       ///< likewise
};

/// Makes a gate. Throws Error 53000 when the kernel has no descriptors left.
Gate make_gate();

/// In the child: asks for admission and waits for the answer. \param gate the child's end.
/// \param request who is asking. Throws Fatal when the postmaster is gone.
Admission ask_admission(int gate, const GateRequest& request);

/// In the child: passes a cancel request on. \param gate the child's end. \param request whose, and the
/// secret.
void ask_cancel(int gate, const GateRequest& request);

/// In the postmaster: the next request, or none when nothing is there. \param gate our end.
/// \param closed set when the child has closed its end and nothing more will come.
std::optional<GateRequest> read_request(int gate, bool& closed);

/// In the postmaster: answers. A child that died meanwhile is no error. \param gate the postmaster's end.
/// \param answer the verdict.
void answer_admission(int gate, Admission answer);
//! [gate-functions]

}  // namespace forklore
