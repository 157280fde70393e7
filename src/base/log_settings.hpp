/// \file
/// The settings that logging itself reads.
///
/// Names, words, defaults and texts as in PostgreSQL 15.
#pragma once

#include "base/setting.hpp"

namespace forklore {

/// How much of a report the log shows.
enum class LogVerbosity {
    terse,     ///< only the message
    standard,  ///< with DETAIL, HINT, QUERY and CONTEXT ("default")
    verbose    ///< with the SQLSTATE and the line of the source as well
};

extern EnumSetting log_min_messages;         ///< least Severity that the log takes
extern EnumSetting log_min_error_statement;  ///< least Severity whose statement the log shows
extern EnumSetting client_min_messages;      ///< least Severity that the client is sent
extern EnumSetting log_error_verbosity;      ///< a LogVerbosity
extern StringSetting log_line_prefix;        ///< what each line of the log begins with
extern StringSetting
    log_timezone;  ///< zone of the log's times; also becomes libc's (TZ), which nothing else uses

/// Adds the settings of this floor to the registry. To be called once, before a file is read.
void define_base_settings();

}  // namespace forklore
