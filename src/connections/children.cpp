#include "connections/children.hpp"

#include <algorithm>

#include "base/syscalls.hpp"

namespace forklore {

//! [children]
Child& Children::add(pid_t pid, const CancelKey& key, UniqueFd gate) {
    if (gate) by_gate_[gate.get()] = pid;
    Child& child = table_[pid];
    child.pid = pid;
    child.key = key;  // straight to its place: a copy on the stack would be inherited
    child.gate = std::move(gate);
    child.number = next_number_++;
    return child;
}

std::optional<Child> Children::remove(pid_t pid) {
    auto entry = table_.extract(pid);
    if (entry.empty()) return {};
    Child child = std::move(entry.mapped());
    if (child.gate) by_gate_.erase(child.gate.get());
    if (child.admitted) --admitted_;
    return child;
}

void Children::admit(Child& child, std::string role) {
    child.admitted = true;
    child.role = std::move(role);
    ++admitted_;
    close_gate(child);
}

void Children::close_gate(Child& child) {
    by_gate_.erase(child.gate.get());
    child.gate.reset();
}
//! [children]

//! [children-find]
Child* Children::find(pid_t pid) {
    const auto found = table_.find(pid);
    return found == table_.end() ? nullptr : &found->second;
}

Child* Children::find_gate(int fd) {
    const auto found = by_gate_.find(fd);
    return found == by_gate_.end() ? nullptr : find(found->second);
}

Child* Children::oldest_half_open() {
    Child* oldest = nullptr;
    for (auto& [pid, child] : table_)
        if (!child.admitted && !child.dismissed && (oldest == nullptr || child.number < oldest->number))
            oldest = &child;
    return oldest;
}

int Children::sessions_of(const std::string& role) const {
    return static_cast<int>(std::count_if(table_.begin(), table_.end(), [&](const auto& entry) {
        return entry.second.admitted && entry.second.role == role;
    }));
}

void Children::signal_all(int signal) {
    for (const auto& [pid, child] : table_) sys::kill(pid, signal);
}
//! [children-find]

}  // namespace forklore
