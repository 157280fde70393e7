#include "background_workers/worker_process.hpp"

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "background_workers/modules.hpp"
#include "background_workers/worker_session.hpp"
#include "base/interrupts.hpp"
#include "base/log.hpp"
#include "base/wait_set.hpp"
#include "connections/backend.hpp"
#include "connections/backend_interrupts.hpp"
#include "connections/connection_settings.hpp"
#include "connections/process_title.hpp"

namespace forklore {

namespace {

//! [worker-functions]
std::map<std::string, WorkerFunction, std::less<>>& functions() {
    static std::map<std::string, WorkerFunction, std::less<>> all;
    return all;
}

WorkerFunction find_function(std::string_view library, std::string_view name) {
    if (!library.empty()) return reinterpret_cast<WorkerFunction>(find_symbol(library, name));
    const auto found = functions().find(name);
    if (found == functions().end())
        throw Error(sqlstate::undefined_function, "internal function \"{}\" not found", name);
    return found->second;
}
//! [worker-functions]

//! [worker-own]
const OwnStart* my_start;
const BackgroundWorker* my_description;
const WaitEvent k_extension = define_wait_event(WaitEventClass::extension, "Extension");
//! [worker-own]

}  // namespace

//! [define-function]
void define_worker_function(std::string_view name, WorkerFunction function) {
    if (!functions().try_emplace(std::string(name), function).second)
        throw Error(sqlstate::duplicate_function, "internal function \"{}\" exists already", name);
}

const OwnStart* own_start() { return my_start; }
const BackgroundWorker* own_description() { return my_description; }
//! [define-function]

//! [run-worker]
int run_background_worker(const BackgroundWorker& me, OwnStart start) {
    my_start = &start;
    my_description = &me;
    set_process_title(me.name.view());
    try {
        start_own_interrupts(fmt::format("background worker \"{}\"", me.name.view()), start.registrar);
        now_doing(Doing::idle);
        find_function(me.library.view(), me.function.view())(me);
        now_doing(Doing::ending);
        return 0;
    } catch (const Error& error) {
        now_doing(Doing::ending);
        report(error.report());
    } catch (...) {
        now_doing(Doing::ending);
        report(last_report());
    }
    return 1;
}
//! [run-worker]

//! [check-worker]
bool check_worker() {
    check_for_interrupts();
    const bool reload = take_reload_request();
    if (reload) settings().load_file(setting::config_file.value(), false);
    return WorkerSession::bring_news() || reload;
}

void wait_for_work(std::optional<int> timeout_ms) {
    static WaitSet set;  // of the first process that waits: the postmaster never does
    if (!check_worker()) set.wait(timeout_ms, k_extension);
    check_worker();
}
//! [check-worker]

}  // namespace forklore
