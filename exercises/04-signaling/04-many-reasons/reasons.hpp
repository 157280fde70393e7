/// \file
/// What a process has been told, in one word.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <functional>

#include "shared_word.hpp"

namespace forklore::exercise {

/// What a process can be told.
enum class Reason : std::uint8_t { barrier, report, reload, k_count };

/// A process's word: in the upper half its pid, 0 when nobody listens; in the lower half a bit for each reason.
struct Ear {
    SharedWord told;  ///< by anybody
};

inline constexpr std::uint64_t k_reasons = 0xffff'ffff;  ///< the lower half

/// The bit of a reason. \param reason which
constexpr std::uint64_t bit_of(Reason reason) { return std::uint64_t{1} << static_cast<unsigned>(reason); }

/// Whose word it is; 0: nobody's. \param word what it holds
constexpr pid_t listener_of(std::uint64_t word) { return static_cast<pid_t>(word >> 32); }

/// Begins to listen. Nothing has been told yet. \param ear of the place \param me who has it from now on
inline void listen(Ear& ear, pid_t me) { ear.told.store(static_cast<std::uint64_t>(me) << 32); }

/// Sends the signal that says: look at your word. The test puts something here. \param to whom
inline std::function<void(pid_t to)> send_signal;

/// Tells a process something, and sends it the signal. \param ear of its place, which may be another's by now \param whom it \param reason what
/// \return false when it is not there any more; then nothing has been told and no signal sent
bool tell(Ear& ear, pid_t whom, Reason reason);

/// What serving each reason is; any of them may throw.
using Handlers = std::array<std::function<void()>, static_cast<std::size_t>(Reason::k_count)>;

/// Serves what has been told, each reason once. Does not throw. \param ear one's own \param handlers one for each reason
void serve(Ear& ear, const Handlers& handlers);

}  // namespace forklore::exercise
