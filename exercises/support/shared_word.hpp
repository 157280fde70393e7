/// \file
/// A word in shared memory, and a test that looks over its shoulder.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

namespace forklore::exercise {

/// Called before each access to any SharedWord, while it is set: another process may run at this moment, or this one may be
/// killed. A test does there what it would otherwise have to wait for.
inline std::function<void()> between_accesses;

/// 64 bits that processes share. An access is one step: nobody sees half of it. Accesses happen in the order in which they stand
/// in the program.
class SharedWord {
public:
    /// What it holds.
    std::uint64_t load() const {
        if (between_accesses) between_accesses();
        return word_.load();
    }
    /// Makes it hold something else. \param value this.
    void store(std::uint64_t value) {
        if (between_accesses) between_accesses();
        word_.store(value);
    }
    /// Makes it hold something else, in the same step in which it is read. \param value this. \return what it held
    std::uint64_t exchange(std::uint64_t value) {
        if (between_accesses) between_accesses();
        return word_.exchange(value);
    }
    /// Adds to it in one step. \param value so much. \return what it held
    std::uint64_t fetch_add(std::uint64_t value) {
        if (between_accesses) between_accesses();
        return word_.fetch_add(value);
    }
    /// Sets bits in one step. \param bits these. \return what it held
    std::uint64_t fetch_or(std::uint64_t bits) {
        if (between_accesses) between_accesses();
        return word_.fetch_or(bits);
    }
    /// Keeps some bits and clears the others in one step. \param bits these. \return what it held
    std::uint64_t fetch_and(std::uint64_t bits) {
        if (between_accesses) between_accesses();
        return word_.fetch_and(bits);
    }
    /// Makes it hold something else if it holds what is expected, in one step. \param expected this; gets what it holds if it is
    /// something else. \param value what it shall hold. \return whether it was as expected
    bool compare_exchange(std::uint64_t& expected, std::uint64_t value) {
        if (between_accesses) between_accesses();
        return word_.compare_exchange_strong(expected, value);
    }
    /// The same as load(), for a test: nothing happens before it.
    std::uint64_t peek() const { return word_.load(); }

private:
    std::atomic<std::uint64_t> word_{0};
};

}  // namespace forklore::exercise
