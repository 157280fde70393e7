/// \file
/// How children learn that the postmaster has died.
#pragma once

#include "base/unique_fd.hpp"

namespace forklore::exercise {

/// A pipe whose writing end lives as long as the postmaster.
class DeathWatch {
public:
    /// In the postmaster, before the first fork.
    DeathWatch();

    /// In each child, just after it was forked.
    void in_child();

    /// A descriptor that a child can wait for: it becomes readable when the postmaster is dead, and not
    /// before.
    int descriptor() const { return read_end_.get(); }

private:
    UniqueFd read_end_;
    UniqueFd write_end_;
};

}  // namespace forklore::exercise
