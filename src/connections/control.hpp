/// \file
/// Control: what `forklore start`, `stop`, `restart`, `reload` and `status` do to a server from outside.
///
/// Counterpart in PostgreSQL: pg_ctl.c, with the same exit statuses.
#pragma once

#include <string>
#include <vector>

namespace forklore {

/// Exit statuses of the control commands.
enum ExitStatus { k_done = 0, k_failed = 1, k_not_running = 3, k_no_data_directory = 4 };

/// How and what.
struct ControlOptions {
    std::string data_directory;                ///< absolute
    std::string program;                       ///< the server program, to be started
    std::vector<std::string> run_arguments{};  ///< for `run`, without the data directory
    std::string log_file;                      ///< where its log goes; empty: where ours goes
    std::string mode = "fast";                 ///< of stop: smart, fast, immediate
    int timeout = 60;                          ///< seconds to wait
    bool wait = true;                          ///< whether to wait at all
};

/// In a server that starts: writes down its arguments in `postmaster.opts`, for a restart. Throws Error 58030.
/// \param options directory, program and arguments
void keep_arguments(const ControlOptions& options);

int control_start(const ControlOptions& options);    ///< \param options see there \return exit status
int control_stop(const ControlOptions& options);     ///< \param options see there \return exit status
int control_restart(const ControlOptions& options);  ///< with the arguments of the last start, if none are
                                                     ///< given \param options see there \return exit status
int control_reload(const ControlOptions& options);   ///< \param options see there \return exit status
int control_status(const ControlOptions& options);   ///< \param options see there \return exit status

}  // namespace forklore
