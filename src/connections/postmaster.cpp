#include "connections/postmaster.hpp"

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
constexpr std::int64_t k_patience_us = 5'000'000;  // from SIGQUIT to SIGKILL
const WaitEvent k_postmaster_main = define_wait_event(WaitEventClass::activity, "PostmasterMain");
//! [postmaster-limits]

//! [postmaster-signals]
volatile std::sig_atomic_t got_sighup, got_sigchld, got_sigterm, got_sigint, got_sigquit, got_sigusr1;

// A handler may interrupt the program anywhere, also inside malloc. It sets a flag and wakes the event loop.
void note_signal(int signal) {
    const int saved = errno;
    (signal == SIGHUP    ? got_sighup
     : signal == SIGCHLD ? got_sigchld
     : signal == SIGTERM ? got_sigterm
     : signal == SIGINT  ? got_sigint
     : signal == SIGUSR1 ? got_sigusr1
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
      pid_(getpid()),
      gatekeeper_(wait_set_),
      registrar_(choose_registrar()) {
    for (const auto& layer : layers_) layer->create_shared();
    for (const int signal : {SIGHUP, SIGCHLD, SIGTERM, SIGINT, SIGQUIT, SIGUSR1}) handle_signal(signal, note_signal);
    for (const int signal : {SIGPIPE, SIGALRM, SIGUSR2, SIGTTIN, SIGTTOU}) handle_signal(signal, SIG_IGN);
    for (const ListeningSocket& socket : sockets_) wait_set_.add(socket.fd.get(), k_readable);
    hold_signals(false);
}

/// The layer's that keeps a register, or else our own.
Registrar& Postmaster::choose_registrar() {
    for (const auto& layer : layers_)
        if (Registrar* registrar = layer->registrar()) return *registrar;
    return gatekeeper_;
}
//! [postmaster-construct]

//! [event-loop]
bool Postmaster::finished() const { return state_ != ServerState::running && children_.empty(); }

int Postmaster::run(int ready_fd) {
    begin_serving();
    announce(ready_fd);
    while (!finished()) {
        try {
            handle_signals();
            if (condemned_ && children_.registered() == 0) start_over();
            tend_layers();
            if (finished()) break;
            handle_ready(wait_set_.wait(next_timeout(), k_postmaster_main));
        } catch (...) {
            // The kernel or the heap had nothing left. One client may be worse off; the server must not be.
            hold_signals(false);
            got_sigchld = 1;  // whoever was to be buried when it happened still is
            log_line(sqlstate::insufficient_resources, "postmaster: {}", last_report().message);
        }
    }
    for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) (*layer)->shutdown();
    log_line(sqlstate::successful_completion, "database system is shut down");
    remove_lock_files();
    return exit_status_;
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
    if (take(got_sigusr1)) tend_due_ = true;
    // Those who serve the clients stay as long as there are any.
    if (state_ == ServerState::smart_shutdown && children_.clients() == 0) end_children();
    const std::int64_t now = monotonic_us();
    if (paused_until_ != 0 && now >= paused_until_) resume_listening();
    if (!unburied_.empty() && now >= bury_at_) bury_next();
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
        if (registrar_.handle(event.fd)) continue;
        if (std::any_of(sockets_.begin(), sockets_.end(),
                        [&](const ListeningSocket& s) { return s.fd.get() == event.fd; }))
            accept_clients(event.fd, *this);
    }
}
//! [handle-ready]

//! [event-loop-timeout]
std::optional<int> Postmaster::next_timeout() const {
    std::int64_t next = 0;
    for (const std::int64_t moment : {paused_until_, kill_at_, tend_at_, unburied_.empty() ? 0 : bury_at_})
        if (moment != 0 && (next == 0 || moment < next)) next = moment;
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
    if (children_.clients() >= registrar_.admitted() + static_cast<std::size_t>(setting::max_half_open_connections.value()))
        drop_oldest_half_open();
    children_.expect({.registered = !condemned_});
    try {
        if (!condemned_) registrar_.expect(ProcessKind::client_backend);
    } catch (const Error& error) {
        report_to_log(error.report());  // the child will find no room and refuse its client
    }
    hold_signals(true);  // until the child has handlers of its own, and the parent has the child in its table
}

//! [prepare-child]

//! [drop-oldest]
/// Clients that connect and say nothing must not keep others out. The oldest has had the most time.
void Postmaster::drop_oldest_half_open() {
    Child* oldest = children_.oldest_if([&](const Child& child) {
        return child.kind == ProcessKind::client_backend && !child.dismissed && !registrar_.has_admitted(child.pid);
    });
    if (oldest == nullptr) return;  // all of them are on their way out already
    oldest->dismissed = true;
    log_line(sqlstate::too_many_connections,
             "too many connections have not authenticated yet; dropping the oldest (PID {})", oldest->pid);
    sys::kill(oldest->pid, SIGTERM);
}
//! [drop-oldest]

//! [become-backend]
void Postmaster::become_backend(UniqueFd client) {
    int status = 1;
    try {
        enter_child(process_kind_name(ProcessKind::client_backend), client);
        SessionParts parts;
        for (const auto& layer : layers_) layer->join_session(parts);
        status = run_backend(
            BackendStart{.client = std::move(client),
                         .registrar = registrar_,
                         .parts = std::move(parts),
                         .postmaster = pid_,
                         .data_directory = data_directory_,
                         .refusal = condemned_                          ? "the database system is in recovery mode"
                                    : state_ != ServerState::running ? "the database system is shutting down"
                                                                     : nullptr});
    } catch (...) {
        log_line(sqlstate::internal_error, "could not begin: {}", last_report().message);
    }
    leave_child(status);  // whatever happens, a child never goes back into its parent's loop
}

/// What every child does first.
void Postmaster::enter_child(std::string_view type, UniqueFd& client) {
    ChildDescriptors kept{std::move(client), condemned_ ? UniqueFd() : registrar_.take_descriptor()};
    leave_postmaster(pid_, type, kept);
    client = std::move(kept.client);
    if (condemned_) return;  // what is shared is not for this one
    registrar_.attach(std::move(kept.registrar));
    for (const auto& layer : layers_) layer->in_child();
}

/// What every child does last, if it lives to the end.
void Postmaster::leave_child(int status) {
    if (!condemned_)
        for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) (*layer)->leaving();
    _exit(status);  // not exit(): what the postmaster registered to be done at its end is not ours to do
}
//! [become-backend]

//! [child-started]
void Postmaster::child_started(pid_t child) {
    children_.born(child);
    try {
        if (!condemned_) registrar_.born(child);
    } catch (...) {
        sys::kill(child, SIGTERM);  // the register does not know it
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
    if (!condemned_) registrar_.unborn();
    // The one thing the postmaster ever says to a client: an 'E' in the form of the oldest protocol, which
    // every client understands as an error. It does not wait: what does not fit into the socket's buffer is
    // not said.
    const std::string words =
        fmt::format("Ecould not fork new process for connection: {}\n", errno_text(error));
    sys::send(client.get(), words.c_str(), words.size() + 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

//! [births-that-fail]

//! [accept-failed]
void Postmaster::accept_failed(int error) {
    log_line(sqlstate::insufficient_resources, "could not accept new connection: {}", errno_text(error));
    // The client stays in the queue and the socket stays readable. Without a pause the loop would spin.
    if (error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS) pause_listening();
}
//! [accept-failed]

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
    tend_due_ = true;
    if (wanted == ServerState::fast_shutdown) {
        log_line(sqlstate::successful_completion, "aborting any active transactions");
        end_children();
    } else if (wanted == ServerState::immediate_shutdown) {
        quit_children();
        stop_listening();
    }
    if (first) write_status("stopping");  // last: a full disk may keep it from being written, not us from stopping
}

/// Tells all children to end.
void Postmaster::end_children() {
    state_ = ServerState::fast_shutdown;
    tend_due_ = true;
    children_.signal_all(SIGTERM);
    stop_listening();
}

/// Tells all children to drop everything; those that do not listen are killed after a while.
void Postmaster::quit_children() {
    children_.signal_all(SIGQUIT);
    kill_at_ = monotonic_us() + k_patience_us;
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
