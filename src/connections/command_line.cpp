#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "base/log.hpp"
#include "base/log_settings.hpp"
#include "base/settings.hpp"
#include "connections/connection_settings.hpp"
#include "connections/control.hpp"
#include "connections/data_directory.hpp"
#include "connections/lock_file.hpp"
#include "connections/postmaster.hpp"
#include "connections/process_title.hpp"
#include "connections/role_command.hpp"
#include "connections/subsystem.hpp"
#include "queries/registry.hpp"

namespace forklore {

namespace {

//! [command-line-options]
/// Everything that the command line can say.
struct CommandLine {
    ControlOptions control;
    InitOptions init;
    RoleCommand role;
    std::vector<std::string> assignments;  ///< name=value, from -c and from the options that stand for settings
    bool allow_root = false;
    int ready_fd = -1;  ///< where to write a byte once clients are welcome
};

void add_data_directory(CLI::App& to, CommandLine& line) {
    to.add_option("-D,--data-dir", line.control.data_directory, "the data directory")->required()->envname("FORKLORE_DATA");
    to.add_flag("--allow-root", line.allow_root, "run even as root");
}

void add_init_options(CLI::App& to, CommandLine& line) {
    to.add_option("-U,--username", line.init.username, "first superuser; the operating system's user if not given");
    to.add_option("-A,--auth", line.init.auth, "authentication method for all connections");
    to.add_option("--pwfile", line.init.password_file, "file whose first line is the superuser's password");
}

/// An option that is another way to write `-c name=value`.
void add_setting_option(CLI::App& to, CommandLine& line, const char* flags, std::string name, const char* help) {
    to.add_option_function<std::string>(flags, [&line, name](const std::string& value) { line.assignments.push_back(name + '=' + value); }, help);
}

void add_run_options(CLI::App& to, CommandLine& line) {
    add_setting_option(to, line, "-p,--port", "port", "TCP port, also part of the Unix socket's name");
    add_setting_option(to, line, "-k,--socket-dir", "unix_socket_directories", "where the Unix socket is made");
    add_setting_option(to, line, "--listen", "listen_addresses", "addresses to listen on");
    to.add_option_function<std::vector<std::string>>("-c", [&line](const std::vector<std::string>& more) { line.assignments.insert(line.assignments.end(), more.begin(), more.end()); }, "name=value: a setting")->expected(1)->trigger_on_parse();
}
//! [command-line-options]

//! [set-up-layers]
/// From nothing to a process that has its settings and its SQL: the layers define, then the files and the command line speak.
void set_up(const Subsystems& layers, const CommandLine& line) {
    define_base_settings();
    for (const auto& layer : layers) layer->define_settings(settings());
    const std::string& directory = line.control.data_directory;
    const auto set = [](std::string_view name, const std::string& value, SettingSource source) { settings().set(name, value, source); };
    set("data_directory", directory, SettingSource::override_value);
    for (const std::string& assignment : line.assignments) {
        const std::size_t equals = assignment.find('=');
        if (equals == std::string::npos) throw Fatal(sqlstate::syntax_error, "-c {} requires a value", assignment);
        set(assignment.substr(0, equals), assignment.substr(equals + 1), SettingSource::command_line);
    }
    if (setting::config_file.value().empty()) set("config_file", directory + "/forklore.conf", SettingSource::override_value);
    if (setting::hba_file.value().empty()) set("hba_file", directory + "/hba.conf", SettingSource::override_value);
    settings().load_file(setting::config_file.value(), true);
    for (const auto& layer : layers) layer->register_sql(registry());
}
//! [set-up-layers]

//! [check-settings]
void check_settings_together() {
    if (setting::superuser_reserved_connections.value() >= setting::max_connections.value())
        throw Fatal(sqlstate::config_file_error, "superuser_reserved_connections ({}) must be less than max_connections ({})", setting::superuser_reserved_connections.value(), setting::max_connections.value());
}

void refuse_root(const CommandLine& line) {
    if (geteuid() != 0 || line.allow_root) return;
    fmt::print(stderr, "\"root\" execution of the server is not permitted.\nThe server must be started under an unprivileged user ID to prevent possible system security compromise. (--allow-root says that you know.)\n");
    std::exit(k_failed);
}
//! [check-settings]

//! [run-command]
/// `forklore run`: the server itself, in this process.
int run(const Subsystems& layers, const CommandLine& line) {
    refuse_root(line);
    umask(077);
    const std::string& directory = line.control.data_directory;
    const DirectoryState state = inspect_data_directory(directory);
    if (state == DirectoryState::missing || state == DirectoryState::empty) initialise_data_directory(directory, line.init);
    check_data_directory(directory);
    set_up(layers, line);
    check_settings_together();
    if (chdir(directory.c_str()) != 0) throw Fatal(sqlstate::io_error, "could not change directory to \"{}\": {}", directory, errno_text(errno));
    lock_data_directory(directory);
    log_line(sqlstate::successful_completion, "starting {}", server_version_text());
    for (const auto& layer : layers) layer->start();
    Postmaster postmaster(layers, directory, open_listening_sockets());
    return postmaster.run(line.ready_fd);
}
//! [run-command]

}  // namespace

//! [run-server]
int run_server(int argc, char** argv, Subsystems layers) {
    CommandLine line;
    CLI::App app{"Forklore, a PostgreSQL-style database server that forks one process per client"};
    app.require_subcommand(1);
    app.set_version_flag("-V,--version", server_version_text());
    const auto command = [&](const char* name, const char* help) {
        CLI::App* added = app.add_subcommand(name, help);
        add_data_directory(*added, line);
        return added;
    };
    CLI::App* init = command("init", "make a data directory");
    add_init_options(*init, line);
    CLI::App* run_app = command("run", "run the server here; makes the data directory if it is missing or empty");
    add_init_options(*run_app, line);
    add_run_options(*run_app, line);
    run_app->add_option("--ready-fd", line.ready_fd)->group("");
    CLI::App* start = command("start", "start a server in the background");
    add_run_options(*start, line);
    CLI::App* stop = command("stop", "stop a server");
    CLI::App* restart = command("restart", "stop a server and start it again");
    add_run_options(*restart, line);
    CLI::App* reload = command("reload", "make a server read its files again");
    CLI::App* status = command("status", "say whether a server runs");
    for (CLI::App* one : {start, restart}) one->add_option("-l,--log", line.control.log_file, "file for the server's log");
    for (CLI::App* one : {stop, restart}) one->add_option("-m,--mode", line.control.mode, "smart, fast or immediate")->check(CLI::IsMember({"smart", "fast", "immediate"}));
    for (CLI::App* one : {start, stop, restart}) {
        one->add_option("-t,--timeout", line.control.timeout, "seconds to wait");
        one->add_flag("!-W,!--no-wait", line.control.wait, "do not wait");
    }
    CLI::App* role = command("role", "say who may connect");
    add_role_options(*role, line);
    CLI11_PARSE(app, argc, argv);
    prepare_process_title(argc, argv);
    try {
        line.control.data_directory = std::filesystem::absolute(line.control.data_directory).lexically_normal().string();
        if (line.control.data_directory.ends_with('/')) line.control.data_directory.pop_back();
        line.control.program = std::filesystem::read_symlink("/proc/self/exe").string();
        return *init ? run_init(line) : *run_app ? run(layers, line) : run_control(line, *start, *stop, *restart, *reload, *status);
    } catch (const Error& error) {
        report(error.report());
        return k_failed;
    }
}
//! [run-server]

}  // namespace forklore
