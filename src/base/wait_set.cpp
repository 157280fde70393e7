#include "base/wait_set.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "base/sleeper.hpp"
#include "base/syscalls.hpp"

namespace forklore {

namespace {

// How many descriptors one wait() reports at most; the others stay ready for the next.
constexpr int k_batch = 64;

std::uint32_t to_epoll(std::uint32_t events) {
    return ((events & k_readable) != 0 ? EPOLLIN : 0u) | ((events & k_writable) != 0 ? EPOLLOUT : 0u) |
           ((events & k_closed) != 0 ? EPOLLRDHUP : 0u);
}

std::uint32_t from_epoll(std::uint32_t events) {
    std::uint32_t ready = 0;
    // A failed descriptor is ready for everything: the next read or write will say what is wrong.
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) return k_readable | k_writable | k_closed;
    if ((events & EPOLLIN) != 0) ready |= k_readable;
    if ((events & EPOLLOUT) != 0) ready |= k_writable;
    if ((events & EPOLLRDHUP) != 0) ready |= k_closed;
    return ready;
}

}  // namespace

WaitSet::WaitSet() : epoll_(sys::epoll_create1(EPOLL_CLOEXEC)) {
    if (!epoll_) throw Fatal(code_for_errno(errno), "could not create a wait set: {}", errno_text(errno));
    watch_for_wake_up(sleeper().descriptor());
}

void WaitSet::watch_for_wake_up(int fd) {
    // Edge-triggered, so that nobody ever has to empty the descriptor: each write wakes one wait.
    epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.fd = -1}};
    if (sys::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) < 0) {
        throw Fatal(code_for_errno(errno), "could not watch for interrupts: {}", errno_text(errno));
    }
    woken_by_ = fd;
}

void WaitSet::control(int operation, int fd, std::uint32_t events) {
    epoll_event event{.events = to_epoll(events), .data = {.fd = fd}};
    if (sys::epoll_ctl(epoll_.get(), operation, fd, &event) < 0) {
        throw Error(code_for_errno(errno), "could not watch descriptor {}: {}", fd, errno_text(errno));
    }
}

WaitSet::Watched& WaitSet::watched(int fd) {
    auto at = std::find_if(watched_.begin(), watched_.end(), [fd](const Watched& w) { return w.fd == fd; });
    if (at == watched_.end()) throw Error(sqlstate::internal_error, "descriptor {} is not watched", fd);
    return *at;
}

void WaitSet::add(int fd, std::uint32_t events) {
    control(EPOLL_CTL_ADD, fd, events);
    watched_.push_back({fd, events});
}

void WaitSet::modify(int fd, std::uint32_t events) {
    Watched& entry = watched(fd);
    if (entry.events == events) return;
    control(EPOLL_CTL_MOD, fd, events);
    entry.events = events;
}

void WaitSet::remove(int fd) noexcept {
    // What the kernel has to say does not matter: it forgets the descriptor at the latest when that closes.
    epoll_event event{};
    sys::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &event);
    std::erase_if(watched_, [fd](const Watched& w) { return w.fd == fd; });
}

//! [wait]
std::span<const Ready> WaitSet::wait(std::optional<int> timeout_ms, WaitEvent event) {
    ready_.clear();
    const bool only_look = timeout_ms == 0;  // then interrupts are left to whoever waits next
    Sleeper& self = sleeper();
    if (const int fd = self.descriptor(); fd != woken_by_) watch_for_wake_up(fd);
    if (!only_look && !self.fall_asleep()) return {};
    epoll_event events[k_batch];
    int n, error;
    {
        const ReportWait report(event);
        n = sys::epoll_wait(epoll_.get(), events, k_batch, timeout_ms.value_or(-1));
        error = errno;
    }
    // The caller looks at its flags when it gets nothing. When it gets descriptors, the wake-up is kept for later.
    if (!only_look) self.awake(n <= 0 || (n == 1 && events[0].data.fd < 0));
    if (n < 0 && error != EINTR) {
        throw Fatal(code_for_errno(error), "could not wait: {}", errno_text(error));
    }
    for (const epoll_event& ready : std::span(events, static_cast<std::size_t>(std::max(n, 0)))) {
        if (ready.data.fd >= 0) ready_.push_back({ready.data.fd, from_epoll(ready.events)});
    }
    return ready_;
}
//! [wait]

void interruptible_sleep(std::int64_t microseconds, WaitEvent event) {
    if (microseconds <= 0) return check_for_interrupts();
    std::int64_t now = monotonic_us();
    std::int64_t end = microseconds < std::numeric_limits<std::int64_t>::max() - now
                           ? now + microseconds
                           : std::numeric_limits<std::int64_t>::max();
    WaitSet set;
    for (;;) {
        check_for_quit();  // also of a caller that holds interrupts off
        check_for_interrupts();
        std::int64_t left_us = end - monotonic_us();
        if (left_us <= 0) return;
        std::int64_t left_ms = left_us / 1000 + (left_us % 1000 != 0 ? 1 : 0);
        set.wait(static_cast<int>(std::min<std::int64_t>(left_ms, std::numeric_limits<int>::max())), event);
    }
}

}  // namespace forklore
