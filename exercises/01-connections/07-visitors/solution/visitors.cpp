// The postmaster counts, since it outlives all sessions and hears of every end. Nothing is sent to the children: each is
// born with a copy of the postmaster's memory, and so with the number as it was then. It is right to set the setting in
// child_exited, too; then the children inherit the setting instead of the counter.
#include "visitors.hpp"

#include <string>

#include "base/settings.hpp"

namespace forklore::exercise {

namespace {

StringSetting greeting{
    {.name = "visitors.greeting", .category = "Visitors", .description = "What visitors are welcomed with."},
    "welcome"};
IntSetting before_me{{.name = "visitors.before_me",
                      .context = SettingContext::internal,
                      .category = "Visitors",
                      .description = "Sessions that had ended when this one began."},
                     0};

class VisitorsSubsystem : public Subsystem {
public:
    std::string_view name() const override { return "visitors"; }

    void define_settings(Settings& to) override {
        to.add(greeting);
        to.add(before_me);
    }

    void child_exited(const ChildExit&) override { ++ended_; }

    void in_child() override {
        settings().set("visitors.before_me", std::to_string(ended_), SettingSource::override_value);
    }

private:
    int ended_ = 0;  // the postmaster's counts; a child has the number of the moment in which it was forked
};

}  // namespace

std::unique_ptr<Subsystem> visitors_subsystem() { return std::make_unique<VisitorsSubsystem>(); }

}  // namespace forklore::exercise
