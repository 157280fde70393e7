#include "connections/data_directory.hpp"

#include <pwd.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "base/log.hpp"
#include "base/syscalls.hpp"
#include "connections/access_file.hpp"
#include "connections/hba.hpp"
#include "connections/roles.hpp"
#include "connections/scram.hpp"

namespace forklore {

namespace {

//! [data-directory-contents]
constexpr std::string_view k_version =
    "15\n";  // the PostgreSQL version whose clients and files this server understands
constexpr unsigned k_private_file = 0600, k_private_directory = 0700;

constexpr std::string_view k_settings_file =
    R"(# Settings of this server, one line each: name = value. Lines that begin with # say what holds without them.
# After a change: `forklore reload`. Settings marked (restart) need `forklore restart`.

#listen_addresses = 'localhost'          # names or addresses, comma-separated; '*' for all (restart)
#port = 5433                             # (restart)
#unix_socket_directories = '/tmp'        # comma-separated (restart)
#max_connections = 100                   # (restart)
#superuser_reserved_connections = 3      # (restart)
#max_half_open_connections = 200         # clients that have not authenticated yet
#authentication_timeout = 1min

#ssl = off
#ssl_cert_file = 'server.crt'
#ssl_key_file = 'server.key'

#statement_timeout = 0                   # in milliseconds, 0: no limit
#idle_session_timeout = 0                # in milliseconds, 0: no limit
#idle_in_transaction_session_timeout = 0 # in milliseconds, 0: no limit

#log_line_prefix = '%m [%p] '
#log_connections = off
#log_disconnections = off
#log_statement = 'none'                  # none, ddl, mod, all
#log_min_duration_statement = -1         # in milliseconds, -1: off
)";

std::string host_rules(const std::string& local, const std::string& host) {
    return fmt::format(
        "# Who may connect from where, and how they must prove who they are. The first line that fits "
        "decides.\n"
        "# TYPE  DATABASE        USER            ADDRESS                 METHOD\n"
        "local   all             all                                     {}\n"
        "host    all             all             127.0.0.1/32            {}\n"
        "host    all             all             ::1/128                 {}\n",
        local, host, host);
}
//! [data-directory-contents]

//! [init-password]
std::string first_line(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    if (!std::getline(file, line) || line.empty())
        throw Error(sqlstate::invalid_parameter_value, "could not read password from file \"{}\"", path);
    return line;
}

std::string random_text(std::size_t bytes) {
    std::string random(bytes, '\0');
    if (getrandom(random.data(), random.size(), 0) < 0)
        throw Error(sqlstate::internal_error, "could not generate random bytes");
    return to_base64(random);
}
//! [init-password]

}  // namespace

//! [operating-system-user]
std::string operating_system_user() {
    const passwd* account = getpwuid(geteuid());
    return account != nullptr ? account->pw_name : fmt::format("user{}", geteuid());
}
//! [operating-system-user]

//! [inspect-data-directory]
DirectoryState inspect_data_directory(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return DirectoryState::missing;
    if (std::filesystem::exists(path + "/PG_VERSION", error)) return DirectoryState::initialised;
    return std::filesystem::is_empty(path, error) && !error ? DirectoryState::empty
                                                            : DirectoryState::something_else;
}
//! [inspect-data-directory]

//! [initialise-data-directory]
void initialise_data_directory(const std::string& path, const InitOptions& options) {
    const DirectoryState state = inspect_data_directory(path);
    if (state == DirectoryState::initialised || state == DirectoryState::something_else)
        throw Error(sqlstate::object_not_in_prerequisite_state, "directory \"{}\" exists but is not empty",
                    path)
            .hint("To make a new data directory, remove or empty it, or choose another.");
    const std::string local = options.auth.empty() ? "peer" : options.auth,
                      host = options.auth.empty() || options.auth == "peer" ? "scram-sha-256" : options.auth;
    parse_hba_line(parse_access_text(fmt::format("local all all {}", local), path)
                       .front());  // refuses a method that does not exist

    if (std::filesystem::path parent = std::filesystem::path(path).parent_path();
        state == DirectoryState::missing && !parent.empty())
        std::filesystem::create_directories(parent);
    if (state == DirectoryState::missing && sys::mkdir(path.c_str(), k_private_directory) != 0)
        throw Error(sqlstate::io_error, "could not create directory \"{}\": {}", path, errno_text(errno));
    if (chmod(path.c_str(), k_private_directory) != 0)
        throw Error(sqlstate::io_error, "could not change permissions of directory \"{}\": {}", path,
                    errno_text(errno));

    Role superuser{.name = options.username.empty() ? operating_system_user() : options.username,
                   .superuser = true};
    if (!options.password_file.empty())
        superuser.secret = print_verifier(make_verifier(first_line(options.password_file)));
    write_roles(path, {superuser});
    write_databases(path, {{"postgres"}, {"template1"}, {"template0", false}});
    replace_file(path + "/mock_secret", random_text(32), k_private_file);
    replace_file(path + "/hba.conf", host_rules(local, host), k_private_file);
    replace_file(path + "/forklore.conf", std::string(k_settings_file), k_private_file);
    replace_file(path + "/PG_VERSION", std::string(k_version),
                 k_private_file);  // last: it says that all the rest is there
    if (local == "trust")
        say(Severity::warning, sqlstate::warning,
            "anybody on this machine can connect as any user: authentication \"trust\" is in hba.conf");
}
//! [initialise-data-directory]

//! [check-data-directory]
void check_data_directory(const std::string& path) {
    struct stat directory {};
    if (stat(path.c_str(), &directory) != 0)
        throw Fatal(sqlstate::io_error, "could not read permissions of directory \"{}\": {}", path,
                    errno_text(errno));
    if (!S_ISDIR(directory.st_mode))
        throw Fatal(sqlstate::object_not_in_prerequisite_state,
                    "specified data directory \"{}\" is not a directory", path);
    if (directory.st_uid != geteuid())
        throw Fatal(sqlstate::object_not_in_prerequisite_state, "data directory \"{}\" has wrong ownership",
                    path)
            .hint("The server must be started by the user that owns the data directory.");
    if ((directory.st_mode & (S_IWGRP | S_IRWXO)) != 0)
        throw Fatal(sqlstate::object_not_in_prerequisite_state,
                    "data directory \"{}\" has invalid permissions", path)
            .detail("Permissions should be u=rwx (0700) or u=rwx,g=rx (0750).");
    std::ifstream file(path + "/PG_VERSION");
    std::string version;
    if (!std::getline(file, version))
        throw Fatal(sqlstate::object_not_in_prerequisite_state, "\"{}\" is not a valid data directory", path)
            .hint("You might need to run `forklore init`.");
    if (version + '\n' != k_version)
        throw Fatal(
            sqlstate::object_not_in_prerequisite_state,
            "database files are incompatible with server: the data directory was initialized by version {}",
            version);
}
//! [check-data-directory]

}  // namespace forklore
