/// \file
/// The gate: the few words that a child and the postmaster exchange before the child may serve.
///
/// A child alone cannot know how many sessions there are, and the postmaster must not read a client's bytes.
/// So the child, when it has found out who its client is, asks through a pair of sockets that was made before
/// the fork. Each request and answer is one small packet of fixed size. The postmaster's end closes when the
/// child has been admitted.
///
/// Counterpart in PostgreSQL: none; there a child counts the processes in shared memory (InitProcess), as
/// ours does from chapter 2 on.
#pragma once

#include <cstdint>
#include <optional>

#include "base/unique_fd.hpp"
#include "connections/registrar.hpp"

namespace forklore {

//! [gate-packets]
/// What a child may ask.
struct GateRequest {
    /// What is asked.
    enum class Kind : std::uint32_t {
        admit,   ///< my client is who it says
        cancel,  ///< my client wants to cancel what another session is doing
    };
    Kind kind;                 ///< which
    AdmissionRequest admit{};  ///< admit: for whom
    CancelRequest cancel{};    ///< cancel: what
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
Admission ask_admission(int gate, const AdmissionRequest& request);

/// In the child: passes a cancel request on. It gets no answer. \param gate the child's end. \param request whose, and the
/// secret.
void ask_cancel(int gate, const CancelRequest& request);

/// In the postmaster: the next request, or none when nothing is there. \param gate our end.
/// \param closed set when the child has closed its end and nothing more will come.
std::optional<GateRequest> read_request(int gate, bool& closed);

/// In the postmaster: answers. A child that died meanwhile is no error. \param gate the postmaster's end.
/// \param answer the verdict.
void answer_admission(int gate, Admission answer);
//! [gate-functions]

}  // namespace forklore
