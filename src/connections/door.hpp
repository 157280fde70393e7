/// \file
/// The door: everything that decides who comes in, read by the postmaster and inherited by its children.
#pragma once

#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "connections/hba.hpp"
#include "connections/roles.hpp"
#include "connections/tls.hpp"

namespace forklore {

/// See the top of this file. One for the process.
struct Door {
    std::vector<HbaRule> rules;       ///< of hba.conf
    std::vector<Role> roles;          ///< of the roles file
    std::vector<Database> databases;  ///< of the databases file
    std::unique_ptr<TlsContext> tls;  ///< null while `ssl` is off
    std::string data_directory;       ///< where the files lie
    timespec roles_changed{};         ///< when the roles file that was read had been written
    std::string mock_secret;          ///< for salts of roles that do not exist; the same after a restart
};

/// This process's door.
Door& door();

/// A role as it stands now, or null: the roles file is read again when it has changed since the postmaster
/// read it, so that what `forklore role` does holds from the next connection on. \param name exact.
const Role* current_role(const std::string& name);

/// Lets a layer hear of it when a role has been looked up. \param watcher gets the time when the file had been written that was read last; null:
/// nobody
void watch_roles(void (*watcher)(const timespec& written));

/// Reads all of it. Throws Error. \param data_directory where the files lie
void open_door(const std::string& data_directory);

/// Reads again what can be read; what is wrong stays as it was, and is logged. \param data_directory where
/// the files lie
void refresh_door(const std::string& data_directory);

}  // namespace forklore
