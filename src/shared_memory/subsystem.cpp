#include "shared_memory/subsystem.hpp"

#include "shared_memory/activity.hpp"
#include "shared_memory/dynamic_segment.hpp"
#include "shared_memory/shared_memory_settings.hpp"
#include "shared_memory/shared_registrar.hpp"
#include "shared_memory/views.hpp"

namespace forklore {

namespace {

//! [shared-memory-subsystem]
class SharedMemorySubsystem : public Subsystem {
public:
    std::string_view name() const override { return "shared_memory"; }
    void define_settings(Settings& to) override { define_shared_memory_settings(to); }
    void register_sql(Registry& to) override { register_shared_memory_sql(to); }
    void request_shared_memory() override {
        process_table().request();
        request_dynamic_register();
    }
    Registrar* registrar() override { return &registrar_; }

    void create_shared() override {
        segment().create();
        show_segment_size(segment().size());
        process_table().create();
        create_dynamic_register();
        registrar_.forget();
    }

    void in_child() override {
        session_observer() = &reporter_;
        report_birth();
    }

    // The last layer to leave.
    void leaving() noexcept override {
        drop_my_dynamic_holds();
        process_table().leave();
    }

    void bury(const ChildExit& dead) override { drop_dynamic_holds(dead.place); }

private:
    SharedRegistrar registrar_;
    ActivityReporter reporter_;
};

}  // namespace

std::unique_ptr<Subsystem> shared_memory_subsystem() { return std::make_unique<SharedMemorySubsystem>(); }
//! [shared-memory-subsystem]

}  // namespace forklore
