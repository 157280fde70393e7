/// \file
/// System calls that can fail, in one place where a test can make them fail.
///
/// Each function here is the call of the same name. When faults are planned (by a test in the process, or
/// from outside with the environment variable FORKLORE_FAULTS="accept4:EMFILE:3,fork:ENOMEM:1", read when the
/// program starts), the planned calls do nothing but return -1 (mmap: MAP_FAILED) with the planned errno. A
/// child inherits what is left of its parent's plan and counts for itself from then on.
///
/// The idea is fmt's FMT_SYSTEM and LevelDB's faulty Env.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <cstddef>
#include <string_view>

struct epoll_event;

namespace forklore::sys {

/// The calls that can be made to fail.
enum class Call {
    accept4,
    bind,
    connect,
    epoll_create1,
    epoll_ctl,
    epoll_wait,
    eventfd,
    fork,
    fsync,
    ftruncate,
    kill,
    listen,
    mkdir,
    mmap,
    open,
    pipe2,
    pread,
    pwrite,
    read,
    recv,
    rename,
    send,
    sendmsg,
    socket,
    socketpair,
    unlink,
    waitpid,
    write,
    k_count
};

/// Plans a fault.
/// \param call which call.
/// \param error the errno it fails with.
/// \param times how many calls fail.
/// \param after how many succeed before that.
void plan_fault(Call call, int error, int times = 1, int after = 0);

/// Forgets all planned faults.
void clear_faults();

/// Reads planned faults from a text like "accept4:EMFILE:3:10,fork:ENOMEM" (call:errno[:times[:after]]).
/// Throws Error 22023 on anything else.
/// \param text the plan.
void plan_faults(std::string_view text);

/// \name The calls
/// Parameters and results as in section 2 of the manual. None retries on EINTR: the callers know what EINTR
/// means to them.
/// \{
int accept4(int fd, sockaddr* address, socklen_t* length, int flags);
int bind(int fd, const sockaddr* address, socklen_t length);
int connect(int fd, const sockaddr* address, socklen_t length);
int epoll_create1(int flags);
int epoll_ctl(int epoll, int operation, int fd, epoll_event* event);
int epoll_wait(int epoll, epoll_event* events, int count, int timeout_ms);
int eventfd(unsigned initial, int flags);
pid_t fork();
int fsync(int fd);
int ftruncate(int fd, off_t length);
int kill(pid_t pid, int signal);
int listen(int fd, int backlog);
int mkdir(const char* path, mode_t mode);
void* mmap(void* address, std::size_t length, int protection, int flags, int fd, off_t offset);
int open(const char* path, int flags, mode_t mode = 0);
int pipe2(int fds[2], int flags);
ssize_t pread(int fd, void* buffer, std::size_t count, off_t offset);
ssize_t pwrite(int fd, const void* buffer, std::size_t count, off_t offset);
ssize_t read(int fd, void* buffer, std::size_t count);
ssize_t recv(int fd, void* buffer, std::size_t count, int flags);
int rename(const char* from, const char* to);
ssize_t send(int fd, const void* buffer, std::size_t count, int flags);
ssize_t sendmsg(int fd, const msghdr* message, int flags);
int socket(int domain, int type, int protocol);
int socketpair(int domain, int type, int protocol, int fds[2]);
int unlink(const char* path);
pid_t waitpid(pid_t pid, int* status, int options);
ssize_t write(int fd, const void* buffer, std::size_t count);
/// \}

}  // namespace forklore::sys
