#include "lwlocks/sign_in.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.hpp"
#include "lwlocks/lw_lock.hpp"
#include "lwlocks/phases.hpp"

namespace forklore {

//! [membarrier]
using namespace detail;

bool detail::join_barrier() {
    return ::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0) == 0;
}

void detail::all_processors_fence() {
    if (::syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0) == 0) return;
    panic(sqlstate::internal_error, fmt::format("could not fence all processors: {}", errno_text(errno)));
}
//! [membarrier]

//! [open]
// We hold it shared, so nobody holds it alone. What is written on pages is an address, so the lock must have the same one everywhere: one
// in a dynamic segment stays closed.
void LWLock::open() {
    in_a_row_.store(0, std::memory_order_relaxed);
    if (self.page != nullptr && detail::in_segment(this) && (word_.bits() & LockWord::k_has_waiters) == 0) word_.set(LockWord::k_open);
}
//! [open]

//! [somebody]
bool LWLock::somebody_signed_in() const {
    const auto at = &place() - self.page;
    for (detail::WaiterNumber number = 1; number <= detail::last_waiter(); ++number) {
        if (waiter(number).signed_in[at].load(std::memory_order_acquire) == this) return true;
    }
    return false;
}
//! [somebody]

//! [wait-for-signed-in]
// The lock is ours and closed, but those who signed in before hold it, too. Who signs in or out at this moment has either read that the
// lock is closed, and then either leaves or takes the queue's bit to tell us; or read, before the fence, that it is open, and then what
// it wrote on its page before that is seen by us after the fence.
void LWLock::wait_for_signed_in() {
    detail::all_processors_fence();
    int surplus = 0;
    while (somebody_signed_in()) {
        // Queue, look again, sleep: the same steps as in the queue of those who want the lock, and for the same reason.
        detail::at_phase(LockPhase::before_queueing);
        word_.lock_queue();
        closer_ = self.number;
        waiter(self.number).stage.store(WaitStage::queued, std::memory_order_relaxed);
        word_.unlock_queue();
        detail::at_phase(LockPhase::before_second_try);
        if (somebody_signed_in()) {
            detail::at_phase(LockPhase::before_sleeping);
            surplus += sleep();
            continue;
        }
        word_.lock_queue();
        const bool told = closer_ == detail::k_nobody;
        closer_ = detail::k_nobody;
        if (!told) waiter(self.number).stage.store(WaitStage::none, std::memory_order_relaxed);
        word_.unlock_queue();
        if (told) surplus += sleep();
        break;
    }
    detail::give_back(surplus);
}

//! [wait-for-signed-in]

//! [tell-closer]
void LWLock::tell_closer() {
    word_.lock_queue();
    const detail::WaiterNumber closer = closer_;
    closer_ = detail::k_nobody;
    word_.unlock_queue();
    if (closer == detail::k_nobody) return;
    waiter(closer).stage.store(WaitStage::none, std::memory_order_release);
    detail::wake(closer);
}
//! [tell-closer]

//! [close-if-nobody]
bool LWLock::close_if_nobody_signed_in() {
    if (!word_.try_close()) return false;
    detail::all_processors_fence();
    if (!somebody_signed_in()) return true;
    // Who takes the lock next must find out about them, too.
    word_.set(LockWord::k_open);
    if (word_.let_go(LWLockMode::exclusive)) wake_waiters();
    return false;
}
//! [close-if-nobody]

}  // namespace forklore
