// MessageQueue: what is sent is received, in whatever pieces it goes through the ring, and each side notices when the other is gone.
#include "signaling/message_queue.hpp"

#include <random>

#include "base/error.hpp"
#include "chapters/04-signaling/tests/crew.hpp"
#include "shared_memory/dynamic_segment.hpp"
#include "tests/catch.hpp"
#include "tests/single_step.hpp"

using namespace forklore;
using namespace forklore::testing;

namespace {

// A ring of so many bytes in a dynamic segment that the other process attaches to by its handle.
struct SharedRing {
    explicit SharedRing(std::size_t size)
        : segment(DynamicSegment::create(sizeof(MessageRing) + size)),
          ring(MessageRing::create(segment.address(), sizeof(MessageRing) + size)) {}
    DynamicSegment segment;
    MessageRing& ring;
};
MessageRing& ring_in(const DynamicSegment& segment) { return *static_cast<MessageRing*>(segment.address()); }

// The message of a number: any length up to `longest`, any bytes.
std::string message_number(std::uint32_t number, std::size_t longest) {
    std::mt19937 random(number);
    std::string message(random() % (longest + 1), ' ');
    for (char& byte : message) byte = static_cast<char>(random());
    return message;
}

void waits_for(const char* event, SlotNumber number) {
    while (wait_event_name(slot(number).wait_event) != event) short_sleep();
}

}  // namespace

TEST_CASE("messages of all lengths go through a ring that is shorter than most, and through one of a single byte") {
    const Watchdog watchdog(120);
    const auto [size, longest, count] = GENERATE(table<std::size_t, std::size_t, std::uint32_t>({{100, 1'000, 5'000}, {4'096, 300, 20'000}, {1, 30, 500}}));
    Crew crew;
    const SharedRing shared(size);
    const DynamicHandle handle = shared.segment.handle();
    crew.start([=, longest = longest, count = count] {
        const DynamicSegment mine = DynamicSegment::attach(handle);
        MessageSender sender(ring_in(mine));
        for (std::uint32_t i = 0; i < count; ++i) CHILD_CHECK(sender.send(message_number(i, longest)) == QueueOutcome::done);
    });
    MessageReceiver receiver(shared.ring);
    std::string message;
    std::uint32_t received = 0;
    while (receiver.receive(message) == QueueOutcome::done) {
        if (message != message_number(received, longest)) FAIL("message " << received << " is another one");
        ++received;
    }
    CHECK(received == count);
    CHECK(crew.all_well());
}

TEST_CASE("who does not want to wait is told that there is nothing, or no room, and goes on with the same message") {
    Crew crew;
    const SharedRing shared(20);
    MessageReceiver receiver(shared.ring);
    std::string message;
    CHECK(receiver.receive(message, QueueWait::no) == QueueOutcome::would_block);
    MessageSender sender(shared.ring);
    const std::string longer(50, 'x');
    CHECK(sender.send("four", QueueWait::no) == QueueOutcome::done);
    int attempts = 1, received = 0;
    while (sender.send(longer, QueueWait::no) == QueueOutcome::would_block) {
        ++attempts;
        while (receiver.receive(message, QueueWait::no) == QueueOutcome::done) ++received;
    }
    CHECK(attempts > 2);
    CHECK(received == 1);
    CHECK(receiver.receive(message, QueueWait::no) == QueueOutcome::done);
    CHECK(message == longer);
    CHECK(receiver.receive(message, QueueWait::no) == QueueOutcome::would_block);
    CHECK(sender.send("", QueueWait::no) == QueueOutcome::done);
    CHECK(receiver.receive(message, QueueWait::no) == QueueOutcome::done);
    CHECK(message.empty());
}

TEST_CASE("an end that detaches is noticed: by the receiver when all has been received, by the sender at once") {
    Crew crew;
    std::string message;
    {
        const SharedRing shared(100);
        MessageReceiver receiver(shared.ring);
        {
            MessageSender sender(shared.ring);
            CHECK(sender.send("last words") == QueueOutcome::done);
            CHECK(sender.send(std::string(500, 'x'), QueueWait::no) == QueueOutcome::would_block);  // never completed
        }
        CHECK(receiver.receive(message) == QueueOutcome::done);
        CHECK(message == "last words");
        CHECK(receiver.receive(message) == QueueOutcome::detached);
        CHECK_THROWS_WITH(MessageSender(shared.ring), "this end of the message queue has been attached before");
    }
    const SharedRing shared(100);
    MessageSender sender(shared.ring);
    { const MessageReceiver receiver(shared.ring); }
    CHECK(sender.send("nobody hears this") == QueueOutcome::detached);
}

TEST_CASE("an end that is killed is noticed by the other in its sleep") {
    const Watchdog watchdog;
    const bool sender_dies = GENERATE(true, false);
    Crew crew;
    const SharedRing shared(10);
    const DynamicHandle handle = shared.segment.handle();
    const auto send = [=] {
        const DynamicSegment mine = DynamicSegment::attach(handle);
        MessageSender sender(ring_in(mine));
        if (sender_dies) {
            for (;;) ::pause();
        }
        CHILD_CHECK(sender.send(std::string(100, 'x')) == QueueOutcome::detached);
    };
    const auto receive = [=] {
        const DynamicSegment mine = DynamicSegment::attach(handle);
        MessageReceiver receiver(ring_in(mine));
        if (!sender_dies) {
            for (;;) ::pause();
        }
        std::string message;
        CHILD_CHECK(receiver.receive(message) == QueueOutcome::detached);
    };
    // The survivor comes second: it must have nothing to be woken for but the death.
    const SlotNumber dying = sender_dies ? crew.start(send) : crew.start(receive);
    while ((sender_dies ? shared.ring.sender : shared.ring.receiver).generation == 0) short_sleep();
    const SlotNumber survivor = sender_dies ? crew.start(receive) : crew.start(send);
    waits_for(sender_dies ? "MessageQueueReceive" : "MessageQueueSend", survivor);
    ::kill(crew.child(0).pid(), SIGKILL);
    CHECK(crew.child(0).wait() == -SIGKILL);
    drop_dynamic_holds(dying);
    Crew::leave(dying);  // as its undertaker does
    CHECK(crew.child(1).wait() == 0);
}

TEST_CASE("who waits for the other side to come is woken when it comes, and can be interrupted without losing anything") {
    const Watchdog watchdog;
    Crew crew;
    const SharedRing shared(10);
    const DynamicHandle handle = shared.segment.handle();
    const std::string words(100, 'y');
    std::atomic<std::uint64_t>& canceled = crew.board().counters[0];
    const SlotNumber sending = crew.start([=, &canceled] {
        set_interrupt_handler([] { throw Error(sqlstate::query_canceled, "canceled"); });
        const DynamicSegment mine = DynamicSegment::attach(handle);
        MessageSender sender(ring_in(mine));
        for (;;) {
            try {
                CHILD_CHECK(sender.send(words) == QueueOutcome::done);
                break;
            } catch (const Error& error) {
                CHILD_CHECK(error.code() == sqlstate::query_canceled);
                canceled = 1;
            }
        }
    });
    waits_for("MessageQueueSend", sending);
    ::kill(crew.child(0).pid(), SIGUSR1);
    Crew::until(canceled, 1);
    MessageReceiver receiver(shared.ring);
    std::string message;
    CHECK(receiver.receive(message) == QueueOutcome::done);
    CHECK(message == words);
    CHECK(crew.all_well());
}

TEST_CASE("who is expected and dies before it comes is noticed") {
    const Watchdog watchdog;
    Crew crew;
    const SharedRing shared(10);
    const DynamicHandle handle = shared.segment.handle();
    const SlotNumber dying = crew.start([] {
        for (;;) ::pause();
    });
    const Peer expected{dying, slot(dying).generation.load()};
    const SlotNumber survivor = crew.start([=] {
        const DynamicSegment mine = DynamicSegment::attach(handle);
        MessageReceiver receiver(ring_in(mine), expected);
        std::string message;
        CHILD_CHECK(receiver.receive(message) == QueueOutcome::detached);
    });
    waits_for("MessageQueueReceive", survivor);
    ::kill(crew.child(0).pid(), SIGKILL);
    CHECK(crew.child(0).wait() == -SIGKILL);
    Crew::leave(dying);
    CHECK(crew.child(1).wait() == 0);
}

#ifdef __x86_64__
TEST_CASE("who is killed at any instruction of counting on somebody does not keep others from being told") {
    const Watchdog watchdog;
    Crew crew;
    const SlotNumber other = process_table().assign(ProcessKind::client_backend);
    const Peer peer{other, slot(other).generation.load()};  // somebody, who need do nothing
    for (long instructions = 1;; ++instructions) {
        const SlotNumber dying = process_table().assign(ProcessKind::client_backend);
        crew.start_in(dying, [=] {
            static volatile bool over = false;
            SingleStep step([] {
                if (!over) ::kill(::getpid(), SIGKILL);
            });
            step.begin(instructions);
            { const CountingOn counting(peer); }
            over = true;
            step.end();
        });
        const bool killed = crew.child(static_cast<std::size_t>(instructions - 1)).wait() == -SIGKILL;
        if (killed) Crew::leave(dying);
        process_table().release(dying);
        const CountingOn counting(peer);
        latch_of(my_slot_number()).reset();
        detail::tell_gone(other);
        INFO("after " << instructions << " instructions");
        REQUIRE(latch_of(my_slot_number()).is_set());
        if (!killed) {
            CHECK(instructions > 10);
            break;
        }
    }
}
#endif

TEST_CASE("a ring needs room") {
    alignas(64) char room[sizeof(MessageRing) + 1]{};
    CHECK_THROWS_AS(MessageRing::create(room, sizeof(MessageRing)), Error);
    CHECK(MessageRing::create(room, sizeof room).size == 1);
}
