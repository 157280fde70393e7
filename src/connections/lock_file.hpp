/// \file
/// Lock files: one server to a data directory, one to a socket.
///
/// A lock file tells humans and programs who runs here; the lock itself is the kernel's. It belongs to the
/// open file description, which every child inherits, so it is held until the last process of the old server
/// has gone, however it ended, and nothing needs to be cleaned up after a crash.
///
/// Counterpart in PostgreSQL: miscinit.c (CreateLockFile), which asks whether a process number is alive and
/// keeps a small System V segment to notice orphans.
#pragma once

#include <sys/types.h>
#include <cstdint>

#include <optional>
#include <string>

namespace forklore {

/// What `postmaster.pid` says, one line each.
struct PidFile {
    pid_t pid = 0;                 ///< line 1
    std::string data_directory{};    ///< line 2
    std::int64_t start_time = 0;   ///< line 3: seconds since 1970
    int port = 0;                  ///< line 4
    std::string socket_directory{};  ///< line 5: first one, or empty
    std::string listen_address{};    ///< line 6: first one, or empty
    std::string
        status;  ///< line 8: "starting", "ready", "stopping" (line 7, a shared memory key, is not used)
};

/// Locks a data directory for this process and its children, and writes the first lines of its
/// `postmaster.pid`; does nothing when this process has done so before. Throws Fatal F0001 while another server, or an
/// orphan of one, lives. \param data_directory absolute path.
void lock_data_directory(const std::string& data_directory);

/// Rewrites `postmaster.pid`. \param contents all of it.
void write_pid_file(const PidFile& contents);

/// Removes `postmaster.pid` and the lock files of sockets. For the postmaster, when its last child has gone.
void remove_lock_files() noexcept;

/// The descriptor that holds the data directory's lock; a child must keep it. -1 before
/// lock_data_directory().
int data_directory_lock();

/// Reads `postmaster.pid` of a data directory. \param data_directory its path. \return none when there is
/// none, or when nobody holds its lock any more.
std::optional<PidFile> running_server(const std::string& data_directory);

/// Locks `PATH.lock` beside a Unix socket. Throws Fatal when another server holds it. \param path of the
/// socket.
void lock_socket_path(const std::string& path);

}  // namespace forklore
