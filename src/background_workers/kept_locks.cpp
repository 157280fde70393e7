#include "background_workers/kept_locks.hpp"

#include "base/error.hpp"
#include "lwlocks/lw_lock.hpp"

namespace forklore {

//! [kept-locks]
void KeptLocks::prepare() {
    if (const auto count = detail::self.lock_count; count != 0) {
        release_all_lw_locks();
        throw Error(sqlstate::external_routine_exception,
                    "{} light-weight lock{} kept beyond the end of the statement", count,
                    count == 1 ? " was" : "s were")
            .hint("Functions of modules must give back what they take, for which there is LWLockGuard.");
    }
    prepared_ = true;
}

void KeptLocks::abort() noexcept {
    if (!prepared_) release_all_lw_locks();
}

KeptLocks& kept_locks() {
    static KeptLocks the_kept_locks;
    return the_kept_locks;
}
//! [kept-locks]

}  // namespace forklore
