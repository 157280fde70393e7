/// \file
/// Locks that somebody has taken and forgotten.
///
/// Guards give back what they hold. A function of a module that does without may return with a lock, and then nobody else gets it, and nothing can
/// interrupt the process that has it. At the end of each transaction this is noticed: the lock is given back, and the transaction fails.
///
/// Counterpart in PostgreSQL: LWLockReleaseAll in AbortTransaction; there a transaction that commits keeps what was forgotten.
#pragma once

#include "queries/session.hpp"

namespace forklore {

//! [kept-locks]
/// Takes part in every session's transactions.
class KeptLocks final : public TransactionHooks {
public:
    /// Throws Error 38000 when this process holds a light-weight lock: in the first step of a commit, before any layer has taken one of its own.
    void prepare() override;
    void begin() override { prepared_ = false; }
    void abort() noexcept override;

private:
    bool prepared_ = false;  // from here on the layers below may hold locks, which they give back themselves
};

/// This process's.
KeptLocks& kept_locks();
//! [kept-locks]

}  // namespace forklore
