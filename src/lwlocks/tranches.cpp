#include "lwlocks/tranches.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/wait_event.hpp"
#include "lwlocks/lw_lock.hpp"
#include "lwlocks/spin_lock.hpp"
#include "shared_memory/segment.hpp"

namespace forklore {

namespace {

//! [directory]
// In the segment. Entries are written under `lock` before `count` says that they are there, and not again but for their row.
struct Directory {
    using Shareable = void;
    struct Entry {
        std::array<char, k_longest_tranche_name + 1> name;
        std::atomic<LWLock*> first;
        std::atomic<std::uint32_t> count, stride;
    };
    SpinLock lock;
    std::atomic<std::uint32_t> count;
    std::array<Entry, k_most_tranches> entries;
};
Directory* directory = nullptr;

// What layers and modules have asked for, in the postmaster; its children inherit it.
struct Request {
    std::string tranche;
    std::size_t count;
};
std::vector<Request> requests;
constexpr std::string_view k_directory_name = "LWLock Tranches";
//! [directory]

//! [find]
void check_name(std::string_view name) {
    if (name.size() <= k_longest_tranche_name) return;
    throw Error(sqlstate::name_too_long, "LWLock tranche name \"{}\" is too long", name)
        .detail(fmt::format("It may have up to {} bytes.", k_longest_tranche_name));
}

// Its number; `count` when there is none of this name.
std::uint32_t find(std::string_view name, std::uint32_t count) {
    const auto* const first = directory->entries.data();
    return static_cast<std::uint32_t>(
        std::find_if(first, first + count,
                     [name](const Directory::Entry& e) { return e.name.data() == name; }) -
        first);
}

std::string structure_name(std::string_view tranche) { return fmt::format("LWLocks {}", tranche); }
//! [find]

}  // namespace

//! [request]
void request_lw_locks(std::string_view tranche, std::size_t count) {
    check_name(tranche);
    segment().request_array<LWLockPadded>(structure_name(tranche), count);
    const bool known = std::any_of(requests.begin(), requests.end(),
                                   [tranche](const Request& r) { return r.tranche == tranche; });
    if (!known) requests.push_back({std::string(tranche), count});
}

std::span<LWLockPadded> requested_lw_locks(std::string_view tranche) {
    const auto at = std::find_if(requests.begin(), requests.end(),
                                 [tranche](const Request& r) { return r.tranche == tranche; });
    if (at == requests.end())
        throw Error(sqlstate::undefined_object, "requested tranche \"{}\" is not registered", tranche);
    return {segment().find_or_create_array<LWLockPadded>(structure_name(tranche), at->count), at->count};
}
//! [request]

//! [define]
TrancheId define_tranche(std::string_view name) {
    check_name(name);
    directory->lock.lock();
    const std::uint32_t count = directory->count.load(std::memory_order_relaxed), id = find(name, count);
    if (id == count && id != k_most_tranches) {
        name.copy(directory->entries[id].name.data(), k_longest_tranche_name);
        directory->count.store(count + 1, std::memory_order_release);
    }
    directory->lock.unlock();
    if (id == k_most_tranches) throw Error(sqlstate::program_limit_exceeded, "too many LWLock tranches");
    return static_cast<TrancheId>(id);
}

TrancheId tranche_count() {
    return static_cast<TrancheId>(directory == nullptr ? 0
                                                       : directory->count.load(std::memory_order_acquire));
}

std::string_view tranche_name(TrancheId id) {
    return id < tranche_count() ? directory->entries[id].name.data() : "extension";
}
//! [define]

//! [rows]
void list_lw_locks(TrancheId id, LWLockRow row) {
    Directory::Entry& entry = directory->entries[id];
    entry.count.store(row.count, std::memory_order_relaxed);
    entry.stride.store(row.stride, std::memory_order_relaxed);
    entry.first.store(row.first, std::memory_order_release);
}

LWLockRow lw_lock_row(TrancheId id) {
    if (id >= tranche_count()) return {};
    const Directory::Entry& entry = directory->entries[id];
    LWLock* const first = entry.first.load(std::memory_order_acquire);
    if (first == nullptr) return {};
    return {first, entry.count.load(std::memory_order_relaxed), entry.stride.load(std::memory_order_relaxed)};
}
//! [rows]

//! [create]
void detail::request_tranches() { segment().request(k_directory_name, sizeof(Directory)); }

void detail::create_tranches() {
    directory = &segment().find_or_create<Directory>(k_directory_name);
    define_tranche("extension");
    set_wait_event_namer(WaitEventClass::lwlock,
                         [](std::uint32_t number) { return tranche_name(static_cast<TrancheId>(number)); });
    for (const Request& request : requests) {
        const TrancheId id = define_tranche(request.tranche);
        const std::span<LWLockPadded> locks = requested_lw_locks(request.tranche);
        for (std::size_t i = 0; i < locks.size(); ++i)
            new (&locks[i].lock) LWLock(id, static_cast<std::uint16_t>(i));
        if (!locks.empty())
            list_lw_locks(id,
                          {&locks[0].lock, static_cast<std::uint32_t>(locks.size()), sizeof(LWLockPadded)});
    }
}
//! [create]

}  // namespace forklore
