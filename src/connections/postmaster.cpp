#include "connections/postmaster.hpp"

#include <openssl/crypto.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "base/clock.hpp"
#include "base/interrupts.hpp"
#include "base/log.hpp"
#include "base/syscalls.hpp"
#include "connections/backend.hpp"
#include "connections/backend_interrupts.hpp"
#include "connections/child_process.hpp"
#include "connections/connection_settings.hpp"
#include "connections/lock_file.hpp"

namespace forklore {

namespace {

//! [postmaster-limits]
constexpr std::int64_t k_pause_us =
    100'000;  // how long to leave the accept queue alone when resources are out
constexpr std::int64_t k_patience_us = 5'000'000;  // from SIGQUIT to SIGKILL in an immediate shutdown
//! [postmaster-limits]

//! [postmaster-signals]
volatile std::sig_atomic_t got_sighup, got_sigchld, got_sigterm, got_sigint, got_sigquit;

// A handler may interrupt the program anywhere, also inside malloc. It sets a flag and wakes the event loop.
void note_signal(int signal) {
    const int saved = errno;
    (signal == SIGHUP    ? got_sighup
     : signal == SIGCHLD ? got_sigchld
     : signal == SIGTERM ? got_sigterm
     : signal == SIGINT  ? got_sigint
                         : got_sigquit) = 1;
    raise_interrupt();
    errno = saved;
}

bool take(volatile std::sig_atomic_t& flag) { return flag != 0 ? (flag = 0, true) : false; }
//! [postmaster-signals]

}  // namespace

//! [postmaster-construct]
Postmaster::Postmaster(const Subsystems& layers, std::string data_directory,
                       std::vector<ListeningSocket> sockets)
    : layers_(layers),
      data_directory_(std::move(data_directory)),
      sockets_(std::move(sockets)),
      pid_(getpid()) {
    for (const int signal : {SIGHUP, SIGCHLD, SIGTERM, SIGINT, SIGQUIT}) handle_signal(signal, note_signal);
    for (const int signal : {SIGPIPE, SIGALRM, SIGUSR1, SIGUSR2, SIGTTIN, SIGTTOU})
        handle_signal(signal, SIG_IGN);
    for (const ListeningSocket& socket : sockets_) wait_set_.add(socket.fd.get(), k_readable);
    hold_signals(false);
}
//! [postmaster-construct]

//! [event-loop]
int Postmaster::run(int ready_fd) {
    announce(ready_fd);
    while (state_ == ServerState::running || !children_.empty()) {
        try {
            handle_signals();
            if (state_ != ServerState::running && children_.empty()) break;
            handle_ready(wait_set_.wait(next_timeout()));
        } catch (const std::exception& error) {
            // The kernel or the heap had nothing left. One client may be worse off; the server must not be.
            hold_signals(false);
            got_sigchld = 1;  // whoever was to be buried when it happened still is
            log_line(sqlstate::insufficient_resources, "postmaster: {}", error.what());
        }
    }
    for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) (*layer)->shutdown();
    log_line(sqlstate::successful_completion, "database system is shut down");
    remove_lock_files();
    return 0;
}

//! [event-loop]

//! [handle-signals]
void Postmaster::handle_signals() {
    check_for_interrupts();  // clears the flag that the handlers raised; our own flags say which it was
    if (take(got_sigquit)) shut_down(ServerState::immediate_shutdown);
    if (take(got_sigint)) shut_down(ServerState::fast_shutdown);
    if (take(got_sigterm)) shut_down(ServerState::smart_shutdown);
    if (take(got_sighup)) reload();
    if (take(got_sigchld)) reap_children();
    const std::int64_t now = monotonic_us();
    if (paused_until_ != 0 && now >= paused_until_) resume_listening();
    if (kill_at_ != 0 && now >= kill_at_) {
        log_line(sqlstate::successful_completion, "issuing SIGKILL to recalcitrant children");
        children_.signal_all(SIGKILL);
        kill_at_ = 0;
    }
}

//! [handle-signals]

//! [handle-ready]
void Postmaster::handle_ready(std::span<const Ready> ready) {
    for (const Ready& event : ready) {
        if (Child* child = children_.find_gate(event.fd))
            handle_gate(*child);
        else if (std::any_of(sockets_.begin(), sockets_.end(),
                             [&](const ListeningSocket& s) { return s.fd.get() == event.fd; }))
            accept_clients(event.fd, *this);
    }
}
//! [handle-ready]

//! [event-loop-timeout]
std::optional<int> Postmaster::next_timeout() const {
    const std::int64_t next = paused_until_ != 0 && kill_at_ != 0 ? std::min(paused_until_, kill_at_)
                                                                  : std::max(paused_until_, kill_at_);
    if (next == 0) return {};
    return static_cast<int>(std::max<std::int64_t>(0, (next - monotonic_us() + 999) / 1000));
}

//! [event-loop-timeout]

//! [pause-listening]
void Postmaster::pause_listening() {
    for (const ListeningSocket& socket : sockets_) wait_set_.modify(socket.fd.get(), 0);
    paused_until_ = monotonic_us() + k_pause_us;
}

void Postmaster::resume_listening() {
    for (const ListeningSocket& socket : sockets_) wait_set_.modify(socket.fd.get(), k_readable);
    paused_until_ = 0;
}
//! [pause-listening]

//! [prepare-child]
void Postmaster::prepare() {
    if (children_.half_open() >= static_cast<std::size_t>(setting::max_half_open_connections.value()))
        drop_oldest_half_open();
    try {
        if (getrandom(next_key_.data(), next_key_.size(), 0) != static_cast<ssize_t>(next_key_.size()))
            throw Error(sqlstate::internal_error, "could not generate random cancel key");
        next_gate_ = make_gate();
        wait_set_.add(next_gate_.postmaster_end.get(), k_readable);
    } catch (const Error& error) {
        report_to_log(error.report());
        next_gate_ = {};  // the child will find its gate closed and refuse its client
    }
    hold_signals(true);  // until the child has handlers of its own, and the parent has the child in its table
}

//! [prepare-child]

//! [drop-oldest]
/// Clients that connect and say nothing must not keep others out. The oldest has had the most time.
void Postmaster::drop_oldest_half_open() {
    Child* oldest = children_.oldest_half_open();
    if (oldest == nullptr) return;  // all of them are on their way out already
    oldest->dismissed = true;
    log_line(sqlstate::too_many_connections,
             "too many connections have not authenticated yet; dropping the oldest (PID {})", oldest->pid);
    sys::kill(oldest->pid, SIGTERM);
}
//! [drop-oldest]

//! [become-backend]
void Postmaster::become_backend(UniqueFd client) {
    try {
        ChildDescriptors kept{std::move(client), std::move(next_gate_.child_end)};
        leave_postmaster(pid_, "client backend", kept);
        for (const auto& layer : layers_) layer->in_child();
        run_backend(BackendStart{.client = std::move(kept.client),
                                 .gate = std::move(kept.gate),
                                 .cancel_key = next_key_,
                                 .postmaster = pid_,
                                 .data_directory = data_directory_,
                                 .shutting_down = state_ != ServerState::running});
    } catch (const std::exception& error) {
        log_line(sqlstate::internal_error, "could not begin: {}", error.what());
    }
    _exit(1);  // whatever happens, a child never goes back into its parent's loop
}

//! [become-backend]

//! [child-started]
void Postmaster::child_started(pid_t child) {
    next_gate_.child_end.reset();
    try {
        children_.add(child, next_key_, std::move(next_gate_.postmaster_end));
    } catch (...) {
        sys::kill(child, SIGTERM);  // nobody would know of it
        throw;
    }
    hold_signals(false);
}
//! [child-started]

//! [births-that-fail]
void Postmaster::fork_failed(UniqueFd client, int error) {
    hold_signals(false);
    log_line(sqlstate::insufficient_resources, "could not fork new process for connection: {}",
             errno_text(error));
    if (next_gate_.postmaster_end) wait_set_.remove(next_gate_.postmaster_end.get());
    // The one thing the postmaster ever says to a client: an 'E' in the form of the oldest protocol, which
    // every client understands as an error. It does not wait: what does not fit into the socket's buffer is
    // not said.
    const std::string words =
        fmt::format("Ecould not fork new process for connection: {}\n", errno_text(error));
    sys::send(client.get(), words.c_str(), words.size() + 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    next_gate_ = {};
}

//! [births-that-fail]

//! [accept-failed]
void Postmaster::accept_failed(int error) {
    log_line(sqlstate::insufficient_resources, "could not accept new connection: {}", errno_text(error));
    // The client stays in the queue and the socket stays readable. Without a pause the loop would spin.
    if (error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS) pause_listening();
}
//! [accept-failed]

//! [gatekeeping]
void Postmaster::handle_gate(Child& child) {
    bool closed = false;
    const std::optional<GateRequest> request = read_request(child.gate.get(), closed);
    if (closed) {
        wait_set_.remove(child.gate.get());
        children_.close_gate(child);
    }
    if (!request) return;
    if (request->kind == GateRequest::Kind::cancel) return cancel(*request);
    const Admission answer = decide(*request);
    answer_admission(child.gate.get(), answer);
    if (answer != Admission::granted) return;
    wait_set_.remove(child.gate.get());
    child.key_length = request->key_length;
    children_.admit(child, request->role.data());
}

//! [gatekeeping]

//! [decide]
Admission Postmaster::decide(const GateRequest& request) const {
    if (state_ != ServerState::running) return Admission::shutting_down;
    const std::size_t places = static_cast<std::size_t>(setting::max_connections.value());
    const std::size_t reserved = static_cast<std::size_t>(setting::superuser_reserved_connections.value());
    if (children_.admitted() >= places) return Admission::too_many;
    if (request.kind == GateRequest::Kind::admit_superuser) return Admission::granted;
    if (children_.admitted() + reserved >= places) return Admission::reserved_for_superusers;
    if (request.role_limit >= 0 && children_.sessions_of(request.role.data()) >= request.role_limit)
        return Admission::too_many_for_role;
    return Admission::granted;
}
//! [decide]

//! [cancel-forward]
void Postmaster::cancel(const GateRequest& request) {
    const Child* child = children_.find(request.pid);
    if (child == nullptr)
        log_line(sqlstate::successful_completion, "PID {} in cancel request did not match any process",
                 request.pid);
    else if (request.key_length != child->key_length || child->key_length == 0 ||
             CRYPTO_memcmp(child->key.data(), request.key.data(), request.key_length) != 0)
        log_line(sqlstate::successful_completion, "wrong key in cancel request for process {}", request.pid);
    else
        sys::kill(request.pid, SIGINT);
}
//! [cancel-forward]

//! [reap-children]
void Postmaster::reap_children() {
    // Signals do not count: one SIGCHLD may stand for many deaths, so ask until there is nobody left to bury.
    ChildExit exit{};
    while ((exit.pid = sys::waitpid(-1, &exit.status, WNOHANG)) > 0 || (exit.pid < 0 && errno == EINTR)) {
        if (exit.pid < 0) continue;
        // Out of the table before anything else: whatever fails below, nobody will wait for the dead.
        const std::optional<Child> child = children_.remove(exit.pid);
        if (!child) continue;
        if (child->gate) {
            wait_set_.remove(child->gate.get());
            bool closed = false;  // its last word may lie there unread
            if (const auto last = read_request(child->gate.get(), closed);
                last && last->kind == GateRequest::Kind::cancel)
                cancel(*last);
        }
        log_child_exit(exit);
        for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) (*layer)->child_exited(exit);
    }
}

//! [reap-children]

//! [log-child-exit]
void Postmaster::log_child_exit(const ChildExit& exit) {
    if (WIFEXITED(exit.status) && (WEXITSTATUS(exit.status) == 0 || WEXITSTATUS(exit.status) == 1))
        return;  // a session that ended
    if (WIFSIGNALED(exit.status))
        log_line(sqlstate::successful_completion, "server process (PID {}) was terminated by signal {}: {}",
                 exit.pid, WTERMSIG(exit.status), strsignal(WTERMSIG(exit.status)));
    else if (WEXITSTATUS(exit.status) != k_quickly_exited)
        log_line(sqlstate::successful_completion, "server process (PID {}) exited with exit code {}",
                 exit.pid, WEXITSTATUS(exit.status));
}
//! [log-child-exit]

//! [reload]
void Postmaster::reload() {
    log_line(sqlstate::successful_completion, "received SIGHUP, reloading configuration files");
    settings().load_file(setting::config_file.value(), false);
    for (const auto& layer : layers_) layer->reloaded();
    children_.signal_all(SIGHUP);
}
//! [reload]

//! [shut-down]
void Postmaster::shut_down(ServerState wanted) {
    if (wanted <= state_) return;  // a shutdown may become more urgent, never less
    const char* kind = wanted == ServerState::smart_shutdown  ? "smart"
                       : wanted == ServerState::fast_shutdown ? "fast"
                                                              : "immediate";
    log_line(sqlstate::successful_completion, "received {} shutdown request", kind);
    const bool first = std::exchange(state_, wanted) == ServerState::running;
    if (wanted == ServerState::fast_shutdown) {
        log_line(sqlstate::successful_completion, "aborting any active transactions");
        children_.signal_all(SIGTERM);
    } else if (wanted == ServerState::immediate_shutdown) {
        children_.signal_all(SIGQUIT);
        kill_at_ = monotonic_us() + k_patience_us;
    }
    if (wanted != ServerState::smart_shutdown) stop_listening();
    if (first) write_status("stopping");  // last: a full disk may keep it from being written, not us from stopping
}

/// After a smart shutdown request clients are still accepted, so that they can be told why they cannot stay.
/// When the sessions are being ended as well, nobody new shall come.
void Postmaster::stop_listening() {
    for (const ListeningSocket& socket : sockets_) wait_set_.remove(socket.fd.get());
    sockets_.clear();
    paused_until_ = 0;
}

//! [shut-down]

//! [announce]
void Postmaster::write_status(const char* status) {
    const std::vector<std::string> directories = split_list(setting::unix_socket_directories.value()),
                                   hosts = split_list(setting::listen_addresses.value());
    static const std::int64_t start_time = (now_us() + k_postgres_epoch_us) / 1'000'000;
    write_pid_file({pid_, data_directory_, start_time, setting::port.value(),
                    directories.empty() ? "" : directories.front(), hosts.empty() ? "" : hosts.front(),
                    status});
}

void Postmaster::announce(int ready_fd) {
    write_status("ready");
    log_line(sqlstate::successful_completion, "database system is ready to accept connections");
    if (UniqueFd ready(ready_fd); ready) sys::write(ready.get(), "r", 1);
}
//! [announce]

}  // namespace forklore
