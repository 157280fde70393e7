/// \file
/// Children: the postmaster's table of the processes it has made.
///
/// Counterpart in PostgreSQL: BackendList in postmaster.c.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/unique_fd.hpp"
#include "connections/gate.hpp"
#include "connections/parent_memory.hpp"

namespace forklore {

/// One child that serves a client, or will.
struct Child {
    pid_t pid = 0;                 ///< which process
    CancelKey key{};               ///< secret of its cancel requests
    std::uint32_t key_length = 0;  ///< bytes of it that its client knows; 0 until it has been admitted
    std::string role{};            ///< whom it serves, once admitted
    UniqueFd gate;                 ///< our end of its gate; closed once it has been admitted
    std::uint64_t number = 0;      ///< counts up: a lower one is older
    bool dismissed = false;        ///< half-open and told to go
    bool admitted = false;         ///< holds one of max_connections places; otherwise it counts as half-open
};

/// The table. Belongs to the postmaster; a child finds nothing of it but zeros, and leaves it alone.
class Children {
public:
    Child& add(pid_t pid, const CancelKey& key,
               UniqueFd gate);  ///< \param pid new \param key its secret \param gate our end \return the
                                ///< entry, until it is removed
    std::optional<Child> remove(pid_t pid);  ///< its entry, which now belongs to the caller, or none \param
                                             ///< pid a reaped process
    Child* find(pid_t pid);     ///< null when unknown \param pid a process
    Child* find_gate(int fd);   ///< null when unknown \param fd our end of a gate
    void admit(Child& child, std::string role);  ///< gives it a place and closes its gate \param child
                                                 ///< half-open \param role whom it serves
    void close_gate(Child& child);  ///< it has closed its end and will ask no more \param child half-open
    Child* oldest_half_open();      ///< that has not been dismissed; null when there is none
    std::size_t admitted() const { return admitted_; }  ///< places taken
    std::size_t half_open() const {
        return table_.size() - admitted_;
    }                                                ///< children that are still at the door
    int sessions_of(const std::string& role) const;  ///< places taken by a role \param role its name
    bool empty() const { return table_.empty(); }    ///< no child left
    void signal_all(int signal);                     ///< kill(2) to each \param signal which

private:
    ParentMemory memory_;  // holds all cancel keys
    std::pmr::unsynchronized_pool_resource pool_{&memory_};
    std::pmr::unordered_map<pid_t, Child> table_{&pool_};
    std::unordered_map<int, pid_t> by_gate_;
    std::uint64_t next_number_ = 0;
    std::size_t admitted_ = 0;
};

}  // namespace forklore
