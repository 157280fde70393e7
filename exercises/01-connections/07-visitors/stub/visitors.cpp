#include "visitors.hpp"

#include "base/settings.hpp"
#include "not_written_yet.hpp"

namespace forklore::exercise {

namespace {

class VisitorsSubsystem : public Subsystem {
public:
    std::string_view name() const override { return "visitors"; }

    void define_settings([[maybe_unused]] Settings& to) override {
        // TODO: visitors.greeting and visitors.before_me.
        not_written_yet("01-connections/07-visitors");
    }

    void child_exited([[maybe_unused]] const ChildExit& exit) override {
        // TODO: somebody has left.
        not_written_yet("01-connections/07-visitors");
    }

    void in_child() override {
        // TODO: somebody has come, and would like to know.
        not_written_yet("01-connections/07-visitors");
    }
};

}  // namespace

std::unique_ptr<Subsystem> visitors_subsystem() { return std::make_unique<VisitorsSubsystem>(); }

}  // namespace forklore::exercise
