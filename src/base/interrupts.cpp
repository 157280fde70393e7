#include "base/interrupts.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/error.hpp"
#include "base/syscalls.hpp"
#include "base/unique_fd.hpp"

namespace forklore {

namespace detail {
volatile std::sig_atomic_t interrupt_pending = 0;
volatile std::sig_atomic_t wake_pending = 0;
volatile std::sig_atomic_t waiting = 0;
FORKLORE_PER_PROCESS int interrupts_held = 0;
void (*quit_handler)() = nullptr;
}  // namespace detail

namespace {

void (*interrupt_handler)() = nullptr;
void (*interrupt_waker)() = nullptr;

// Read by the signal handler, hence not inside a UniqueFd: a plain load must be enough.
volatile int wake_fd = -1;

}  // namespace

//! [raise]
void raise_interrupt() noexcept {
    detail::interrupt_pending = 1;
    detail::wake_pending = 1;
    if (interrupt_waker != nullptr) interrupt_waker();
    // A process that is not about to wait will see wake_pending when it is (WaitSet::wait sets `waiting`
    // first and looks at wake_pending then, so one of the two sees the other), and the common case costs no
    // system call.
    if (detail::waiting == 0) return;
    int saved_errno = errno;
    std::uint64_t one = 1;
    [[maybe_unused]] ssize_t n = ::write(wake_fd, &one, sizeof one);
    errno = saved_errno;
}
//! [raise]

void detail::process_interrupts() {
    interrupt_pending = 0;
    if (interrupt_handler != nullptr) interrupt_handler();
}

int detail::interrupt_fd() {
    if (wake_fd < 0) {
        int fd = sys::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (fd < 0) {
            throw Fatal(code_for_errno(errno), "could not create a wake-up descriptor: {}",
                        errno_text(errno));
        }
        wake_fd = fd;
    }
    return wake_fd;
}

void set_interrupt_handler(void (*handler)()) { interrupt_handler = handler; }

void set_interrupt_waker(void (*waker)()) { interrupt_waker = waker; }

void set_quit_handler(void (*handler)()) { detail::quit_handler = handler; }

void reset_interrupts() noexcept {
    int inherited = wake_fd;
    wake_fd = -1;
    detail::waiting = 0;
    detail::interrupt_pending = 0;
    detail::wake_pending = 0;
    detail::interrupts_held = 0;
    UniqueFd{inherited}.reset();
}

}  // namespace forklore
