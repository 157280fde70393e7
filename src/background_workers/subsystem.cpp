#include "background_workers/subsystem.hpp"

#include "background_workers/c_functions.hpp"
#include "background_workers/hooks.hpp"
#include "background_workers/kept_locks.hpp"
#include "background_workers/module_sql.hpp"
#include "background_workers/modules.hpp"
#include "background_workers/preload.hpp"
#include "background_workers/worker_keeper.hpp"
#include "background_workers/worker_settings.hpp"
#include "background_workers/worker_slots.hpp"
#include "background_workers/worker_views.hpp"
#include "base/wait_event.hpp"
#include "connections/connection_hooks.hpp"
#include "shared_memory/process_table.hpp"

namespace forklore {

namespace {

//! [background-workers-subsystem]
class BackgroundWorkersSubsystem : public Subsystem {
public:
    std::string_view name() const override { return "background_workers"; }
    void define_settings(Settings& to) override {
        define_preload_settings(to);
        define_worker_settings(to);
    }
    void register_sql(Registry& to) override {
        register_module_sql(to);
        register_worker_views(to);
    }

    void start() override {
        libraries() = &modules();
        session_preload_hook.add([](const auto& next) {
            preload_session_libraries();
            next();
        });
        session_start_hook.add([](const auto& next, Session& session) {
            read_c_functions();
            next(session);
        });
        ProcessTable::reserve(setting::max_worker_processes.value());
        preload_shared_libraries();
        close_wait_events(define_wait_event(WaitEventClass::extension, "Extension"));
        read_c_functions();
    }
    void request_shared_memory() override {
        worker_slots().request();
        shared_memory_request_hook.call([] {});
    }
    void create_shared() override {
        worker_keeper().create_shared();
        shared_memory_startup_hook.call([] {});
    }
    void join_session(SessionParts& parts) override { parts.hooks.push_back(&kept_locks()); }
    void child_exited(const ChildExit& exit) override { worker_keeper().ended(exit); }
    void reloaded() override { follow_c_functions(); }
    void tend(Nursery& nursery) override {
        worker_keeper().tend(nursery);
        follow_c_functions();
    }
};
}  // namespace

std::unique_ptr<Subsystem> background_workers_subsystem() {
    return std::make_unique<BackgroundWorkersSubsystem>();
}
//! [background-workers-subsystem]

}  // namespace forklore
