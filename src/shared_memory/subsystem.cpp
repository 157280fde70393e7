#include "shared_memory/subsystem.hpp"

#include "shared_memory/activity.hpp"
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
    void request_shared_memory() override { process_table().request(); }
    Registrar* registrar() override { return &registrar_; }

    void create_shared() override {
        segment().create();
        show_segment_size(segment().size());
        process_table().create();
        registrar_.forget();
    }

    void in_child() override {
        session_observer() = &reporter_;
        report_birth();
    }

private:
    SharedRegistrar registrar_;
    ActivityReporter reporter_;
};
//! [shared-memory-subsystem]

}  // namespace

std::unique_ptr<Subsystem> shared_memory_subsystem() { return std::make_unique<SharedMemorySubsystem>(); }

}  // namespace forklore
