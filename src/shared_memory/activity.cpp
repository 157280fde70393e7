#include "shared_memory/activity.hpp"

#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/clock.hpp"
#include "base/interrupts.hpp"
#include "connections/connection_settings.hpp"
#include "connections/statement_log.hpp"
#include "shared_memory/shared_memory_settings.hpp"

namespace forklore {

namespace {

//! [store-name]
/// Writes what differs, and the NUL behind it: as a rule, nothing.
void store(SharedName& to, std::string_view text) noexcept {
    const std::size_t length = text.size() < to.size() ? text.size() : whole_characters(text, to.size() - 1);
    if (std::string_view(to.data()) == text.substr(0, length)) return;
    std::memcpy(to.data(), text.data(), length);
    to[length] = '\0';
}
//! [store-name]

//! [store-query]
/// Keeps a statement's text, without its secrets and as much of it as there is room for. \return the length
std::uint32_t store_query(std::string_view text) noexcept {
    const std::span<char> room = process_table().query(my_slot_number());
    try {
        std::string shown = loggable(text.size() < room.size() ? text : text.substr(0, whole_characters(text, room.size() - 1)));
        if (shown.size() >= room.size()) shown.resize(whole_characters(shown, room.size() - 1));
        std::memcpy(room.data(), shown.data(), shown.size());
        return static_cast<std::uint32_t>(shown.size());
    } catch (const std::bad_alloc&) {
        return 0;
    }
}
//! [store-query]

}  // namespace

//! [report-connection]
void ActivityReporter::connected(const ClientAddress& from) noexcept {
    change_activity([&](Activity& a) {
        a.client_port = from.is_local() ? -1 : std::atoi(from.port.c_str());
        store(a.client_address, from.is_local() ? "" : from.host);
    });
}

void ActivityReporter::entered(const Session& session) noexcept {
    change_activity([&](Activity& a) {
        store(a.database, session.identity().database);
        store(a.application_name, setting::application_name.value());
    });
}

void report_birth() noexcept {
    change_activity([](Activity& a) { a.backend_start = now_us(); });
}
//! [report-connection]

//! [report-work]
namespace {
/// What is told while track_activities is off.
void say_nothing(Activity& a) {
    a.state = ActivityState::disabled;
    a.xact_start = a.query_start = a.state_change = 0;
    a.query_length = 0;
}
}  // namespace

void ActivityReporter::working(const Session& session, std::string_view text) noexcept {
    if (my_slot() == nullptr) return;
    change_activity([&](Activity& a) {
        if (!setting::track_activities.value()) return say_nothing(a);
        const std::int64_t now = now_us();
        a.query_length = store_query(text);
        a.query_start = a.state_change = now;
        if (session.status() == TransactionStatus::idle) a.xact_start = now;  // it is a transaction of its own
        a.state = ActivityState::active;
    });
}

void ActivityReporter::resting(const Session& session) noexcept {
    if (my_slot() == nullptr) return;
    change_activity([&](Activity& a) {
        store(a.application_name, setting::application_name.value());
        if (!setting::track_activities.value()) return say_nothing(a);
        const TransactionStatus status = session.status();
        a.state = status == TransactionStatus::idle       ? ActivityState::idle
                  : status == TransactionStatus::in_block ? ActivityState::idle_in_transaction
                                                          : ActivityState::idle_in_transaction_aborted;
        a.xact_start = status == TransactionStatus::idle ? 0 : session.transaction_timestamp();
        a.state_change = now_us();
    });
}
//! [report-work]

//! [read-process]
std::optional<ProcessSnapshot> read_process(SlotNumber number) {
    const ProcessSlot& from = slot(number);
    const std::span<const char> text = process_table().query(number);
    ProcessSnapshot seen{};
    for (;;) {
        const std::uint32_t before = from.changes.load(std::memory_order_acquire);
        const std::uint64_t generation = from.generation.load(std::memory_order_relaxed);
        seen.number = number;
        seen.state = from.state.load(std::memory_order_acquire);  // `role` was written before
        seen.pid = from.pid.load(std::memory_order_relaxed);
        seen.kind = from.kind.load(std::memory_order_relaxed);
        seen.wait_event = from.wait_event.load(std::memory_order_relaxed);
        if (seen.state == SlotState::free || seen.pid == 0) return {};
        seen.type = from.type;
        const bool has_role = seen.state == SlotState::admitted || seen.state == SlotState::internal;
        seen.role = has_role ? from.role : SharedName{};
        seen.activity = from.activity;
        seen.query.assign(text.data(), std::min<std::size_t>(seen.activity.query_length, text.size()));
        std::atomic_thread_fence(std::memory_order_acquire);  // all of it was read before what follows
        if (before % 2 == 0 && from.changes.load(std::memory_order_relaxed) == before &&
            from.generation.load(std::memory_order_relaxed) == generation)
            return seen;
        // The writer needs a few hundred instructions; if it was put aside in the middle of them, let it go on. If it was killed
        // there, its slot will be taken back soon.
        check_for_interrupts();
        sched_yield();
    }
}
//! [read-process]

}  // namespace forklore
