#include "signaling/notify_sql.hpp"

#include <algorithm>

#include "queries/declare.hpp"
#include "queries/functions/list_source.hpp"
#include "queries/relation.hpp"
#include "queries/view_writer.hpp"
#include "shared_memory/process_table.hpp"
#include "signaling/session_notifications.hpp"

namespace forklore {

namespace {

//! [notify-functions]
// Not strict: a null is an empty text, as in PostgreSQL.
Void pg_notify(std::optional<std::string_view> channel, std::optional<std::string_view> payload) {
    session_notifications().notify(channel.value_or(""), payload.value_or(""));
    return {};
}

double pg_notification_queue_usage() {
    const LWLockGuard guard(notify_queue().lock(), LWLockMode::exclusive);
    return notify_queue().usage();
}

std::unique_ptr<RowSource> pg_listening_channels(EvalContext&, const CallSite&, std::span<const Datum>) {
    auto rows = std::make_unique<ListSource>(1);
    for (const std::string_view channel : session_notifications().channels()) rows->add({Datum(rows->arena().copy(channel))});
    return rows;
}
//! [notify-functions]

//! [notify-views]
std::int64_t read(const std::atomic<std::uint64_t>& count) { return static_cast<std::int64_t>(count.load(std::memory_order_relaxed)); }

// Channels that somebody listens to.
void fill_channels(EvalContext&, ViewWriter& to) {
    notify_channels().for_each_channel([&](std::string_view database, std::string_view channel, const ChannelCounts& counts) {
        to.row(database, channel, static_cast<std::int32_t>(counts.listeners.load(std::memory_order_relaxed)), read(counts.sent),
               read(counts.delivered), read(counts.bytes));
    });
}

// Sessions that listen, and how many bytes of the queue they have still to read.
void fill_listeners(EvalContext&, ViewWriter& to) {
    const LWLockGuard guard(notify_queue().lock(), LWLockMode::shared);
    const QueuePosition head = notify_queue().head();
    for (SlotNumber number = 0; number < slot_count(); ++number) {
        const NotifyListener& listener = notify_queue().listener(number);
        const std::uint32_t channels = listener.channels.load(std::memory_order_relaxed);
        if (channels == 0) continue;
        const QueuePosition unread = listener.unread.load(std::memory_order_relaxed) & ~k_more_to_read;
        to.row(static_cast<std::int32_t>(slot(number).pid.load(std::memory_order_relaxed)), std::string_view(listener.database.data()),
               static_cast<std::int32_t>(channels), read(listener.delivered),
               static_cast<std::int64_t>(unread == k_nothing_to_read ? 0 : head - unread));
    }
}
//! [notify-views]

}  // namespace

//! [notify-register]
void register_notify_sql(Registry& to) {
    const auto at_any_time = [] { return Declared{.volatility = Volatility::volatile_}; };
    to.add(function<pg_notify>("pg_notify", 3036, at_any_time()));
    to.add(function<pg_notification_queue_usage>("pg_notification_queue_usage", 3296, at_any_time()));
    Function channels;
    channels.oid = 3035;
    channels.name = "pg_listening_channels";
    channels.kind = FunctionKind::set_returning;
    channels.result = k_text;
    channels.strict = true;
    channels.volatility = Volatility::stable;
    channels.open = pg_listening_channels;
    to.add(std::move(channels));
    to.add(std::make_unique<SystemView>("pg_catalog", "pg_stat_notify", 0,
                                        std::vector<ColumnInfo>{{"datname", k_name}, {"channel", k_text}, {"listeners", k_int4},
                                                                {"sent", k_int8}, {"delivered", k_int8}, {"bytes", k_int8}},
                                        fill_channels));
    to.add(std::make_unique<SystemView>("pg_catalog", "pg_stat_notify_listeners", 0,
                                        std::vector<ColumnInfo>{{"pid", k_int4}, {"datname", k_name}, {"channels", k_int4},
                                                                {"delivered", k_int8}, {"lag", k_int8}},
                                        fill_listeners));
}
//! [notify-register]

}  // namespace forklore
