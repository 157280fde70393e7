#include "background_workers/subsystem.hpp"

namespace forklore {

namespace {

//! [background-workers-subsystem]
class BackgroundWorkersSubsystem : public Subsystem {
public:
    std::string_view name() const override { return "background_workers"; }
};
}  // namespace

std::unique_ptr<Subsystem> background_workers_subsystem() { return std::make_unique<BackgroundWorkersSubsystem>(); }
//! [background-workers-subsystem]

}  // namespace forklore
