#include "connections/gate.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "base/syscalls.hpp"
#include "base/wait_set.hpp"

namespace forklore {

//! [make-gate]
Gate make_gate() {
    int ends[2];
    // SEQPACKET keeps packets whole: neither side ever sees half a request.
    if (sys::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
        throw Error(sqlstate::insufficient_resources, "could not create socket pair: {}", errno_text(errno));
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}
//! [make-gate]

//! [send-packet]
namespace {
/// Sends a packet whole; a signal that comes by does not lose it. Whether the other side still lives is not known here.
template <typename Packet>
void send_packet(int gate, const Packet& packet) {
    while (sys::send(gate, &packet, sizeof packet, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EINTR) {
    }
}
}  // namespace
//! [send-packet]

//! [gate-child]
namespace {
const WaitEvent k_admission = define_wait_event(WaitEventClass::ipc, "Admission");
}

Admission ask_admission(int gate, const AdmissionRequest& request) {
    send_packet(gate, GateRequest{.kind = GateRequest::Kind::admit, .admit = request});
    WaitSet set;
    set.add(gate, k_readable);
    for (;;) {
        check_for_interrupts();
        Admission answer;
        const ssize_t got = sys::recv(gate, &answer, sizeof answer, MSG_DONTWAIT);
        if (got == sizeof answer) return answer;
        if (got == 0) throw Fatal(sqlstate::cannot_connect_now, "the postmaster has gone");
        set.wait({}, k_admission);
    }
}

void ask_cancel(int gate, const CancelRequest& request) {
    send_packet(gate, GateRequest{.kind = GateRequest::Kind::cancel, .cancel = request});
}
//! [gate-child]

//! [gate-postmaster]
std::optional<GateRequest> read_request(int gate, bool& closed) {
    GateRequest request;
    const ssize_t got = sys::recv(gate, &request, sizeof request, MSG_DONTWAIT);
    closed = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
    return got == sizeof request ? std::optional(request) : std::nullopt;
}

void answer_admission(int gate, Admission answer) { send_packet(gate, answer); }
//! [gate-postmaster]

}  // namespace forklore
