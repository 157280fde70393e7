#include "far_side.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/syscalls.hpp"

namespace bridge {

using namespace forklore;

namespace {
const WaitEvent k_bridge_main = define_wait_event(WaitEventClass::extension, "NotifyBridgeMain");
}

//! [far-say]
// When there is no room, what comes is lost, and not what waits: so the others keep their order, and the gap has one place.
bool FarSide::say(std::string line) {
    if (bytes_ + line.size() > most_) {
        ++lost_;
        return false;
    }
    tell_of_gap();
    bytes_ += line.size();
    lines_.push_back(std::move(line));
    return true;
}

bool FarSide::tell_of_gap() {
    if (lost_ == 0) return false;
    lines_.push_back(lost_text_(std::exchange(lost_, 0)));
    bytes_ += lines_.back().size();
    return true;
}
//! [far-say]

//! [far-serve]
void FarSide::attend() noexcept {
    try {
        if (stage_ == Stage::resting && again_at_ <= monotonic_us()) connect();
        if (stage_ == Stage::connecting && monotonic_us() - since_ >= k_patience_us)
            leave("it does not answer");
        if (stage_ == Stage::connected) send();
    } catch (const std::exception& error) {
        leave(error.what());
    }
    if (!has_much())
        much_since_ = 0;
    else if (much_since_ == 0)
        much_since_ = monotonic_us();
}

void FarSide::wait(const Hear& hear, bool wait) {
    if (stage_ == Stage::connected) {
        if (hear_lines(hear)) return;  // what was done with them may have made work
        // Who does not take his answers is not listened to, but his end is noticed.
        std::uint32_t events = k_closed;
        if (!has_much()) events |= k_readable;
        if (!lines_.empty()) events |= k_writable;
        set_.modify(fd_.get(), events);
    }
    for (const Ready& ready : set_.wait(wait ? time_to_wait() : 0, k_bridge_main)) {
        if (stage_ == Stage::connecting) return arrived();
        if ((ready.events & k_readable) != 0) return receive();
        if ((ready.events & k_closed) != 0) return leave("it has closed the connection");
    }
}

// In milliseconds; none: until something happens.
std::optional<int> FarSide::time_to_wait() const {
    std::int64_t until = 0;
    if (stage_ == Stage::resting)
        until = again_at_;
    else if (stage_ == Stage::connecting)
        until = since_ + k_patience_us;
    else if (catching_up())
        until = much_since_ + k_patience_us;
    else
        return {};
    return static_cast<int>(std::max<std::int64_t>(0, (until - monotonic_us() + 999) / 1000));
}

bool FarSide::catching_up() const {
    return stage_ == Stage::connected && much_since_ != 0 && monotonic_us() - much_since_ < k_patience_us;
}
//! [far-serve]

//! [far-connect]
void FarSide::connect() {
    fd_.reset(sys::socket(target_.address()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd_) return leave(errno_text(errno));
    stage_ = Stage::connecting;
    since_ = monotonic_us();
    const int on = 1, idle_s = 30, between_s = 10, probes = 3;  // a machine that has vanished says no more
    if (target_.address()->sa_family != AF_UNIX) {
        setsockopt(fd_.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
        setsockopt(fd_.get(), IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
        setsockopt(fd_.get(), IPPROTO_TCP, TCP_KEEPINTVL, &between_s, sizeof between_s);
        setsockopt(fd_.get(), IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    }
    const bool done = sys::connect(fd_.get(), target_.address(), target_.length()) == 0;
    // A socket of the file system whose queue is full says EAGAIN, and cannot be waited for.
    if (!done && errno != EINPROGRESS) return leave(errno_text(errno));
    set_.add(fd_.get(), k_writable);
    if (done) arrived();
}

void FarSide::arrived() {
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
    if (error != 0) return leave(errno_text(error));
    stage_ = Stage::connected;
    since_ = monotonic_us();
    told_ = false;
    log_line(sqlstate::successful_completion, "notify_bridge is connected to {}", target_.text());
}

// That it cannot be reached is told once. What it had been sent a part of is sent again, whole: the part has no end of line.
void FarSide::leave(const std::string& why) {
    const bool had_it = stage_ == Stage::connected;
    if (!std::exchange(told_, true))
        log_line(sqlstate::connection_failure, "notify_bridge {} {}: {}",
                 had_it ? "has lost" : "cannot reach", target_.text(), why);
    if (had_it && monotonic_us() - since_ >= k_a_while_us) rest_us_ = 0;
    if (fd_) set_.remove(fd_.get());
    fd_.reset();
    sent_ = 0;
    heard_.clear();
    rest_us_ = std::clamp(rest_us_ * 2, k_shortest_rest_us, k_longest_rest_us);
    again_at_ = monotonic_us() + rest_us_;
    stage_ = Stage::resting;
}
//! [far-connect]

//! [far-send]
void FarSide::send() {
    while (!lines_.empty() || tell_of_gap()) {
        const std::string& line = lines_.front();
        const ssize_t sent = sys::send(fd_.get(), line.data() + sent_, line.size() - sent_, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
        if (sent < 0) return leave(errno_text(errno));
        sent_ += static_cast<std::size_t>(sent);
        if (sent_ < line.size()) continue;
        bytes_ -= line.size();
        lines_.pop_front();
        sent_ = 0;
    }
}
//! [far-send]

//! [far-receive]
void FarSide::receive() {
    std::array<char, 16 * 1024> piece;
    const ssize_t got = sys::recv(fd_.get(), piece.data(), piece.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
    if (got <= 0) return leave(got == 0 ? "it has closed the connection" : errno_text(errno));
    heard_.append(piece.data(), static_cast<std::size_t>(got));
    if (heard_.size() > k_longest_line && !has_line()) leave("it has sent a line without an end");
}

bool FarSide::hear_lines(const Hear& hear) {
    std::size_t begin = 0;
    for (std::size_t end; !has_much() && (end = heard_.find('\n', begin)) != std::string::npos;
         begin = end + 1)
        hear(std::string_view(heard_).substr(begin, end - begin));
    heard_.erase(0, begin);
    return begin != 0;
}
//! [far-receive]

}  // namespace bridge
