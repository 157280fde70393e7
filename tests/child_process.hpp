/// \file
/// Real processes in tests. A forked child must neither return into Catch2 (it would run the rest of the
/// tests again) nor use its checks (their failures are lost): it runs one function, ends with _exit, and
/// reports by its status.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

/// For use in a child instead of CHECK: ends it with status 1 and says what was wrong.
#define CHILD_CHECK(...)                                                                         \
    do {                                                                                         \
        if (!(__VA_ARGS__)) {                                                                    \
            std::fprintf(stderr, "%s:%d: in the child: %s\n", __FILE__, __LINE__, #__VA_ARGS__); \
            ::_exit(1);                                                                          \
        }                                                                                        \
    } while (false)

namespace forklore::testing {

/// A forked process that runs one function. It is killed when its owner goes away before wait().
class ChildProcess {
public:
    /// \param body runs in the child, whose exit status is 0 when it returns and 1 when it throws.
    template <typename Body>
    explicit ChildProcess(Body body) : pid_(::fork()) {
        if (pid_ != 0) return;
        // Catch2's handlers would report the child's end as the test's, and a core file is of no use here.
        for (int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTERM, SIGINT})
            ::signal(number, SIG_DFL);
        rlimit none{};
        ::setrlimit(RLIMIT_CORE, &none);
        try {
            body();
        } catch (const std::exception& error) {
            std::fprintf(stderr, "in the child: %s\n", error.what());
            ::_exit(1);
        }
        ::_exit(0);
    }
    ~ChildProcess() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        wait();
    }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// Its process id, until wait().
    pid_t pid() const { return pid_; }

    /// Waits for its end.
    /// \return the exit status, or minus the number of the signal that ended it.
    int wait() {
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

private:
    pid_t pid_;
};

/// Runs a function in a child and waits for it.
/// \param body what to run.
/// \return as ChildProcess::wait().
template <typename Body>
int in_child(Body body) {
    return ChildProcess(std::move(body)).wait();
}

/// A folder that lives as long as this object.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "forklore-test-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        path_ = name;
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    /// Path of a file in it. \param name of the file.
    std::string operator/(const std::string& name) const { return (path_ / name).string(); }

    /// Writes a file. \param name of the file. \param text its content. \return its path.
    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(path_ / name, std::ios::binary) << text;
        return *this / name;
    }

private:
    std::filesystem::path path_;
};

/// Catches what goes to standard error (the log) while it lives.
class CapturedLog {
public:
    CapturedLog() : saved_(::dup(STDERR_FILENO)) {
        file_ = std::tmpfile();
        ::dup2(::fileno(file_), STDERR_FILENO);
    }
    ~CapturedLog() {
        ::dup2(saved_, STDERR_FILENO);
        ::close(saved_);
        std::fclose(file_);
    }
    CapturedLog(const CapturedLog&) = delete;
    CapturedLog& operator=(const CapturedLog&) = delete;

    /// What was written since the last call.
    std::string take() {
        std::string text;
        char buffer[4096];
        for (ssize_t n; (n = ::pread(::fileno(file_), buffer, sizeof buffer, taken_)) > 0; taken_ += n) {
            text.append(buffer, static_cast<std::size_t>(n));
        }
        return text;
    }

private:
    int saved_;
    std::FILE* file_;
    off_t taken_ = 0;
};

}  // namespace forklore::testing
