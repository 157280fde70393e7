/// \file
/// Children, and what becomes of them: what the tests of several exercises need.
#pragma once

#include <fcntl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <system_error>

#include "base/unique_fd.hpp"
#include "not_written_yet.hpp"

namespace forklore::exercise {

/// Ends a test that would wait for ever: after so many seconds the program gets SIGTERM, which Catch2 reports
/// together with what the test was about. No test that ends by itself comes near it.
class Watchdog {
public:
    /// \param seconds of patience.
    explicit Watchdog(unsigned seconds = 10) {
        struct sigaction action {};
        action.sa_handler = [](int) { ::raise(SIGTERM); };
        ::sigaction(SIGALRM, &action, &before_);
        ::alarm(seconds);
    }
    ~Watchdog() {
        ::alarm(0);
        ::sigaction(SIGALRM, &before_, nullptr);
    }
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

private:
    struct sigaction before_ {};
};

/// A pipe. Both ends are closed on exec, and inherited on fork.
struct Pipe {
    Pipe() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
        read_end.reset(ends[0]);
        write_end.reset(ends[1]);
    }
    UniqueFd read_end;   ///< reads what is written at the other
    UniqueFd write_end;  ///< the reader sees the end when all copies of it are closed
};

/// Writes one byte. \param fd a pipe or socket.
inline void put_byte(int fd) {
    const char byte = '.';
    while (::write(fd, &byte, 1) < 0 && errno == EINTR) {
    }
}

/// Waits for one byte. \param fd a pipe or socket. \return false at the end of the stream.
inline bool get_byte(int fd) {
    char byte;
    for (;;) {
        const ssize_t got = ::read(fd, &byte, 1);
        if (got >= 0) return got == 1;
        if (errno != EINTR) return false;
    }
}

/// In a child: signals end it as they end any program. Otherwise Catch2, which it has inherited, would report
/// them as the test's own.
inline void leave_the_test() {
    for (const int signal : {SIGTERM, SIGSEGV, SIGABRT, SIGALRM}) ::signal(signal, SIG_DFL);
}

/// A child process that runs one function and ends with _exit: 0, or 1 after an exception, whose words the
/// parent gets. Its end: waited for by `join`; killed by the destructor where nobody has.
class Child {
public:
    /// \param work what the child does. Descriptors are inherited, as ever.
    explicit Child(const std::function<void()>& work) {
        Pipe words;
        pid_ = ::fork();
        if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
        if (pid_ == 0) {
            words.read_end.reset();
            leave_the_test();
            // Where nothing may be thrown, what is thrown ends the child at once, with its words all the same.
            words_to_ = words.write_end.get();
            std::set_terminate([] { tell_and_end(std::current_exception()); });
            try {
                work();
            } catch (...) {
                tell_and_end(std::current_exception());
            }
            ::_exit(0);
        }
        words_ = std::move(words.read_end);
    }
    ~Child() {
        if (pid_ < 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    pid_t pid() const { return pid_; }  ///< its process id; -1 after `join`

    /// Waits for its end. Throws what the child threw: NotWrittenYet, or std::runtime_error with its words.
    /// \return the status that waitpid gave.
    int join() {
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        // Its words are in the pipe by now. The end of the stream may be far: its own children have inherited
        // the pipe.
        ::fcntl(words_.get(), F_SETFL, O_NONBLOCK);
        std::string text;
        char buffer[512];
        for (ssize_t got; (got = ::read(words_.get(), buffer, sizeof buffer)) > 0;) {
            text.append(buffer, static_cast<std::size_t>(got));
        }
        pid_ = -1;
        if (text.ends_with(" is not written yet")) throw NotWrittenYet(text);
        if (!text.empty()) throw std::runtime_error("in the child: " + text);
        return status;
    }

private:
    [[noreturn]] static void tell_and_end(const std::exception_ptr& thrown) {
        try {
            if (!thrown) ::abort();
            std::rethrow_exception(thrown);
        } catch (const std::exception& error) {
            const std::string text = error.what();
            ::_exit(::write(words_to_, text.data(), text.size()) < 0 ? 2 : 1);
        } catch (...) {
            ::abort();
        }
    }

    static inline int words_to_ = -1;  // in the child
    pid_t pid_ = -1;
    UniqueFd words_;
};

/// Waits until a child has ended, and leaves it unburied. Its SIGCHLD has been delivered by then: the kernel
/// sends it before it lets anybody see the end. \param child a child of this process.
inline void wait_for_end(pid_t child) {
    siginfo_t info;
    while (::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
}

/// The state of a process as the kernel tells it: 'R', 'S', 'Z' for a zombie, …; '-' when there is none.
/// \param pid any process.
inline char process_state(pid_t pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    if (!std::getline(stat, text)) return '-';
    // The name, in parentheses, may hold anything; the state follows the last one.
    const std::size_t end = text.rfind(") ");
    return end == std::string::npos || end + 2 >= text.size() ? '-' : text[end + 2];
}

/// How many descriptors a process has open. \param pid any process of ours.
inline int open_descriptors(pid_t pid = ::getpid()) {
    int count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
        ++count;
    }
    // Looking takes a descriptor too.
    return pid == ::getpid() ? count - 1 : count;
}

}  // namespace forklore::exercise
