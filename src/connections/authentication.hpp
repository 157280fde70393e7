/// \file
/// Authentication: from what a client claims to what the server believes.
///
/// Counterpart in PostgreSQL: auth.c.
#pragma once

#include <string>

#include "connections/client_stream.hpp"
#include "connections/hba.hpp"
#include "connections/roles.hpp"

namespace forklore {

/// Finds the host rule for a client and makes the client prove who it is; ends with AuthenticationOk in the
/// output (not yet sent). Throws Fatal 28000 or 28P01; whatever the cause, a wrong password and a missing
/// role look the same. \param stream to the client. \param applicant what is known.
void authenticate(ClientStream& stream, const Applicant& applicant);

/// The role of an authenticated client. Throws Fatal 28000 `role "x" does not exist`, or that it may not log
/// in. \param name the user's
const Role& find_role_for_login(const std::string& name);

/// Throws Fatal 3D000 when the database does not exist, 55000 when it takes no connections. \param name the
/// database's
void check_database(const std::string& name);

}  // namespace forklore
