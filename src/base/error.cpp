#include "base/error.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/log.hpp"

namespace forklore {

std::string_view severity_name(Severity severity) {
    switch (severity) {
        case Severity::debug5:
        case Severity::debug4:
        case Severity::debug3:
        case Severity::debug2:
        case Severity::debug1: return "DEBUG";
        case Severity::log: return "LOG";
        case Severity::info: return "INFO";
        case Severity::notice: return "NOTICE";
        case Severity::warning: return "WARNING";
        case Severity::error: return "ERROR";
        case Severity::fatal: return "FATAL";
        case Severity::panic: return "PANIC";
    }
    return "???";
}

void panic(Condition condition, std::string message) {
    report(Report{.severity = Severity::panic,
                  .code = condition.code,
                  .message = std::move(message),
                  .where = condition.where});
    std::abort();
}

std::string errno_text(int error) {
    char buffer[128];
    // The GNU variant, which may return a static text instead of filling the buffer.
    return strerror_r(error, buffer, sizeof buffer);
}

SqlState code_for_errno(int error) noexcept {
    switch (error) {
        case EPERM:
        case EACCES:
        case EROFS: return sqlstate::insufficient_privilege;
        case ENOENT: return sqlstate::undefined_file;
        case EEXIST: return sqlstate::duplicate_file;
        case ENOTDIR:
        case EISDIR:
        case ENOTEMPTY: return sqlstate::wrong_object_type;
        case ENOSPC:
        case EDQUOT: return sqlstate::disk_full;
        case ENOMEM:
        case ENOBUFS: return sqlstate::out_of_memory;
        case ENFILE:
        case EMFILE:
        case EAGAIN: return sqlstate::insufficient_resources;
        case EIO: return sqlstate::io_error;
        case EPIPE:
        case ECONNRESET:
        case ECONNABORTED:
        case ENOTCONN: return sqlstate::connection_failure;
        default: return sqlstate::internal_error;
    }
}

}  // namespace forklore
