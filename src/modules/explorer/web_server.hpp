/// \file
/// WebServer: serves a few files, and a stream of snapshots to everybody who watches. One process, no threads: what cannot be read or
/// written at once waits in the worker's WaitSet.
///
/// Nothing that a client does can cost more than its connection's share: a head has its longest length and its latest moment, an answer
/// too, and a viewer who does not keep up gets fewer snapshots, not a longer queue.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"
#include "base/wait_set.hpp"

namespace explorer {

//! [web-limits]
inline constexpr std::size_t k_most_connections = 256;  ///< at once
inline constexpr int k_kernel_keeps =
    64 * 1024;  ///< bytes on their way to a client, in the kernel, which takes twice that
inline constexpr std::int64_t k_patience_us =
    10'000'000;  ///< for a head to come, and for an answer to be taken
inline constexpr std::int64_t k_viewer_patience_us = 30'000'000;  ///< for a viewer to take a snapshot
inline constexpr std::int64_t k_farewell_us =
    2'000'000;  ///< for a client to close its end, once it has been answered
inline constexpr std::int64_t k_breath_us =
    1'000'000;  ///< until it accepts again, when there were no descriptors
//! [web-limits]

//! [web-server]
/// What can be asked for by a path.
struct File {
    std::string_view path;  ///< "/"
    std::string_view type;  ///< "text/html; charset=utf-8"
    std::string_view text;  ///< what it holds
};

/// See the top of this file.
class WebServer {
public:
    /// Begins to listen on 127.0.0.1. Throws Error 55000 when it cannot. \param port TCP \param files live as long as this
    WebServer(int port, std::vector<File> files);

    /// Waits for clients and serves them, for one round. \param until time (forklore::monotonic_us) to come back at; none: whenever
    /// something has happened
    void serve(std::optional<std::int64_t> until);

    /// Whether anybody waits for a snapshot.
    bool watched() const;
    /// Sends a snapshot to all who watch. \param data one line
    void publish(std::string_view data);

private:
    using Text = std::shared_ptr<const std::string>;
    enum class Stage { asking, answered, watching, leaving };
    struct Connection {
        forklore::UniqueFd fd;
        Stage stage = Stage::asking;
        std::string received{};  // of its head
        Text sending{};          // null: nothing
        std::size_t sent = 0;    // bytes of it
        std::uint64_t seen = 0;  // number of the last snapshot that it was given
        std::optional<std::int64_t>
            latest;  // when patience is over; none: while it watches and has all there is
    };

    void accept_clients();
    void make_room();
    void handle(Connection& client);
    void receive(Connection& client);
    void answer(Connection& client);
    void send(Connection& client, Text text);
    void go_on_sending(Connection& client);
    void sent_all(Connection& client);
    void close(Connection& client) noexcept;
    void lose_patience(std::int64_t now);
    std::optional<int> time_to_wait(std::optional<std::int64_t> until) const;

    std::vector<File> files_;
    forklore::UniqueFd listener_;
    forklore::WaitSet set_;
    std::vector<Connection> clients_;
    Text snapshot_;             // the last one, while anybody watches
    std::uint64_t number_ = 0;  // of it
    std::int64_t accept_at_ = 0;
    bool accepts_ = true;
};
//! [web-server]

}  // namespace explorer
