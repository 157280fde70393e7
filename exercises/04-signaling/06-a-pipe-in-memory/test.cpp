#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "pipe.hpp"
#include "processes.hpp"
#include "tests/catch.hpp"

CATCH_REGISTER_ENUM(forklore::exercise::Outcome, forklore::exercise::Outcome::done,
                    forklore::exercise::Outcome::would_block, forklore::exercise::Outcome::gone)

using namespace forklore::exercise;

namespace {

using Messages = std::vector<std::string>;

constexpr int k_turns = 2'000;  // enough for all that is sent here

// Two processes. Each one's turn ends when it can do nothing more.
class Pair {
public:
    explicit Pair(Messages to_send) : to_send_(std::move(to_send)) {}
    ~Pair() { between_accesses = nullptr; }
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;

    void senders_turn() {
        while (sent_ < to_send_.size() && sender_.send(to_send_[sent_]) == Outcome::done) ++sent_;
    }
    void sender_leaves() { ring.sender_gone.store(1); }
    // Returns whether the sender is gone.
    bool receivers_turn() {
        for (;;) {
            std::string message;
            const Outcome outcome = receiver_.receive(message);
            if (outcome != Outcome::done) return outcome == Outcome::gone;
            received.push_back(message);
            if (received.size() > to_send_.size()) return true;
        }
    }
    // In turns, until everything has arrived.
    void all_turns() {
        for (int turn = 0; turn < k_turns && received.size() < to_send_.size(); ++turn) {
            senders_turn();
            receivers_turn();
        }
    }
    // The other one has a turn before each access of `one`'s; not for ever, should they never come to an end.
    void in_between(const std::function<void()>& one, const std::function<void()>& other) {
        bool busy = false;
        int accesses = 0;
        between_accesses = [&] {
            if (busy || ++accesses > k_turns) return;
            busy = true;
            other();
            busy = false;
        };
        one();
        between_accesses = nullptr;
    }

    Ring ring;
    Messages received;

private:
    const Watchdog watchdog_;
    Messages to_send_;
    std::size_t sent_ = 0;
    Sender sender_{ring};
    Receiver receiver_{ring};
};

// Messages of all lengths up to some, of letters that tell where one is.
Messages many(std::size_t longest) {
    Messages messages;
    for (std::size_t length = 0; length <= longest; ++length) {
        std::string message;
        while (message.size() < length) message += static_cast<char>('a' + (length + message.size()) % 26);
        messages.push_back(message);
    }
    return messages;
}

// The first message that is not as it was sent.
std::string difference(const Messages& received, const Messages& sent) {
    for (std::size_t i = 0; i < sent.size(); ++i) {
        const std::string which = "message number " + std::to_string(i + 1) + ", “" + sent[i] + "”, ";
        if (i >= received.size()) return which + "does not arrive";
        if (received[i].size() != sent[i].size()) return which + "arrives with another length";
        if (received[i] != sent[i]) return which + "arrives with other bytes";
    }
    return "";
}

void arrived(const Pair& pair, const Messages& sent) {
    const std::string wrong = difference(pair.received, sent);
    INFO(wrong);
    const bool all_is_as_it_was_sent = wrong.empty();
    REQUIRE(all_is_as_it_was_sent);
}

}  // namespace

TEST_CASE("a message arrives, and then there is none") {
    Ring ring;
    Sender sender(ring);
    Receiver receiver(ring);
    std::string message = "?";
    REQUIRE(receiver.receive(message) == Outcome::would_block);
    CHECK(sender.send("hello") == Outcome::done);
    CHECK(receiver.receive(message) == Outcome::done);
    CHECK(message == "hello");
    CHECK(receiver.receive(message) == Outcome::would_block);
    const std::string zeros(3, '\0');
    CHECK(sender.send(zeros) == Outcome::done);
    CHECK(receiver.receive(message) == Outcome::done);
    CHECK((message == zeros));
}

TEST_CASE("messages go round the ring, short ones and ones that are longer than it") {
    {
        const Messages sent = many(Ring::k_size - sizeof(Length));
        Pair pair(sent);
        pair.all_turns();
        arrived(pair, sent);
    }
    const Messages sent = many(5 * Ring::k_size);
    Pair pair(sent);
    pair.all_turns();
    arrived(pair, sent);
}

TEST_CASE("the receiver may look at any moment") {
    const Messages sent = many(2 * Ring::k_size);
    Pair pair(sent);
    pair.in_between([&] { pair.senders_turn(); }, [&] { pair.receivers_turn(); });
    pair.all_turns();
    INFO("before each access of the sender's the receiver takes what it can");
    arrived(pair, sent);
}

TEST_CASE("the sender may send at any moment") {
    const Messages sent = many(2 * Ring::k_size);
    Pair pair(sent);
    pair.senders_turn();
    for (int turn = 0; turn < k_turns; ++turn)
        pair.in_between([&] { pair.receivers_turn(); }, [&] { pair.senders_turn(); });
    INFO("before each access of the receiver's the sender sends what it can");
    arrived(pair, sent);
}

TEST_CASE("who leaves is noticed, and what it had sent is received") {
    const Messages sent = {"the end"};
    Pair pair(sent);
    pair.senders_turn();
    pair.sender_leaves();
    const bool the_sender_is_gone = pair.receivers_turn();
    arrived(pair, sent);
    CHECK(the_sender_is_gone);

    Ring ring;
    Sender sender(ring);
    Receiver receiver(ring);
    REQUIRE(sender.send(std::string(20, 'x')) == Outcome::would_block);
    ring.sender_gone.store(1);
    std::string message;
    INFO("the sender was killed when it had sent a part of its message");
    CHECK(receiver.receive(message) == Outcome::gone);
    ring.receiver_gone.store(1);
    Ring other;
    Sender lonely(other);
    other.receiver_gone.store(1);
    INFO("and the other way round");
    CHECK(lonely.send("is anybody there?") == Outcome::gone);
}

TEST_CASE("the sender may send its last message and leave at any moment") {
    const Messages sent = {"the last"};
    for (int access = 0;; ++access) {
        Pair pair(sent);
        int accesses = 0;
        bool left = false;
        bool gone = false;
        pair.in_between([&] { gone = pair.receivers_turn(); },
                        [&] {
                            if (accesses++ != access) return;
                            pair.senders_turn();
                            pair.sender_leaves();
                            left = true;
                        });
        if (!left) break;
        if (!gone) gone = pair.receivers_turn();
        INFO("before access number " << access + 1
                                     << " of the receiver's the sender sends a message and leaves");
        arrived(pair, sent);
        CHECK(gone);
    }
}
