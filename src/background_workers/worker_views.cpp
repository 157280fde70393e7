#include "background_workers/worker_views.hpp"

#include <memory>
#include <optional>
#include <string_view>

#include "background_workers/worker_slots.hpp"
#include "queries/relation.hpp"
#include "queries/type_oids.hpp"
#include "queries/view_writer.hpp"

namespace forklore {

namespace {

//! [fill-workers]
/// One row for each registration. Who finds that the slot has become another's in the meantime leaves it out.
void fill_workers(EvalContext&, ViewWriter& to) {
    std::int32_t number = 0;
    for (WorkerSlot& slot : worker_slots().all()) {
        const std::int32_t here = number++;
        const SlotWord word = SlotWord::of(slot.word.load(std::memory_order_acquire));
        if (word.stage == k_free_slot || word.stage == k_filling) continue;
        const BackgroundWorker worker = slot.worker;
        std::atomic_thread_fence(std::memory_order_acquire);
        if (SlotWord::of(slot.word.load(std::memory_order_relaxed)).generation != word.generation) continue;
        const std::string_view type = worker.type.empty() ? worker.name.view() : worker.type.view();
        const std::string_view state = word.runs()               ? "running"
                                       : word.stage == k_resting ? "resting"
                                                                 : "registered";
        const bool restarts = worker.restart_interval != k_never_restart;
        Datum next_start;
        next_start.int8 = slot.next_start.load(std::memory_order_relaxed);
        next_start.is_null = word.stage != k_resting || next_start.int8 == 0;
        to.row(here, worker.name.view(), type, worker.library.view(), worker.function.view(), state,
               word.runs() ? std::optional(static_cast<std::int32_t>(word.stage)) : std::nullopt,
               static_cast<std::int64_t>(slot.starts.load(std::memory_order_relaxed)), next_start,
               restarts ? std::optional(static_cast<std::int64_t>(worker.restart_interval.count()))
                        : std::nullopt);
    }
}
//! [fill-workers]

}  // namespace

//! [register-worker-views]
void register_worker_views(Registry& to) {
    to.add(std::make_unique<SystemView>("pg_catalog", "pg_stat_background_workers", 0,
                                        std::vector<ColumnInfo>{{"slot", k_int4},
                                                                {"name", k_text},
                                                                {"type", k_text},
                                                                {"library", k_text},
                                                                {"function", k_text},
                                                                {"state", k_text},
                                                                {"pid", k_int4},
                                                                {"starts", k_int8},
                                                                {"next_start", k_timestamptz},
                                                                {"restart_interval_ms", k_int8}},
                                        fill_workers));
}
//! [register-worker-views]

}  // namespace forklore
