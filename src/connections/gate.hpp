/// \file
/// The gate: the few words that a child and the postmaster exchange before the child may serve.
///
/// A child alone cannot know how many sessions there are, and the postmaster must not read a client's bytes. So the
/// child, when it has found out who its client is, asks through a pair of sockets that was made before the fork. Each
/// request and answer is one small packet of fixed size. The postmaster's end closes when the child has been admitted.
///
/// Counterpart in PostgreSQL: a count of PGPROC slots in shared memory (InitProcess), which chapter 2 brings here too.
#pragma once

#include <cstdint>
#include <optional>

#include "base/unique_fd.hpp"

namespace forklore {

//! [gate-packets]
/// What a child may ask.
struct GateRequest {
    enum class Kind : std::uint32_t {
        admit_superuser,  ///< my client is who it says, and a superuser
        admit_user,       ///< my client is who it says
        cancel,           ///< my client wants to cancel what another session is doing
    };
    Kind kind;              ///< which
    std::int32_t pid = 0;   ///< cancel: whose
    std::uint32_t key = 0;  ///< cancel: the secret that proves the right to it
};

/// What the postmaster answers to a request for admission. A cancel request gets no answer.
enum class Admission : std::uint32_t { granted, too_many, reserved_for_superusers, shutting_down };
//! [gate-packets]

/// Both ends of a gate.
struct Gate {
    UniqueFd postmaster_end;  ///< non-blocking
    UniqueFd child_end;       ///< blocking
};

/// Makes a gate. Throws Error 53000 when the kernel has no descriptors left.
Gate make_gate();

/// In the child: asks for admission and waits for the answer. \param gate the child's end.
/// \param superuser who is asking. Throws Fatal when the postmaster is gone.
Admission ask_admission(int gate, bool superuser);

/// In the child: passes a cancel request on. \param gate the child's end. \param pid whose. \param key the secret.
void ask_cancel(int gate, std::int32_t pid, std::uint32_t key);

/// In the postmaster: the next request, or none when nothing is there. \param gate our end.
/// \param closed set when the child has closed its end and nothing more will come.
std::optional<GateRequest> read_request(int gate, bool& closed);

/// In the postmaster: answers. A child that died meanwhile is no error. \param gate the postmaster's end. \param answer the verdict.
void answer_admission(int gate, Admission answer);

}  // namespace forklore
