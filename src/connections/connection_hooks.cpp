#include "connections/connection_hooks.hpp"

namespace forklore {

//! [connection-hooks]
Hook<void(const Applicant&)> client_authentication_hook;
Hook<void(Session&)> session_start_hook;
//! [connection-hooks]

}  // namespace forklore
