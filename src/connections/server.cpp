/// \file
/// From the list of layers and a command line to a running server.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/log.hpp"
#include "base/log_settings.hpp"
#include "base/version.hpp"
#include "connections/access_file.hpp"
#include "connections/child_process.hpp"
#include "connections/command_line.hpp"
#include "connections/connection_settings.hpp"
#include "connections/door.hpp"
#include "connections/lock_file.hpp"
#include "connections/postmaster.hpp"
#include "connections/process_title.hpp"
#include "connections/subsystem.hpp"
#include "queries/registry.hpp"

namespace forklore {

namespace {

//! [two-subsystems]
class QueriesSubsystem : public Subsystem {
public:
    std::string_view name() const override { return "queries"; }
    void define_settings(Settings&) override { define_query_settings(); }
    void register_sql(Registry& to) override { register_builtins(to); }
};

class ConnectionsSubsystem : public Subsystem {
public:
    std::string_view name() const override { return "connections"; }
    void define_settings(Settings& to) override { define_connection_settings(to); }
    void start() override { open_door(setting::data_directory.value()); }
    void reloaded() override { refresh_door(setting::data_directory.value()); }
};
//! [two-subsystems]

//! [set-up]
/// A name that does not begin with a slash means the directory in which the server was started, which it will leave.
void settle_file(const StringSetting& file, const std::string& usual) {
    const std::string path = file.value().empty() ? usual : std::filesystem::absolute(file.value()).string();
    settings().set(file.info().name, path, SettingSource::override_value);
}

/// From nothing to a process that has its settings and its SQL: the layers define, then the command line and
/// the file speak.
void set_up(const Subsystems& layers, const CommandLine& line) {
    define_base_settings();
    for (const auto& layer : layers) layer->define_settings(settings());
    const std::string& directory = line.control.data_directory;
    settings().set("data_directory", directory, SettingSource::override_value);
    for (const std::string& assignment : line.assignments) {
        const std::size_t equals = assignment.find('=');
        if (equals == std::string::npos)
            throw Fatal(sqlstate::syntax_error, "-c {} requires a value", assignment);
        settings().set(assignment.substr(0, equals), assignment.substr(equals + 1),
                       SettingSource::command_line);
    }
    settle_file(setting::config_file, directory + "/forklore.conf");
    settings().load_file(setting::config_file.value(), true);
    settle_file(setting::hba_file, directory + "/hba.conf");
    if (setting::superuser_reserved_connections.value() >= setting::max_connections.value())
        throw Fatal(sqlstate::config_file_error,
                    "superuser_reserved_connections ({}) must be less than max_connections ({})",
                    setting::superuser_reserved_connections.value(), setting::max_connections.value());
    for (const auto& layer : layers) layer->register_sql(registry());
}
//! [set-up]

//! [run-command]
/// What a network can reach must not be able to do anything.
void refuse_root(const CommandLine& line) {
    if (geteuid() == 0 && !line.allow_root)
        throw Fatal(sqlstate::insufficient_privilege, "\"root\" execution of the server is not permitted")
            .hint(
                "The server must be started under an unprivileged user ID to prevent possible system "
                "security compromise. (--allow-root runs it all the same.)");
}

/// `forklore run`: the server itself, in this process.
int run(const Subsystems& layers, const CommandLine& line) {
    refuse_root(line);
    umask(077);
    const std::string& directory = line.control.data_directory;
    const DirectoryState state = inspect_data_directory(directory);
    if (state == DirectoryState::missing || state == DirectoryState::empty)
        initialise_data_directory(directory, line.init);
    check_data_directory(directory);
    set_up(layers, line);
    if (chdir(directory.c_str()) != 0)
        throw Fatal(sqlstate::io_error, "could not change directory to \"{}\": {}", directory,
                    errno_text(errno));
    hold_signals(true);  // from here on others find our number: what they send waits for the postmaster's handlers
    lock_data_directory(directory);
    remove_drafts(".");
    keep_arguments(line.control);
    log_line(sqlstate::successful_completion, "starting Forklore {}, as PostgreSQL {}", k_forklore_version,
             k_server_version);
    for (const auto& layer : layers) layer->start();
    for (const auto& layer : layers) layer->request_shared_memory();
    const int status = Postmaster(layers, directory, open_listening_sockets()).run(line.ready_fd);
    return status;
}
//! [run-command]

//! [carry-out]
int carry_out(const Subsystems& layers, const CommandLine& line) {
    switch (line.verb) {
        case Verb::init:
            initialise_data_directory(line.control.data_directory, line.init);
            remove_lock_files();
            fmt::print("Data directory {} is ready. Start the server with\n\n    {} run --data-dir {}\n\n",
                       line.control.data_directory, line.control.program, line.control.data_directory);
            return k_done;
        case Verb::run: return run(layers, line);
        case Verb::start: return control_start(line.control);
        case Verb::stop: return control_stop(line.control);
        case Verb::restart: return control_restart(line.control);
        case Verb::reload: return control_reload(line.control);
        case Verb::status: return control_status(line.control);
        case Verb::role: return run_role_command(line.control.data_directory, line.role), k_done;
    }
    return k_failed;
}
//! [carry-out]

}  // namespace

//! [run-server]
std::unique_ptr<Subsystem> queries_subsystem() { return std::make_unique<QueriesSubsystem>(); }
std::unique_ptr<Subsystem> connections_subsystem() { return std::make_unique<ConnectionsSubsystem>(); }

int run_server(int argc, char** argv, Subsystems layers) {
    prepare_process_title(argc, argv);
    CommandLine line;
    try {
        if (const std::optional<int> done = parse_command_line(argc, argv, line)) return *done;
        return carry_out(layers, line);
    } catch (Error& error) {
        // Whoever threw it did not know that the server ends here.
        if (line.verb == Verb::run) error.report().severity = Severity::fatal;
        report(error.report());
        remove_lock_files();
        return k_failed;
    } catch (const std::exception& error) {
        fmt::print(stderr, "forklore: {}\n", error.what());
        remove_lock_files();
        return k_failed;
    }
}
//! [run-server]

}  // namespace forklore
