#include "lwlocks/self.hpp"

#include "shared_memory/process_table.hpp"

namespace forklore {

namespace {
std::atomic<std::uint32_t> private_count;  // of a process that has no slot: nobody reads it
}  // namespace

namespace detail {
FORKLORE_PER_PROCESS Self self{0, 0, &private_count, {}};
}  // namespace detail

//! [attach]
void attach_lw_locks(std::int32_t number) {
    detail::self.number = static_cast<std::uint32_t>(number + 1);
    detail::self.lock_count = 0;
    detail::self.held = number < 0 ? &private_count : &slot(number).held;
}
//! [attach]

}  // namespace forklore
