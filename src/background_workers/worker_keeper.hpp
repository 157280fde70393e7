/// \file
/// WorkerKeeper: what the postmaster knows of the workers, and does about them.
///
/// The slots in shared memory are where others write; what the postmaster goes by is its own table, into which it copies a registration once and
/// checks it first. Whatever a dying process may have done to the slots, the postmaster reads no pid and no address there.
///
/// Counterpart in PostgreSQL: BackgroundWorkerList, and maybe_start_bgworkers and CleanupBackgroundWorker in postmaster.c.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "background_workers/restart_policy.hpp"
#include "background_workers/worker.hpp"
#include "background_workers/worker_slots.hpp"
#include "connections/nursery.hpp"

namespace forklore {

//! [worker-keeper]
/// See the top of this file. The postmaster's; a child inherits a copy that it must not use.
class WorkerKeeper {
public:
    /// A static worker. Throws Error when the server has started already, or there are too many. \param worker checked
    void add(const BackgroundWorker& worker);

    void create_shared();         ///< the slots are new: everybody that is known is registered in them again
    void tend(Nursery& nursery);  ///< starts and ends whom it is time to
    void ended(const ChildExit& exit);  ///< a child has been reaped \param exit who and how

private:
    // One worker. Times are monotonic, in microseconds.
    struct Known {
        BackgroundWorker worker;
        std::uint32_t generation = 0;  // of its slot
        pid_t pid = 0;                 // 0: it does not run
        std::int64_t started = 0;      // when, if it runs
        std::int64_t start_at = 0;     // not before; 0: it is not resting
        std::int64_t kill_at = 0;      // when patience is over; 0: it has not been told to end
        bool ending = false;           // is not to be started again
        bool restarts() const { return worker.restart_interval != k_never_restart; }
        RestartPolicy policy{};
    };

    void read_slots(Nursery& nursery);
    void take_registration(std::size_t slot, std::uint32_t generation);
    void start(std::size_t slot, Nursery& nursery);
    void end(std::size_t slot, Nursery& nursery);
    void lose_patience(Known& worker, Nursery& nursery);
    void rest(std::size_t slot, const ChildExit& exit, bool to_blame);
    void forget(std::size_t slot);
    void show_rest(const Known& known, std::size_t slot);
    void publish(std::size_t slot, std::uint32_t stage);

    std::vector<std::optional<Known>> known_;  // by slot
    std::vector<pid_t> to_notify_;             // somebody's worker has started or ended
    std::uint32_t seen_changes_ = 0;
    RestartPolicy births_{};      // as long as the kernel has no process
    std::int64_t births_at_ = 0;  // not before
    bool started_ = false;        // the server has: no more static workers
    bool condemned_ = false;      // those who end now have been told to
};

/// The postmaster's.
WorkerKeeper& worker_keeper();
//! [worker-keeper]

}  // namespace forklore
