#include "connections/role_command.hpp"

#include <bsd/readpassphrase.h>
#include <fmt/chrono.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <fstream>
#include <iostream>

#include "base/error.hpp"
#include "connections/access_file.hpp"
#include "connections/roles.hpp"
#include "connections/scram.hpp"

namespace forklore {

namespace {

//! [read-password]
/// From a file, the terminal (not shown), or standard input: never from the command line, where `ps` would
/// show it.
std::string read_password(const RoleCommand& command) {
    std::string password;
    if (!command.password_file.empty()) {
        std::ifstream file(command.password_file);
        if (!std::getline(file, password))
            throw Error(sqlstate::invalid_parameter_value, "could not read password from file \"{}\"",
                        command.password_file);
    } else if (isatty(STDIN_FILENO) != 0) {
        std::array<char, 1024> typed{};
        if (readpassphrase("Enter password for new role: ", typed.data(), typed.size(), RPP_REQUIRE_TTY) ==
            nullptr)
            throw Error(sqlstate::invalid_parameter_value, "no password given");
        password = typed.data();
        explicit_bzero(typed.data(), typed.size());
    } else {
        std::getline(std::cin, password);
    }
    if (password.empty()) throw Error(sqlstate::invalid_parameter_value, "an empty password cannot be used");
    return password;
}
//! [read-password]

//! [role-changes]
std::optional<std::int64_t> parse_date(const std::string& text) {
    if (text == "infinity") return {};
    std::tm date{};
    const char* rest = strptime(text.c_str(), "%Y-%m-%d", &date);
    if (rest != nullptr && *rest != '\0') rest = strptime(rest, " %H:%M:%S", &date);
    if (rest == nullptr || *rest != '\0')
        throw Error(sqlstate::invalid_datetime_format, "invalid date: \"{}\"", text)
            .hint("Write YYYY-MM-DD or YYYY-MM-DD HH:MM:SS, in UTC, or infinity.");
    return timegm(&date);
}

void change(Role& role, const RoleCommand& command, const std::optional<std::string>& secret) {
    if (command.superuser) role.superuser = *command.superuser;
    if (command.login) role.login = *command.login;
    if (command.connection_limit) role.connection_limit = *command.connection_limit;
    if (command.valid_until) role.valid_until = parse_date(*command.valid_until);
    if (secret) role.secret = *secret;
}

void list(const std::vector<Role>& roles) {
    for (const Role& role : roles)
        fmt::print(
            "{}{}{}{}{}{}\n", role.name, role.login ? " login" : "", role.superuser ? " superuser" : "",
            role.connection_limit >= 0 ? fmt::format(" limit={}", role.connection_limit) : "",
            role.valid_until
                ? fmt::format(" until={:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(*role.valid_until)))
                : "",
            role.secret.empty() ? "" : " password");
}
//! [role-changes]

}  // namespace

//! [run-role-command]
void run_role_command(const std::string& data_directory, const RoleCommand& command) {
    if (command.verb == "list") return list(read_roles(data_directory));
    std::optional<std::string> secret;
    if (command.ask_password || !command.password_file.empty())
        secret = print_verifier(make_verifier(read_password(command)));
    // Nobody else changes roles from the reading to the writing. Whoever types a password has done so before.
    const UniqueFd lock = lock_directory(data_directory);
    std::vector<Role> roles = read_roles(data_directory);
    Role* role = find_named(roles, command.name);
    if (command.verb == "create") {
        if (role != nullptr)
            throw Error(sqlstate::duplicate_object, "role \"{}\" already exists", command.name);
        if (command.name.empty() || command.name.size() > 63 ||
            command.name.find_first_of("\"\n\r") != std::string::npos)
            throw Error(sqlstate::invalid_name, "invalid role name");
        if (command.name.starts_with("pg_"))
            throw Error(sqlstate::reserved_name, "role name \"{}\" is reserved", command.name)
                .detail("Role names starting with \"pg_\" are reserved.");
        change(roles.emplace_back(Role{.name = command.name}), command, secret);
    } else {
        if (role == nullptr)
            throw Error(sqlstate::undefined_object, "role \"{}\" does not exist", command.name);
        if (command.verb == "alter")
            change(*role, command, secret);
        else
            roles.erase(roles.begin() + (role - roles.data()));
    }
    write_roles(data_directory, roles);
}
//! [run-role-command]

}  // namespace forklore
