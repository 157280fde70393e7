/// \file
/// A worker that delivers letters, and all that can happen to it.
#pragma once

#include <deque>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace forklore::exercise {

/// Called before each step, while it is set; it gets what the worker is about to do. Other processes may run at this moment.
inline std::function<void(const char* step)> before_step;

/// Called when the worker sleeps: its latch is not set. Returns when it has been.
inline std::function<void()> asleep;

/// What a worker finds in its server. There is one latch for everything: who brings a letter sets it, and so do the signals by which a worker is told to end
/// or to read its settings again.
class PostOffice {
public:
    /// Whether it has been told to end.
    bool told_to_end() {
        step("looks whether it shall end");
        return end_;
    }
    /// Whether the settings have changed since they were read.
    bool settings_have_changed() {
        step("looks whether the settings have changed");
        return change_;
    }
    /// Reads them.
    void read_settings() {
        step("reads the settings");
        change_ = false;
    }
    /// Whether there is a letter.
    bool there_is_a_letter() {
        step("looks for a letter");
        return !letters_.empty();
    }
    /// Delivers the first one, by a statement in its session, which waits for a lock now and then: by the same latch, what else is there to wait by? Throws
    /// std::runtime_error when it cannot be delivered; it has been put aside then.
    void deliver_a_letter() {
        step("takes a letter");
        const std::string letter = letters_.front();
        letters_.pop_front();
        step("waits for a lock");
        latch_ =
            false;  // it was woken, looked whether it had the lock by now, and reset the latch before it looked
        if (letter.empty()) throw std::runtime_error("there is no address on it");
        ++delivered_;
    }
    /// Writes to the log. \param error what has gone wrong
    void log(const std::exception& error) { logged_.emplace_back(error.what()); }
    /// Sleeps until the latch is set, or not at all if it is; and resets it.
    void wait() {
        step("waits for work");
        if (!latch_) asleep();
        latch_ = false;
    }

    /// \name For others
    /// @{
    /// Brings a letter. \param letter empty: nobody can deliver it
    void bring(const std::string& letter) {
        letters_.push_back(letter);
        latch_ = true;
    }
    void tell_to_end() { latch_ = end_ = true; }         ///< SIGTERM
    void change_settings() { latch_ = change_ = true; }  ///< SIGHUP
    /// @}

    /// \name For the test
    /// @{
    std::size_t letters() const { return letters_.size(); }  ///< that are there
    bool end() const { return end_; }                        ///< it has been told to end
    bool change() const { return change_; }                ///< the settings have changed since they were read
    int delivered() const { return delivered_; }           ///< letters
    std::size_t logged() const { return logged_.size(); }  ///< lines
    /// @}

private:
    static void step(const char* what) {
        if (before_step) before_step(what);
    }
    std::deque<std::string> letters_;
    std::vector<std::string> logged_;
    int delivered_ = 0;
    bool latch_ = false, end_ = false, change_ = false;
};

/// The worker's function. Returns when it has been told to end. \param office where it works
void carry_letters(PostOffice& office);

}  // namespace forklore::exercise
