#include "connections/connection_hooks.hpp"

#include "connections/connection_settings.hpp"
#include "connections/session_observer.hpp"

namespace forklore {

//! [connection-hooks]
Hook<void(const Applicant&)> client_authentication_hook;
Hook<void()> session_preload_hook;
Hook<void(Session&)> session_start_hook;

void begin_session(Session& session) {
    setting::is_superuser.on_assign([&session](const bool& on) { session.set_superuser(on); });  // the role may be changed meanwhile
    session_observer()->entered(session);
    session_start_hook.call([](Session&) {}, session);
}
//! [connection-hooks]

}  // namespace forklore
