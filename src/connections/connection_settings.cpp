#include "connections/connection_settings.hpp"

#include <algorithm>
#include <limits>

#include "base/log.hpp"
#include "connections/encoding.hpp"
#include "connections/tcp_options.hpp"

namespace forklore::setting {

//! [settings-checks]
namespace {
constexpr int k_no_limit = std::numeric_limits<int>::max();
constexpr int k_longest_name = 63;  // bytes: NAMEDATALEN - 1

Encoding client_speaks = Encoding::utf8;

void check_encoding(std::string& name) {
    const std::optional<Encoding> encoding = find_encoding(name);
    if (!encoding) throw invalid_setting_value("client_encoding", name);
    name = encoding_name(*encoding);
}

// Names that end up in titles and logs: nothing that could move a terminal's cursor.
void keep_printable(std::string& text) {
    if (text.size() > k_longest_name) text.resize(k_longest_name);
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c < 32 || c > 126; }, '?');
}
}  // namespace
//! [settings-checks]

//! [settings-files]
StringSetting data_directory{{.name = "data_directory",
                              .context = SettingContext::postmaster,
                              .category = "File Locations",
                              .description = "Sets the server's data directory.",
                              .superuser_only = true},
                             ""};
StringSetting config_file{{.name = "config_file",
                           .context = SettingContext::postmaster,
                           .category = "File Locations",
                           .description = "Sets the server's main configuration file.",
                           .superuser_only = true},
                          ""};
StringSetting hba_file{{.name = "hba_file",
                        .context = SettingContext::postmaster,
                        .category = "File Locations",
                        .description = "Sets the server's \"hba\" configuration file.",
                        .superuser_only = true},
                       ""};
//! [settings-files]

//! [settings-listen]
StringSetting listen_addresses{{.name = "listen_addresses",
                                .context = SettingContext::postmaster,
                                .category = "Connections and Authentication / Connection Settings",
                                .description = "Sets the host name or IP address(es) to listen to."},
                               "localhost"};
IntSetting port{{.name = "port",
                 .context = SettingContext::postmaster,
                 .category = "Connections and Authentication / Connection Settings",
                 .description = "Sets the TCP port the server listens on."},
                5433,
                1,
                65535};
StringSetting unix_socket_directories{
    {.name = "unix_socket_directories",
     .context = SettingContext::postmaster,
     .category = "Connections and Authentication / Connection Settings",
     .description = "Sets the directories where Unix-domain sockets will be created.",
     .superuser_only = true},
    "/tmp"};
IntSetting unix_socket_permissions{{.name = "unix_socket_permissions",
                                    .context = SettingContext::postmaster,
                                    .category = "Connections and Authentication / Connection Settings",
                                    .description = "Sets the access permissions of the Unix-domain socket."},
                                   0777,
                                   0,
                                   0777};
//! [settings-listen]

//! [settings-how-many]
IntSetting max_connections{{.name = "max_connections",
                            .context = SettingContext::postmaster,
                            .category = "Connections and Authentication / Connection Settings",
                            .description = "Sets the maximum number of concurrent connections."},
                           100,
                           1,
                           262143};
IntSetting superuser_reserved_connections{
    {.name = "superuser_reserved_connections",
     .context = SettingContext::postmaster,
     .category = "Connections and Authentication / Connection Settings",
     .description = "Sets the number of connection slots reserved for superusers."},
    3,
    0,
    262143};
IntSetting max_half_open_connections{
    {.name = "max_half_open_connections",
     .context = SettingContext::postmaster,
     .category = "Connections and Authentication / Connection Settings",
     .description = "Sets the maximum number of connections that have not authenticated yet.",
     .extra_description = "When one more client comes, the oldest of them is dropped."},
    200,
    1,
    262143};
//! [settings-how-many]

//! [settings-after-crash]
BoolSetting restart_after_crash{{.name = "restart_after_crash",
                                 .context = SettingContext::sighup,
                                 .category = "Error Handling",
                                 .description = "Reinitialize server after backend crash."},
                                true};
//! [settings-after-crash]

//! [settings-door]
IntSetting authentication_timeout{
    {.name = "authentication_timeout",
     .context = SettingContext::sighup,
     .unit = SettingUnit::seconds,
     .category = "Connections and Authentication / Authentication",
     .description = "Sets the maximum allowed time to complete client authentication."},
    60,
    1,
    600};
EnumSetting password_encryption{{.name = "password_encryption",
                                 .context = SettingContext::user,
                                 .category = "Connections and Authentication / Authentication",
                                 .description = "Chooses the algorithm for encrypting passwords.",
                                 .extra_description = "There is one; \"forklore role\" uses it."},
                                1,
                                {{"scram-sha-256", 1}}};
//! [settings-door]

//! [settings-tls]
BoolSetting ssl{{.name = "ssl",
                 .context = SettingContext::sighup,
                 .category = "Connections and Authentication / SSL",
                 .description = "Enables SSL connections."},
                false};
StringSetting ssl_cert_file{{.name = "ssl_cert_file",
                             .context = SettingContext::sighup,
                             .category = "Connections and Authentication / SSL",
                             .description = "Location of the SSL server certificate file."},
                            "server.crt"};
StringSetting ssl_key_file{{.name = "ssl_key_file",
                            .context = SettingContext::sighup,
                            .category = "Connections and Authentication / SSL",
                            .description = "Location of the SSL server private key file."},
                           "server.key"};
StringSetting ssl_ciphers{{.name = "ssl_ciphers",
                           .context = SettingContext::sighup,
                           .category = "Connections and Authentication / SSL",
                           .description = "Sets the list of allowed SSL ciphers.",
                           .superuser_only = true},
                          "HIGH:MEDIUM:+3DES:!aNULL"};
BoolSetting ssl_prefer_server_ciphers{{.name = "ssl_prefer_server_ciphers",
                                       .context = SettingContext::sighup,
                                       .category = "Connections and Authentication / SSL",
                                       .description = "Give priority to server ciphersuite order."},
                                      true};
//! [settings-tls]

//! [settings-tls-versions]
namespace {
int as_int(TlsVersion version) { return static_cast<int>(version); }
const std::vector<EnumSetting::Option> k_tls_versions = {{"", as_int(TlsVersion::any)},
                                                         {"TLSv1", as_int(TlsVersion::v1_0)},
                                                         {"TLSv1.1", as_int(TlsVersion::v1_1)},
                                                         {"TLSv1.2", as_int(TlsVersion::v1_2)},
                                                         {"TLSv1.3", as_int(TlsVersion::v1_3)}};
const std::vector<EnumSetting::Option> k_least_tls_versions(k_tls_versions.begin() + 1, k_tls_versions.end());
}  // namespace
EnumSetting ssl_min_protocol_version{{.name = "ssl_min_protocol_version",
                                      .context = SettingContext::sighup,
                                      .category = "Connections and Authentication / SSL",
                                      .description = "Sets the minimum SSL/TLS protocol version to use."},
                                     as_int(TlsVersion::v1_2),
                                     k_least_tls_versions};
EnumSetting ssl_max_protocol_version{{.name = "ssl_max_protocol_version",
                                      .context = SettingContext::sighup,
                                      .category = "Connections and Authentication / SSL",
                                      .description = "Sets the maximum SSL/TLS protocol version to use."},
                                     as_int(TlsVersion::any),
                                     k_tls_versions};
//! [settings-tls-versions]

//! [settings-line]
IntSetting tcp_keepalives_idle{{.name = "tcp_keepalives_idle",
                                .unit = SettingUnit::seconds,
                                .category = "Connections and Authentication / Connection Settings",
                                .description = "Time between issuing TCP keepalives."},
                               0,
                               0,
                               k_no_limit};
IntSetting tcp_keepalives_interval{{.name = "tcp_keepalives_interval",
                                    .unit = SettingUnit::seconds,
                                    .category = "Connections and Authentication / Connection Settings",
                                    .description = "Time between TCP keepalive retransmits."},
                                   0,
                                   0,
                                   k_no_limit};
IntSetting tcp_keepalives_count{{.name = "tcp_keepalives_count",
                                 .category = "Connections and Authentication / Connection Settings",
                                 .description = "Maximum number of TCP keepalive retransmits."},
                                0,
                                0,
                                k_no_limit};
IntSetting tcp_user_timeout{{.name = "tcp_user_timeout",
                             .unit = SettingUnit::milliseconds,
                             .category = "Connections and Authentication / Connection Settings",
                             .description = "TCP user timeout."},
                            0,
                            0,
                            k_no_limit};
IntSetting client_connection_check_interval{
    {.name = "client_connection_check_interval",
     .unit = SettingUnit::milliseconds,
     .category = "Connections and Authentication / Connection Settings",
     .description = "Sets the time interval between checks for disconnection while running queries."},
    0,
    0,
    k_no_limit};
IntSetting notification_send_timeout{
    {.name = "notification_send_timeout",
     .context = SettingContext::sighup,
     .unit = SettingUnit::milliseconds,
     .category = "Connections and Authentication / Connection Settings",
     .description = "Sets the maximum time to wait for a client that does not read the notifications it is sent."},
    0,
    0,
    k_no_limit};
//! [settings-line]

//! [settings-encoding]
StringSetting client_encoding{{.name = "client_encoding",
                               .category = "Client Connection Defaults / Locale and Formatting",
                               .description = "Sets the client's character set encoding.",
                               .report_to_client = true},
                              "UTF8"};
//! [settings-encoding]

//! [settings-limits]
IntSetting statement_timeout{{.name = "statement_timeout",
                              .unit = SettingUnit::milliseconds,
                              .category = "Client Connection Defaults / Statement Behavior",
                              .description = "Sets the maximum allowed duration of any statement."},
                             0,
                             0,
                             k_no_limit};
IntSetting lock_timeout{{.name = "lock_timeout",
                         .unit = SettingUnit::milliseconds,
                         .category = "Client Connection Defaults / Statement Behavior",
                         .description = "Sets the maximum allowed duration of any wait for a lock.",
                         .extra_description = "Accepted from clients that set it; no statement waits for a lock."},
                        0,
                        0,
                        k_no_limit};
IntSetting idle_in_transaction_session_timeout{
    {.name = "idle_in_transaction_session_timeout",
     .unit = SettingUnit::milliseconds,
     .category = "Client Connection Defaults / Statement Behavior",
     .description = "Sets the maximum allowed idle time between queries, when in a transaction."},
    0,
    0,
    k_no_limit};
IntSetting idle_session_timeout{
    {.name = "idle_session_timeout",
     .unit = SettingUnit::milliseconds,
     .category = "Client Connection Defaults / Statement Behavior",
     .description = "Sets the maximum allowed idle time between queries, when not in a transaction."},
    0,
    0,
    k_no_limit};
//! [settings-limits]

//! [settings-titles]
StringSetting application_name{
    {.name = "application_name",
     .category = "Reporting and Logging / What to Log",
     .description = "Sets the application name to be reported in statistics and logs.",
     .report_to_client = true},
    ""};
StringSetting cluster_name{
    {.name = "cluster_name",
     .context = SettingContext::postmaster,
     .category = "Reporting and Logging / Process Title",
     .description = "Sets the name of the cluster, which is included in the process title."},
    ""};
BoolSetting update_process_title{{.name = "update_process_title",
                                  .context = SettingContext::superuser,
                                  .category = "Reporting and Logging / Process Title",
                                  .description = "Updates the process title to show the active SQL command."},
                                 true};
//! [settings-titles]

//! [settings-log]
BoolSetting log_connections{{.name = "log_connections",
                             .context = SettingContext::superuser_backend,
                             .category = "Reporting and Logging / What to Log",
                             .description = "Logs each successful connection."},
                            false};
BoolSetting log_disconnections{{.name = "log_disconnections",
                                .context = SettingContext::superuser_backend,
                                .category = "Reporting and Logging / What to Log",
                                .description = "Logs end of a session, including duration."},
                               false};
EnumSetting log_statement{{.name = "log_statement",
                           .context = SettingContext::superuser,
                           .category = "Reporting and Logging / What to Log",
                           .description = "Sets the type of statements logged."},
                          0,
                          {{"none", 0}, {"ddl", 1}, {"mod", 2}, {"all", 3}}};
BoolSetting log_duration{{.name = "log_duration",
                          .context = SettingContext::superuser,
                          .category = "Reporting and Logging / What to Log",
                          .description = "Logs the duration of each completed SQL statement."},
                         false};
IntSetting log_min_duration_statement{
    {.name = "log_min_duration_statement",
     .context = SettingContext::superuser,
     .unit = SettingUnit::milliseconds,
     .category = "Reporting and Logging / When to Log",
     .description = "Sets the minimum execution time above which all statements will be logged.",
     .extra_description = "Zero prints all queries. -1 turns this feature off."},
    -1,
    -1,
    k_no_limit};
IntSetting log_parameter_max_length{
    {.name = "log_parameter_max_length",
     .context = SettingContext::superuser,
     .unit = SettingUnit::bytes,
     .category = "Reporting and Logging / What to Log",
     .description =
         "Sets the maximum length in bytes of data logged for bind parameter values when logging statements.",
     .extra_description = "-1 to print values in full."},
    -1,
    -1,
    k_no_limit / 2};
//! [settings-log]

//! [settings-internal]
StringSetting session_authorization{{.name = "session_authorization",
                                     .context = SettingContext::internal,
                                     .category = "Ungrouped",
                                     .description = "Sets the session user name.",
                                     .report_to_client = true,
                                     .hide_from_show_all = true},
                                    ""};
BoolSetting is_superuser{{.name = "is_superuser",
                          .context = SettingContext::internal,
                          .category = "Ungrouped",
                          .description = "Shows whether the current user is a superuser.",
                          .report_to_client = true,
                          .hide_from_show_all = true},
                         false};
BoolSetting in_hot_standby{{.name = "in_hot_standby",
                            .context = SettingContext::internal,
                            .category = "Preset Options",
                            .description = "Shows whether hot standby is currently active.",
                            .report_to_client = true},
                           false};
//! [settings-internal]

}  // namespace forklore::setting

namespace forklore {

//! [define-connection-settings]
Encoding current_client_encoding() { return setting::client_speaks; }

void define_connection_settings(Settings& to) {
    using namespace setting;
    unix_socket_permissions.on_show([](const int& mode) { return fmt::format("{:04o}", mode); });
    application_name.on_check(keep_printable).on_assign([](const std::string& name) {
        log_context().application_name = name;
    });
    cluster_name.on_check(keep_printable);
    hook_tcp_settings();
    client_encoding.on_check(check_encoding).on_assign([](const std::string& name) {
        client_speaks = *find_encoding(name);
    });
    for (SettingBase* setting : std::initializer_list<SettingBase*>{&data_directory,
                                                                    &config_file,
                                                                    &hba_file,
                                                                    &listen_addresses,
                                                                    &port,
                                                                    &unix_socket_directories,
                                                                    &unix_socket_permissions,
                                                                    &max_connections,
                                                                    &superuser_reserved_connections,
                                                                    &max_half_open_connections,
                                                                    &restart_after_crash,
                                                                    &authentication_timeout,
                                                                    &password_encryption,
                                                                    &ssl,
                                                                    &ssl_cert_file,
                                                                    &ssl_key_file,
                                                                    &ssl_ciphers,
                                                                    &ssl_prefer_server_ciphers,
                                                                    &ssl_min_protocol_version,
                                                                    &ssl_max_protocol_version,
                                                                    &tcp_keepalives_idle,
                                                                    &tcp_keepalives_interval,
                                                                    &tcp_keepalives_count,
                                                                    &tcp_user_timeout,
                                                                    &client_connection_check_interval,
                                                                    &notification_send_timeout,
                                                                    &client_encoding,
                                                                    &statement_timeout,
                                                                    &lock_timeout,
                                                                    &idle_in_transaction_session_timeout,
                                                                    &idle_session_timeout,
                                                                    &application_name,
                                                                    &cluster_name,
                                                                    &update_process_title,
                                                                    &log_connections,
                                                                    &log_disconnections,
                                                                    &log_statement,
                                                                    &log_duration,
                                                                    &log_min_duration_statement,
                                                                    &log_parameter_max_length,
                                                                    &session_authorization,
                                                                    &is_superuser,
                                                                    &in_hot_standby})
        to.add(*setting);
}
//! [define-connection-settings]

}  // namespace forklore
