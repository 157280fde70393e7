#include "connections/backend.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <optional>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/syscalls.hpp"
#include "connections/authentication.hpp"
#include "connections/backend_interrupts.hpp"
#include "connections/client_stream.hpp"
#include "connections/connection_hooks.hpp"
#include "connections/connection_settings.hpp"
#include "connections/conversation.hpp"
#include "connections/door.hpp"
#include "connections/opening.hpp"
#include "connections/parameter_status.hpp"
#include "connections/process_title.hpp"
#include "connections/session_observer.hpp"
#include "connections/tcp_options.hpp"
#include "connections/timeouts.hpp"
#include "connections/tls.hpp"

namespace forklore {

//! [last-report]
Report last_report() {
    Report last;
    try {
        throw;
    } catch (const Error& error) {
        last = error.report();
    } catch (const std::bad_alloc&) {
        last.code = sqlstate::out_of_memory, last.message = "out of memory";
    } catch (const std::exception& error) {
        last.message = fmt::format("unexpected exception: {}", error.what());
    } catch (...) {  // a module may throw anything
        last.message = "unexpected exception";
    }
    last.severity = Severity::fatal;
    return last;
}
//! [last-report]

namespace {

//! [client-address]
/// Who is at the other end of a socket, or at ours. Throws ClientGone when it has been cut: who was there cannot be
/// told any more, and must not pass for somebody on this machine. \param ask getpeername or getsockname.
ClientAddress address_of(int socket, int (*ask)(int, sockaddr*, socklen_t*)) {
    ClientAddress address;
    socklen_t size = sizeof address.storage;
    if (ask(socket, reinterpret_cast<sockaddr*>(&address.storage), &size) != 0) throw ClientGone();
    if (address.is_local() || address.storage.ss_family == AF_UNSPEC) {
        address.storage.ss_family = AF_UNIX;
        address.host = "[local]";
        return address;
    }
    char host[NI_MAXHOST], port[NI_MAXSERV];
    getnameinfo(reinterpret_cast<sockaddr*>(&address.storage), size, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    address.host = host;
    address.port = port;
    return address;
}
//! [client-address]

//! [backend-class]
/// The steps of a backend's life; each needs what the one before it found out.
class Backend {
public:
    explicit Backend(BackendStart& start) : start_(start), stream_(std::move(start.client)) {}
    int run();

private:
    void greet();
    bool open();
    void enter();
    void admit(const Role& role);
    void apply_settings(const Role& role);
    void announce();
    void say_goodbye();

    BackendStart& start_;
    ClientStream stream_;
    Applicant applicant_;
    StartupPacket packet_;
    std::int64_t started_ = monotonic_us();
    bool known_ = false;   ///< the client has been let in
    bool served_ = false;  ///< the session had begun
};
//! [backend-class]

//! [backend-run]
int Backend::run() {
    try {
        greet();
        if (!open()) return say_goodbye(), 0;
        enter();
        Session session(
            {.user = applicant_.user,
             .database = applicant_.database,
             .superuser = setting::is_superuser.value(),
             .client_host = applicant_.address.is_local() ? "" : applicant_.address.host,
             .client_port = applicant_.address.is_local() ? -1 : std::atoi(applicant_.address.port.c_str()),
             .server_host =
                 applicant_.address.is_local() ? "" : address_of(stream_.socket(), getsockname).host,
             .server_port = setting::port.value()},
            start_.parts.hooks, start_.parts.notifications);
        served_ = true;
        session_preload_hook.call([] {});
        begin_session(session);
        Conversation(stream_, session, start_.parts.courier).run();
        now_doing(Doing::ending);
        session.abandon();
        say_goodbye();
        return 0;
    } catch (const ClientGone&) {
        say_goodbye();
        return served_ ? 0 : 1;
    } catch (...) {
        now_doing(Doing::ending);
        report(last_report());
        stream_.try_flush();
        say_goodbye();
        return 1;
    }
}
//! [backend-run]

//! [backend-greet]
void Backend::greet() {
    start_backend_interrupts(stream_, start_.registrar);
    set_timeout(Timeout::authentication, setting::authentication_timeout.value() * 1000LL);
    applicant_.address = address_of(stream_.socket(), getpeername);
    session_observer()->connected(applicant_.address);
    LogContext& context = log_context();
    context.is_session = true;
    context.remote_host = applicant_.address.host;
    context.remote_port = applicant_.address.port;
    set_process_title(applicant_.address.host);
    show_activity("initializing");
    if (!applicant_.address.is_local()) configure_tcp(stream_.socket());
    if (setting::log_connections.value())
        log_line(sqlstate::successful_completion, "connection received: host={}{}{}", applicant_.address.host,
                 applicant_.address.port.empty() ? "" : " port=", applicant_.address.port);
}
//! [backend-greet]

//! [backend-open]
bool Backend::open() {
    set_client_sink([this](const Report& said) {
        if (!known_ && said.severity < Severity::error) return;  // whoever may not come in hears no more than that
        write_report(stream_.out(), said, current_client_encoding());
        if (said.severity == Severity::panic) stream_.try_flush();  // its last words
    });
    std::optional<StartupPacket> packet;
    try {
        packet = receive_opening(stream_, applicant_.address.is_local(), start_.registrar);
    } catch (const Fatal& fatal) {
        // A client that says nothing is let go without a word; one that says something wrong is told.
        if (fatal.code() == sqlstate::query_canceled || fatal.code() == sqlstate::admin_shutdown)
            return false;
        throw;
    }
    if (!packet) return false;
    packet_ = std::move(*packet);
    negotiate_version(stream_.out(), packet_);
    applicant_.tls = !tls_facts().version.empty();
    applicant_.user = packet_.user;
    applicant_.database = packet_.database;
    applicant_.replication = packet_.replication == Replication::physical;
    log_context().user = packet_.user;
    log_context().database = packet_.database;
    return true;
}
//! [backend-open]

//! [backend-enter]
void Backend::enter() {
    if (start_.refusal != nullptr) throw Fatal(sqlstate::cannot_connect_now, "{}", start_.refusal);
    const ClientAddress& from = applicant_.address;
    set_process_title(applicant_.user + ' ' + applicant_.database + ' ' + from.host +
                      (from.port.empty() ? "" : '(' + from.port + ')'));
    show_activity("authentication");
    authenticate(stream_, applicant_);
    const Role& role = find_role_for_login(applicant_.user);
    if (packet_.replication != Replication::none)
        throw Fatal(sqlstate::feature_not_supported, "replication connections are not supported");
    check_database(applicant_.database);
    admit(role);
    apply_settings(role);
    clear_timeout(Timeout::authentication);
    announce();
}
//! [backend-enter]

//! [backend-admit]
void Backend::admit(const Role& role) {
    AdmissionRequest request{
        .superuser = role.superuser,
        .role_limit = role.connection_limit,
        .key_length = static_cast<std::uint32_t>(speaks_3_2(packet_) ? sizeof(CancelKey) : k_short_key)};
    role.name.copy(request.role.data(), request.role.size() - 1);
    switch (start_.registrar.admit(request)) {
        case Admission::granted: break;
        case Admission::too_many:
            throw Fatal(sqlstate::too_many_connections, "sorry, too many clients already");
        case Admission::reserved_for_superusers:
            throw Fatal(sqlstate::too_many_connections,
                        "remaining connection slots are reserved for non-replication superuser connections");
        case Admission::too_many_for_role:
            throw Fatal(sqlstate::too_many_connections, "too many connections for role \"{}\"", role.name);
    }
}
//! [backend-admit]

//! [backend-settings]
void Backend::apply_settings(const Role& role) {
    settings().set("session_authorization", role.name, SettingSource::override_value);
    settings().set("is_superuser", role.superuser ? "on" : "off", SettingSource::override_value);
    std::vector<std::pair<std::string, std::string>> asked = parse_options(packet_.options);
    asked.insert(asked.end(), packet_.settings.begin(), packet_.settings.end());
    for (const auto& [name, value] : asked)
        settings().set(name, value, SettingSource::client, SettingScope::session, role.superuser);
}
//! [backend-settings]

//! [backend-announce]
void Backend::announce() {
    if (setting::log_connections.value()) {
        const std::string& application = setting::application_name.value();
        const TlsFacts& tls = tls_facts();
        log_line(sqlstate::successful_completion, "connection authorized: user={} database={}{}{}{}",
                 applicant_.user, applicant_.database,
                 application.empty() ? "" : " application_name=", application,
                 tls.version.empty() ? ""
                                     : fmt::format(" SSL enabled (protocol={}, cipher={}, bits={})",
                                                   tls.version, tls.cipher, tls.bits));
    }
    known_ = true;
    report_all_parameters(stream_.out());
    MessageWriter message(stream_.out(), 'K');
    message->put(static_cast<std::int32_t>(getpid()));
    const CancelKey& key = start_.registrar.cancel_key();
    message->append({reinterpret_cast<const char*>(key.data()), speaks_3_2(packet_) ? key.size() : k_short_key});
}
//! [backend-announce]

//! [backend-goodbye]
void Backend::say_goodbye() {
    set_client_sink({});
    stream_.finish();
    if (!served_ || !setting::log_disconnections.value()) return;
    const std::int64_t ms = (monotonic_us() - started_) / 1000;
    log_line(sqlstate::successful_completion,
             "disconnection: session time: {}:{:02}:{:02}.{:03} user={} database={} host={}{}{}",
             ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, ms % 1000, applicant_.user,
             applicant_.database, applicant_.address.host,
             applicant_.address.port.empty() ? "" : " port=", applicant_.address.port);
}
//! [backend-goodbye]

}  // namespace

//! [run-backend]
int run_backend(BackendStart start) {
    int status = 1;
    try {
        // Made on the heap and never destroyed: the kernel takes everything back at once, faster than we
        // could.
        status = (new Backend(start))->run();
    } catch (...) {
        // There was no memory or descriptor to begin with. The socket is still ours: the client is told what it can be.
        const Report last = last_report();
        report_to_log(last);
        ByteWriter words;
        write_report(words, last, Encoding::utf8);
        sys::send(start.client.get(), words.view().data(), words.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    return status;
}
//! [run-backend]

}  // namespace forklore
