/// \file
/// The running example of this chapter and the next: many backends append lines to one file, `shared_log` in the data directory.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/unique_fd.hpp"
#include "connections/subsystem.hpp"
#include "queries/declare.hpp"

namespace forklore {

inline void write_all(int fd, std::string_view text) {
    if (::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        throw Error(sqlstate::io_error, "could not write to the shared log: {}", errno_text(errno));
}

inline int open_log(int flags) {
    const int fd = ::open("shared_log", O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
    if (fd < 0) throw Error(sqlstate::io_error, "could not open the shared log: {}", errno_text(errno));
    return fd;
}

//! [careless]
/// select shared_log('…')
inline Void shared_log(std::string_view text) {
    static const UniqueFd file(open_log(0));  // each backend opens it once
    ::lseek(file.get(), 0, SEEK_END);
    write_all(file.get(), std::to_string(::getpid()));
    write_all(file.get(), " ");
    write_all(file.get(), text);
    write_all(file.get(), "\n");
    return {};
}
//! [careless]

//! [append]
/// select shared_log_append('…')
inline Void shared_log_append(std::string_view text) {
    static const UniqueFd file(open_log(O_APPEND));
    std::string line = std::to_string(::getpid());
    line.append(" ").append(text).append("\n");
    write_all(file.get(), line);
    return {};
}
//! [append]

/// Appends a numbered line. \param number of it \param text of it \return the number
inline std::int64_t log_numbered(std::int64_t number, std::string_view text) {
    static const UniqueFd file(open_log(O_APPEND));
    std::string line = std::to_string(number);
    line.append(" ").append(text).append("\n");
    write_all(file.get(), line);
    return number;
}

}  // namespace forklore
