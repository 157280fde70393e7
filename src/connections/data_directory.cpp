#include "connections/data_directory.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "base/log.hpp"
#include "base/syscalls.hpp"
#include "connections/access_file.hpp"
#include "connections/hba.hpp"
#include "connections/lock_file.hpp"
#include "connections/roles.hpp"
#include "connections/scram.hpp"

namespace forklore {

namespace {

//! [data-directory-contents]
constexpr std::string_view k_version =
    "15\n";  // the PostgreSQL version whose clients and files this server understands
constexpr unsigned k_private_file = 0600, k_private_directory = 0700;
constexpr std::size_t k_mock_secret_bytes = 32;

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
//! [init-password]

}  // namespace

//! [operating-system-user]
std::string operating_system_user() {
    const passwd* account = getpwuid(geteuid());
    return account != nullptr ? account->pw_name : fmt::format("user{}", geteuid());
}
//! [operating-system-user]

//! [inspect-data-directory]
namespace {
namespace fs = std::filesystem;

bool is_lock_file(const fs::directory_entry& entry) { return entry.path().filename() == "postmaster.pid"; }
}  // namespace

DirectoryState inspect_data_directory(const std::string& path) {
    std::error_code error;
    if (!fs::exists(path, error)) return DirectoryState::missing;
    if (fs::exists(path + "/PG_VERSION", error)) return DirectoryState::initialised;
    fs::directory_iterator entries(path, error);
    // A lock file alone is nothing: of somebody who did not come further, or our own.
    const bool empty = !error && std::all_of(begin(entries), end(entries), is_lock_file);
    return empty ? DirectoryState::empty : DirectoryState::something_else;
}
//! [inspect-data-directory]

namespace {
//! [fill-data-directory]
void refuse_to_initialise(const std::string& path) {
    throw Error(sqlstate::object_not_in_prerequisite_state, "directory \"{}\" exists but is not empty", path)
        .hint("To make a new data directory, remove or empty it, or choose another.");
}

void fill_data_directory(const std::string& path, const InitOptions& options) {
    const std::string local = options.auth.empty() ? "peer" : options.auth,
                      host = options.auth.empty() || options.auth == "peer" ? "scram-sha-256" : options.auth;
    parse_hba_line(parse_access_text(fmt::format("local all all {}", local), path)
                       .front());  // refuses a method that does not exist
    Role superuser{.name = options.username.empty() ? operating_system_user() : options.username,
                   .superuser = true};
    if (!options.password_file.empty())
        superuser.secret = print_verifier(make_verifier(first_line(options.password_file)));
    write_roles(path, {superuser});
    write_databases(path, {{"postgres"}, {"template1"}, {"template0", false}});
    replace_file(path + "/mock_secret", to_base64(random_bytes(k_mock_secret_bytes)), k_private_file);
    replace_file(path + "/hba.conf", host_rules(local, host), k_private_file);
    replace_file(path + "/forklore.conf", std::string(k_settings_file), k_private_file);
    replace_file(path + "/PG_VERSION", std::string(k_version),
                 k_private_file);  // last: it says that all the rest is there
    if (local == "trust")
        say(Severity::warning, sqlstate::warning,
            "anybody on this machine can connect as any user: authentication \"trust\" is in hba.conf");
}
//! [fill-data-directory]
}  // namespace

//! [initialise-data-directory]
void initialise_data_directory(const std::string& path, const InitOptions& options) {
    const auto state = inspect_data_directory(path);
    if (state != DirectoryState::missing && state != DirectoryState::empty) refuse_to_initialise(path);
    std::error_code ignored;
    fs::create_directories(fs::path(path).parent_path(), ignored);  // if that fails, so does the next
    const bool made = sys::mkdir(path.c_str(), k_private_directory) == 0;
    if (!made && errno != EEXIST)
        throw Error(sqlstate::io_error, "could not create directory \"{}\": {}", path, errno_text(errno));
    if (chmod(path.c_str(), k_private_directory) != 0)
        throw Error(sqlstate::io_error, "could not change permissions of directory \"{}\": {}", path,
                    errno_text(errno));
    lock_data_directory(path);
    // What somebody else made before we had the lock is theirs. What lies there after an error is ours, and goes again.
    if (inspect_data_directory(path) != DirectoryState::empty) refuse_to_initialise(path);
    try {
        fill_data_directory(path, options);
    } catch (...) {
        for (const fs::directory_entry& entry : fs::directory_iterator(path, ignored))
            if (!is_lock_file(entry)) fs::remove_all(entry, ignored);
        remove_lock_files();  // from here on the directory may be somebody else's
        if (made) fs::remove(path, ignored);
        throw;
    }
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
