/// \file
/// Gatekeeper: the register of a server without shared memory. The postmaster keeps it, and each child asks
/// through a gate of its own.
#pragma once

#include <string>
#include <unordered_map>

#include "base/wait_set.hpp"
#include "connections/gate.hpp"
#include "connections/parent_memory.hpp"
#include "connections/registrar.hpp"

namespace forklore {

/// See the top of this file.
class Gatekeeper : public Registrar {
public:
    /// \param waiting the event loop's; must outlive this
    explicit Gatekeeper(WaitSet& waiting) : waiting_(waiting) {}

    void expect(ProcessKind kind, std::string_view type = {}) override;
    void born(pid_t child) override;
    void unborn() noexcept override;
    bool handle(int fd) override;
    std::size_t admitted() const override { return admitted_; }
    bool has_admitted(pid_t child) const override;
    Remains died(ChildExit& dead) override;
    void buried(std::int32_t) override {}
    void condemn() override {}

    UniqueFd take_descriptor() override { return std::move(next_gate_.child_end); }
    void attach(UniqueFd descriptor) override { my_gate_ = std::move(descriptor); }
    Admission admit(const AdmissionRequest& request) override;
    const CancelKey& cancel_key() const override { return next_key_; }
    void cancel(const CancelRequest& request) override { ask_cancel(my_gate_.get(), request); }
    bool condemned() const override { return false; }
    std::string last_words(pid_t) const override { return {}; }

private:
    struct Entry {
        CancelKey key{};               // secret of its cancel requests
        std::uint32_t key_length = 0;  // bytes of it that its client knows; 0 until it has been admitted
        std::string role{};            // whom it serves, once admitted
        UniqueFd gate;                 // our end; closed once it has been admitted
        bool admitted = false;         // holds one of max_connections places
    };
    void answer(Entry& child, const AdmissionRequest& request);
    Admission decide(const AdmissionRequest& request) const;
    int sessions_of(const std::string& role) const;
    void forward(const CancelRequest& request) const;
    void close_gate(Entry& child);

    WaitSet& waiting_;
    ParentMemory memory_;  // holds all cancel keys: a child finds nothing of it but zeros, and leaves it alone
    std::pmr::unsynchronized_pool_resource pool_{&memory_};
    std::pmr::unordered_map<pid_t, Entry> children_{&pool_};
    std::unordered_map<int, pid_t> by_gate_;
    std::size_t admitted_ = 0;
    CancelKey next_key_{};  // made for the child to come; in the child, its own
    Gate next_gate_;        // likewise
    UniqueFd my_gate_;      // in the child: its end
};

}  // namespace forklore
