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
    /// The same as load(), for a test: nothing happens before it.
    std::uint64_t peek() const { return word_.load(); }

private:
    std::atomic<std::uint64_t> word_{0};
};

}  // namespace forklore::exercise
