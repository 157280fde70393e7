// Counts those who left as one should.
#include "visitors.hpp"

#include <sys/wait.h>

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

    void child_exited(const ChildExit& exit) override {
        if (WIFEXITED(exit.status)) ++ended_;
    }

    void in_child() override {
        settings().set("visitors.before_me", std::to_string(ended_), SettingSource::override_value);
    }

private:
    int ended_ = 0;  // the postmaster's counts; a child has the number of the moment in which it was forked
};

}  // namespace

std::unique_ptr<Subsystem> visitors_subsystem() { return std::make_unique<VisitorsSubsystem>(); }

}  // namespace forklore::exercise
