/// \file
/// A server for a test, and psql to talk to it.
#pragma once

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "processes.hpp"

namespace forklore::exercise {

/// Words of a command, or environment variables.
using Words = std::vector<std::string>;

/// Becomes another program; ends the process where that fails. \param command program and arguments.
/// \param environment NAME=value, added to ours.
[[noreturn]] inline void become(const Words& command, const Words& environment = {}) {
    for (const std::string& variable : environment) {
        const std::size_t equals = variable.find('=');
        ::setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
    }
    std::vector<char*> words;
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    ::execvp(words[0], words.data());
    ::_exit(127);
}

/// Reads until the end. \param fd a pipe or socket.
inline std::string read_all(int fd) {
    std::string text;
    char buffer[4096];
    for (ssize_t got; (got = ::read(fd, buffer, sizeof buffer)) != 0;) {
        if (got > 0)
            text.append(buffer, static_cast<std::size_t>(got));
        else if (errno != EINTR)
            break;
    }
    return text;
}

/// The server that this version of an exercise makes, on a fresh data directory and a Unix socket of its own. It is
/// ready when the constructor returns, and gone when the destructor does.
class TestServer {
public:
    /// Starts it. Throws NotWrittenYet when a stub kept it from starting, and std::runtime_error with its log's words
    /// otherwise. \param arguments more of them, for `run`.
    explicit TestServer(const Words& arguments = {}) {
        const char* program = std::getenv("FORKLORE_EXERCISE_SERVER");
        if (program == nullptr) throw std::runtime_error("FORKLORE_EXERCISE_SERVER names no server");
        char folder[] = "/tmp/forklore-XXXXXX";
        if (::mkdtemp(folder) == nullptr) throw std::runtime_error("mkdtemp failed");
        folder_ = folder;
        Pipe ready;
        Words command{program,
                      "run",
                      "--data-dir",
                      folder_ / "data",
                      "--socket-dir",
                      folder_,
                      "--listen",
                      "",
                      "--username",
                      "tester",
                      "--auth",
                      "trust",
                      "--allow-root",
                      "--ready-fd",
                      std::to_string(ready.write_end.get())};
        command.insert(command.end(), arguments.begin(), arguments.end());
        server_ = std::make_unique<Child>([&] {
            const UniqueFd log(::open((folder_ / "log").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600));
            ::dup2(log.get(), STDERR_FILENO);
            ::fcntl(ready.write_end.get(), F_SETFD, 0);
            become(command);
        });
        ready.write_end.reset();
        if (get_byte(ready.read_end.get())) return;
        server_.reset();
        const std::string said = log();
        std::filesystem::remove_all(folder_);
        const std::string words = " is not written yet";
        if (const std::size_t end = said.find(words); end != std::string::npos) {
            const std::size_t begin = said.find_last_of(" \n", end - 1) + 1;
            throw NotWrittenYet(said.substr(begin, end + words.size() - begin));
        }
        throw std::runtime_error("the server did not start:\n" + said);
    }
    ~TestServer() {
        if (server_) {
            ::kill(server_->pid(), SIGINT);
            wait_for_end(server_->pid());
        }
        server_.reset();
        std::filesystem::remove_all(folder_);
    }
    TestServer(const TestServer&) = delete;
    TestServer& operator=(const TestServer&) = delete;

    pid_t pid() const { return server_->pid(); }  ///< the postmaster
    const std::filesystem::path& folder() const {
        return folder_;
    }  ///< holds its socket, its data and its log

    /// What it has logged.
    std::string log() const {
        std::ostringstream text;
        text << std::ifstream(folder_ / "log").rdbuf();
        return text.str();
    }

    /// The children that it has, zombies included.
    std::vector<pid_t> children() const {
        std::vector<pid_t> found;
        std::ifstream list("/proc/" + std::to_string(pid()) + "/task/" + std::to_string(pid()) + "/children");
        for (pid_t child; list >> child;) found.push_back(child);
        return found;
    }

    /// psql's command line for it. \param more arguments.
    Words psql_command(const Words& more) const {
        Words command{"psql", "-X",   "-A", "-t",     "-q", "-h",      folder_,
                      "-p",   "5433", "-U", "tester", "-d", "postgres"};
        command.insert(command.end(), more.begin(), more.end());
        return command;
    }

    /// Runs one statement with psql. \param sql the statement. \param environment for psql.
    /// \return what it printed, errors included, without the last line break.
    std::string psql(const std::string& sql, const Words& environment = {}) const {
        Pipe output;
        Child client([&] {
            ::dup2(output.write_end.get(), STDOUT_FILENO);
            ::dup2(output.write_end.get(), STDERR_FILENO);
            become(psql_command({"-c", sql}), environment);
        });
        output.write_end.reset();
        std::string said = read_all(output.read_end.get());
        client.join();
        while (said.ends_with('\n')) said.pop_back();
        return said;
    }

private:
    std::filesystem::path folder_;
    std::unique_ptr<Child> server_;
};

/// A psql that stays.
class PsqlSession {
public:
    /// Connects. \param server to which.
    explicit PsqlSession(const TestServer& server)
        : client_([&] {
              ::dup2(input_.read_end.get(), STDIN_FILENO);
              ::dup2(output_.write_end.get(), STDOUT_FILENO);
              ::dup2(output_.write_end.get(), STDERR_FILENO);
              become(server.psql_command({}));
          }) {
        input_.read_end.reset();
        output_.write_end.reset();
    }
    ~PsqlSession() {
        input_.write_end.reset();
        client_.join();
    }
    PsqlSession(const PsqlSession&) = delete;
    PsqlSession& operator=(const PsqlSession&) = delete;

    /// Runs one statement that answers with one line. \param sql without semicolon. \return the line.
    std::string ask(const std::string& sql) {
        const std::string text = sql + ";\n";
        if (::write(input_.write_end.get(), text.data(), text.size()) < 0) return "psql has gone";
        std::string line;
        char byte;
        while (::read(output_.read_end.get(), &byte, 1) == 1 && byte != '\n') line += byte;
        return line;
    }

private:
    Pipe input_;
    Pipe output_;
    Child client_;
};

}  // namespace forklore::exercise
