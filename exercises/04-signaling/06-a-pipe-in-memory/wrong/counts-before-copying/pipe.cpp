// Takes the place first, and then it is its own.
#include "pipe.hpp"

#include <algorithm>

namespace forklore::exercise {

namespace {

// Puts as much into the ring as there is room for. Returns how many bytes.
std::size_t put(Ring& ring, std::string_view what) {
    const std::uint64_t written = ring.written.load(), room = Ring::k_size - (written - ring.read.load());
    const std::size_t count = std::min<std::size_t>(what.size(), room), begin = written % Ring::k_size;
    const std::size_t first = std::min(count, Ring::k_size - begin);
    if (count == 0) return 0;
    ring.written.store(written + count);
    ring.copy_in(begin, what.substr(0, first));
    if (first < count) ring.copy_in(0, what.substr(first, count - first));
    return count;
}

// Takes as much out of the ring as there is. Returns how many bytes.
std::size_t take(Ring& ring, std::string& to, std::size_t most) {
    const std::uint64_t read = ring.read.load(), there = ring.written.load() - read;
    const std::size_t count = std::min<std::size_t>(most, there), begin = read % Ring::k_size;
    const std::size_t first = std::min(count, Ring::k_size - begin);
    if (count == 0) return 0;
    ring.copy_out(begin, to, first);
    if (first < count) ring.copy_out(0, to, count - first);
    ring.read.store(read + count);  // now it may be overwritten
    return count;
}

}  // namespace

Outcome Sender::send(std::string_view message) {
    const Length length = message.size();
    const std::string_view header(reinterpret_cast<const char*>(&length), sizeof length);
    while (sent_ < sizeof length + message.size()) {
        if (ring_.receiver_gone.load() != 0) return Outcome::gone;
        const std::size_t count =
            put(ring_, sent_ < sizeof length ? header.substr(sent_) : message.substr(sent_ - sizeof length));
        if (count == 0) return Outcome::would_block;
        sent_ += count;
    }
    sent_ = 0;
    return Outcome::done;
}

Outcome Receiver::receive(std::string& message) {
    for (;;) {
        // Asked before the look into the ring: what the sender did before it went is then seen there.
        const bool gone = ring_.sender_gone.load() != 0;
        Length length = 0;
        if (taken_.size() >= sizeof length) std::memcpy(&length, taken_.data(), sizeof length);
        if (taken_.size() >= sizeof length && taken_.size() == sizeof length + length) {
            message = taken_.substr(sizeof length);
            taken_.clear();
            return Outcome::done;
        }
        const std::size_t missing = sizeof length + length - taken_.size();
        if (take(ring_, taken_, missing) == 0) return gone ? Outcome::gone : Outcome::would_block;
    }
}

}  // namespace forklore::exercise
