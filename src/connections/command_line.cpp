#include "connections/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>

#include "base/version.hpp"

namespace forklore {

namespace {

//! [command-line-common]
void add_init_options(CLI::App& to, CommandLine& line) {
    to.add_flag("--allow-root", line.allow_root, "even as root");
    to.add_option("-U,--username", line.init.username,
                  "first superuser; the operating system's user if not given");
    to.add_option("-A,--auth", line.init.auth, "authentication method for all connections");
    to.add_option("--pwfile", line.init.password_file, "file whose first line is the superuser's password");
}

/// An option that is another way to write `-c name=value`.
void add_setting_option(CLI::App& to, CommandLine& line, const char* flags, const std::string& name,
                        const char* help) {
    to.add_option_function<std::string>(
        flags, [&line, name](const std::string& value) { line.assignments.push_back(name + '=' + value); },
        help);
}
//! [command-line-common]

//! [command-line-run]
void add_run(CLI::App& to, CommandLine& line) {
    add_setting_option(to, line, "-p,--port", "port", "TCP port, also part of the Unix socket's name");
    add_setting_option(to, line, "-k,--socket-dir", "unix_socket_directories",
                       "where the Unix socket is made");
    add_setting_option(to, line, "--listen", "listen_addresses", "addresses to listen on");
    to.add_option_function<std::vector<std::string>>(
          "-c",
          [&line](const std::vector<std::string>& more) {
              line.assignments.insert(line.assignments.end(), more.begin(), more.end());
          },
          "name=value: a setting")
        ->allow_extra_args(false);
    add_init_options(to, line);
}

void add_waiting(CLI::App& to, CommandLine& line) {
    to.add_option("-t,--timeout", line.control.timeout, "seconds to wait");
    to.add_flag("!-W,!--no-wait", line.control.wait, "do not wait");
}

void add_mode(CLI::App& to, CommandLine& line) {
    to.add_option("-m,--mode", line.control.mode, "smart, fast or immediate")
        ->check(CLI::IsMember({"smart", "fast", "immediate"}));
}

void add_log(CLI::App& to, CommandLine& line) {
    to.add_option("-l,--log", line.control.log_file, "file for the server's log");
}
//! [command-line-run]

//! [command-line-role]
void add_role(CLI::App& to, CommandLine& line) {
    to.require_subcommand(1);
    to.add_subcommand("list", "list all roles")->fallthrough()->callback([&line] {
        line.role.verb = "list";
    });
    for (const char* verb : {"create", "alter", "drop"}) {
        CLI::App* one = to.add_subcommand(verb, std::string(verb) + " a role")->callback([&line, verb] {
            line.role.verb = verb;
        });
        one->fallthrough();  // options of `role` itself may stand behind the name
        one->add_option("name", line.role.name, "the role's name")->required();
        if (std::string_view(verb) == "drop") continue;
        one->add_flag_callback(
            "--superuser", [&line] { line.role.superuser = true; }, "may do anything");
        one->add_flag_callback(
            "--no-superuser", [&line] { line.role.superuser = false; }, "may not");
        one->add_flag_callback(
            "--login", [&line] { line.role.login = true; }, "may connect");
        one->add_flag_callback(
            "--no-login", [&line] { line.role.login = false; }, "may not connect");
        one->add_option("--connection-limit", line.role.connection_limit,
                        "sessions at once; -1 for any number");
        one->add_option("--valid-until", line.role.valid_until,
                        "when the password ends: a date, or infinity");
        one->add_flag("-W,--password", line.role.ask_password,
                      "ask for a password, or read one line of standard input");
        one->add_option("--password-file", line.role.password_file, "file whose first line is the password");
    }
}
//! [command-line-role]

//! [command-line-paths]
/// What `start` hands on to `run`.
std::vector<std::string> run_arguments(const CommandLine& line) {
    std::vector<std::string> words;
    for (const std::string& assignment : line.assignments) words.insert(words.end(), {"-c", assignment});
    if (line.allow_root) words.emplace_back("--allow-root");
    if (!line.init.username.empty()) words.insert(words.end(), {"--username", line.init.username});
    if (!line.init.auth.empty()) words.insert(words.end(), {"--auth", line.init.auth});
    if (!line.init.password_file.empty()) words.insert(words.end(), {"--pwfile", line.init.password_file});
    return words;
}

void settle_paths(CommandLine& line) {
    std::string& directory = line.control.data_directory;
    directory = std::filesystem::absolute(directory).lexically_normal().string();
    while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
    line.control.program = std::filesystem::read_symlink("/proc/self/exe").string();
    if (!line.control.log_file.empty())
        line.control.log_file = std::filesystem::absolute(line.control.log_file).string();
    // A restart may be asked for from elsewhere.
    for (std::string& assignment : line.assignments)
        for (const std::string name : {"config_file=", "hba_file="})
            if (assignment.size() > name.size() && assignment.starts_with(name))
                assignment = name + std::filesystem::absolute(assignment.substr(name.size())).string();
    if (!line.init.password_file.empty())
        line.init.password_file = std::filesystem::absolute(line.init.password_file).string();
}
//! [command-line-paths]

}  // namespace

//! [parse-command-line]
std::optional<int> parse_command_line(int argc, char** argv, CommandLine& line) {
    CLI::App app{"Forklore: a PostgreSQL-style database server that forks one process per client"};
    app.require_subcommand(1);
    app.set_version_flag("-V,--version",
                         fmt::format("forklore {}, as PostgreSQL {}", k_forklore_version, k_server_version));
    if (const char* given = std::getenv("FORKLORE_DATA")) line.control.data_directory = given;
    const auto command = [&](const char* name, Verb verb, const char* help,
                             std::initializer_list<void (*)(CLI::App&, CommandLine&)> more) {
        CLI::App* one = app.add_subcommand(name, help)->callback([&line, verb] { line.verb = verb; });
        one->add_option("-D,--data-dir", line.control.data_directory,
                        "the data directory; that of the variable FORKLORE_DATA if not given")
            ->required(line.control.data_directory.empty());
        for (const auto& add : more) add(*one, line);
        return one;
    };
    command("init", Verb::init, "make a data directory", {add_init_options});
    command("run", Verb::run, "run the server here; makes the data directory if it is missing or empty",
            {add_run})
        ->add_option("--ready-fd", line.ready_fd)
        ->group("");
    command("start", Verb::start, "start a server in the background", {add_run, add_waiting, add_log});
    command("stop", Verb::stop, "stop a server", {add_mode, add_waiting});
    command("restart", Verb::restart, "stop a server and start it again",
            {add_run, add_mode, add_waiting, add_log});
    command("reload", Verb::reload, "make a server read its files again", {});
    command("status", Verb::status, "say whether a server runs", {});
    command("role", Verb::role, "say who may connect", {add_role});
    try {
        app.parse(argc, argv);
        settle_paths(line);
        line.control.run_arguments = run_arguments(line);
        return {};
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    }
}
//! [parse-command-line]

}  // namespace forklore
