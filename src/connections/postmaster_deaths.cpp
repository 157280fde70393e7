/// \file
/// The postmaster and the dead: who has ended, what it means for the others, and what is done about it.
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/syscalls.hpp"
#include "connections/backend_interrupts.hpp"
#include "connections/child_process.hpp"
#include "connections/connection_settings.hpp"
#include "connections/postmaster.hpp"
#include "connections/process_title.hpp"

namespace forklore {

//! [reap-children]
void Postmaster::reap_children() {
    // Signals do not count: one SIGCHLD may stand for many deaths, so ask until there is nobody left to bury.
    int status = 0;
    for (pid_t pid; (pid = sys::waitpid(-1, &status, WNOHANG)) > 0 || (pid < 0 && errno == EINTR);) {
        if (pid < 0) continue;
        // Out of the table before anything else: whatever fails below, nobody will wait for the dead. Who is not in it was not ours to begin with.
        const Child child = children_.remove(pid).value_or(Child{.pid = pid});
        ChildExit exit{.pid = pid, .status = status, .kind = child.kind};
        tend_due_ = true;
        try {
            log_child_exit(exit, child);
        } catch (const std::exception&) {
            // What cannot be said for want of memory must not keep a death from being settled.
        }
        if (child.registered) settle(exit, child);
        exit.condemned = condemned_;
        exit.stopping = state_ > ServerState::smart_shutdown;
        for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) (*layer)->child_exited(exit);
    }
}

//! [reap-children]

//! [log-child-exit]
void Postmaster::log_child_exit(const ChildExit& exit, const Child& child) {
    const bool usual = WIFEXITED(exit.status) && (WEXITSTATUS(exit.status) == 0 || WEXITSTATUS(exit.status) == 1);
    if (usual && (WEXITSTATUS(exit.status) == 0 || child.name.empty())) return;  // has done its work; a session that ended
    const std::string_view name = child.name.empty() ? "server process" : std::string_view(child.name);
    Report line{.severity = Severity::log, .code = sqlstate::successful_completion, .message = {}};
    if (WIFSIGNALED(exit.status))
        line.message = fmt::format("{} (PID {}) was terminated by signal {}: {}", name, exit.pid,
                                   WTERMSIG(exit.status), strsignal(WTERMSIG(exit.status)));
    else if (WEXITSTATUS(exit.status) != k_quickly_exited ||
             !(condemned_ || state_ == ServerState::immediate_shutdown))  // they were told to
        line.message =
            fmt::format("{} (PID {}) exited with exit code {}", name, exit.pid, WEXITSTATUS(exit.status));
    else
        return;
    if (const std::string words = registrar_.last_words(exit.pid); !words.empty())
        line.detail = fmt::format("Failed process was running: {}", words);
    report_to_log(line);
}
//! [log-child-exit]

//! [settle]
/// What a death means for those who live.
void Postmaster::settle(ChildExit& exit, const Child& child) {
    if (condemned_ || state_ == ServerState::immediate_shutdown) return;  // nobody will use any of it again
    const Remains remains = registrar_.died(exit);
    const bool failed_undertaker = exit.kind == ProcessKind::undertaker && exit.status != 0;
    if (remains == Remains::broken || failed_undertaker) {
        condemn();
    } else if (exit.kind == ProcessKind::undertaker) {
        registrar_.buried(child.buries);
    } else if (remains == Remains::whole) {
        unburied_.push_back(exit);
        bury_at_ = 0;
    }
}
//! [settle]

//! [bury]
/// Forks undertakers, one for each of the dead.
void Postmaster::bury_next() {
    bury_at_ = monotonic_us() + k_pause_us;  // when it does not succeed now
    while (!unburied_.empty()) {
        const ChildExit dead = unburied_.front();
        if (start({.kind = ProcessKind::undertaker,
                   .name = "undertaker",
                   .life = [this, dead](const OwnStart&) { return undertake(dead); },
                   .buries = dead.place}) == 0)
            return;
        unburied_.pop_front();
    }
}

/// In the undertaker. It does not stop half-way because the server shuts down, but it does when all is lost anyway.
int Postmaster::undertake(const ChildExit& dead) {
    for (const int signal : {SIGHUP, SIGINT, SIGTERM}) handle_signal(signal, SIG_IGN);
    for (const int signal : {SIGQUIT, k_postmaster_death_signal}) handle_signal(signal, SIG_DFL);
    hold_signals(false);
    set_process_title(process_kind_name(ProcessKind::undertaker));
    try {
        for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) (*layer)->bury(dead);
        return 0;
    } catch (const std::exception& error) {
        log_line(sqlstate::internal_error, "could not clear away what process {} left: {}", dead.pid, error.what());
        return 1;
    }
}
//! [bury]

//! [condemn]
/// Nobody knows what state shared memory is in. All who have seen it must go.
void Postmaster::condemn() {
    log_line(sqlstate::successful_completion, "terminating any other active server processes");
    condemned_ = true;
    registrar_.condemn();
    unburied_.clear();
    quit_children();
}
//! [condemn]

//! [start-over]
/// The last of them has gone.
void Postmaster::start_over() {
    kill_at_ = 0;
    if (state_ != ServerState::running) return give_up("abnormal database system shutdown");
    if (!setting::restart_after_crash.value())
        return give_up("shutting down because restart_after_crash is off");
    log_line(sqlstate::successful_completion, "all server processes terminated; reinitializing");
    try {
        for (const auto& layer : layers_) layer->create_shared();
    } catch (const std::exception& error) {
        // The machine has no room for it any more. To try again at once would be to do nothing else.
        log_line(sqlstate::out_of_memory, "{}", error.what());
        return give_up("shutting down because shared memory could not be made again");
    }
    condemned_ = false;
    begin_serving();
    log_line(sqlstate::successful_completion, "database system is ready to accept connections");
}

/// There is nothing left to serve with. Those who were only told to come back later go as well.
void Postmaster::give_up(const char* why) {
    log_line(sqlstate::successful_completion, "{}", why);
    exit_status_ = 1;
    state_ = ServerState::immediate_shutdown;
    condemned_ = false;
    if (!sockets_.empty()) stop_listening();
    quit_children();
}
//! [start-over]

}  // namespace forklore
