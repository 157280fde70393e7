#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

#include "base/syscalls.hpp"
#include "errors.hpp"
#include "frames.hpp"
#include "processes.hpp"
#include "tests/catch.hpp"

using namespace std::string_literals;
using namespace forklore;
using namespace forklore::exercise;

namespace {
std::size_t largest_allocation = 0;
}

// Every allocation of this program passes here.
void* operator new(std::size_t size) {
    largest_allocation = std::max(largest_allocation, size);
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    largest_allocation = std::max(largest_allocation, size);
    return std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

std::string header(char type, std::uint32_t length) {
    std::string bytes(1, type);
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(length >> shift & 0xff);
    return bytes;
}

std::string message(char type, const std::string& body = "") {
    return header(type, static_cast<std::uint32_t>(4 + body.size())) + body;
}

using Messages = std::vector<std::pair<char, std::string>>;

void take_all(FrameReader& frames, Messages& into) {
    while (const auto next = frames.next()) into.emplace_back(next->type, std::string(next->body));
}

std::string refusal(const std::string& bytes) {
    FrameReader frames;
    frames.add(bytes);
    return error_of([&] { frames.next(); });
}

// A connected pair of sockets, and a child at its other end.
struct Client {
    explicit Client(const std::function<void(int)>& work) {
        int ends[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
        server.reset(ends[0]);
        UniqueFd client(ends[1]);
        child = std::make_unique<Child>([&] {
            server.reset();
            work(client.get());
        });
    }
    UniqueFd server;
    std::unique_ptr<Child> child;
};

void send_bytes(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR) ::_exit(1);
        if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

const std::string k_wrong_length = "08P01: invalid message length";

}  // namespace

TEST_CASE("a whole message is handed out once", "[task_1]") {
    FrameReader frames;
    frames.add(message('Q', "select 1\0"s));
    const auto first = frames.next();
    REQUIRE(first.has_value());
    CHECK(first->type == 'Q');
    CHECK(first->body == "select 1\0"s);
    CHECK_FALSE(frames.next().has_value());
    CHECK_FALSE(frames.unfinished());
}

TEST_CASE("a message may be empty", "[task_1]") {
    FrameReader frames;
    frames.add(message('S'));
    const auto sync = frames.next();
    REQUIRE(sync.has_value());
    CHECK(sync->type == 'S');
    CHECK(sync->body.empty());
}

TEST_CASE("three messages in one piece are three messages", "[task_1]") {
    FrameReader frames;
    frames.add(message('P', "one") + message('B', "two") + message('S'));
    Messages seen;
    take_all(frames, seen);
    CHECK(seen == Messages{{'P', "one"}, {'B', "two"}, {'S', ""}});
}

TEST_CASE("a stream may be cut anywhere", "[task_2]") {
    const std::string stream =
        message('P', "first") + message('B', "\0second\xff"s) + message('S') + message('Q', "x");
    const Messages sent{{'P', "first"}, {'B', "\0second\xff"s}, {'S', ""}, {'Q', "x"}};
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        INFO("a stream of " << stream.size() << " bytes came in two pieces, the first of " << cut
                            << " bytes");
        FrameReader frames;
        Messages seen;
        for (const auto& piece : {stream.substr(0, cut), stream.substr(cut)}) {
            frames.add(piece);
            take_all(frames, seen);
        }
        REQUIRE(seen == sent);
    }
    INFO("the same stream came one byte at a time");
    FrameReader frames;
    Messages seen;
    for (const char byte : stream) {
        frames.add({&byte, 1});
        take_all(frames, seen);
    }
    CHECK(seen == sent);
}

TEST_CASE("a type that does not exist is refused as soon as the header is there", "[task_1]") {
    CHECK(refusal(header('y', 4)) == "08P01: invalid frontend message type 121");
    INFO("the type byte is ff: its number is 255");
    CHECK(refusal(header('\xff', 4)) == "08P01: invalid frontend message type 255");
}

TEST_CASE("a length that cannot be is refused as soon as the header is there", "[task_1]") {
    for (const std::uint32_t length : {0U, 3U, 0xffffffffU, 0x80000000U, 0x80000003U}) {
        INFO("Q with the length " << static_cast<std::int32_t>(length));
        CHECK(refusal(header('Q', length)) == k_wrong_length);
    }
    {
        INFO("Sync with a body of 10001 bytes");
        CHECK(refusal(header('S', 10'005)) == k_wrong_length);
    }
    {
        INFO("Sync with a body of 10000 bytes, of which none has come: allowed, and unfinished");
        CHECK(refusal(header('S', 10'004)) == "no error");
    }
    {
        INFO("Query with a body of 1 GiB");
        CHECK(refusal(header('Q', 0x4000'0004)) == k_wrong_length);
    }
}

TEST_CASE("a promise takes no memory", "[task_2]") {
    FrameReader frames;
    largest_allocation = 0;
    frames.add(header('Q', 900'000'000));
    const bool whole = frames.next().has_value();
    frames.add("select");
    const bool whole_now = frames.next().has_value();
    const std::size_t allocated = largest_allocation;
    INFO("a client promised 900000000 bytes and sent 6; the largest piece of memory taken at once was "
         << allocated);
    CHECK_FALSE(whole);
    CHECK_FALSE(whole_now);
    CHECK(allocated < 1'000'000);
}

TEST_CASE("what has been handed out does not stay", "[task_2]") {
    FrameReader frames;
    const std::string one = message('d', std::string(1'000, 'x'));
    std::size_t count = 0;
    largest_allocation = 0;
    for (int i = 0; i < 20'000; ++i) {
        // Always a little of the next message behind it, so that the buffer is never empty.
        frames.add(i == 0 ? one + one.substr(0, 3) : one.substr(3) + one.substr(0, 3));
        while (frames.next()) ++count;
    }
    const std::size_t allocated = largest_allocation;
    INFO("20 MB passed in messages of 1 kB; the largest piece of memory taken at once was " << allocated);
    CHECK(count == 20'000);
    CHECK(allocated < 1'000'000);
}

TEST_CASE("messages come through a socket, however the client writes them", "[task_3]") {
    const Watchdog watchdog;
    INFO("the client writes 300 messages, one byte at a time, and closes");
    Client client([](int fd) {
        for (int i = 0; i < 300; ++i) {
            for (const char byte : message('Q', "select " + std::to_string(i))) send_bytes(fd, {&byte, 1});
        }
    });
    FrameReader frames;
    int count = 0;
    bool in_order = true;
    while (const auto next = read_message(client.server.get(), frames)) {
        in_order = in_order && next->type == 'Q' && next->body == "select " + std::to_string(count);
        ++count;
    }
    CHECK(in_order);
    CHECK(count == 300);
    client.child->join();
}

TEST_CASE("messages that came together are handed out without reading again", "[task_3]") {
    const Watchdog watchdog;
    INFO("the client sends three messages in one piece, and waits for the answer to the third");
    Client client([](int fd) {
        send_bytes(fd, message('P', "one") + message('B', "two") + message('S'));
        get_byte(fd);
    });
    FrameReader frames;
    for (const char type : {'P', 'B', 'S'}) {
        const auto next = read_message(client.server.get(), frames);
        REQUIRE(next.has_value());
        CHECK(next->type == type);
    }
    put_byte(client.server.get());
    client.child->join();
}

TEST_CASE("a signal is not the end", "[task_3]") {
    const Watchdog watchdog;
    INFO("recv is interrupted twice (EINTR) before a message arrives");
    Client client([](int fd) { send_bytes(fd, message('Q', "select 1")); });
    FrameReader frames;
    sys::plan_fault(sys::Call::recv, EINTR, 2);
    const auto next = read_message(client.server.get(), frames);
    sys::clear_faults();
    REQUIRE(next.has_value());
    CHECK(next->body == "select 1");
    client.child->join();
}

TEST_CASE("the end between two messages is a goodbye, within one it is an error", "[task_3]") {
    const Watchdog watchdog;
    {
        Client client([](int fd) { send_bytes(fd, message('S')); });
        FrameReader frames;
        CHECK(read_message(client.server.get(), frames).has_value());
        INFO("the client has closed after a whole message");
        CHECK_FALSE(read_message(client.server.get(), frames).has_value());
        client.child->join();
    }
    for (const std::size_t bytes : {1U, 4U, 5U, 7U}) {
        Client client([&](int fd) { send_bytes(fd, message('Q', "select 1").substr(0, bytes)); });
        FrameReader frames;
        INFO("the client has closed after " << bytes << " bytes of a message of 13");
        CHECK(error_of([&] { read_message(client.server.get(), frames); }) ==
              "08P01: incomplete message from client");
        client.child->join();
    }
}
