/// \file
/// RestartPolicy: how long a worker that has failed rests before it is started again.
///
/// A worker that ends with an error asks for an interval, and one that was killed is wanted back at once. But what fails as soon as it
/// has started will fail again, and a server that does nothing but fork it serves nobody. So each rest is twice as long as the one before, up to a
/// minute, until the worker has lived for a while again.
///
/// Counterpart in PostgreSQL: none; there the interval is always the same, and none after a crash.
#pragma once

#include <chrono>

namespace forklore {

//! [restart-policy]
/// One worker's. It knows no clock: it is told how long the worker has lived.
class RestartPolicy {
public:
    using Duration = std::chrono::microseconds;  ///< of lives and rests

    /// Whoever has lived as long as this has not failed at once.
    static constexpr Duration k_a_while = std::chrono::seconds(1);
    /// The first rest of one that wants none, when it fails at once for the second time.
    static constexpr Duration k_first_rest = std::chrono::milliseconds(100);
    /// No rest grows beyond it; only who asks for a longer one gets that.
    static constexpr Duration k_longest_rest = std::chrono::minutes(1);

    /// The worker has failed. \param lived how long it has run \param asked the least that it shall rest; 0: not at all
    /// \return how long it shall rest
    Duration failed(Duration lived, Duration asked);

    /// Failures one after the other, none of which was preceded by a while of life.
    int failures() const { return failures_; }

private:
    int failures_ = 0;
    Duration last_rest_{0};
};
//! [restart-policy]

}  // namespace forklore
