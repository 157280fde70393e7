#include "signaling/subsystem.hpp"

#include "signaling/latch.hpp"

namespace forklore {

namespace {

//! [signaling-subsystem]
class SignalingSubsystem : public Subsystem {
public:
    std::string_view name() const override { return "signaling"; }

    void request_shared_memory() override { detail::request_latches(); }
    void create_shared() override { detail::create_latches(); }

    void in_child() override { attach_latch(); }
};
}  // namespace

std::unique_ptr<Subsystem> signaling_subsystem() { return std::make_unique<SignalingSubsystem>(); }
//! [signaling-subsystem]

}  // namespace forklore
