#include "signaling/subsystem.hpp"

#include "shared_memory/process_table.hpp"
#include "signaling/latch.hpp"
#include "signaling/notify_settings.hpp"
#include "signaling/notify_sql.hpp"
#include "signaling/session_notifications.hpp"

namespace forklore {

namespace {

//! [signaling-subsystem]
class SignalingSubsystem : public Subsystem {
public:
    std::string_view name() const override { return "signaling"; }

    void define_settings(Settings& to) override { define_notify_settings(to); }
    void register_sql(Registry& to) override { register_notify_sql(to); }

    void request_shared_memory() override {
        detail::request_latches();
        notify_queue().request();
        notify_channels().request();
    }
    void create_shared() override {
        detail::create_latches();
        notify_queue().create();
        notify_channels().create();
    }

    void in_child() override { attach_latch(); }
    void join_session(SessionParts& parts) override {
        parts.hooks.push_back(&session_notifications());
        parts.notifications = &session_notifications();
        parts.courier = &session_notifications();
    }
    void leaving() noexcept override { session_notifications().leave_all(); }
    void bury(const ChildExit& dead) override {
        if (const ProcessSlot* const slot = process_table().find(dead.pid)) stop_listening(process_table().number(*slot));
    }
};
}  // namespace

std::unique_ptr<Subsystem> signaling_subsystem() { return std::make_unique<SignalingSubsystem>(); }
//! [signaling-subsystem]

}  // namespace forklore
