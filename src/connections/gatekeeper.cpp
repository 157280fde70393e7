#include "connections/gatekeeper.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <csignal>

#include "base/log.hpp"
#include "base/syscalls.hpp"
#include "connections/connection_settings.hpp"

namespace forklore {

//! [gatekeeper-births]
void Gatekeeper::expect(ProcessKind, std::string_view) {
    next_gate_ = {};
    next_key_ = make_cancel_key();
    Gate gate = make_gate();
    waiting_.add(gate.postmaster_end.get(), k_readable);
    next_gate_ = std::move(gate);
}

void Gatekeeper::born(pid_t child) {
    next_gate_.child_end.reset();
    if (next_gate_.postmaster_end) by_gate_[next_gate_.postmaster_end.get()] = child;
    Entry& entry = children_[child];
    entry.key = next_key_;  // straight to its place: a copy on the stack would be inherited
    entry.gate = std::move(next_gate_.postmaster_end);
}

void Gatekeeper::unborn() noexcept {
    if (next_gate_.postmaster_end) waiting_.remove(next_gate_.postmaster_end.get());
    next_gate_ = {};
}
//! [gatekeeper-births]

//! [gatekeeping]
bool Gatekeeper::handle(int fd) {
    const auto at = by_gate_.find(fd);
    if (at == by_gate_.end()) return false;
    Entry& child = children_[at->second];
    bool closed = false;
    const std::optional<GateRequest> request = read_request(fd, closed);
    if (closed) close_gate(child);
    if (request && request->kind == GateRequest::Kind::cancel)
        forward(request->cancel);
    else if (request)
        answer(child, request->admit);
    return true;
}

void Gatekeeper::answer(Entry& child, const AdmissionRequest& request) {
    const Admission answer = decide(request);
    answer_admission(child.gate.get(), answer);
    if (answer != Admission::granted) return;
    child.admitted = true;
    child.role = request.role.data();
    child.key_length = request.key_length;
    ++admitted_;
    close_gate(child);
}

void Gatekeeper::close_gate(Entry& child) {
    waiting_.remove(child.gate.get());
    by_gate_.erase(child.gate.get());
    child.gate.reset();
}
//! [gatekeeping]

//! [decide]
Admission Gatekeeper::decide(const AdmissionRequest& request) const {
    const auto places = static_cast<std::size_t>(setting::max_connections.value());
    const auto reserved = static_cast<std::size_t>(setting::superuser_reserved_connections.value());
    if (admitted_ >= places) return Admission::too_many;
    if (request.superuser) return Admission::granted;
    if (admitted_ + reserved >= places) return Admission::reserved_for_superusers;
    if (request.role_limit >= 0 && sessions_of(request.role.data()) >= request.role_limit)
        return Admission::too_many_for_role;
    return Admission::granted;
}

int Gatekeeper::sessions_of(const std::string& role) const {
    return static_cast<int>(std::count_if(children_.begin(), children_.end(), [&](const auto& entry) {
        return entry.second.admitted && entry.second.role == role;
    }));
}

bool Gatekeeper::has_admitted(pid_t child) const {
    const auto at = children_.find(child);
    return at != children_.end() && at->second.admitted;
}
//! [decide]

//! [cancel-forward]
void Gatekeeper::forward(const CancelRequest& request) const {
    const auto at = children_.find(request.pid);
    if (at == children_.end())
        log_line(sqlstate::successful_completion, "PID {} in cancel request did not match any process",
                 request.pid);
    else if (request.key_length != at->second.key_length || request.key_length == 0 ||
             // takes the same time for any two keys, so that nobody finds one out byte by byte
             CRYPTO_memcmp(at->second.key.data(), request.key.data(), request.key_length) != 0)
        log_line(sqlstate::successful_completion, "wrong key in cancel request for process {}", request.pid);
    else
        sys::kill(request.pid, SIGINT);
}
//! [cancel-forward]

//! [gatekeeper-deaths]
Remains Gatekeeper::died(ChildExit& dead) {
    const auto child = children_.extract(dead.pid);  // out of the table before anything can fail
    if (child.empty()) return Remains::nothing;
    Entry& entry = child.mapped();
    if (entry.admitted) --admitted_;
    if (entry.gate) {
        bool closed = false;  // its last word may lie there unread
        const std::optional<GateRequest> last = read_request(entry.gate.get(), closed);
        close_gate(entry);
        if (last && last->kind == GateRequest::Kind::cancel) forward(last->cancel);
    }
    return Remains::nothing;
}
//! [gatekeeper-deaths]

//! [gatekeeper-child]
Admission Gatekeeper::admit(const AdmissionRequest& request) {
    if (!my_gate_) return Admission::too_many;  // there was none to be had
    const Admission answer = ask_admission(my_gate_.get(), request);
    if (answer == Admission::granted) my_gate_.reset();
    return answer;
}
//! [gatekeeper-child]

}  // namespace forklore
