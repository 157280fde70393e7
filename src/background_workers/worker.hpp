/// \file
/// Background workers: processes that serve the server.
///
/// A worker is described before it exists: what it is called, which function it runs, when it may start for the first time, and what is to
/// follow when it ends. Whoever has the description registers it, a module while the server starts, or any process later. The postmaster
/// starts the worker, sees its end, and starts it again if that was agreed:
///
/// | it ends | and then |
/// |---|---|
/// | with exit status 0: its function has returned | it has finished, and is forgotten |
/// | with 1: its function has thrown, or it was told to end | it starts again after its interval, unless that is never |
/// | by SIGKILL or SIGTERM, and held nothing that is shared | an undertaker clears up, and it starts again at once |
/// | in any other way | what is shared is made anew; then it starts again at once |
///
/// What fails again and again as soon as it has started waits longer each time: see restart_policy.hpp.
///
/// Counterpart in PostgreSQL: bgworker.h and bgworker.c.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

#include "connections/nursery.hpp"

namespace forklore {

//! [worker-text]
/// A short text that can lie in shared memory: at most 95 bytes, as in PostgreSQL.
class WorkerText {
public:
    constexpr WorkerText() = default;
    /// Throws Error 42622 when it is too long. \param text UTF-8
    WorkerText(std::string_view text);
    WorkerText(const char* text)
        : WorkerText(std::string_view(text)) {}  ///< \copydoc WorkerText(std::string_view)
    /// The text; also when somebody has overwritten its end.
    std::string_view view() const { return {text_.data(), strnlen(text_.data(), text_.size() - 1)}; }
    bool empty() const { return text_[0] == '\0'; }  ///< no text

private:
    std::array<char, 96> text_{};
};
//! [worker-text]

//! [background-worker]
/// What a worker needs; combined with |.
enum WorkerFlags : std::uint32_t {
    k_shared_memory_access = 1,  ///< all of them
    k_database_connection = 2,   ///< it will open a WorkerSession
};

/// Whoever ends is forgotten.
inline constexpr std::chrono::milliseconds k_never_restart{-1};
/// The longest interval.
inline constexpr std::chrono::milliseconds k_longest_restart_interval = std::chrono::hours(24);

/// The description of a worker. It can lie in shared memory.
struct BackgroundWorker {
    WorkerText name;                                     ///< for its title and the log
    WorkerText type;                                     ///< pg_stat_activity.backend_type; empty: the name
    std::uint32_t flags = k_shared_memory_access;        ///< WorkerFlags
    StartMoment start = StartMoment::recovery_finished;  ///< not before
    /// From an end with exit status 1 to the next start.
    std::chrono::milliseconds restart_interval = k_never_restart;
    WorkerText library;             ///< where its function is: a module; empty: in the server
    WorkerText function;            ///< its function, by name: addresses differ between processes
    std::uint64_t argument = 0;     ///< whatever it means to the function
    std::array<char, 128> extra{};  ///< likewise
    pid_t notify_pid = 0;           ///< who is woken when it has started, and when it has ended; 0: nobody
};
static_assert(std::is_trivially_copyable_v<BackgroundWorker>);

/// A worker's function. When it returns, the worker has finished; what it throws is logged and ends it with exit status 1.
/// \param me its description
using WorkerFunction = void (*)(const BackgroundWorker& me);
//! [background-worker]

//! [register]
/// Registers a worker while the server starts: from a module that is loaded by shared_preload_libraries, or from a layer's start().
/// What is wrong with it is logged, and it is left out. \param worker what and when
void register_background_worker(const BackgroundWorker& worker);

/// Gives a function that is part of the server the name under which workers run it. To be called while the server starts. Throws Error 42723 when
/// another one has that name.
/// \param name of it, unique \param function what it does
void define_worker_function(std::string_view name, WorkerFunction function);
//! [register]

//! [handle]
/// What has become of a worker.
enum class WorkerStatus {
    not_yet_started,  ///< the postmaster has not come to it
    started,          ///< it runs, as far as the postmaster knows
    stopped,          ///< it has ended, or was never started, or it rests before it is started again
    postmaster_died   ///< nobody will start anything any more
};

/// A worker that has been registered. It means this registration and no other, however long it is kept.
class BackgroundWorkerHandle {
public:
    /// \param slot of the worker \param generation of that slot \param notified the process that is told of its start and end
    BackgroundWorkerHandle(std::int32_t slot, std::uint32_t generation, pid_t notified)
        : slot_(slot), generation_(generation), notified_(notified) {}

    WorkerStatus status() const;  ///< now
    pid_t pid() const;            ///< its process, 0 while it does not run

    /// Waits until it has been started: then it is `started`, or `stopped` if it has ended since or never will. Throws Error 55000 when this process is
    /// not the one that is told, and what interrupts throw.
    WorkerStatus wait_for_startup() const;
    /// Waits until it has stopped, which one that is restarted does, too. \copydetails wait_for_startup
    WorkerStatus wait_for_shutdown() const;

    /// Ends it with SIGTERM, and for good: it will not be started again, nor at all if it has not been yet.
    void terminate() const;

    std::int32_t slot() const { return slot_; }               ///< its place, for passing the handle on
    std::uint32_t generation() const { return generation_; }  ///< likewise

private:
    template <typename Question>
    WorkerStatus wait_until(Question done) const;

    std::int32_t slot_;
    std::uint32_t generation_;
    pid_t notified_;
};

/// Registers a worker from a running process, which is not the postmaster. Throws Error for what is wrong with it.
/// \param worker what and when \return none when there is no slot for it
std::optional<BackgroundWorkerHandle> register_dynamic_background_worker(const BackgroundWorker& worker);
//! [handle]

}  // namespace forklore
