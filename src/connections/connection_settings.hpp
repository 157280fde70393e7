/// \file
/// The settings of this layer. Each is described where it is defined, in words that `pg_settings` shows.
#pragma once

#include "base/settings.hpp"
#include "connections/encoding.hpp"

namespace forklore {

/// The settings, under names that read well: `setting::port.value()`.
namespace setting {

/// What is written to the log of the statements that clients send.
enum class LogStatement { none, ddl, mod, all };
/// TLS versions that may be asked for as the least or the greatest.
enum class TlsVersion { any, v1_0, v1_1, v1_2, v1_3 };

/// \name File locations
/// \{
extern StringSetting data_directory;
extern StringSetting config_file;
extern StringSetting hba_file;
/// \}
/// \name Where to listen
/// \{
extern StringSetting listen_addresses;
extern IntSetting port;
extern StringSetting unix_socket_directories;
extern IntSetting unix_socket_permissions;
/// \}
/// \name How many clients
/// \{
extern IntSetting max_connections;
extern IntSetting superuser_reserved_connections;
extern IntSetting max_half_open_connections;
/// \}
/// \name After a crash
/// \{
extern BoolSetting restart_after_crash;
/// \}
/// \name At the door
/// \{
extern IntSetting authentication_timeout;
extern EnumSetting password_encryption;
extern BoolSetting ssl;
extern StringSetting ssl_cert_file;
extern StringSetting ssl_key_file;
extern StringSetting ssl_ciphers;
extern BoolSetting ssl_prefer_server_ciphers;
extern EnumSetting ssl_min_protocol_version;
extern EnumSetting ssl_max_protocol_version;
/// \}
/// \name The line to the client
/// \{
extern IntSetting tcp_keepalives_idle;
extern IntSetting tcp_keepalives_interval;
extern IntSetting tcp_keepalives_count;
extern IntSetting tcp_user_timeout;
extern IntSetting client_connection_check_interval;
extern IntSetting notification_send_timeout;
extern StringSetting client_encoding;
/// \}
/// \name Time limits of a session
/// \{
extern IntSetting statement_timeout;
extern IntSetting lock_timeout;
extern IntSetting idle_in_transaction_session_timeout;
extern IntSetting idle_session_timeout;
/// \}
/// \name What the log and ps tell of a session
/// \{
extern StringSetting application_name;
extern StringSetting cluster_name;
extern BoolSetting update_process_title;
extern BoolSetting log_connections;
extern BoolSetting log_disconnections;
extern EnumSetting log_statement;
extern BoolSetting log_duration;
extern IntSetting log_min_duration_statement;
extern IntSetting log_parameter_max_length;
/// \}
/// \name What only the server changes
/// \{
extern StringSetting session_authorization;
extern BoolSetting is_superuser;
extern BoolSetting in_hot_standby;
/// \}

}  // namespace setting

/// The encoding that the client speaks now: what `client_encoding` means.
Encoding current_client_encoding();

/// Adds all of them. \param to the process's registry.
void define_connection_settings(Settings& to);

}  // namespace forklore
