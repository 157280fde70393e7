/// \file
/// Children: the postmaster's table of the processes it has made.
///
/// Counterpart in PostgreSQL: BackendList in postmaster.c.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "connections/registrar.hpp"

namespace forklore {

/// One child.
struct Child {
    pid_t pid = 0;                                   ///< which process
    ProcessKind kind = ProcessKind::client_backend;  ///< what for
    bool registered = true;      ///< takes part in what the processes share; otherwise it only tells its client to go
    bool dismissed = false;      ///< half-open and told to go
    std::string name = {};       ///< for the log; empty: a server process like others
    std::int32_t buries = k_no_place;  ///< an undertaker: whom, by the place in the register
    std::uint64_t number = 0;    ///< counts up: a lower one is older
};

/// The table. Belongs to the postmaster; a child inherits a copy and leaves it alone.
class Children {
public:
    void expect(Child child);       ///< one is about to be forked, and room is made for it \param child what is known of it
    void born(pid_t pid) noexcept;  ///< it has been, and nothing may fail any more \param pid its number
    std::optional<Child> remove(pid_t pid);  ///< what was there; none when unknown \param pid a reaped process
    Child* oldest_if(const std::function<bool(const Child&)>& question);  ///< null when there is none \param question which to consider
    std::size_t clients() const { return clients_; }        ///< children that serve a client, or will
    std::size_t registered() const { return registered_; }  ///< children that share something
    bool empty() const { return table_.empty(); }           ///< no child left
    bool contains(pid_t pid) const { return table_.contains(pid); }  ///< whether it lives, or has not been reaped \param pid any
    void signal_all(int signal);                            ///< kill(2) to each \param signal which

private:
    std::unordered_map<pid_t, Child> table_;
    decltype(table_)::node_type coming_;
    std::uint64_t next_number_ = 0;
    std::size_t clients_ = 0;
    std::size_t registered_ = 0;
};

}  // namespace forklore
