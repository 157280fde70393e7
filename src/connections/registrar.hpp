/// \file
/// Registrar: who keeps the register of the server's processes, of their births, admissions and deaths.
///
/// The postmaster forks, and the child finds out who its client is; whether there is room for it, and whom a
/// cancel request means, are questions about all processes together. This interface is where they are asked.
/// A server without shared memory answers them in the postmaster, through a gate (gatekeeper.hpp); with
/// shared memory the child finds the answers itself.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "base/wait_set.hpp"

namespace forklore {

/// What a process is for.
enum class ProcessKind : std::uint8_t {
    none,            ///< no process at all
    client_backend,  ///< serves a client
    undertaker,      ///< clears away what a dead process left
    background_worker  ///< serves the server, in a way that a layer or a module knows
};

/// As the log and pg_stat_activity.backend_type name it: "client backend". \param kind any
std::string_view process_kind_name(ProcessKind kind);

inline constexpr std::int32_t k_no_place = -1;  ///< no place in the register

/// The secret behind cancel requests. Clients of protocol 3.0 know its first four bytes, those of 3.2 all of
/// it.
using CancelKey = std::array<unsigned char, 32>;
inline constexpr std::size_t k_short_key = 4;  ///< bytes that fit into protocol 3.0's messages

/// A key that nobody can guess. Throws Error XX000 when the kernel has no random bytes.
CancelKey make_cancel_key();

/// A child's question: my client is who it says; may it come in?
struct AdmissionRequest {
    bool superuser = false;        ///< may have the last places
    std::int32_t role_limit = -1;  ///< sessions that the role may have at once; -1 for any number
    std::uint32_t key_length = 0;  ///< bytes of the cancel key that the client will know
    std::array<char, 64> role{};   ///< its name, NUL-terminated
};

/// The answer.
enum class Admission : std::uint32_t { granted, too_many, reserved_for_superusers, too_many_for_role };

/// What a client asks that wants to stop another session's statement.
struct CancelRequest {
    std::int32_t pid = 0;          ///< whose
    std::uint32_t key_length = 0;  ///< bytes of the key that it knows
    CancelKey key{};               ///< the secret that proves the right to it
};

/// How a child process ended.
struct ChildExit {
    pid_t pid;         ///< which process; once it has been reaped the kernel may give the number to another
    int status;        ///< as waitpid() tells it
    ProcessKind kind;  ///< what it was for
    std::int32_t place = k_no_place;  ///< its place in the register, by which it is buried: see Registrar::died
    bool condemned = false;           ///< what is shared is broken, by this death or one before
    bool stopping = false;            ///< the server stops: nobody will take its place
};

/// What a dead process leaves of what it shared with others.
enum class Remains {
    nothing,  ///< it cleared up after itself, or shared nothing
    whole,    ///< something, in good order: an undertaker clears it away, and the others never notice
    broken    ///< nobody knows: all that is shared must be made anew
};

/// See the top of this file. One object, made in the postmaster; a child has its copy.
class Registrar {
public:
    virtual ~Registrar() = default;

    /// \name In the postmaster
    /// \{

    /// A process is about to be forked. Throws Error when there is no room for it in the register; a child
    /// that is forked all the same will be admitted nowhere. \param kind what for \param type what others see that it is; empty: the
    /// kind's name
    virtual void expect(ProcessKind kind, std::string_view type = {}) = 0;
    /// It has been forked. \param child its pid
    virtual void born(pid_t child) = 0;
    /// It could not be forked.
    virtual void unborn() noexcept = 0;
    /// Something has happened on a descriptor. \param fd which \return whether it was one of the registrar's
    virtual bool handle(int fd) = 0;
    /// How many have been admitted and live.
    virtual std::size_t admitted() const = 0;
    /// Whether one has been admitted. \param child a client backend
    virtual bool has_admitted(pid_t child) const = 0;
    /// One has died. When something whole remains, its place in the register stays until it is buried, and its
    /// pid means it no longer. \param dead who and how; is told its place in that case
    virtual Remains died(ChildExit& dead) = 0;
    /// What remained of it is cleared away. \param place of the dead
    virtual void buried(std::int32_t place) = 0;
    /// What is shared is broken, and all children are told to go.
    virtual void condemn() = 0;
    /// What a process was doing, for the log: the text of its last statement; empty where nobody knows.
    /// \param child its pid
    virtual std::string last_words(pid_t child) const = 0;
    /// \}

    /// \name In a child
    /// \{

    /// A descriptor that the child keeps when it closes its parent's, moved to a place of its own; none for
    /// none.
    virtual UniqueFd take_descriptor() = 0;
    /// The child is born. \param descriptor the one that was kept
    virtual void attach(UniqueFd descriptor) = 0;
    /// Asks for a place. May wait; throws what interrupts throw. \param request who is asking
    virtual Admission admit(const AdmissionRequest& request) = 0;
    /// The child's own key, once it has been admitted.
    virtual const CancelKey& cancel_key() const = 0;
    /// Passes a cancel request on. \param request whose, and the secret
    virtual void cancel(const CancelRequest& request) = 0;
    /// Whether the server has been condemned: why this child has to go.
    virtual bool condemned() const = 0;
    /// \}
};

}  // namespace forklore
