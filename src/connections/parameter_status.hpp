/// \file
/// ParameterStatus: the settings that a client must know to understand what it reads.
///
/// Counterpart in PostgreSQL: guc.c (BeginReportingGUCOptions, ReportChangedGUCOptions).
#pragma once

#include "base/bytes.hpp"

namespace forklore {

/// Tells the client all reported settings. Once, before it is ready for the first time. \param out the
/// stream's output
void report_all_parameters(ByteWriter& out);

/// Tells the client those that have changed since they were last told, each once. \param out the stream's
/// output
void report_changed_parameters(ByteWriter& out);

}  // namespace forklore
