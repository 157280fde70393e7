/// \file
/// `forklore role`: who may connect, until roles are SQL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace forklore {

/// What to do to which role.
struct RoleCommand {
    std::string verb;                        ///< create, alter, drop, list
    std::string name;                        ///< the role's
    std::optional<bool> superuser;           ///< none: as it is
    std::optional<bool> login;               ///< none: as it is
    std::optional<int> connection_limit;     ///< none: as it is
    std::optional<std::string> valid_until;  ///< a date, or "infinity"; none: as it is
    bool ask_password = false;               ///< from the terminal, or one line of standard input
    std::string password_file;               ///< its first line is the password; empty: no password
};

/// Carries it out; a running server sees the change at the next connection. Throws Error 42710 for a role
/// that exists, 42704 for one that does not. \param data_directory where. \param command what.
void run_role_command(const std::string& data_directory, const RoleCommand& command);

}  // namespace forklore
