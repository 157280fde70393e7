#include "connections/lock_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>
#include <vector>

#include "base/log.hpp"
#include "base/syscalls.hpp"
#include "base/unique_fd.hpp"

namespace forklore {

//! [lock-files-held]
namespace {

/// A lock file that this process holds.
struct HeldLock {
    std::string path;    ///< the lock file
    std::string socket;  ///< the socket it protects, removed with it; empty for a data directory
    UniqueFd fd;         ///< carries the lock
};
std::vector<HeldLock> held;
pid_t owner = 0;  // a child inherits the list but must not remove the files
//! [lock-files-held]

//! [read-lock-file]
std::string read_all(int fd) {
    std::string text(4096, '\0');
    const ssize_t got = sys::pread(fd, text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

void write_all(int fd, const std::string& path, const std::string& text) {
    // What is there is written over, not emptied first: on a full disk it stays as it was.
    const auto size = static_cast<ssize_t>(text.size());
    if (sys::pwrite(fd, text.data(), text.size(), 0) != size || sys::ftruncate(fd, size) != 0)
        throw Fatal(sqlstate::io_error, "could not write lock file \"{}\": {}", path, errno_text(errno));
}
//! [read-lock-file]

//! [take-lock]
/// Opens or creates a lock file and locks it. Two servers that start at once may both open the file, but the
/// kernel gives the lock to one. If the file was removed between our open and our lock, we hold a lock on
/// nothing: once more. In a directory where everybody may write, the name must not lead us to another file.
HeldLock take_lock(const std::string& path, const std::string& socket) {
    for (;;) {
        UniqueFd fd(sys::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!fd)
            throw Fatal(sqlstate::io_error, "could not open lock file \"{}\": {}", path, errno_text(errno));
        if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno == EINTR) continue;
            if (errno != EWOULDBLOCK)
                throw Fatal(sqlstate::io_error, "could not lock file \"{}\": {}", path, errno_text(errno));
            // A server shares its lock with nobody. If we can have a share, somebody only looks, and is done at once.
            if (flock(fd.get(), LOCK_SH | LOCK_NB) == 0) continue;
            const pid_t holder = std::atoi(read_all(fd.get()).c_str());
            const bool orphans = holder <= 0 || (sys::kill(holder, 0) != 0 && errno == ESRCH);
            Report refusal{.severity = Severity::fatal,
                           .code = sqlstate::lock_file_exists,
                           .message = fmt::format("lock file \"{}\" already exists",
                                                  socket.empty() ? path.substr(path.rfind('/') + 1) : path)};
            if (orphans)
                refusal.detail = fmt::format(
                    "The server with PID {} has gone, but a process it started still runs.", holder);
            refusal.hint =
                !socket.empty()
                    ? fmt::format("Is another postmaster (PID {}) using socket file \"{}\"?", holder, socket)
                : orphans ? "Terminate any old server processes associated with this data directory."
                          : fmt::format("Is another postmaster (PID {}) running in data directory \"{}\"?",
                                        holder, path.substr(0, path.rfind('/')));
            throw Error(std::move(refusal));
        }
        struct stat opened, named;
        if (fstat(fd.get(), &opened) == 0 && stat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino)
            return {path, socket, std::move(fd)};
    }
}
//! [take-lock]

//! [pid-path]
std::string pid_path(const std::string& data_directory) { return data_directory + "/postmaster.pid"; }
//! [pid-path]

}  // namespace

//! [lock-data-directory]
void lock_data_directory(const std::string& data_directory) {
    if (!held.empty()) return;
    owner = getpid();
    held.push_back(take_lock(pid_path(data_directory), ""));
    write_pid_file({.pid = owner,
                    .data_directory = data_directory,
                    .status = "starting"});  // not the last server's number
}

int data_directory_lock() { return held.empty() ? -1 : held.front().fd.get(); }

void write_pid_file(const PidFile& contents) {
    // Line 7 is PostgreSQL's shared memory key; ours is empty. The status is padded so that it can be
    // replaced in place.
    write_all(held.front().fd.get(), held.front().path,
              fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n\n{:<8}\n", contents.pid, contents.data_directory,
                          contents.start_time, contents.port, contents.socket_directory,
                          contents.listen_address, contents.status));
}
//! [lock-data-directory]

//! [lock-socket-path]
void lock_socket_path(const std::string& path) {
    held.push_back(take_lock(path + ".lock", path));
    write_all(held.back().fd.get(), held.back().path, fmt::format("{}\n", getpid()));
}

void remove_lock_files() noexcept {
    if (owner != getpid()) return;
    for (auto lock = held.rbegin(); lock != held.rend(); ++lock) {
        if (!lock->socket.empty()) sys::unlink(lock->socket.c_str());
        sys::unlink(lock->path.c_str());
    }
    held.clear();
}
//! [lock-socket-path]

//! [running-server]
std::optional<PidFile> running_server(const std::string& data_directory) {
    UniqueFd fd(sys::open(pid_path(data_directory).c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return {};
    if (flock(fd.get(), LOCK_SH | LOCK_NB) == 0) return {};  // nobody holds it: what it says is history
    std::istringstream lines(read_all(fd.get()));
    PidFile found;
    std::string line;
    auto next = [&] {
        std::getline(lines, line);
        return line;
    };
    found.pid = std::atoi(next().c_str());
    if (found.pid <= 0) return {};  // locked this very moment: nothing can be said yet
    if (sys::kill(found.pid, 0) != 0 && errno == ESRCH) return {};  // a child holds it that has outlived the server
    found.data_directory = next();
    found.start_time = std::atoll(next().c_str());
    found.port = std::atoi(next().c_str());
    found.socket_directory = next();
    found.listen_address = next();
    next();
    found.status = next().substr(0, line.find(' '));
    return found;
}
//! [running-server]

}  // namespace forklore
