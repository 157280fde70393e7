/// \file
/// FarSide: the other end of the bridge, a program that listens on a socket and speaks in lines. It need not be there: what it shall hear waits for it.
#pragma once

#include <netinet/in.h>
#include <sys/un.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "base/wait_set.hpp"

namespace bridge {

//! [target]
/// Where a program listens.
class Target {
public:
    /// Throws Error 22023 for anything else. \param text `unix:/path/of/a.socket` or `tcp:127.0.0.1:7000` (`tcp:[::1]:7000`)
    explicit Target(std::string_view text);

    const sockaddr* address() const {
        return reinterpret_cast<const sockaddr*>(&address_);
    }                                                  ///< for connect()
    socklen_t length() const { return length_; }       ///< of it
    const std::string& text() const { return text_; }  ///< as it was written

private:
    sockaddr_storage address_{};
    socklen_t length_ = 0;
    std::string text_;
};
//! [target]

//! [far-side]
inline constexpr std::size_t k_longest_line =
    64 * 1024;  ///< bytes that the far side may say without an end of line
inline constexpr std::int64_t k_patience_us =
    5'000'000;  ///< for a far side that does not answer, or reads more slowly than it is told
inline constexpr std::int64_t k_shortest_rest_us =
    100'000;  ///< between two attempts to connect; each rest is twice as long as the last,
inline constexpr std::int64_t k_longest_rest_us = 10'000'000;  ///< up to this,
inline constexpr std::int64_t k_a_while_us = 1'000'000;        ///< until a connection has lasted so long

/// See the top of this file. Belongs to one process.
class FarSide {
public:
    /// What to do with a line. \param line without its end
    using Hear = std::function<void(std::string_view line)>;
    /// What stands in the place of lines for which there was no room. \param count of them \return a line with its end
    using Lost = std::function<std::string(std::uint64_t count)>;

    /// \param target where it listens \param most bytes that may wait for it \param lost see Lost
    FarSide(Target target, std::size_t most, Lost lost)
        : target_(std::move(target)), most_(most), lost_text_(std::move(lost)) {}

    /// What the kernel takes at once is still sent.
    ~FarSide() {
        if (connected()) attend();
    }
    FarSide(const FarSide&) = delete;
    FarSide& operator=(const FarSide&) = delete;

    /// Says a line to it, now or when it can take it. \param line with its end \return whether there was room
    bool say(std::string line);

    /// Does what can be done without waiting: connects, sends what waits for it.
    void attend() noexcept;
    /// Waits until there is something to do, and hears what has come. \param hear see Hear; what it throws goes through
    /// \param wait false: only looks
    void wait(const Hear& hear, bool wait);

    bool connected() const { return stage_ == Stage::connected; }  ///< as far as is known
    std::size_t waiting() const { return bytes_; }                 ///< bytes that wait for it
    /// Whether it has much to read, and has not had its time for that. Who says more now may lose it.
    bool catching_up() const;

private:
    enum class Stage { resting, connecting, connected };

    void connect();
    void arrived();
    void leave(const std::string& why);
    void send();
    void receive();
    bool hear_lines(const Hear& hear);
    bool has_much() const { return bytes_ > most_ / 2; }
    bool has_line() const { return heard_.find('\n') != std::string::npos; }
    std::optional<int> time_to_wait() const;
    bool tell_of_gap();

    Target target_;
    std::size_t most_;
    Lost lost_text_;
    forklore::WaitSet set_;
    forklore::UniqueFd fd_;
    Stage stage_ = Stage::resting;
    std::int64_t again_at_ = 0;  // when to connect, while resting
    std::int64_t rest_us_ = 0;   // the last one
    std::int64_t since_ = 0;     // when it was connected, or connecting began
    bool told_ = false;          // whether it has been logged that it cannot be reached
    std::deque<std::string> lines_;
    std::size_t bytes_ = 0;        // of all of them
    std::size_t sent_ = 0;         // bytes of the first
    std::int64_t much_since_ = 0;  // while it has much to read
    std::uint64_t lost_ = 0;       // lines since the last one that found room
    std::string heard_;            // of a line that has not ended
};
//! [far-side]

}  // namespace bridge
