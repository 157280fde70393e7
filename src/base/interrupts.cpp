#include "base/interrupts.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/error.hpp"
#include "base/sleeper.hpp"
#include "base/syscalls.hpp"
#include "base/unique_fd.hpp"

namespace forklore {

namespace detail {
volatile std::sig_atomic_t interrupt_pending = 0;
FORKLORE_PER_PROCESS int interrupts_held = 0;
void (*quit_handler)() = nullptr;
volatile std::sig_atomic_t may_quit_at_once = 0;
}  // namespace detail

//! [wake-up-descriptor]
int WakeUpDescriptor::get() {
    if (fd_ < 0) {
        const int fd = sys::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (fd < 0)
            throw Fatal(code_for_errno(errno), "could not create a wake-up descriptor: {}", errno_text(errno));
        fd_ = fd;
    }
    return fd_;
}

void WakeUpDescriptor::ring() noexcept {
    const int saved_errno = errno;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = ::write(fd_, &one, sizeof one);
    errno = saved_errno;
}

void WakeUpDescriptor::close() noexcept { become({}); }

void WakeUpDescriptor::become(UniqueFd other) noexcept {
    const UniqueFd closing{fd_};
    fd_ = other.release();
}
//! [wake-up-descriptor]

namespace {

void (*interrupt_handler)() = nullptr;
void (*interrupt_waker)() = nullptr;
void (*interrupt_service)() noexcept = nullptr;

//! [private-sleeper]
// The Sleeper to begin with. Its own process alone raises it, in a signal handler as a rule, and so plain flags are enough: between
// a process and its handler there is an order.
class PrivateSleeper final : public Sleeper {
public:
    bool fall_asleep() noexcept override {
        // From here on a handler writes to the descriptor, which the sleep cannot miss. Whatever was raised before is seen here.
        asleep_ = 1;
        if (raised_ == 0) return true;
        awake(true);
        return false;
    }

    void awake(bool forget) noexcept override {
        asleep_ = 0;
        if (forget) raised_ = 0;
    }

    void raise() noexcept override {
        raised_ = 1;
        // A process that is not about to sleep will see that when it is: it writes `asleep_` and reads `raised_`, in opposite order, so
        // one of the two sees the other, and the common case costs no system call.
        if (asleep_ != 0) descriptor_.ring();
    }

    int descriptor() override { return descriptor_.get(); }

    void begin_anew() noexcept {
        descriptor_.close();
        awake(true);
    }

private:
    volatile std::sig_atomic_t asleep_ = 0, raised_ = 0;
    WakeUpDescriptor descriptor_;
};
//! [private-sleeper]

constinit PrivateSleeper private_sleeper;
constinit Sleeper* current_sleeper = &private_sleeper;

}  // namespace

//! [raise]
void raise_interrupt() noexcept {
    detail::interrupt_pending = 1;
    if (detail::may_quit_at_once != 0) check_for_quit();
    if (interrupt_waker != nullptr) interrupt_waker();
    current_sleeper->raise();
}
//! [raise]

Sleeper& sleeper() noexcept { return *current_sleeper; }

void set_sleeper(Sleeper* other) noexcept {
    current_sleeper = other == nullptr ? &private_sleeper : other;
    if (detail::interrupt_pending != 0) current_sleeper->raise();
}

void detail::process_interrupts() {
    interrupt_pending = 0;
    if (interrupt_service != nullptr) interrupt_service();  // first: the handler may throw, and the flag is down
    if (interrupt_handler != nullptr) interrupt_handler();
}

void set_interrupt_handler(void (*handler)()) { interrupt_handler = handler; }

void set_interrupt_service(void (*service)() noexcept) { interrupt_service = service; }

void set_interrupt_waker(void (*waker)()) { interrupt_waker = waker; }

void set_quit_handler(void (*handler)()) { detail::quit_handler = handler; }

void reset_interrupts() noexcept {
    detail::interrupt_pending = 0;
    detail::interrupts_held = 0;
    current_sleeper = &private_sleeper;
    private_sleeper.begin_anew();
}

}  // namespace forklore
