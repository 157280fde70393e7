#include "shared_memory/process_table.hpp"

#include <unistd.h>

#include <algorithm>

#include "base/wait_event.hpp"
#include "connections/connection_settings.hpp"
#include "shared_memory/blast_radius.hpp"
#include "shared_memory/shared_memory_settings.hpp"

namespace forklore {

namespace {

//! [spare-slots]
// For processes that serve no client.
constexpr SlotNumber k_auxiliary_slots = 8;
// For children that are on their way out while their successors come in.
constexpr SlotNumber k_spare_slots = 32;
// For processes that serve no client, all together: the layers above add theirs.
SlotNumber reserved_slots = k_auxiliary_slots;
//! [spare-slots]

}  // namespace

//! [no-slot-yet]
namespace detail {
ProcessSlot* my_slot = nullptr;
}  // namespace detail
//! [no-slot-yet]

//! [table-create]
ProcessTable& process_table() {
    static ProcessTable the_table;
    return the_table;
}

SlotNumber ProcessTable::wanted_slots() {
    return setting::max_connections.value() + setting::max_half_open_connections.value() + k_spare_slots + reserved_slots;
}

void ProcessTable::reserve(SlotNumber processes) { reserved_slots += processes; }

void ProcessTable::request() {
    const auto slots = static_cast<std::size_t>(wanted_slots());
    segment().request("Process Table", sizeof(ProcessTableHeader));
    segment().request_array<ProcessSlot>("Process Slots", slots);
    segment().request_array<char>("Process Queries", slots * static_cast<std::size_t>(setting::track_activity_query_size.value()));
}

void ProcessTable::create() {
    const auto slots = static_cast<std::size_t>(wanted_slots()), query = static_cast<std::size_t>(setting::track_activity_query_size.value());
    header_ = &segment().find_or_create<ProcessTableHeader>("Process Table");
    slots_ = {segment().find_or_create_array<ProcessSlot>("Process Slots", slots), slots};
    queries_ = {segment().find_or_create_array<char>("Process Queries", slots * query), slots * query};
    free_.clear();
    auxiliary_ = 0;
    free_.reserve(slots);  // so that taking one back never fails
    for (SlotNumber number = count(); number-- > 0;) free_.push_back(number);
}
//! [table-create]

//! [table-find]
ProcessSlot* ProcessTable::find(pid_t pid) {
    const auto at = std::find_if(slots_.begin(), slots_.end(), [pid](const ProcessSlot& s) { return s.pid.load(std::memory_order_relaxed) == pid; });
    return at == slots_.end() ? nullptr : &*at;
}

std::span<char> ProcessTable::query(SlotNumber number) {
    const std::size_t each = queries_.size() / slots_.size();
    return queries_.subspan(static_cast<std::size_t>(number) * each, each);
}

int ProcessTable::sessions_of(std::string_view role) const {
    return static_cast<int>(std::count_if(slots_.begin(), slots_.end(), [role](const ProcessSlot& s) {
        return s.state.load(std::memory_order_acquire) == SlotState::admitted && role == s.role.data();
    }));
}
//! [table-find]

//! [table-assign]
SlotNumber ProcessTable::assign(ProcessKind kind, std::string_view type) {
    const bool serves_client = kind == ProcessKind::client_backend;
    // Clients in any number leave room for what the server itself needs.
    if (static_cast<SlotNumber>(free_.size()) <= (serves_client ? std::max(0, reserved_slots - auxiliary_) : 0)) return k_no_slot;
    const SlotNumber number = free_.back();
    free_.pop_back();
    auxiliary_ += serves_client ? 0 : 1;
    ProcessSlot& given = slot(number);
    given.generation.fetch_add(1, std::memory_order_relaxed);
    given.kind.store(kind, std::memory_order_relaxed);
    if (const std::size_t length = type.copy(given.type.data(), given.type.size() - 1); given.type[length] != '\0') given.type[length] = '\0';
    given.state.store(serves_client ? SlotState::half_open : SlotState::auxiliary, std::memory_order_release);
    return number;
}

void ProcessTable::born(SlotNumber number, pid_t pid) { slot(number).pid.store(pid, std::memory_order_release); }

void ProcessTable::release(SlotNumber number) noexcept {
    ProcessSlot& left = slot(number);
    if (left.state.load(std::memory_order_relaxed) == SlotState::admitted) header_->places_taken.fetch_sub(1, std::memory_order_relaxed);
    if (left.kind.load(std::memory_order_relaxed) != ProcessKind::client_backend) --auxiliary_;
    left.pid.store(0, std::memory_order_relaxed);
    left.key_length.store(0, std::memory_order_relaxed);
    left.state.store(SlotState::free, std::memory_order_release);
    left.kind.store(ProcessKind::none, std::memory_order_relaxed);
    left.wait_event.store(k_not_waiting, std::memory_order_relaxed);
    left.held.store(0, std::memory_order_relaxed);
    left.left.store(false, std::memory_order_relaxed);
    // Wake-ups that its last owner never heard.
    while (left.semaphore.try_wait()) {
    }
    // A change like any other, but that its owner may have died in the middle of one.
    const std::uint32_t changes = left.changes.load(std::memory_order_relaxed) | 1;
    left.changes.store(changes, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    left.activity = {};
    left.changes.store(changes + 1, std::memory_order_release);
    free_.push_back(number);
}
//! [table-assign]

//! [table-attach]
void ProcessTable::attach(SlotNumber number) {
    ProcessSlot* const mine = number == k_no_slot ? nullptr : &slot(number);
    if (mine != nullptr) mine->pid.store(getpid(), std::memory_order_release);
    report_waits_in(mine == nullptr ? nullptr : &mine->wait_event);
    count_holding_in(mine == nullptr ? nullptr : &mine->held);
    detail::my_slot = mine;
}

bool ProcessTable::take_place(std::uint32_t places) {
    const HoldingShared between_count_and_state;
    std::uint32_t taken = header_->places_taken.load(std::memory_order_relaxed);
    do {
        if (taken >= places) return false;
    } while (!header_->places_taken.compare_exchange_weak(taken, taken + 1, std::memory_order_relaxed));
    my_slot()->state.store(SlotState::admitted, std::memory_order_release);
    return true;
}

void ProcessTable::leave() noexcept {
    if (my_slot() != nullptr) my_slot()->left.store(true, std::memory_order_relaxed);
}

void ProcessTable::enter_session(std::string_view role) {
    SharedName& mine = my_slot()->role;
    mine[role.copy(mine.data(), mine.size() - 1)] = '\0';
    my_slot()->state.store(SlotState::internal, std::memory_order_release);
}
//! [table-attach]

}  // namespace forklore
