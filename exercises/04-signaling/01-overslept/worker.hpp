/// \file
/// A worker, what it works on, and where it sleeps.
#pragma once

#include <cstdint>
#include <functional>

namespace forklore::exercise {

/// Called before each step, while it is set; it gets what the worker is about to do. Another process may run at this moment.
inline std::function<void(const char* step)> before_step;

/// Called when the worker sleeps: its latch is not set. Returns when it has been.
inline std::function<void()> asleep;

/// The worker's latch. Whoever has brought something sets it afterwards.
class WorkersLatch {
public:
    /// Forgets that it was set.
    void reset() {
        step("resets its latch");
        set_ = false;
    }
    /// Sleeps until it is set, or not at all if it is.
    void wait() {
        step("waits");
        if (!set_) asleep();
    }
    /// For those who bring something.
    void set() { set_ = true; }

    /// Says what comes next.
    static void step(const char* what) {
        if (before_step) before_step(what);
    }

private:
    bool set_ = false;
};

/// What the worker shares with those who bring jobs.
class Desk {
public:
    /// Whether there is a job that has not been done.
    bool there_is_a_job() {
        WorkersLatch::step("looks for a job");
        return done_ < brought_;
    }
    /// Does one. There must be one.
    void do_a_job() {
        WorkersLatch::step("does a job");
        ++done_;
    }
    /// For somebody else: brings one, and wakes the worker.
    void bring_a_job() {
        ++brought_;
        latch.set();
    }
    int open() const { return brought_ - done_; }  ///< for the test: jobs that are there

    WorkersLatch latch;  ///< the worker's

private:
    int brought_ = 0, done_ = 0;
};

/// Does all jobs that are ever brought, and sleeps in between. Never returns. \param desk where they are brought to
[[noreturn]] void work(Desk& desk);

}  // namespace forklore::exercise
