/// \file
/// The data directory: making one, and making sure that one is ours.
///
/// Counterpart in PostgreSQL: initdb.c, miscinit.c (checkDataDir, ValidatePgVersion).
#pragma once

#include <string>

namespace forklore {

/// What `init` may be told.
struct InitOptions {
    std::string username;  ///< first superuser; empty: the operating system's user
    std::string auth;      ///< method for all connections; empty: peer on the socket, scram-sha-256 over TCP
    std::string password_file;  ///< first line is the superuser's password; empty: none
};

/// What is at a path.
enum class DirectoryState { missing, empty, initialised, something_else };

DirectoryState inspect_data_directory(const std::string& path);  ///< \param path any

/// Locks a directory, which is made if it is missing, and makes it a data directory. The lock stays. Throws Error when
/// there is something already, or when it cannot be made: then nothing is left behind. \param path absolute \param
/// options see there
void initialise_data_directory(const std::string& path, const InitOptions& options);

/// Throws Fatal when the directory is not ours: another owner, open to others, or of another version. \param
/// path absolute
void check_data_directory(const std::string& path);

/// The name of the operating system's user who runs this process.
std::string operating_system_user();

}  // namespace forklore
