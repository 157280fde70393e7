/// \file
/// Postmaster: the first process. It listens, forks, keeps the table of children, and outlives them all.
///
/// It never reads a byte that a client sent and never waits for a client, so nothing that a client does or
/// fails to do can hold up the others. All its waiting is in one place, the event loop.
///
/// Counterpart in PostgreSQL: postmaster.c (ServerLoop, PostmasterStateMachine, reaper).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "base/wait_set.hpp"
#include "connections/accept_loop.hpp"
#include "connections/children.hpp"
#include "connections/gatekeeper.hpp"
#include "connections/listener.hpp"
#include "connections/nursery.hpp"
#include "connections/subsystem.hpp"

namespace forklore {

inline constexpr std::int64_t k_pause_us = 100'000;  ///< how long to wait before a new attempt when resources are out

/// The event loop and what it does. One object, in the first process only; a child inherits a copy it must
/// not use.
class Postmaster : private ClientLauncher, private Nursery {
public:
    /// \param layers lowest first; must outlive this. \param data_directory locked already. \param sockets to
    /// listen on.
    Postmaster(const Subsystems& layers, std::string data_directory, std::vector<ListeningSocket> sockets);

    /// Serves until a shutdown has ended. \param ready_fd where to write a byte once clients are welcome; -1
    /// for nowhere. \return the process's exit status.
    int run(int ready_fd);

private:
    Registrar& choose_registrar();
    // ---- the event loop
    bool finished() const;
    void handle_signals();
    void handle_ready(std::span<const Ready> ready);
    std::optional<int> next_timeout() const;
    void pause_listening();
    void resume_listening();
    // ---- births (ClientLauncher)
    void prepare() override;
    [[noreturn]] void become_backend(UniqueFd client) override;
    void child_started(pid_t child) override;
    void fork_failed(UniqueFd client, int error) override;
    void accept_failed(int error) override;
    void drop_oldest_half_open();
    void enter_child(std::string_view type, UniqueFd& client);
    [[noreturn]] void leave_child(int status);
    // ---- the layers' own (postmaster_nursery.cpp)
    void begin_serving();
    void tend_layers();
    ServerState state() const override { return state_; }
    StartMoment reached() const override { return reached_; }
    bool condemned() const override { return condemned_; }
    pid_t start(const OwnProcess& process) override;
    void signal(pid_t child, int signal) override;
    void call_at(std::int64_t monotonic_us) override;
    [[noreturn]] void live(const OwnProcess& process);
    // ---- deaths (postmaster_deaths.cpp)
    void reap_children();
    void log_child_exit(const ChildExit& exit, const Child& child);
    void settle(ChildExit& exit, const Child& child);
    void bury_next();
    int undertake(const ChildExit& dead);
    void condemn();
    void start_over();
    void give_up(const char* why);
    // ---- reload and shutdown
    void reload();
    void shut_down(ServerState wanted);
    void end_children();
    void quit_children();
    void stop_listening();
    void write_status(const char* status);
    void announce(int ready_fd);

    const Subsystems& layers_;
    std::string data_directory_;
    std::vector<ListeningSocket> sockets_;
    const pid_t pid_;
    WaitSet wait_set_;
    Children children_;
    ServerState state_ = ServerState::running;
    StartMoment reached_ = StartMoment::postmaster_start;
    bool tend_due_ = false;        ///< something has happened that the layers may have waited for
    std::int64_t tend_at_ = 0;     ///< monotonic µs at which a layer wants to be called; 0: none does
    std::int64_t paused_until_ = 0;  ///< monotonic µs until which nobody is accepted; 0: accepting
    std::int64_t kill_at_ = 0;  ///< monotonic µs at which SIGQUIT is followed by SIGKILL; 0: not
    Gatekeeper gatekeeper_;     ///< keeps the register where no layer does
    Registrar& registrar_;
    bool condemned_ = false;          ///< what the children share is broken, and they have been told to go
    std::deque<ChildExit> unburied_;  ///< the dead that wait for an undertaker
    std::int64_t bury_at_ = 0;        ///< monotonic µs at which to look for one again
    int exit_status_ = 0;
};

}  // namespace forklore
