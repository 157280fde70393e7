#include "base/syscalls.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace forklore::sys {

namespace {

struct Fault {
    int error = 0;
    int times = 0;
    int after = 0;
};

std::array<Fault, static_cast<std::size_t>(Call::k_count)> faults;

// False unless a test planned something: the only thing that an ordinary call looks at.
bool any_planned = false;

// Whether this call is to fail; then errno is set.
//! [fails]
bool fails(Call call) {
    if (!any_planned) return false;
    Fault& fault = faults[static_cast<std::size_t>(call)];
    if (fault.times == 0) return false;
    if (fault.after > 0) {
        --fault.after;
        return false;
    }
    --fault.times;
    errno = fault.error;
    return true;
}
//! [fails]

// In the order of Call.
constexpr std::string_view k_call_names[] = {
    "accept4", "bind",    "connect",   "epoll_create1", "epoll_ctl", "epoll_wait", "eventfd",
    "fork",    "fsync",   "ftruncate", "kill",          "listen",    "mkdir",      "mmap",
    "open",    "pipe2",   "pread",     "pwrite",        "read",      "recv",       "rename",
    "send",    "sendmsg", "socket",    "socketpair",    "unlink",    "waitpid",    "write",
};
static_assert(std::size(k_call_names) == static_cast<std::size_t>(Call::k_count));

// The errors that system calls of this list are known to give.
constexpr std::pair<std::string_view, int> k_error_names[] = {
    {"EACCES", EACCES},
    {"EADDRINUSE", EADDRINUSE},
    {"EADDRNOTAVAIL", EADDRNOTAVAIL},
    {"EAGAIN", EAGAIN},
    {"EAFNOSUPPORT", EAFNOSUPPORT},
    {"EBADF", EBADF},
    {"ECONNABORTED", ECONNABORTED},
    {"ECONNREFUSED", ECONNREFUSED},
    {"ECONNRESET", ECONNRESET},
    {"EDQUOT", EDQUOT},
    {"EEXIST", EEXIST},
    {"EFBIG", EFBIG},
    {"EINTR", EINTR},
    {"EINVAL", EINVAL},
    {"EIO", EIO},
    {"EISDIR", EISDIR},
    {"EMFILE", EMFILE},
    {"ENFILE", ENFILE},
    {"ENOBUFS", ENOBUFS},
    {"ENODEV", ENODEV},
    {"ENOENT", ENOENT},
    {"ENOMEM", ENOMEM},
    {"ENOSPC", ENOSPC},
    {"ENOTDIR", ENOTDIR},
    {"ENOTEMPTY", ENOTEMPTY},
    {"EPERM", EPERM},
    {"EPIPE", EPIPE},
    {"EROFS", EROFS},
    {"ESRCH", ESRCH},
    {"ETIMEDOUT", ETIMEDOUT},
    {"ETXTBSY", ETXTBSY},
};

[[noreturn]] void reject_plan(std::string_view item) {
    throw Error(sqlstate::invalid_parameter_value, "invalid fault plan: \"{}\"", item)
        .hint("A plan reads call:errno[:times[:after]], for example accept4:EMFILE:3.");
}

int parse_count(std::string_view text, std::string_view item) {
    int count = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || end != text.data() + text.size() || count < 0) reject_plan(item);
    return count;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        std::size_t at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

void plan_item(std::string_view item) {
    std::vector<std::string_view> parts = split(item, ':');
    if (parts.size() < 2 || parts.size() > 4) reject_plan(item);
    std::size_t call = 0;
    while (call < std::size(k_call_names) && k_call_names[call] != parts[0]) ++call;
    int error = 0;
    for (const auto& [name, number] : k_error_names) {
        if (name == parts[1]) error = number;
    }
    if (call == std::size(k_call_names) || error == 0) reject_plan(item);
    int times = parts.size() > 2 ? parse_count(parts[2], item) : 1;
    int after = parts.size() > 3 ? parse_count(parts[3], item) : 0;
    plan_fault(static_cast<Call>(call), error, times, after);
}

// Reads FORKLORE_FAULTS before main() begins, so that no call escapes it. A plan that cannot be read ends the
// program: a test that believes in faults that never come would prove nothing.
[[maybe_unused]] const bool k_environment_read = [] {
    const char* plan = std::getenv("FORKLORE_FAULTS");
    if (plan == nullptr) return false;
    try {
        plan_faults(plan);
    } catch (const Error& error) {
        std::fprintf(stderr, "FORKLORE_FAULTS: %s\n", error.what());
        std::_Exit(2);
    }
    return true;
}();

}  // namespace

void plan_fault(Call call, int error, int times, int after) {
    faults[static_cast<std::size_t>(call)] = {error, times, after};
    any_planned = true;
}

void clear_faults() {
    faults = {};
    any_planned = false;
}

void plan_faults(std::string_view text) {
    for (std::string_view item : split(text, ',')) plan_item(item);
}

//! [accept4]
int accept4(int fd, sockaddr* address, socklen_t* length, int flags) {
    return fails(Call::accept4) ? -1 : ::accept4(fd, address, length, flags);
}
//! [accept4]

int bind(int fd, const sockaddr* address, socklen_t length) {
    return fails(Call::bind) ? -1 : ::bind(fd, address, length);
}

int connect(int fd, const sockaddr* address, socklen_t length) {
    return fails(Call::connect) ? -1 : ::connect(fd, address, length);
}

int epoll_create1(int flags) { return fails(Call::epoll_create1) ? -1 : ::epoll_create1(flags); }

int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) {
    return fails(Call::epoll_ctl) ? -1 : ::epoll_ctl(epoll, operation, fd, event);
}

int epoll_wait(int epoll, epoll_event* events, int count, int timeout_ms) {
    return fails(Call::epoll_wait) ? -1 : ::epoll_wait(epoll, events, count, timeout_ms);
}

int eventfd(unsigned initial, int flags) { return fails(Call::eventfd) ? -1 : ::eventfd(initial, flags); }

pid_t fork() { return fails(Call::fork) ? -1 : ::fork(); }

int fsync(int fd) { return fails(Call::fsync) ? -1 : ::fsync(fd); }

int ftruncate(int fd, off_t length) { return fails(Call::ftruncate) ? -1 : ::ftruncate(fd, length); }

int kill(pid_t pid, int signal) { return fails(Call::kill) ? -1 : ::kill(pid, signal); }

int listen(int fd, int backlog) { return fails(Call::listen) ? -1 : ::listen(fd, backlog); }

int mkdir(const char* path, mode_t mode) { return fails(Call::mkdir) ? -1 : ::mkdir(path, mode); }

void* mmap(void* address, std::size_t length, int protection, int flags, int fd, off_t offset) {
    return fails(Call::mmap) ? MAP_FAILED : ::mmap(address, length, protection, flags, fd, offset);
}

int open(const char* path, int flags, mode_t mode) {
    return fails(Call::open) ? -1 : ::open(path, flags, mode);
}

int pipe2(int fds[2], int flags) { return fails(Call::pipe2) ? -1 : ::pipe2(fds, flags); }

ssize_t pread(int fd, void* buffer, std::size_t count, off_t offset) {
    return fails(Call::pread) ? -1 : ::pread(fd, buffer, count, offset);
}

ssize_t pwrite(int fd, const void* buffer, std::size_t count, off_t offset) {
    return fails(Call::pwrite) ? -1 : ::pwrite(fd, buffer, count, offset);
}

ssize_t read(int fd, void* buffer, std::size_t count) {
    return fails(Call::read) ? -1 : ::read(fd, buffer, count);
}

ssize_t recv(int fd, void* buffer, std::size_t count, int flags) {
    return fails(Call::recv) ? -1 : ::recv(fd, buffer, count, flags);
}

int rename(const char* from, const char* to) { return fails(Call::rename) ? -1 : ::rename(from, to); }

ssize_t send(int fd, const void* buffer, std::size_t count, int flags) {
    return fails(Call::send) ? -1 : ::send(fd, buffer, count, flags);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    return fails(Call::sendmsg) ? -1 : ::sendmsg(fd, message, flags);
}

int socket(int domain, int type, int protocol) {
    return fails(Call::socket) ? -1 : ::socket(domain, type, protocol);
}

int socketpair(int domain, int type, int protocol, int fds[2]) {
    return fails(Call::socketpair) ? -1 : ::socketpair(domain, type, protocol, fds);
}

int unlink(const char* path) { return fails(Call::unlink) ? -1 : ::unlink(path); }

pid_t waitpid(pid_t pid, int* status, int options) {
    return fails(Call::waitpid) ? -1 : ::waitpid(pid, status, options);
}

ssize_t write(int fd, const void* buffer, std::size_t count) {
    return fails(Call::write) ? -1 : ::write(fd, buffer, count);
}

}  // namespace forklore::sys
