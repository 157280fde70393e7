#include "connections/door.hpp"

#include <sys/stat.h>

#include <functional>

#include "base/log.hpp"
#include "connections/connection_settings.hpp"

namespace forklore {

//! [door-open]
Door& door() {
    static Door the_door;
    return the_door;
}

namespace {

std::unique_ptr<TlsContext> make_tls(const std::string& data_directory) {
    return setting::ssl.value() ? std::make_unique<TlsContext>(data_directory) : nullptr;
}

timespec time_of_roles() {
    struct stat file {};
    stat((door().data_directory + "/roles").c_str(), &file);
    return file.st_mtim;
}

void load_roles() {
    const timespec changed = time_of_roles();  // asked before: a change in between is then noticed next time
    door().roles = read_roles(door().data_directory);
    door().roles_changed = changed;
}

//! [door-open]

//! [door-attempt]
/// Does one part; when it fails, says so and leaves things as they are.
void attempt(const char* outcome, const std::function<void()>& part) {
    try {
        part();
    } catch (Error& error) {
        error.report().severity = Severity::log;
        report_to_log(error.report());
        log_line(sqlstate::config_file_error, "{}", outcome);
    }
}
//! [door-attempt]

}  // namespace

//! [current-role]
namespace {
void (*roles_watcher)(const timespec&) = nullptr;
}

void watch_roles(void (*watcher)(const timespec&)) { roles_watcher = watcher; }

const Role* current_role(const std::string& name) {
    const timespec now = time_of_roles(), then = door().roles_changed;
    if (now.tv_sec != then.tv_sec || now.tv_nsec != then.tv_nsec) load_roles();
    if (roles_watcher != nullptr) roles_watcher(door().roles_changed);
    return find_named(door().roles, name);
}
//! [current-role]

//! [open-door]
void open_door(const std::string& data_directory) {
    door().rules = read_hba_file(setting::hba_file.value());
    door().data_directory = data_directory;
    load_roles();
    door().databases = read_databases(data_directory);
    door().tls = make_tls(data_directory);
    door().mock_secret = read_text(data_directory + "/mock_secret");
}

//! [open-door]

//! [refresh-door]
void refresh_door(const std::string& data_directory) {
    attempt("hba.conf was not reloaded", [&] { door().rules = read_hba_file(setting::hba_file.value()); });
    attempt("roles were not reloaded", load_roles);
    attempt("databases were not reloaded", [&] { door().databases = read_databases(data_directory); });
    attempt("SSL configuration was not reloaded", [&] { door().tls = make_tls(data_directory); });
}
//! [refresh-door]

}  // namespace forklore
