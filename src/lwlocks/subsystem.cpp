#include "lwlocks/subsystem.hpp"

#include "lwlocks/condition_variable.hpp"
#include "lwlocks/lock_order.hpp"
#include "lwlocks/lw_lock.hpp"
#include "lwlocks/views.hpp"
#include "shared_memory/process_table.hpp"

namespace forklore {

namespace {

//! [lwlocks-subsystem]
class LWLocksSubsystem : public Subsystem {
public:
    std::string_view name() const override { return "lwlocks"; }
    void define_settings(Settings& to) override { define_lw_lock_settings(to); }
    void register_sql(Registry& to) override { register_lw_lock_sql(to); }

    void request_shared_memory() override {
        detail::request_waiters();
        detail::request_tranches();
        detail::request_lock_order();
    }
    void create_shared() override {
        detail::create_waiters();
        detail::create_tranches();
        detail::create_lock_order();
    }

    void in_child() override { attach_lw_locks(my_slot_number()); }
    // Guards have given everything back long since; this is for what has none.
    void leaving() noexcept override { release_all_lw_locks(); }

    // Who held a lock or waited for one is not buried: all that is shared is made anew. What remains are those who slept.
    void bury(const ChildExit& dead) override { bury_sleeper(dead.place); }
};
}  // namespace

std::unique_ptr<Subsystem> lwlocks_subsystem() { return std::make_unique<LWLocksSubsystem>(); }
//! [lwlocks-subsystem]

}  // namespace forklore
