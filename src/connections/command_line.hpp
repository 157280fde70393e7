/// \file
/// The command line: what an operator can say to `forklore`, and to a chapter's server.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connections/control.hpp"
#include "connections/data_directory.hpp"
#include "connections/role_command.hpp"

namespace forklore {

/// The first word of the command line.
enum class Verb { init, run, start, stop, restart, reload, status, role };

/// Everything that the command line can say.
struct CommandLine {
    Verb verb = Verb::run;   ///< what to do
    ControlOptions control;  ///< also the data directory, for all verbs
    InitOptions init;        ///< init, run
    RoleCommand role;        ///< role
    std::vector<std::string>
        assignments;          ///< run: name=value, from -c and from the options that stand for settings
    bool allow_root = false;  ///< run: even as root
    int ready_fd = -1;        ///< run: where to write a byte once clients are welcome; -1 for nowhere
};

/// Takes the command line apart. Prints help, version or what is wrong by itself. \param argc from main
/// \param argv from main \param line filled in. \return an exit status when there is nothing (more) to do.
std::optional<int> parse_command_line(int argc, char** argv, CommandLine& line);

}  // namespace forklore
