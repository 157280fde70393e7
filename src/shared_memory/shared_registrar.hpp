/// \file
/// SharedRegistrar: the register of processes in shared memory. A child counts itself in and finds the target of a
/// cancel request on its own; the postmaster gives out slots and takes them back, and waits for nobody.
///
/// Counterpart in PostgreSQL: InitProcess and ProcKill (proc.c), processCancelRequest (postmaster.c).
#pragma once

#include <unordered_map>

#include "connections/registrar.hpp"
#include "shared_memory/process_table.hpp"

namespace forklore {

//! [shared-registrar]
/// See the top of this file.
class SharedRegistrar : public Registrar {
public:
    void expect(ProcessKind kind, std::string_view type = {}) override;
    void born(pid_t child) override;
    void unborn() noexcept override;
    bool handle(int) override { return false; }
    std::size_t admitted() const override { return process_table().places_taken(); }
    bool has_admitted(pid_t child) const override;
    Remains died(ChildExit& dead) override;
    void buried(std::int32_t place) override { process_table().release(place); }
    void condemn() override;

    UniqueFd take_descriptor() override { return {}; }
    void attach(UniqueFd) override { process_table().attach(next_); }
    Admission admit(const AdmissionRequest& request) override;
    const CancelKey& cancel_key() const override { return my_key_; }
    void cancel(const CancelRequest& request) override;
    bool condemned() const override { return process_table().condemned(); }
    std::string last_words(pid_t child) const override;

    /// Forgets everybody: the table is new.
    void forget();

private:
    SlotNumber slot_of(pid_t child) const;

    std::unordered_map<pid_t, SlotNumber> slots_;  // of living children, and under 0 of the child to come
    SlotNumber next_ = k_no_slot;                  // of the child to come; in the child, its own
    CancelKey my_key_{};                           // in the child: the secret of its client
};
//! [shared-registrar]

}  // namespace forklore
