/// \file
/// Roles and databases, as far as the door needs them: two small files in the data directory.
///
/// A line of `roles` reads `"name" login superuser limit=-1 until=… "SCRAM-SHA-256$…"`; a line of `databases`
/// reads
/// `"name"`, with `noconnect` behind it for a template that nobody may enter. They become SQL in a later
/// chapter.
///
/// Counterpart in PostgreSQL: pg_authid, pg_database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace forklore {

/// Somebody who may connect.
struct Role {
    std::string name;           ///< at most 63 bytes
    bool login = true;          ///< may connect at all
    bool superuser = false;     ///< may do anything
    int connection_limit = -1;  ///< sessions at once; -1 for any number
    std::optional<std::int64_t>
        valid_until{};     ///< when the password ends, in seconds since 1970; none for never
    std::string secret{};  ///< SCRAM verifier; empty: no password will do
};

/// Something to connect to.
struct Database {
    std::string name;               ///< at most 63 bytes
    bool allow_connections = true;  ///< false for template0
};

std::vector<Role> read_roles(
    const std::string&
        data_directory);  ///< throws Error F0000 for a line that makes no sense \param data_directory where
void write_roles(const std::string& data_directory,
                 const std::vector<Role>& roles);  ///< \param data_directory where \param roles all of them
std::vector<Database> read_databases(const std::string& data_directory);  ///< \param data_directory where
void write_databases(
    const std::string& data_directory,
    const std::vector<Database>& databases);  ///< \param data_directory where \param databases all of them

/// The one with this name, or null. \param all where to look \param name exact
template <typename T>
T* find_named(std::vector<T>& all, const std::string& name) {
    for (T& one : all)
        if (one.name == name) return &one;
    return nullptr;
}

}  // namespace forklore
