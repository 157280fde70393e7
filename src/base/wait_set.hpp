/// \file
/// WaitSet: the one way to wait. It waits for descriptors, for interrupts and for a point in time, all at
/// once.
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
#include "base/wait_event.hpp"

namespace forklore {

/// What a descriptor can be ready for; combined with |.
enum WaitFor : std::uint32_t {
    k_readable = 1,  ///< bytes (or a connection, or the end) can be read
    k_writable = 2,  ///< bytes can be written
    k_closed = 4     ///< the other side has gone, or the descriptor failed
};

/// A descriptor that became ready.
struct Ready {
    int fd;  ///< which
    std::uint32_t
        events;  ///< WaitFor bits among those asked for. Both sides of a broken connection are reported as
                 ///< readable and writable too, so that whoever reads or writes next meets the error.
};

/// An epoll set. It belongs to the process that made it: after fork, make another.
class WaitSet {
public:
    /// Also watches for this process's interrupts. Throws Fatal 53000 (or 53200) when the kernel refuses.
    WaitSet();

    /// Begins to watch. Throws Error when the kernel refuses.
    /// \param fd must stay open while watched.
    /// \param events WaitFor bits.
    void add(int fd, std::uint32_t events);

    /// Watches for something else; does nothing when it is the same.
    /// \param fd watched.
    /// \param events WaitFor bits.
    void modify(int fd, std::uint32_t events);

    /// Ends watching; nothing happens to a descriptor that is not watched.
    /// \param fd still open.
    void remove(int fd) noexcept;

    /// Waits until a watched descriptor is ready, an interrupt is raised or the time is over. Costs one
    /// system call.
    /// \param timeout_ms none: for ever; 0: only looks at the descriptors. An interrupt that is pending then stays so,
    /// and ends the next wait.
    /// \param event what others see this process wait for.
    /// \return the ready descriptors (valid until the next call). Empty after an interrupt or at the end of
    /// the time, and now and then for no reason: who waits for a time looks at the clock.
    std::span<const Ready> wait(std::optional<int> timeout_ms = {}, WaitEvent event = k_not_waiting);

private:
    struct Watched {
        int fd;
        std::uint32_t events;
    };
    Watched& watched(int fd);
    void watch_for_wake_up(int fd);
    void control(int operation, int fd, std::uint32_t events);

    UniqueFd epoll_;
    int woken_by_ = -1;  // the Sleeper's descriptor
    std::vector<Watched> watched_;
    std::vector<Ready> ready_;
};

/// Sleeps at a check point: returns after the time, throws what an interrupt throws.
/// \param microseconds how long; at most 0 returns at once. Rounded up to milliseconds.
/// \param event what others see this process wait for.
void interruptible_sleep(std::int64_t microseconds, WaitEvent event = k_not_waiting);

}  // namespace forklore
