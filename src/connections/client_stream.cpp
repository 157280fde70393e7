#include "connections/client_stream.hpp"

#include <malloc.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/interrupts.hpp"
#include "base/syscalls.hpp"

namespace forklore {

//! [plain-transport]
namespace {

class PlainTransport : public Transport {
public:
    explicit PlainTransport(int socket) : socket_(socket) {}

    ssize_t read(char* to, std::size_t size) override {
        const ssize_t got = sys::recv(socket_, to, size, MSG_DONTWAIT);
        if (got >= 0) return got;
        wants_ = k_readable;
        return errno == EAGAIN || errno == EINTR ? -1 : 0;  // a broken line is the end, too
    }

    ssize_t write(const char* from, std::size_t size) override {
        const ssize_t sent = sys::send(socket_, from, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0) return sent;
        if (errno != EAGAIN && errno != EINTR) throw ClientGone();
        wants_ = k_writable;
        return -1;
    }

    std::uint32_t wants() const override { return wants_; }

private:
    int socket_;
    std::uint32_t wants_ = k_readable;
};

}  // namespace
//! [plain-transport]

//! [stream-construct]
namespace {
const WaitEvent k_client_read = define_wait_event(WaitEventClass::client, "ClientRead");
const WaitEvent k_client_write = define_wait_event(WaitEventClass::client, "ClientWrite");
}  // namespace

ClientStream::ClientStream(UniqueFd&& socket) : transport_(std::make_unique<PlainTransport>(socket.get())) {
    change_room(k_receive_size);
    wait_set_.add(socket.get(), k_readable);
    socket_ = std::move(socket);  // last: when anything fails, the socket is still the caller's
}

void ClientStream::use(std::unique_ptr<Transport> transport) { transport_ = std::move(transport); }

bool ClientStream::wait(std::uint32_t events) {
    check_for_interrupts();
    wait_set_.modify(socket_.get(), events);
    const bool ready = !wait_set_.wait({}, (events & k_writable) != 0 ? k_client_write : k_client_read).empty();
    check_for_interrupts();
    return ready;
}
//! [stream-construct]

//! [stream-wait-for-input]
void ClientStream::wait_for_input(std::uint32_t events) {
    do {
        while (before_waiting_ && before_waiting_()) {
            check_for_interrupts();
            wait_set_.modify(socket_.get(), events);
            if (!wait_set_.wait(0).empty()) return;
        }
    } while (!wait(events));
}
//! [stream-wait-for-input]

//! [stream-fill]
void ClientStream::change_room(std::size_t size) {
    // Not filled with zeros: a page that nobody has touched costs nothing.
    auto other = std::make_unique_for_overwrite<char[]>(size);
    std::copy(in_.get() + begin_, in_.get() + end_, other.get() + begin_);
    in_ = std::move(other);
    room_ = size;
}

bool ClientStream::fill(std::size_t n) {
    while (end_ - begin_ < n) {
        if (begin_ > 0) {  // make room at the end
            std::memmove(in_.get(), in_.get() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        }
        if (room_ == end_)  // a length that is only claimed costs nothing
            change_room(std::min(std::max(n, k_receive_size), 2 * room_));
        else if (end_ == 0 && room_ > k_receive_size && n <= k_receive_size)
            shrink();
        if (std::exchange(answered_, false) && !transport_->has_buffered_input()) wait_for_input(k_readable);
        const ssize_t got = transport_->read(in_.get() + end_, room_ - end_);
        if (got == 0) return false;
        if (got > 0)
            end_ += static_cast<std::size_t>(got);
        else
            wait_for_input(transport_->wants());
    }
    return true;
}
//! [stream-fill]

//! [stream-shrink]
/// Something large has been dealt with. What it took to do so has been freed, and goes back to the kernel.
void ClientStream::shrink() {
    const bool very_large = room_ > k_worth_trimming;
    change_room(k_receive_size);
    if (very_large) malloc_trim(0);
}
//! [stream-shrink]

//! [stream-flush]
bool ClientStream::flush() {
    bool waited = false;
    while (sent_ < out_.size()) {
        const ssize_t wrote = transport_->write(out_.view().data() + sent_, out_.size() - sent_);
        if (wrote > 0)
            sent_ += static_cast<std::size_t>(wrote);
        else {
            waited = true;
            wait(transport_->wants());  // if this throws, what is left stays in the buffer, and the next
                                        // flush sends it
        }
    }
    out_.clear();
    out_.release_beyond(2 * k_send_at);
    sent_ = 0;
    answered_ = true;
    return waited;
}

void ClientStream::try_flush() noexcept {
    try {
        while (sent_ < out_.size()) {
            const ssize_t wrote = transport_->write(out_.view().data() + sent_, out_.size() - sent_);
            if (wrote <= 0) return;
            sent_ += static_cast<std::size_t>(wrote);
        }
    } catch (...) {  // gone already
    }
}
//! [stream-flush]

//! [peer-has-gone]
/// Asked for the end alone: requests that the client left behind unread do not hide it.
bool ClientStream::peer_has_gone() {
    wait_set_.modify(socket_.get(), k_closed);
    return !wait_set_.wait(0).empty();
}
//! [peer-has-gone]

}  // namespace forklore
