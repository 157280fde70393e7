/// \file
/// Log tails: the last words of every process, in shared memory.
///
/// Each process has a tail of its own, which goes with its slot: it alone writes there, so no lock is needed, and a process that talks
/// much drives nobody else's words out. A slot's next process goes on where the last one ended, so that the last words of the dead stay for
/// a while.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace explorer {

//! [tails]
/// Lines that are kept of each process.
inline constexpr std::size_t k_tail_lines = 8;

/// A line that was kept.
struct LoggedLine {
    pid_t pid;                    ///< who said it
    std::uint32_t number;         ///< in its tail, counted up
    std::uint32_t back;           ///< lines that its tail has got since
    std::int64_t time;            ///< when, as forklore::now_us()
    forklore::Severity severity;  ///< how bad it was
    std::string message;          ///< its beginning
};

/// Asks for room in shared memory.
void request_log_tails();
/// Finds them, when there is shared memory.
void find_log_tails();
/// Keeps a line of this process. \param report on its way to the log
void keep_logged(const forklore::Report& report) noexcept;
/// All lines there are, the newest first.
std::vector<LoggedLine> logged_lines();
//! [tails]

}  // namespace explorer
