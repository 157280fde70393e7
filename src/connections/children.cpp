#include "connections/children.hpp"

#include <utility>

#include "base/syscalls.hpp"

namespace forklore {

//! [children]
void Children::expect(Child child) {
    child.number = next_number_++;
    decltype(table_) alone;
    alone.emplace(0, std::move(child));
    coming_ = alone.extract(0);
    table_.reserve(table_.size() + 1);
}

void Children::born(pid_t pid) noexcept {
    Child& child = coming_.mapped();
    coming_.key() = child.pid = pid;
    clients_ += child.kind == ProcessKind::client_backend;
    registered_ += child.registered;
    table_.insert(std::move(coming_));
}

std::optional<Child> Children::remove(pid_t pid) {
    const auto at = table_.find(pid);
    if (at == table_.end()) return {};
    Child child = std::move(at->second);
    clients_ -= child.kind == ProcessKind::client_backend;
    registered_ -= child.registered;
    table_.erase(at);
    return child;
}

Child* Children::oldest_if(const std::function<bool(const Child&)>& question) {
    Child* oldest = nullptr;
    for (auto& [pid, child] : table_)
        if ((oldest == nullptr || child.number < oldest->number) && question(child)) oldest = &child;
    return oldest;
}

void Children::signal_all(int signal) {
    for (const auto& [pid, child] : table_) sys::kill(pid, signal);
}
//! [children]

}  // namespace forklore
