#include "far_side.hpp"

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
void FarSide::serve(const Hear& hear, bool wait) {
    if (stage_ == Stage::resting && again_at_ <= monotonic_us()) connect();
    if (stage_ == Stage::connected) send();
    if (stage_ == Stage::connected) watch();
    std::optional<int> timeout;
    if (stage_ == Stage::resting) timeout = static_cast<int>(std::max<std::int64_t>(0, (again_at_ - monotonic_us() + 999) / 1000));
    for (const Ready& ready : set_.wait(wait ? timeout : 0, k_bridge_main)) {
        if (stage_ == Stage::connecting) return arrived();
        if ((ready.events & k_readable) != 0) return receive(hear);
    }
}

// It is always listened to, or its end would not be noticed.
void FarSide::watch() { set_.modify(fd_.get(), lines_.empty() ? k_readable : k_readable | k_writable); }
//! [far-serve]

//! [far-connect]
void FarSide::connect() {
    fd_.reset(sys::socket(target_.address()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd_) return leave(errno_text(errno));
    stage_ = Stage::connecting;
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
        log_line(sqlstate::connection_failure, "notify_bridge {} {}: {}", had_it ? "has lost" : "cannot reach", target_.text(), why);
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
void FarSide::receive(const Hear& hear) {
    std::array<char, 16 * 1024> piece;
    const ssize_t got = sys::recv(fd_.get(), piece.data(), piece.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
    if (got <= 0) return leave(got == 0 ? "it has closed the connection" : errno_text(errno));
    heard_.append(piece.data(), static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (std::size_t end; (end = heard_.find('\n', begin)) != std::string::npos; begin = end + 1)
        hear(std::string_view(heard_).substr(begin, end - begin));
    heard_.erase(0, begin);
    if (heard_.size() > k_longest_line) leave("it has sent a line without an end");
}
//! [far-receive]

}  // namespace bridge
