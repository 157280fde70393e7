/// \file
/// Messages from one process to one other, through memory that both have mapped.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

#include "shared_word.hpp"

namespace forklore::exercise {

/// What the two ends share.
class Ring {
public:
    static constexpr std::size_t k_size = 16;  ///< bytes; a real one has more

    SharedWord written;        ///< bytes ever written. The sender's to write
    SharedWord read;           ///< bytes ever read. The receiver's to write
    SharedWord sender_gone;    ///< 1: it sends nothing more. The sender's, or its undertaker's
    SharedWord receiver_gone;  ///< 1: it receives nothing more. The receiver's, or its undertaker's

    /// Copies bytes into the ring. Other processes may run meanwhile. \param at where, less than k_size \param from the bytes, which must not reach
    /// beyond the ring's end
    void copy_in(std::size_t at, std::string_view from) {
        if (between_accesses) between_accesses();
        within(at, from.size());
        from.copy(bytes_.data() + at, from.size());
    }
    /// Copies bytes out of it. Other processes may run meanwhile. \param at where, less than k_size \param to gets them behind what it has \param count so
    /// many, which must not reach beyond the ring's end
    void copy_out(std::size_t at, std::string& to, std::size_t count) const {
        if (between_accesses) between_accesses();
        within(at, count);
        to.append(bytes_.data() + at, count);
    }

private:
    static void within(std::size_t at, std::size_t count) {
        if (at >= k_size || count > k_size - at)
            throw std::out_of_range(std::to_string(count) + " bytes from byte " + std::to_string(at) +
                                    " on reach beyond the ring's end");
    }
    std::array<char, k_size> bytes_{};
};

/// How an attempt ended.
enum class Outcome {
    done,         ///< all of it is sent, or received
    would_block,  ///< not yet: come again
    gone          ///< the other side is gone, and there is nothing left that it had sent as a whole
};

/// Before each message stands its length, in these.
using Length = std::uint64_t;

/// The end that sends.
class Sender {
public:
    explicit Sender(Ring& ring) : ring_(ring) {}  ///< \param ring lives longer
    /// Sends a message, or as much of it as there is room for. \param message any bytes; after would_block the same again
    Outcome send(std::string_view message);

private:
    Ring& ring_;
    std::size_t sent_ = 0;  // bytes of the present message that are in the ring, those of its length included
};

/// The end that receives.
class Receiver {
public:
    explicit Receiver(Ring& ring) : ring_(ring) {}  ///< \param ring lives longer
    /// Receives a message, or as much of it as there is. \param message gets it when the outcome is done
    Outcome receive(std::string& message);

private:
    Ring& ring_;
    std::string taken_;  // bytes of the present message that have been taken, those of its length included
};

}  // namespace forklore::exercise
