#include "signaling/subsystem.hpp"

#include "shared_memory/process_table.hpp"
#include "signaling/global_barrier.hpp"
#include "signaling/invalidation_queue.hpp"
#include "signaling/latch.hpp"
#include "signaling/memory_report.hpp"
#include "signaling/notify_settings.hpp"
#include "signaling/notify_sql.hpp"
#include "signaling/peer.hpp"
#include "signaling/process_signal.hpp"
#include "signaling/role_changes.hpp"
#include "signaling/session_notifications.hpp"
#include "signaling/signal_place.hpp"

namespace forklore {

namespace {

//! [signaling-subsystem]
class SignalingSubsystem : public Subsystem {
public:
    std::string_view name() const override { return "signaling"; }

    void define_settings(Settings& to) override { define_notify_settings(to); }
    void register_sql(Registry& to) override {
        register_memory_report(to);
        register_notify_sql(to);
    }

    void request_shared_memory() override {
        detail::request_signal_places();
        detail::request_global_barrier();
        detail::request_peers();
        detail::request_invalidations();
        detail::request_role_changes();
        notify_queue().request();
        notify_channels().request();
    }
    void create_shared() override {
        detail::create_signal_places();
        detail::create_global_barrier();
        detail::create_peers();
        detail::create_invalidations();
        detail::create_role_changes();
        notify_queue().create();
        notify_channels().create();
    }

    void in_child() override {
        attach_latch();
        attach_process_signals();
        detail::attach_global_barrier();
        detail::attach_invalidations();
    }
    void join_session(SessionParts& parts) override {
        parts.hooks.push_back(&role_changes());
        parts.hooks.push_back(&session_notifications());
        parts.notifications = &session_notifications();
        parts.courier = &session_notifications();
    }
    void leaving() noexcept override {
        session_notifications().leave_all();
        if (my_slot() == nullptr) return;
        detail::leave_global_barrier(my_slot_number());
        detail::tell_gone(my_slot_number());
    }
    void bury(const ChildExit& dead) override {
        detail::leave_global_barrier(dead.place);
        detail::tell_gone(dead.place);
        stop_listening(dead.place);
        // What it had begun to say to others, it may not have said to the end.
        wake_listeners_again();
        signal_all_again();
        ring_all_again();
    }
};
}  // namespace

std::unique_ptr<Subsystem> signaling_subsystem() { return std::make_unique<SignalingSubsystem>(); }
//! [signaling-subsystem]

}  // namespace forklore
