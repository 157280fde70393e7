#include "connections/roles.hpp"

#include <cstdlib>

#include "base/error.hpp"
#include "connections/access_file.hpp"

namespace forklore {

namespace {
//! [read-role]
constexpr unsigned k_private = 0600;  // secrets are in it

Role read_role(const AccessLine& line) {
    Role role{.name = line.tokens[0][0].text, .login = false};
    for (std::size_t i = 1; i < line.tokens.size(); ++i) {
        const AccessWord& word = line.tokens[i][0];
        if (word.quoted)
            role.secret = word.text;
        else if (word.is("login"))
            role.login = true;
        else if (word.is("superuser"))
            role.superuser = true;
        else if (word.text.starts_with("limit="))
            role.connection_limit = std::atoi(word.text.c_str() + 6);
        else if (word.text.starts_with("until="))
            role.valid_until = std::atoll(word.text.c_str() + 6);
        else
            throw Error(sqlstate::config_file_error, "unrecognized word \"{}\" in line {} of the roles file",
                        word.text, line.number);
    }
    return role;
}

std::string write_role(const Role& role) {
    std::string line = quote_access_word(role.name);
    if (role.login) line += " login";
    if (role.superuser) line += " superuser";
    if (role.connection_limit >= 0) line += fmt::format(" limit={}", role.connection_limit);
    if (role.valid_until) line += fmt::format(" until={}", *role.valid_until);
    if (!role.secret.empty()) line += ' ' + quote_access_word(role.secret);
    return line + '\n';
}
//! [read-role]
}  // namespace

//! [roles-file]
std::vector<Role> read_roles(const std::string& data_directory) {
    std::vector<Role> roles;
    for (const AccessLine& line : read_access_file(data_directory + "/roles"))
        roles.push_back(read_role(line));
    return roles;
}

void write_roles(const std::string& data_directory, const std::vector<Role>& roles) {
    std::string text = "# Who may connect. Written by `forklore role`.\n";
    for (const Role& role : roles) text += write_role(role);
    replace_file(data_directory + "/roles", text, k_private);
}

std::vector<Database> read_databases(const std::string& data_directory) {
    std::vector<Database> databases;
    for (const AccessLine& line : read_access_file(data_directory + "/databases"))
        databases.push_back(
            {line.tokens[0][0].text, line.tokens.size() < 2 || !line.tokens[1][0].is("noconnect")});
    return databases;
}

void write_databases(const std::string& data_directory, const std::vector<Database>& databases) {
    std::string text = "# What may be connected to.\n";
    for (const Database& database : databases)
        text += quote_access_word(database.name) + (database.allow_connections ? "\n" : " noconnect\n");
    replace_file(data_directory + "/databases", text, k_private);
}
//! [roles-file]

}  // namespace forklore
