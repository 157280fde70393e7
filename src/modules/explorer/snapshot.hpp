/// \file
/// A snapshot: what the page shows, asked of the server in SQL.
#pragma once

#include <string>

#include "background_workers/worker_session.hpp"

namespace explorer {

/// Looks at the server. \param session to ask by \return a JSON object on one line: for each part of the page its columns and rows,
/// with all values as texts
std::string take_snapshot(forklore::WorkerSession& session);

}  // namespace explorer
