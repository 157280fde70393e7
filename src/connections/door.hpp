/// \file
/// The door: everything that decides who comes in, read by the postmaster and inherited by its children.
#pragma once

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
    std::string mock_secret;          ///< for salts of roles that do not exist; the same after a restart
};

/// This process's door.
Door& door();

/// Reads all of it. Throws Error. \param data_directory where the files lie
void open_door(const std::string& data_directory);

/// Reads again what can be read; what is wrong stays as it was, and is logged. \param data_directory where
/// the files lie
void refresh_door(const std::string& data_directory);

}  // namespace forklore
