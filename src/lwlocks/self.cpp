#include "lwlocks/self.hpp"

#include "lwlocks/sign_in.hpp"
#include "lwlocks/waiters.hpp"

namespace forklore {

//! [nobody]
namespace detail {
FORKLORE_PER_PROCESS Self self{0, 0, nullptr, {}};
}  // namespace detail
//! [nobody]

//! [attach]
void attach_lw_locks(std::int32_t number) {
    detail::Self& me = detail::self;
    me.number = static_cast<std::uint32_t>(number + 1);
    me.lock_count = 0;
    me.page = number >= 0 && detail::join_barrier() ? detail::waiter(me.number).signed_in : nullptr;
}
//! [attach]

}  // namespace forklore
