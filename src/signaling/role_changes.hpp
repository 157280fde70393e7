/// \file
/// What sessions remember of their role, and how they forget it.
///
/// Whether a session's role is a superuser is looked up when it begins. `forklore role` may change that. The next process that reads the
/// changed file tells everybody, and each session looks again before its next transaction.
///
/// Counterpart in PostgreSQL: superuser.c (superuser_arg, RoleidCallback).
#pragma once

#include "queries/session.hpp"

namespace forklore {

//! [role-changes]
/// Takes part in a session's transactions: when one begins, the session knows what its role may do. One for the process.
class RoleChanges final : public TransactionHooks {
public:
    void begin() override;  ///< reads what has been changed
};

/// This process's.
RoleChanges& role_changes();

namespace detail {
void request_role_changes();  // first and second phase of the segment
void create_role_changes();
}  // namespace detail
//! [role-changes]

}  // namespace forklore
