#include "signaling/role_changes.hpp"

#include <array>
#include <atomic>

#include "base/log.hpp"
#include "base/settings.hpp"
#include "connections/connection_settings.hpp"
#include "connections/door.hpp"
#include "shared_memory/process_table.hpp"
#include "shared_memory/segment.hpp"
#include "signaling/invalidation_queue.hpp"

namespace forklore {

namespace {

//! [tell-roles]
// When the file of roles had been written of which all have been told; nanoseconds since 1970.
using RolesTold = std::atomic<std::int64_t>;
RolesTold* told = nullptr;

// Somebody has looked a role up, and read the file if it was another one than before.
void roles_were_read(const timespec& written) {
    if (my_slot() == nullptr) return;  // the postmaster: a child will notice
    const std::int64_t time = written.tv_sec * 1'000'000'000 + written.tv_nsec;
    if (told->load(std::memory_order_relaxed) == time) return;
    send_invalidations(std::array{Invalidation{InvalidationKind::roles, 0, 0}});
    told->store(time, std::memory_order_relaxed);  // afterwards: to tell it twice is harmless
}
//! [tell-roles]

//! [look-again]
bool may_have_changed = false;  // what this session knows of its role

void look_again() {
    may_have_changed = false;
    const Role* const role = current_role(setting::session_authorization.value());
    const bool superuser = role != nullptr && role->superuser;  // who has been dropped may do nothing
    if (superuser != setting::is_superuser.value()) settings().set("is_superuser", superuser ? "on" : "off", SettingSource::override_value);
}
//! [look-again]

}  // namespace

//! [role-begin]
RoleChanges& role_changes() {
    static RoleChanges the_changes;
    return the_changes;
}

void RoleChanges::begin() {
    accept_invalidations();
    if (!may_have_changed) return;
    try {
        look_again();
    } catch (Error& error) {  // a file that makes no sense: nobody can come in either
        may_have_changed = true;
        error.report().severity = Severity::log;
        report_to_log(error.report());
    }
}
//! [role-begin]

//! [role-lives]
void detail::request_role_changes() { segment().request("Roles Told", sizeof(RolesTold)); }

void detail::create_role_changes() {
    told = &segment().find_or_create<RolesTold>("Roles Told");
    on_invalidation(InvalidationKind::roles, [](const Invalidation*) noexcept { may_have_changed = true; });
    watch_roles(roles_were_read);
}
//! [role-lives]

}  // namespace forklore
