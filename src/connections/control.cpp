#include "connections/control.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/syscalls.hpp"
#include "base/unique_fd.hpp"
#include "base/wait_set.hpp"
#include "connections/access_file.hpp"
#include "connections/data_directory.hpp"
#include "connections/lock_file.hpp"
#include "connections/startup_packet.hpp"

namespace forklore {

namespace {

//! [control-messages]
template <typename... Args>
int fail(int status, fmt::format_string<Args...> format, Args&&... args) {
    fmt::print(stderr, "forklore: {}\n", fmt::format(format, std::forward<Args>(args)...));
    return status;
}

bool is_data_directory(const ControlOptions& options) {
    return inspect_data_directory(options.data_directory) == DirectoryState::initialised;
}

std::string arguments_file(const ControlOptions& options) {
    return options.data_directory + "/postmaster.opts";
}
//! [control-messages]

//! [wait-for-readable]
/// Waits until a descriptor is readable. \return false when the time is over.
bool wait_for_readable(int fd, int seconds) {
    WaitSet set;
    set.add(fd, k_readable);
    const std::int64_t end = monotonic_us() + seconds * 1'000'000LL;
    for (;;) {
        const std::int64_t left = end - monotonic_us();
        if (left <= 0) return false;
        if (!set.wait(static_cast<int>(left / 1000 + 1)).empty()) return true;
    }
}
//! [wait-for-readable]

//! [spawn-server]
/// Starts the server in a session of its own. \return a pipe that says "ready", or ends when the server does.
UniqueFd spawn_server(const ControlOptions& options, const std::vector<std::string>& arguments, pid_t& pid) {
    int ends[2];
    if (sys::pipe2(ends, O_CLOEXEC) != 0)
        throw Error(sqlstate::insufficient_resources, "could not create pipe: {}", errno_text(errno));
    UniqueFd ready(ends[0]), tell(ends[1]);
    const std::string out = options.log_file.empty() ? "/dev/null" : options.log_file;
    const UniqueFd log(sys::open(out.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)),
        none(sys::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!log || !none) throw Error(sqlstate::io_error, "could not open log file \"{}\": {}", out, errno_text(errno));
    pid = sys::fork();
    if (pid < 0) throw Error(sqlstate::insufficient_resources, "could not fork: {}", errno_text(errno));
    if (pid > 0) return ready;
    setsid();
    fcntl(tell.get(), F_SETFD, 0);
    dup2(none.get(), STDIN_FILENO);
    dup2(log.get(), STDOUT_FILENO);
    if (!options.log_file.empty()) dup2(log.get(), STDERR_FILENO);
    std::vector<std::string> words{options.program,        "run",        "--data-dir",
                                   options.data_directory, "--ready-fd", std::to_string(tell.get())};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    execv(options.program.c_str(), argv.data());
    _exit(127);
}
//! [spawn-server]

//! [last-arguments]
constexpr std::size_t k_words_of_command = 4;  // PROGRAM run --data-dir DIRECTORY, then what can be said again

std::vector<std::string> last_arguments(const ControlOptions& options) {
    std::vector<std::string> words = split_words(read_text(arguments_file(options)));
    words.erase(words.begin(), words.begin() + std::min(words.size(), k_words_of_command));
    return words;
}
//! [last-arguments]

}  // namespace

//! [keep-arguments]
void keep_arguments(const ControlOptions& options) {
    std::vector<std::string> words{options.program, "run", "--data-dir", options.data_directory};
    words.insert(words.end(), options.run_arguments.begin(), options.run_arguments.end());
    replace_file(arguments_file(options), join_words(words) + '\n', 0600);
}
//! [keep-arguments]

//! [control-start]
int control_start(const ControlOptions& options) {
    if (const auto running = running_server(options.data_directory))
        return fail(k_failed, "another server is running (PID {})", running->pid);
    pid_t pid = 0;
    const UniqueFd ready = spawn_server(options, options.run_arguments, pid);
    if (!options.wait) return fmt::print("server starting\n"), k_done;
    fmt::print("waiting for server to start...");
    std::fflush(stdout);
    char word = 0;
    if (!wait_for_readable(ready.get(), options.timeout))
        return fmt::print(" stopped waiting\n"), fail(k_failed, "server did not start in time");
    if (sys::read(ready.get(), &word, 1) != 1)
        return fmt::print(" stopped waiting\n"),
               fail(k_failed, "could not start server; examine the log output");
    return fmt::print(" done\nserver started\n"), k_done;
}
//! [control-start]

//! [control-stop]
int control_stop(const ControlOptions& options) {
    if (!is_data_directory(options))
        return fail(k_failed, "\"{}\" is not a data directory", options.data_directory);
    const auto running = running_server(options.data_directory);
    if (!running) return fail(k_failed, "no server running");
    const int signal = options.mode == "smart" ? SIGTERM : options.mode == "fast" ? SIGINT : SIGQUIT;
    // A descriptor of the process itself: it becomes readable when the process ends, and never means another
    // one.
    const UniqueFd process(static_cast<int>(syscall(SYS_pidfd_open, running->pid, 0)));
    if (!process || syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0) != 0)
        return fail(k_failed, "could not send stop signal (PID {}): {}", running->pid, errno_text(errno));
    if (!options.wait) return fmt::print("server shutting down\n"), k_done;
    fmt::print("waiting for server to shut down...");
    std::fflush(stdout);
    if (!wait_for_readable(process.get(), options.timeout))
        return fmt::print(" failed\n"),
               fail(k_failed, "server does not shut down{}",
                    options.mode == "smart" ? "\nHINT: Mode \"fast\" ends sessions instead of waiting for them." : "");
    return fmt::print(" done\nserver stopped\n"), k_done;
}
//! [control-stop]

//! [control-others]
int control_restart(const ControlOptions& options) {
    if (!is_data_directory(options))
        return fail(k_failed, "\"{}\" is not a data directory", options.data_directory);
    ControlOptions again = options;
    if (again.run_arguments.empty() && access(arguments_file(options).c_str(), F_OK) == 0)
        again.run_arguments = last_arguments(options);
    if (!running_server(options.data_directory))
        fmt::print(stderr, "forklore: no server running\nstarting server anyway\n");
    else if (const int status = control_stop(options); status != k_done)
        return status;
    return control_start(again);
}

int control_reload(const ControlOptions& options) {
    const auto running = running_server(options.data_directory);
    if (!running) return fail(k_failed, "no server running");
    if (sys::kill(running->pid, SIGHUP) != 0)
        return fail(k_failed, "could not send reload signal (PID {}): {}", running->pid, errno_text(errno));
    return fmt::print("server signaled\n"), k_done;
}

int control_status(const ControlOptions& options) {
    if (!is_data_directory(options))
        return fail(k_no_data_directory, "\"{}\" is not a data directory", options.data_directory);
    const auto running = running_server(options.data_directory);
    if (!running) return fmt::print("forklore: no server running\n"), k_not_running;
    return fmt::print("forklore: server is running (PID: {})\n", running->pid), k_done;
}
//! [control-others]

}  // namespace forklore
