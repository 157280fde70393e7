#include "shared_memory/shared_registrar.hpp"

#include <sys/types.h>

#include <sha2.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>

#include "base/log.hpp"
#include "base/syscalls.hpp"
#include "connections/connection_settings.hpp"
#include "shared_memory/activity.hpp"

namespace forklore {

//! [registrar-births]
void SharedRegistrar::expect(ProcessKind kind, std::string_view type) {
    SlotNumber& coming = slots_[0];  // what may fail for want of memory comes first
    next_ = coming = process_table().assign(kind, type);
    if (next_ == k_no_slot)
        throw Error(sqlstate::too_many_connections, "all {} process slots are taken", process_table().count());
}

void SharedRegistrar::born(pid_t child) {
    if (next_ == k_no_slot) return;
    process_table().born(next_, child);
    // The child lives, and nothing may fail now: its line in the table is there, and only needs its name.
    auto line = slots_.extract(0);
    line.key() = child;
    slots_.insert(std::move(line));
}

void SharedRegistrar::unborn() noexcept {
    if (next_ != k_no_slot) process_table().release(next_);
}

SlotNumber SharedRegistrar::slot_of(pid_t child) const {
    const auto at = slots_.find(child);
    return at == slots_.end() ? k_no_slot : at->second;
}
//! [registrar-births]

//! [registrar-admission]
namespace {
CancelKeyDigest digest_of(const CancelKey& key, std::size_t length) {
    CancelKeyDigest digest;
    SHA2_CTX state;
    SHA256Init(&state);
    SHA256Update(&state, key.data(), length);
    SHA256Final(digest.data(), &state);
    return digest;
}
}  // namespace

Admission SharedRegistrar::admit(const AdmissionRequest& request) {
    ProcessSlot* mine = my_slot();
    if (mine == nullptr) return Admission::too_many;
    ProcessTable& table = process_table();
    const auto places = static_cast<std::uint32_t>(setting::max_connections.value());
    const auto reserved = static_cast<std::uint32_t>(setting::superuser_reserved_connections.value());
    std::copy(request.role.begin(), request.role.end(), mine->role.begin());
    if (!table.take_place(request.superuser ? places : places - reserved))
        return table.places_taken() < places ? Admission::reserved_for_superusers : Admission::too_many;
    // Two that come at the same moment may both count the other and both be refused, but never both be let in.
    if (request.role_limit >= 0 && !request.superuser && table.sessions_of(request.role.data()) > request.role_limit)
        return Admission::too_many_for_role;
    my_key_ = make_cancel_key();
    mine->key_digest = digest_of(my_key_, request.key_length);
    mine->key_length.store(request.key_length, std::memory_order_release);
    return Admission::granted;
}

bool SharedRegistrar::has_admitted(pid_t child) const {
    const SlotNumber number = slot_of(child);
    return number != k_no_slot && slot(number).state.load(std::memory_order_relaxed) == SlotState::admitted;
}
//! [registrar-admission]

//! [registrar-cancel]
void SharedRegistrar::cancel(const CancelRequest& request) {
    const ProcessSlot* target = request.pid == 0 ? nullptr : process_table().find(request.pid);
    const std::uint32_t length = target == nullptr ? 0 : target->key_length.load(std::memory_order_acquire);
    if (length == 0)
        log_line(sqlstate::successful_completion, "PID {} in cancel request did not match any process", request.pid);
    else if (request.key_length != length || target->key_digest != digest_of(request.key, length))
        log_line(sqlstate::successful_completion, "wrong key in cancel request for process {}", request.pid);
    else
        sys::kill(request.pid, SIGINT);
}
//! [registrar-cancel]

//! [registrar-deaths]
Remains SharedRegistrar::died(ChildExit& dead) {
    const SlotNumber number = slot_of(dead.pid);
    if (number == k_no_slot) return Remains::nothing;
    const int status = dead.status;
    const bool held = slot(number).held.load(std::memory_order_relaxed) != 0;
    const bool of_its_own_accord = WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 1);
    const bool killed = WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM);
    if (held || !(of_its_own_accord || killed)) return Remains::broken;
    slots_.erase(dead.pid);
    // Who has not left in order has left something, even if it says by its exit status that all is well: it may have called exit().
    if (!slot(number).left.load(std::memory_order_relaxed)) {
        process_table().died(number);
        dead.place = number;
        return Remains::whole;
    }
    process_table().release(number);
    return Remains::nothing;
}

void SharedRegistrar::condemn() { process_table().condemn(); }

void SharedRegistrar::forget() {
    slots_.clear();
    slots_.reserve(static_cast<std::size_t>(slot_count()) + 1);  // so that a birth never makes it grow
    next_ = k_no_slot;
}

std::string SharedRegistrar::last_words(pid_t child) const {
    const SlotNumber number = slot_of(child);
    if (number == k_no_slot) return {};
    const std::span<const char> text = process_table().query(number);
    const Activity& activity = slot(number).activity;
    // It may have died in the middle of changing this, and shared memory may be broken: nothing in it is relied upon.
    const std::uint32_t length = static_cast<const volatile std::uint32_t&>(activity.query_length);  // others may change it between two looks
    return length > text.size() ? std::string() : std::string(text.data(), length);
}
//! [registrar-deaths]

}  // namespace forklore
