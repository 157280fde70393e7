/// \file
/// The server of this chapter, and in it a small layer of its own: a number that every session remembers on its own, which a barrier makes them
/// forget; and queues through which one session sends messages to another.
#include <atomic>
#include <optional>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "base/wait_set.hpp"
#include "connections/access_file.hpp"
#include "lwlocks/subsystem.hpp"
#include "queries/declare.hpp"
#include "shared_memory/dynamic_segment.hpp"
#include "shared_memory/subsystem.hpp"
#include "signaling/global_barrier.hpp"
#include "signaling/message_queue.hpp"
#include "signaling/subsystem.hpp"

namespace {

using namespace forklore;

//! [remembered]
// What all share, and what this process remembers of it.
using Price = std::atomic<std::int64_t>;
Price& shared_price() { return segment().find_or_create<Price>("price"); }
std::optional<std::int64_t> remembered_price;

// Looks it up once.
std::int64_t price() {
    if (!remembered_price) remembered_price = shared_price().load();
    return *remembered_price;
}

// Changes it, and tells nobody.
Void change_price(std::int64_t to) {
    shared_price().store(to);
    return {};
}

// Returns when everybody has forgotten what they knew.
Void all_forget() {
    wait_for_global_barrier(raise_global_barrier());
    return {};
}
//! [remembered]

//! [deaf]
const WaitEvent k_deaf = define_wait_event(WaitEventClass::extension, "Deaf");

// Absorbs nothing for a while, and nothing else interrupts it either.
Void be_deaf(double seconds) {
    const HoldInterrupts hold;
    interruptible_sleep(static_cast<std::int64_t>(seconds * 1e6), k_deaf);
    return {};
}
//! [deaf]

//! [lab-queue]
// The queue, as this session has it: one of its ends, or at first none.
struct Queue {
    explicit Queue(DynamicSegment mapped) : segment(std::move(mapped)), ring(*static_cast<MessageRing*>(segment.address())) {}
    DynamicSegment segment;
    MessageRing& ring;
    std::optional<MessageSender> sender;
    std::optional<MessageReceiver> receiver;
    std::optional<std::string> on_its_way;  // a message of which a part may have been sent
};
std::optional<Queue> mine;

// By what the others know it.
std::atomic<DynamicHandle>& shared_handle() { return segment().find_or_create<std::atomic<DynamicHandle>>("queue"); }

Queue& queue() {
    const DynamicHandle handle = shared_handle().load();
    if (mine && mine->segment.handle() != handle) mine.reset();  // there is another one now
    if (!mine) mine.emplace(DynamicSegment::attach(handle));
    return *mine;
}

// Makes one with room for so many bytes. It lasts as long as somebody has it.
Void make_queue(std::int64_t bytes) {
    if (bytes < 1) throw Error(sqlstate::invalid_parameter_value, "a queue needs room for a byte");
    const std::size_t all = sizeof(MessageRing) + static_cast<std::size_t>(bytes);
    mine.reset();
    mine.emplace(DynamicSegment::create(all));
    MessageRing::create(mine->segment.address(), all);
    shared_handle().store(mine->segment.handle());
    return {};
}

// Gives up this session's end of it.
Void leave_queue() {
    mine.reset();
    return {};
}
//! [lab-queue]

//! [lab-send]
std::string_view in_words(QueueOutcome outcome) {
    switch (outcome) {
        case QueueOutcome::done: return "sent";
        case QueueOutcome::would_block: return "no room";
        case QueueOutcome::detached: return "nobody is there any more";
    }
    return "";
}

// A statement that was cancelled may have sent a part of its message. The rest has to follow before anything else does.
std::string_view send(std::string_view text, QueueWait wait) {
    Queue& to = queue();
    if (!to.sender) to.sender.emplace(to.ring);
    if (to.on_its_way && *to.on_its_way != text)
        throw Error(sqlstate::object_not_in_prerequisite_state, "another message is on its way").hint("Send that one again.");
    to.on_its_way = text;
    const QueueOutcome outcome = to.sender->send(text, wait);
    if (outcome != QueueOutcome::would_block) to.on_its_way.reset();
    return in_words(outcome);
}

// Sends a message, and waits as long as there is no room.
std::string_view send_message(std::string_view text) { return send(text, QueueWait::yes); }
// Sends it if there is room.
std::string_view try_to_send(std::string_view text) { return send(text, QueueWait::no); }
//! [lab-send]

//! [lab-receive]
// Waits for a message: none when the sender is gone and has left nothing
std::optional<std::string> receive_message() {
    Queue& from = queue();
    if (!from.receiver) from.receiver.emplace(from.ring);
    std::string message;
    if (from.receiver->receive(message) == QueueOutcome::detached) return {};
    return message;
}
//! [lab-receive]

// Waits for whoever changes files of the data directory just now.
bool wait_for_files() { return static_cast<bool>(lock_directory(".")); }

class SignalLab : public Subsystem {
public:
    std::string_view name() const override { return "signal_lab"; }
    void start() override {
        on_global_barrier([] { remembered_price.reset(); });
    }
    void request_shared_memory() override {
        segment().request("price", sizeof(Price));
        segment().request("queue", sizeof(DynamicHandle));
    }
    void register_sql(Registry& to) override {
        const auto each_time = [] { return Declared{.volatility = Volatility::volatile_}; };
        to.add(function<price>("price", 0, each_time()));
        to.add(function<change_price>("change_price", 0, each_time()));
        to.add(function<all_forget>("all_forget", 0, each_time()));
        to.add(function<be_deaf>("be_deaf", 0, each_time()));
        to.add(function<make_queue>("make_queue", 0, each_time()));
        to.add(function<leave_queue>("leave_queue", 0, each_time()));
        to.add(function<send_message>("send_message", 0, each_time()));
        to.add(function<try_to_send>("try_to_send", 0, each_time()));
        to.add(function<receive_message>("receive_message", 0, each_time()));
        to.add(function<wait_for_files>("wait_for_files", 0, each_time()));
    }
    void leaving() noexcept override { mine.reset(); }
};

}  // namespace

int main(int argc, char** argv) {
    return run_server(argc, argv,
                      layers(queries_subsystem(), connections_subsystem(), shared_memory_subsystem(), lwlocks_subsystem(),
                             signaling_subsystem(), std::make_unique<SignalLab>()));
}
