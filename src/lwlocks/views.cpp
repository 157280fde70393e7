#include "lwlocks/views.hpp"

#include "base/error.hpp"
#include "lwlocks/lw_lock.hpp"
#include "queries/declare.hpp"
#include "queries/relation.hpp"
#include "queries/session.hpp"
#include "queries/view_writer.hpp"

namespace forklore {

namespace {

//! [track]
BoolSetting track_lwlocks{
    {.name = "track_lwlocks",
     .context = SettingContext::superuser,
     .category = "Statistics / Cumulative Query and Index Statistics",
     .description = "Counts what happens to light-weight locks, and how long they are waited for."},
    false};
//! [track]

//! [each-lock]
// Calls a function for each lock that is listed.
template <typename Visit>
void for_each_lock(Visit visit) {
    for (TrancheId id = 0; id < tranche_count(); ++id) {
        const LWLockRow row = lw_lock_row(id);
        for (std::uint32_t i = 0; i < row.count; ++i)
            visit(
                id, static_cast<std::int32_t>(i),
                *reinterpret_cast<LWLock*>(reinterpret_cast<char*>(row.first) + std::size_t{i} * row.stride));
    }
}
//! [each-lock]

//! [fill]
void fill_lw_locks(EvalContext&, ViewWriter& to) {
    for_each_lock([&](TrancheId id, std::int32_t number, LWLock& lock) {
        const auto read = [](const std::atomic<std::uint64_t>& count) {
            return static_cast<std::int64_t>(count.load(std::memory_order_relaxed));
        };
        const LWLockCounts& counts = lock.counts();
        to.row(tranche_name(id), number, read(counts.shared), read(counts.exclusive), read(counts.waits),
               static_cast<double>(read(counts.wait_us)) / 1000.0);
    });
}
//! [fill]

//! [reset]
Void reset_lw_locks(EvalContext& context) {
    if (!context.session->identity().superuser)
        throw Error(sqlstate::insufficient_privilege, "permission denied for function pg_stat_reset_lwlocks");
    for_each_lock([](TrancheId, std::int32_t, LWLock& lock) {
        LWLockCounts& counts = lock.counts();
        for (std::atomic<std::uint64_t>* count :
             {&counts.shared, &counts.exclusive, &counts.waits, &counts.wait_us})
            count->store(0, std::memory_order_relaxed);
    });
    return {};
}
//! [reset]

}  // namespace

//! [register]
void define_lw_lock_settings(Settings& to) {
    track_lwlocks.on_assign([](const bool& on) { detail::counting_lw_locks = on; });
    to.add(track_lwlocks);
}

void register_lw_lock_sql(Registry& to) {
    std::vector<ColumnInfo> columns{{"tranche", k_text},   {"lock", k_int4},  {"shared", k_int8},
                                    {"exclusive", k_int8}, {"waits", k_int8}, {"wait_time", k_float8}};
    to.add(
        std::make_unique<SystemView>("pg_catalog", "pg_stat_lwlocks", 0, std::move(columns), fill_lw_locks));
    to.add(function<reset_lw_locks>("pg_stat_reset_lwlocks", 0, {.volatility = Volatility::volatile_}));
}
//! [register]

}  // namespace forklore
