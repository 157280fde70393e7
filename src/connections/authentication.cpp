#include "connections/authentication.hpp"

#include <pwd.h>
#include <sys/socket.h>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "connections/connection_hooks.hpp"
#include "connections/connection_settings.hpp"
#include "connections/door.hpp"
#include "connections/messages.hpp"
#include "connections/scram.hpp"

namespace forklore {

namespace {

//! [auth-requests]
constexpr std::size_t k_longest_scram_message = 1024;  // bytes

/// Kinds of the Authentication message ('R').
enum class AuthRequest : std::int32_t {
    ok = 0,
    cleartext_password = 3,
    sasl = 10,
    sasl_continue = 11,
    sasl_final = 12
};

void write_auth(ClientStream& stream, AuthRequest request, std::string_view data = {}) {
    MessageWriter message(stream.out(), 'R');
    message->put(static_cast<std::int32_t>(request));
    message->append(data);
}

/// Waits for the client's answer; it may only be a password message.
/// \param kind of answer: "password" or "SASL".
std::string_view read_answer(ClientStream& stream, const char* kind) {
    stream.flush();
    // The type is looked at before the rest is waited for: whoever is not known yet gets no room for a large message.
    if (!stream.fill(1)) throw ClientGone();
    if (const char type = stream.input()[0]; type != 'p')
        throw Fatal(sqlstate::protocol_violation, "expected {} response, got message type {}", kind,
                    static_cast<int>(static_cast<unsigned char>(type)));
    const Message message = read_message(stream);
    if (message.type == 0) throw ClientGone();
    return message.body;
}
//! [auth-requests]

//! [refuse]
/// One text for all causes; the cause itself goes to the log.
Fatal refuse(const Applicant& applicant, std::string cause) {
    return Fatal(sqlstate::invalid_password, "password authentication failed for user \"{}\"", applicant.user)
        .log_detail(std::move(cause));
}

/// "host \"127.0.0.1\", user \"alice\", database \"postgres\", no encryption", as hba errors describe a
/// client.
std::string describe(const Applicant& applicant) {
    const std::string from = applicant.replication ? "replication connection from host" : "host";
    const std::string to = applicant.replication ? "" : fmt::format(", database \"{}\"", applicant.database);
    return fmt::format("{} \"{}\", user \"{}\"{}, {}", from, applicant.address.host, applicant.user, to,
                       applicant.tls ? "SSL encryption" : "no encryption");
}
//! [refuse]

//! [role-secret]
/// What the server knows of a role's password. When it knows nothing a mock verifier is used, so that the
/// exchange takes the same steps and the same time; `cause` then says why nothing will do.
ScramVerifier verifier_for(const Applicant& applicant, std::string& cause) {
    const Role* role = current_role(applicant.user);
    std::optional<ScramVerifier> verifier;
    if (role == nullptr)
        cause = fmt::format("Role \"{}\" does not exist.", applicant.user);
    else if (role->secret.empty())
        cause = fmt::format("User \"{}\" has no password assigned.", applicant.user);
    else if (role->valid_until && *role->valid_until < (now_us() + k_postgres_epoch_us) / 1'000'000)
        cause = fmt::format("User \"{}\" has an expired password.", applicant.user);
    else if (!(verifier = parse_verifier(role->secret)))
        cause = fmt::format("User \"{}\" does not have a valid SCRAM secret.", applicant.user);
    return verifier ? *verifier : mock_verifier(applicant.user, door().mock_secret);
}
//! [role-secret]

//! [method-password]
void password_method(ClientStream& stream, const Applicant& applicant) {
    write_auth(stream, AuthRequest::cleartext_password);
    const std::string_view body = read_answer(stream, "password"), password = body.substr(0, body.find('\0'));
    if (password.size() + 1 != body.size())
        throw Fatal(sqlstate::protocol_violation, "invalid password packet size");
    if (password.empty()) throw Fatal(sqlstate::invalid_password, "empty password returned by client");
    std::string cause;
    const bool fits = check_password(verifier_for(applicant, cause), password);
    if (!cause.empty()) throw refuse(applicant, std::move(cause));
    if (!fits)
        throw refuse(applicant, fmt::format("Password does not match for user \"{}\".", applicant.user));
}
//! [method-password]

//! [scram-messages]
/// A message of the exchange. One that is too long for any honest client is as good as a wrong password.
std::string_view read_scram(ClientStream& stream, const Applicant& applicant) {
    const std::string_view body = read_answer(stream, "SASL");
    if (body.size() > k_longest_scram_message) throw refuse(applicant, {});
    return body;
}

/// Takes the client's first message apart: the mechanism it has chosen, and what it says to it.
std::string first_scram_message(ClientStream& stream, const Applicant& applicant, bool& plus) {
    ByteReader reader(read_scram(stream, applicant));
    const std::string_view mechanism = reader.get_cstring();
    plus = mechanism == "SCRAM-SHA-256-PLUS" && applicant.tls;
    if (!plus && mechanism != "SCRAM-SHA-256")
        throw Fatal(sqlstate::protocol_violation, "client selected an invalid SASL authentication mechanism");
    const auto length = reader.get<std::int32_t>();
    if (length == -1 && reader.empty()) {  // it names the mechanism first and speaks when spoken to
        write_auth(stream, AuthRequest::sasl_continue);
        return std::string(read_scram(stream, applicant));
    }
    if (length < 0 || static_cast<std::size_t>(length) != reader.rest().size())
        throw Fatal(sqlstate::protocol_violation, "invalid message format");
    return std::string(reader.rest());
}

//! [scram-messages]

//! [method-scram]
void scram_method(ClientStream& stream, const Applicant& applicant) {
    const std::string binding = applicant.tls ? door().tls->certificate_hash() : std::string();
    using namespace std::string_view_literals;
    write_auth(stream, AuthRequest::sasl,
               applicant.tls ? "SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"sv : "SCRAM-SHA-256\0\0"sv);
    bool plus = false;
    const std::string first = first_scram_message(stream, applicant, plus);
    std::string cause;
    ScramExchange exchange(verifier_for(applicant, cause), binding);
    write_auth(stream, AuthRequest::sasl_continue, exchange.first(first, plus));
    const std::optional<std::string> answer = exchange.final(read_scram(stream, applicant));
    if (!cause.empty()) throw refuse(applicant, std::move(cause));
    if (!answer) throw refuse(applicant, {});
    write_auth(stream, AuthRequest::sasl_final, *answer);
}
//! [method-scram]

//! [method-peer]
/// The kernel knows who is at the other end of a Unix socket.
void peer_method(ClientStream& stream, const Applicant& applicant) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(stream.socket(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        throw Fatal(sqlstate::invalid_authorization_specification, "could not get peer credentials: {}",
                    errno_text(errno));
    const passwd* account = getpwuid(peer.uid);
    const std::string name = account != nullptr ? account->pw_name : fmt::format("#{}", peer.uid);
    if (name != applicant.user)
        throw Fatal(sqlstate::invalid_authorization_specification,
                    "Peer authentication failed for user \"{}\"", applicant.user)
            .log_detail(fmt::format("The operating system's user is \"{}\".", name));
}
//! [method-peer]

//! [authenticate]
void prove(ClientStream& stream, const Applicant& applicant, const HbaRule& rule) {
    switch (rule.method) {
        case AuthMethod::trust: return;
        case AuthMethod::password: return password_method(stream, applicant);
        case AuthMethod::scram_sha_256: return scram_method(stream, applicant);
        case AuthMethod::peer: return peer_method(stream, applicant);
        case AuthMethod::reject:
            throw Fatal(sqlstate::invalid_authorization_specification,
                        "pg_hba.conf rejects connection for {}", describe(applicant));
    }
}

/// What the rules ask for.
void follow_rules(ClientStream& stream, const Applicant& applicant) {
    const HbaRule* rule = find_rule(door().rules, applicant);
    if (rule == nullptr)
        throw Fatal(sqlstate::invalid_authorization_specification, "no pg_hba.conf entry for {}",
                    describe(applicant));
    try {
        prove(stream, applicant, *rule);
    } catch (Fatal& fatal) {
        // Which line decided is nobody's business but the operator's.
        std::string& detail = fatal.report().log_detail;
        if (fatal.code() != sqlstate::protocol_violation)
            detail += fmt::format("{}Connection matched hba.conf line {}: \"{}\"", detail.empty() ? "" : "\n",
                                  rule->line, rule->text);
        throw;
    }
    if (setting::log_connections.value() && rule->method != AuthMethod::trust)
        log_line(sqlstate::successful_completion,
                 "connection authenticated: identity=\"{}\" method={} ({}:{})", applicant.user,
                 method_name(rule->method), setting::hba_file.value(), rule->line);
}

}  // namespace

void authenticate(ClientStream& stream, const Applicant& applicant) {
    client_authentication_hook.call([&](const Applicant& who) { follow_rules(stream, who); }, applicant);
    write_auth(stream, AuthRequest::ok);
}
//! [authenticate]

//! [role-and-database]
const Role& find_role_for_login(const std::string& name) {
    const Role* role = current_role(name);
    if (role == nullptr)
        throw Fatal(sqlstate::invalid_authorization_specification, "role \"{}\" does not exist", name);
    if (!role->login)
        throw Fatal(sqlstate::invalid_authorization_specification, "role \"{}\" is not permitted to log in",
                    name);
    return *role;
}

void check_database(const std::string& name) {
    const Database* database = find_named(door().databases, name);
    if (database == nullptr)
        throw Fatal(sqlstate::undefined_database, "database \"{}\" does not exist", name);
    if (!database->allow_connections)
        throw Fatal(sqlstate::object_not_in_prerequisite_state,
                    "database \"{}\" is not currently accepting connections", name);
}
//! [role-and-database]

}  // namespace forklore
