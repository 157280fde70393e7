/// \file
/// WaitSet: the one way to wait. It waits for descriptors, for interrupts and for a point in time, all at once.
///
/// Usage follows one pattern; any other order loses a wake-up that comes between the check and the wait:
/// \code
/// for (;;) {
///     check_for_interrupts();
///     if (there_is_work()) break;
///     set.wait(timeout);
/// }
/// \endcode
///
/// Counterpart in PostgreSQL: latch.c (WaitEventSet), also on epoll.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/unique_fd.hpp"

namespace forklore {

/// What a descriptor can be ready for; combined with |.
enum WaitFor : std::uint32_t { k_readable = 1, k_writable = 2, k_closed = 4 };

/// A descriptor that became ready.
struct Ready {
    int fd;                ///< which
    std::uint32_t events;  ///< WaitFor bits; k_closed when the other side has gone or the descriptor failed
};

/// An epoll set. It belongs to the process that made it: after fork, make another.
class WaitSet {
public:
    /// Also watches this process's interrupt descriptor. Throws Fatal 53000-class when the kernel refuses.
    WaitSet();

    void add(int fd, std::uint32_t events);     ///< begins to watch \param fd must stay open while watched \param events WaitFor bits
    void modify(int fd, std::uint32_t events);  ///< watches for something else \param fd watched \param events WaitFor bits; a no-op when they are the same
    void remove(int fd);                        ///< ends watching \param fd watched, still open

    /// Waits until a watched descriptor is ready, an interrupt is raised or the time is over.
    /// \param timeout_ms none: for ever; 0: only looks. \return the ready descriptors (valid until the next call);
    /// empty after an interrupt or a timeout. EINTR counts as an interrupt.
    std::span<const Ready> wait(std::optional<int> timeout_ms = {});

private:
    struct Watched { int fd; std::uint32_t events; };
    UniqueFd epoll_;
    int interrupt_fd_ = -1;
    std::vector<Watched> watched_;
    std::vector<Ready> ready_;
};

/// Sleeps at a check point: returns after the time, throws what an interrupt throws. \param microseconds how long; ≤ 0 returns at once.
void interruptible_sleep(std::int64_t microseconds);

}  // namespace forklore
