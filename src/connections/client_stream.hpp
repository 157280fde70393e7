/// \file
/// ClientStream: the bytes from and to one client, in clear or over TLS.
///
/// Input is read in pieces as large as they come and handed out as views; output gathers in one buffer and
/// leaves when an answer is complete or the buffer is full. A round trip of a small statement costs three
/// system calls: wait, receive, send.
///
/// Counterpart in PostgreSQL: pqcomm.c, be-secure.c.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.hpp"
#include "base/unique_fd.hpp"
#include "base/wait_set.hpp"

namespace forklore {

//! [transport]
/// The client has closed its side, or the line is dead. Not an Error: there is nobody to tell.
class ClientGone : public std::exception {
public:
    const char* what() const noexcept override { return "connection to client lost"; }
};

/// How bytes travel: TLS replaces the plain one after its handshake. Never blocks.
class Transport {
public:
    virtual ~Transport() = default;
    /// Reads what is there. \param to where \param size room \return bytes; 0 at the end; -1: wait for
    /// `wants()`.
    virtual ssize_t read(char* to, std::size_t size) = 0;
    /// Writes what fits. \param from what \param size how much \return bytes, at least 1; -1: wait for
    /// `wants()`. Throws ClientGone.
    virtual ssize_t write(const char* from, std::size_t size) = 0;
    /// What to wait for after a -1: WaitFor bits.
    virtual std::uint32_t wants() const = 0;
    /// Whether bytes lie decoded inside, so that the socket must not be waited for.
    virtual bool has_buffered_input() const { return false; }
    /// Says that nothing more will come, where there is a way to say it.
    virtual void finish() noexcept {}
};

//! [transport]
//! [client-stream]
/// See the top of this file. Belongs to the backend.
class ClientStream {
public:
    explicit ClientStream(UniqueFd&& socket);  ///< \param socket connected, non-blocking; taken unless this throws

    // ---- input

    /// Waits until at least n bytes are there. \param n any number; the buffer grows to hold them.
    /// \return false when the client closes before that.
    bool fill(std::size_t n);
    std::string_view input() const {
        return {in_.get() + begin_, end_ - begin_};
    }  ///< what has arrived and is not consumed; valid until the next fill()
    void consume(std::size_t n) { begin_ += n; }  ///< \param n bytes that are done with

    /// What to do each time before the stream waits for input. \param work returns whether there is more to do, and then
    /// the stream only looks whether there is input.
    void before_waiting(std::function<bool()> work) { before_waiting_ = std::move(work); }

    // ---- output

    ByteWriter& out() { return out_; }  ///< append here, whole messages
    bool flush();  ///< sends everything, waiting for the client as long as it takes \return whether it had to wait
    bool is_large() const { return out_.size() - sent_ >= k_send_at; }  ///< whether enough has gathered to be sent
    void flush_if_large() {
        if (is_large()) flush();
    }                           ///< sends when enough has gathered
    void try_flush() noexcept;  ///< sends what the socket takes without waiting; for last words
    void finish() noexcept { transport_->finish(); }  ///< says that nothing more will come

    // ---- the line

    int socket() const { return socket_.get(); }  ///< the socket, still owned
    bool peer_has_gone();                         ///< whether the client has closed, without reading anything
    void use(std::unique_ptr<Transport> transport);  ///< switches to TLS \param transport after its handshake
    /// Waits at a check point until the socket is ready or something else wakes the process. \param events WaitFor bits
    /// \return whether the socket is ready
    bool wait(std::uint32_t events);

    /// Output is sent when this many bytes have gathered.
    static constexpr std::size_t k_send_at = 32 * 1024;
    /// The input buffer's size while nothing large comes.
    static constexpr std::size_t k_receive_size = 8 * 1024;

    /// After a larger message the heap is trimmed.
    static constexpr std::size_t k_worth_trimming = 1024 * 1024;

private:
    void change_room(std::size_t size);
    void shrink();
    void wait_for_input(std::uint32_t events);

    UniqueFd socket_;
    WaitSet wait_set_;
    std::unique_ptr<Transport> transport_;
    std::unique_ptr<char[]> in_;
    std::size_t room_ = 0;  ///< size of in_
    std::size_t begin_ = 0, end_ = 0;
    ByteWriter out_;
    std::size_t sent_ = 0;
    std::function<bool()> before_waiting_;
    bool answered_ = false;  ///< we have just sent an answer: the next request will not be there yet
};
//! [client-stream]

}  // namespace forklore
