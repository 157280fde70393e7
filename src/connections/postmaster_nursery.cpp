/// \file
/// The postmaster as the layers' nursery: processes that serve no client.
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/syscalls.hpp"
#include "connections/backend.hpp"
#include "connections/child_process.hpp"
#include "connections/postmaster.hpp"

namespace forklore {

//! [begin-serving]
/// The moments of the start. Nothing lies between them before there is something stored.
void Postmaster::begin_serving() {
    for (const StartMoment moment :
         {StartMoment::postmaster_start, StartMoment::consistent_state, StartMoment::recovery_finished}) {
        reached_ = moment;
        tend_due_ = true;
        tend_layers();
    }
}
//! [begin-serving]

//! [tend-layers]
void Postmaster::tend_layers() {
    if (!tend_due_ && (tend_at_ == 0 || monotonic_us() < tend_at_)) return;
    tend_due_ = false;
    tend_at_ = 0;  // whoever still waits for a time will say so again
    for (const auto& layer : layers_) {
        try {
            layer->tend(*this);
        } catch (...) {  // neither the others nor the next moment of the start can wait for it
            hold_signals(false);
            call_at(forklore::monotonic_us() + k_pause_us);
            log_line(sqlstate::insufficient_resources, "postmaster: {}", last_report().message);
        }
    }
}

void Postmaster::call_at(std::int64_t monotonic_us) {
    if (tend_at_ == 0 || monotonic_us < tend_at_) tend_at_ = monotonic_us;
}

void Postmaster::signal(pid_t child, int signal) {
    if (children_.contains(child))
        sys::kill(child, signal);  // the pid of a child that has been reaped may be anybody's
}
//! [tend-layers]

//! [start-own]
pid_t Postmaster::start(const OwnProcess& process) {
    children_.expect({.kind = process.kind, .name = process.name, .buries = process.buries});
    try {
        registrar_.expect(process.kind, process.type);
    } catch (const Error& error) {
        report_to_log(error.report());
        return 0;
    }
    hold_signals(true);
    const pid_t child = sys::fork();
    if (child == 0) live(process);
    if (child < 0) {
        const int error = errno;
        registrar_.unborn();
        hold_signals(false);
        log_line(sqlstate::insufficient_resources, "could not fork {}: {}", process.name, errno_text(error));
        return 0;
    }
    children_.born(child);
    registrar_.born(child);
    hold_signals(false);
    return child;
}

/// In the child.
void Postmaster::live(const OwnProcess& process) {
    int status = 1;
    try {
        UniqueFd no_client;
        enter_child(process.type.empty() ? process_kind_name(process.kind) : std::string_view(process.type),
                    no_client);
        SessionParts parts;
        for (const auto& layer : layers_) layer->join_session(parts);
        status = process.life({registrar_, std::move(parts)});
    } catch (...) {
        log_line(sqlstate::internal_error, "could not begin: {}", last_report().message);
    }
    leave_child(status);
}
//! [start-own]

}  // namespace forklore
