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
    if (number_ == 0) {
        const int fd = sys::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (fd < 0)
            throw Fatal(code_for_errno(errno), "could not create a wake-up descriptor: {}", errno_text(errno));
        number_ = fd + 1;
    }
    return number_ - 1;
}

void WakeUpDescriptor::ring() noexcept {
    const int saved_errno = errno;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = ::write(number_ - 1, &one, sizeof one);
    errno = saved_errno;
}

void WakeUpDescriptor::close() noexcept { become({}); }

void WakeUpDescriptor::become(UniqueFd other) noexcept {
    const UniqueFd closing{number_ - 1};
    number_ = other.release() + 1;
}
//! [wake-up-descriptor]

namespace {

void (*interrupt_handler)() = nullptr;
void (*interrupt_waker)() = nullptr;
void (*interrupt_service)() noexcept = nullptr;

//! [private-sleeper]
// The Sleeper to begin with. Its own process alone raises it, in a signal handler as a rule, and so plain flags are enough: between
// a process and its handler there is an order.
volatile std::sig_atomic_t asleep = 0, raised = 0;
constinit WakeUpDescriptor own_descriptor;

class PrivateSleeper final : public Sleeper {
public:
    bool fall_asleep() noexcept override {
        // From here on a handler writes to the descriptor, which the sleep cannot miss. Whatever was raised before is seen here.
        asleep = 1;
        if (raised == 0) return true;
        awake(true);
        return false;
    }

    void awake(bool forget) noexcept override {
        asleep = 0;
        if (forget) raised = 0;
    }

    void raise() noexcept override {
        raised = 1;
        // A process that is not about to sleep will see that when it is: it writes `asleep` and reads `raised`, in opposite order, so
        // one of the two sees the other, and the common case costs no system call.
        if (asleep != 0) own_descriptor.ring();
    }

    int descriptor() override { return own_descriptor.get(); }
};
//! [private-sleeper]

constinit PrivateSleeper private_sleeper;
Sleeper* other_sleeper = nullptr;

}  // namespace

//! [raise]
void raise_interrupt() noexcept {
    detail::interrupt_pending = 1;
    if (detail::may_quit_at_once != 0) check_for_quit();
    if (interrupt_waker != nullptr) interrupt_waker();
    sleeper().raise();
}
//! [raise]

Sleeper& sleeper() noexcept { return other_sleeper == nullptr ? private_sleeper : *other_sleeper; }

void set_sleeper(Sleeper* other) noexcept {
    other_sleeper = other;
    if (detail::interrupt_pending != 0) sleeper().raise();
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
    other_sleeper = nullptr;
    own_descriptor.close();
    private_sleeper.awake(true);
}

}  // namespace forklore
