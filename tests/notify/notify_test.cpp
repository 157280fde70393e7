// LISTEN and NOTIFY below SQL: several sessions in one process, each with a slot and a client of its own, that take turns.
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/syscalls.hpp"
#include "lwlocks/lock_order.hpp"
#include "signaling/global_barrier.hpp"
#include "signaling/latch.hpp"
#include "signaling/notify_settings.hpp"
#include "signaling/peer.hpp"
#include "signaling/session_notifications.hpp"
#include "signaling/signal_place.hpp"
#include "signaling/subsystem.hpp"
#include "tests/catch.hpp"
#include "tests/shared_memory_rig.hpp"
#include "tests/watchdog.hpp"

using namespace forklore;
using namespace forklore::testing;

namespace {

constexpr std::size_t k_ring_pages = 4, k_queue_pages = 64, k_channels = 3;

// Fresh shared memory in a folder of its own: an empty queue, a small ring, few channels.
class Server {
public:
    Server() {
        static const bool requested = [] {
            define_small_server();
            define_notify_settings(settings());
            settings().set("notify_buffers", std::to_string(k_ring_pages), SettingSource::command_line);
            settings().set("max_notify_queue_pages", std::to_string(k_queue_pages), SettingSource::command_line);
            settings().set("max_notify_channels", std::to_string(k_channels), SettingSource::command_line);
            detail::request_waiters();
            detail::request_tranches();
            detail::request_lock_order();
            detail::request_signal_places();
            detail::request_global_barrier();
            detail::request_peers();
            notify_queue().request();
            notify_channels().request();
            return true;
        }();
        (void)requested;
        std::filesystem::current_path(folder_ / ".");
        fresh_shared_memory();
        detail::create_waiters();
        detail::create_tranches();
        detail::create_lock_order();
        detail::create_signal_places();
        detail::create_global_barrier();
        detail::create_peers();
        notify_queue().create();
        notify_channels().create();
        attach_lw_locks(process_table().assign(ProcessKind::client_backend));
    }
    ~Server() {
        attach_lw_locks(-1);
        std::filesystem::current_path("/");
    }
    static std::size_t files() {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("pg_notify"), {}));
    }
    static double usage() {
        const LWLockGuard guard(notify_queue().lock(), LWLockMode::exclusive);
        return notify_queue().usage();
    }

private:
    TemporaryFolder folder_;
};

// A session and its client.
class Member {
public:
    explicit Member(std::string database = "postgres") : slot(process_table().assign(ProcessKind::client_backend)) {
        process_table().attach(slot);
        Identity who;
        who.user = "tester";
        who.database = std::move(database);
        session.begin_session(who);
    }
    ~Member() {
        stop_listening(slot);
        process_table().release(slot);
    }

    // Ends the transaction as the session would. \return what the error says, or nothing
    std::string commit() {
        try {
            session.prepare();
        } catch (const Error& error) {
            session.abort();
            return error.report().message;
        }
        session.commit();
        session.wake_told();
        return {};
    }
    std::string listen(std::string_view channel) { return session.listen(channel), commit(); }
    std::string tell(std::string_view channel, std::string_view payload) { return session.notify(channel, payload), commit(); }

    // What its client is told now: "channel=payload" for each message. \param meanwhile happens when it has heard some of it
    std::vector<std::string> hear(const std::function<void()>& meanwhile = [] {}) {
        struct Sink final : NewsSink {
            explicit Sink(const std::function<void()>& first) : meanwhile(first) {}
            void take(std::int32_t from, std::string_view channel, std::string_view payload) override {
                CHECK(from == ::getpid());
                heard.push_back(std::string(channel) + '=' + std::string(payload));
            }
            bool pass_on() override {
                meanwhile();
                return true;
            }
            const std::function<void()>& meanwhile;
            std::vector<std::string> heard;
        } client(meanwhile);
        while (session.deliver(client)) {
        }
        return client.heard;
    }

    const SlotNumber slot;
    SessionNotifications session;
};

using Heard = std::vector<std::string>;

// A payload of a page, more or less, that begins with its number.
std::string page(int number) { return std::to_string(number) + std::string(7900, 'x'); }

}  // namespace

TEST_CASE("a message goes to those who listen to its channel, and to nobody else") {
    Server server;
    Member a, b, c, notifier;
    a.listen("one"), b.listen("one"), c.listen("two");
    notifier.tell("one", "x");
    notifier.tell("two", "");
    CHECK(latch_of(a.slot).is_set());
    CHECK(a.hear() == Heard{"one=x"});
    CHECK(b.hear() == Heard{"one=x"});
    CHECK(c.hear() == Heard{"two="});
    CHECK(a.hear().empty());
}

TEST_CASE("who is not concerned is not woken, and holds nothing back") {
    Server server;
    Member a, elsewhere, notifier;
    a.listen("one"), elsewhere.listen("two");
    notifier.tell("one", "x");
    CHECK(latch_of(a.slot).is_set());
    CHECK_FALSE(latch_of(elsewhere.slot).is_set());
    CHECK(a.hear().size() == 1);
    CHECK(server.usage() == 0.0);
    const QueuePosition head = notify_queue().head();
    notifier.tell("three", "nobody listens");
    CHECK(notify_queue().head() == head);
    CHECK(notify_queue().listener(a.slot).unread.load() == k_nothing_to_read);
}

TEST_CASE("what is told twice in a transaction is told once, and what a savepoint told goes with it") {
    Server server;
    Member a;
    a.listen("c");
    SessionNotifications& s = a.session;
    s.notify("c", "1"), s.notify("c", "2"), s.notify("c", "1");
    s.savepoint(2);
    s.notify("c", "2"), s.notify("c", "3");
    s.rollback_to(2);
    s.savepoint(2);
    s.notify("c", "4"), s.notify("c", "1");
    s.savepoint(3);
    s.notify("c", "5");
    s.release(2);
    s.notify("c", ""), s.notify("c", "5"), s.notify("c", "3");
    s.savepoint(2), s.notify("c", "6"), s.rollback_to(2), s.notify("c", "6");
    CHECK(a.hear().empty());
    CHECK(a.commit().empty());
    CHECK(a.hear() == Heard{"c=1", "c=2", "c=4", "c=5", "c=", "c=3", "c=6"});
    s.notify("c", "1");
    s.abort();
    a.commit();
    CHECK(a.hear().empty());
    a.tell("c", "1");
    CHECK(a.hear() == Heard{"c=1"});
}

TEST_CASE("to listen begins and ends with a commit") {
    Server server;
    Member a, notifier;
    a.session.listen("c");
    CHECK(a.session.channels().empty());
    notifier.tell("c", "before");
    a.commit();
    CHECK(a.session.channels() == std::vector<std::string_view>{"c"});
    notifier.tell("c", "1");
    a.session.unlisten("c");
    CHECK(a.session.channels().size() == 1);
    a.session.abort();
    notifier.tell("c", "2");
    CHECK(a.hear() == Heard{"c=1", "c=2"});
    a.session.savepoint(2);
    a.session.unlisten_all();
    a.session.rollback_to(2);
    a.session.listen("d"), a.session.unlisten("e"), a.session.listen("c");
    a.commit();
    CHECK(a.session.channels() == std::vector<std::string_view>{"c", "d"});
    notifier.tell("c", "3");
    a.session.unlisten_all(), a.session.listen("d");
    a.commit();
    CHECK(a.hear().empty());
    notifier.tell("d", "4");
    CHECK(a.hear() == Heard{"d=4"});
    a.session.unlisten("d");
    a.commit();
    CHECK(notify_queue().listener(a.slot).channels == 0);
    CHECK_FALSE(notify_channels().find("postgres", "d"));
}

TEST_CASE("what was told before a LISTEN is not heard, though it lies among what is yet to be read") {
    Server server;
    Member a, b, notifier;
    a.listen("c"), b.listen("d");
    notifier.tell("c", "1");
    notifier.tell("d", "too early");
    a.listen("d");
    notifier.tell("d", "2");
    CHECK(a.hear() == Heard{"c=1", "d=2"});
    CHECK(b.hear() == Heard{"d=too early", "d=2"});
}

TEST_CASE("a transaction that listens hears what itself tells") {
    Server server;
    Member a;
    a.session.notify("c", "x");
    a.session.listen("c");
    a.commit();
    CHECK(a.hear() == Heard{"c=x"});
    a.session.notify("c", "y");
    a.session.unlisten("c");
    a.commit();
    CHECK(a.hear().empty());
}

TEST_CASE("databases do not hear each other") {
    Server server;
    Member here, there("other");
    here.listen("c"), there.listen("c");
    here.tell("c", "here");
    there.tell("c", "there");
    CHECK(here.hear() == Heard{"c=here"});
    CHECK(there.hear() == Heard{"c=there"});
}

TEST_CASE("names and payloads have limits") {
    Server server;
    Member a;
    a.listen(std::string(63, 'n'));
    CHECK_NOTHROW(a.tell(std::string(63, 'n'), std::string(7999, 'p')));
    CHECK(a.hear() == Heard{std::string(63, 'n') + '=' + std::string(7999, 'p')});
    const auto says = [&](std::string_view channel, std::string_view payload) {
        try {
            a.session.notify(channel, payload);
        } catch (const Error& error) {
            return fmt::format("{} {}", error.report().code.text(), error.report().message);
        }
        return std::string();
    };
    CHECK(says("", "x") == "22023 channel name cannot be empty");
    CHECK(says(std::string(64, 'n'), "x") == "22023 channel name too long");
    CHECK(says("c", std::string(8000, 'p')) == "22023 payload string too long");
}

TEST_CASE("what the slow have not read goes to disk, and goes from there when they have") {
    Server server;
    Member slow, fast, notifier;
    slow.listen("c"), fast.listen("c");
    constexpr int k_messages = 50;
    for (int i = 0; i < k_messages; ++i) {
        REQUIRE(notifier.tell("c", page(i)).empty());
        REQUIRE(fast.hear() == Heard{"c=" + page(i)});
    }
    CHECK(server.files() == 2);
    CHECK(notify_queue().on_disk(notify_queue().listener(slow.slot).unread));
    CHECK(server.usage() == Approx(double{k_messages} / k_queue_pages).epsilon(0.1));
    const Heard heard = slow.hear();
    REQUIRE(heard.size() == k_messages);
    for (int i = 0; i < k_messages; ++i) CHECK(heard[static_cast<std::size_t>(i)] == "c=" + page(i));
    CHECK(server.files() == 0);
    CHECK(server.usage() == 0.0);
    notifier.tell("c", "again");
    CHECK(slow.hear() == Heard{"c=again"});
}

TEST_CASE("a transaction may tell more than the ring holds") {
    Server server;
    Member a, notifier;
    a.listen("c");
    notifier.tell("c", "first");
    for (int i = 0; i < 20; ++i) notifier.session.notify("c", page(i));
    CHECK(notifier.commit().empty());
    notifier.tell("c", "last");
    const Heard heard = a.hear();
    REQUIRE(heard.size() == 22);
    for (int i = 0; i < 20; ++i) CHECK(heard[static_cast<std::size_t>(i) + 1] == "c=" + page(i));
    CHECK(heard.back() == "c=last");
}

TEST_CASE("what was put and then taken back leaves nothing behind, though it went to disk") {
    const bool as_long = GENERATE(false, true);
    Server server;
    Member a, notifier;
    a.listen("c");
    notifier.tell("c", "first");
    for (int i = 0; i < 20; ++i) notifier.session.notify("c", page(i));
    notifier.session.prepare();
    notifier.session.abort();  // what another layer had to prepare failed
    Heard expected{"c=first"};
    const auto tell = [&](const std::string& payload) {
        notifier.session.notify("c", payload);
        expected.push_back("c=" + payload);
    };
    if (as_long)
        for (int i = 100; i < 120; ++i) tell(page(i));
    else tell("small");
    CHECK(notifier.commit().empty());
    for (int i = 200; i < 230; ++i) {  // one by one over the place where what is resident begins again
        tell(page(i));
        CHECK(notifier.commit().empty());
    }
    CHECK(a.hear() == expected);
    CHECK(Server::files() == 0);
}

TEST_CASE("a full queue refuses a transaction as a whole, and warns before") {
    Server server;
    Member slow, notifier;
    slow.listen("c");
    std::vector<std::string> said;
    set_client_sink([&](const Report& report) { said.push_back(report.message + " / " + report.hint); });
    int told = 0;
    while (notifier.tell("c", page(told)).empty()) ++told;
    set_client_sink({});
    std::string one;
    QueuedMessage{1, "postgres", "c", page(10)}.append_to(one);
    CHECK(told == static_cast<int>(k_queue_pages * k_notify_page / one.size()));
    REQUIRE(said.size() == 1);  // not more often than every five seconds
    CHECK(said[0] == "NOTIFY queue is 51% full / The NOTIFY queue cannot be emptied until that process ends its current transaction.");
    notifier.session.listen("d"), notifier.session.notify("c", "small"), notifier.session.notify("c", page(0));
    CHECK(notifier.commit() == "too many notifications in the NOTIFY queue");
    CHECK(notifier.session.channels().empty());
    CHECK_FALSE(notify_channels().find("postgres", "d"));
    CHECK(slow.hear().size() == static_cast<std::size_t>(told));
    CHECK(notifier.tell("c", "small").empty());
    CHECK(slow.hear() == Heard{"c=small"});
}

TEST_CASE("a full disk refuses a transaction as a whole") {
    Server server;
    Member slow, notifier;
    slow.listen("c");
    for (int i = 0; i < 4; ++i) REQUIRE(notifier.tell("c", page(i)).empty());
    sys::plan_fault(sys::Call::pwrite, ENOSPC, 1);
    for (int i = 4; i < 8; ++i) notifier.session.notify("c", page(i));
    CHECK(notifier.commit() == "could not write to file \"pg_notify/000000000000\": No space left on device");
    sys::clear_faults();
    for (int i = 4; i < 12; ++i) REQUIRE(notifier.tell("c", page(i)).empty());
    const Heard heard = slow.hear();
    REQUIRE(heard.size() == 12);
    for (int i = 0; i < 12; ++i) CHECK(heard[static_cast<std::size_t>(i)] == "c=" + page(i));
}

TEST_CASE("who finds no room for a channel listens to everything, and hears what it should") {
    Server server;
    Member a, b, other("other"), notifier;
    for (const char* channel : {"c0", "c1", "c2", "c3", "c4"}) a.listen(channel);
    CHECK(notify_queue().listener(a.slot).to_everything);
    b.listen("c0");
    b.listen("c4");
    other.listen("c4");
    for (const char* channel : {"c0", "c3", "c4", "c5"}) notifier.tell(channel, "x");
    CHECK(a.hear() == Heard{"c0=x", "c3=x", "c4=x"});
    CHECK(b.hear() == Heard{"c0=x", "c4=x"});
    CHECK(other.hear().empty());
    for (const char* channel : {"c3", "c0", "c1"}) a.session.unlisten(channel);
    a.commit();
    CHECK(notify_queue().listener(a.slot).to_everything);
    notifier.tell("c4", "y");
    CHECK(a.hear() == Heard{"c4=y"});
    a.session.unlisten("c4");
    a.commit();
    CHECK_FALSE(notify_queue().listener(a.slot).to_everything);
    notifier.tell("c2", "z");
    CHECK(a.hear() == Heard{"c2=z"});
}

TEST_CASE("a slot's next owner in a database with a shorter name hears what is told there") {
    Server server;
    SlotNumber first = k_no_slot;
    {
        Member longer("postgres");
        first = longer.slot;
        longer.listen("c");
    }
    Member shorter("db"), notifier("db");
    REQUIRE(shorter.slot == first);
    for (std::size_t i = 0; i <= k_channels; ++i) shorter.listen("c" + std::to_string(i));
    notifier.tell("c" + std::to_string(k_channels), "x");  // for which there was no room: who is woken is found by the database
    CHECK(shorter.hear() == Heard{"c" + std::to_string(k_channels) + "=x"});
}

TEST_CASE("the dead hold nothing back, and their slot is free of them") {
    Server server;
    auto dead = std::make_unique<Member>();
    Member alive, notifier;
    dead->listen("c"), alive.listen("c");
    for (int i = 0; i < 10; ++i) notifier.tell("c", page(i));
    CHECK(alive.hear().size() == 10);
    CHECK(server.usage() > 0.0);
    CHECK(server.files() == 1);
    const SlotNumber slot = dead->slot;
    stop_listening(slot);  // as the undertaker does
    CHECK(server.usage() == 0.0);
    CHECK(server.files() == 0);
    dead.reset();
    Member next;
    CHECK(next.slot == slot);
    notifier.tell("c", "x");
    CHECK(next.hear().empty());
    next.listen("c");
    notifier.tell("c", "y");
    CHECK(next.hear() == Heard{"c=y"});
    CHECK(alive.hear() == Heard{"c=x", "c=y"});
}

TEST_CASE("who is killed before it has woken all whom it told has an undertaker that wakes them") {
    Server server;
    Member first, second, idle, notifier;
    for (Member* each : {&first, &second}) each->listen("c");
    idle.listen("other");
    REQUIRE(first.slot < second.slot);
    process_table().born(first.slot, ::getpid());
    latch_of(first.slot).reset();
    REQUIRE(latch_of(first.slot).fall_asleep());
    CHECK(in_child([&] {
              notifier.session.notify("c", "news");
              notifier.session.prepare();
              CHILD_CHECK(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0);
              notifier.session.commit();
              notifier.session.wake_told();  // dies of the signal that it sends to the first of them
          }) == -SIGKILL);
    CHECK(latch_of(first.slot).is_set());
    CHECK_FALSE(latch_of(second.slot).is_set());
    signaling_subsystem()->bury({.pid = 1, .status = SIGKILL, .kind = ProcessKind::client_backend, .place = notifier.slot});
    CHECK(latch_of(second.slot).is_set());
    CHECK_FALSE(latch_of(idle.slot).is_set());
    for (Member* each : {&first, &second}) CHECK(each->hear() == std::vector<std::string>{"c=news"});
    CHECK(notifier.tell("c", "more").empty());  // the lock is free
}

TEST_CASE("what is told while a listener is reading is not passed by") {
    Server server;
    Member reader, notifier;
    reader.listen("c");
    // More than is read at once: the rest is told after it has looked for the head.
    constexpr int k_before = 50;
    for (int i = 0; i < k_before; ++i) notifier.tell("c", page(i));
    bool told_more = false;
    const Heard heard = reader.hear([&] {
        if (!std::exchange(told_more, true)) notifier.tell("c", "more");
    });
    REQUIRE(heard.size() == k_before + 1);
    CHECK(heard.back() == "c=more");
}

TEST_CASE("channels are counted") {
    Server server;
    Member a, b, notifier;
    a.listen("c"), b.listen("c");
    notifier.tell("c", "12345");
    notifier.tell("c", "123");
    a.hear();
    const ChannelCounts& counts = notify_channels().counts(*notify_channels().find("postgres", "c"));
    CHECK(counts.listeners == 2);
    CHECK(counts.sent == 2);
    CHECK(counts.bytes == 8);
    CHECK(counts.delivered == 2);
    b.hear();
    CHECK(counts.delivered == 4);
}

TEST_CASE("who copies what is just being overwritten notices it") {
    const Watchdog watchdog;
    Server server;
    NotifyQueue& queue = notify_queue();
    NotifyListener& reader = queue.listener(process_table().assign(ProcessKind::client_backend));
    reader.unread = queue.head();
    // In this queue each word is its own place.
    const ChildProcess writer([&] {
        const SlotNumber slot = process_table().assign(ProcessKind::client_backend);
        process_table().attach(slot);
        attach_lw_locks(slot);
        std::string bytes(800, '\0');
        while (reader.delivered == 0) {
            const LWLockGuard guard(queue.lock(), LWLockMode::exclusive);
            for (std::size_t at = 0; at < bytes.size(); at += sizeof(QueuePosition)) {
                const QueuePosition place = queue.head() + at;
                std::memcpy(bytes.data() + at, &place, sizeof place);
            }
            try {
                queue.put(bytes);
                queue.publish(bytes.size());
            } catch (const Error&) {  // full: the reader does not run
            }
        }
    });
    std::vector<char> room(2 * k_notify_page);
    std::size_t wrong = 0, from_disk = 0;
    while (from_disk < 1000) {  // until it has happened often enough that something went to disk under the reader's eyes
        const QueuePosition at = reader.unread, head = queue.head();
        from_disk += queue.on_disk(at) ? 1 : 0;
        const std::size_t got = queue.read(at, room);
        for (std::size_t i = 0; i < got; i += sizeof(QueuePosition)) {
            QueuePosition place;
            std::memcpy(&place, room.data() + i, sizeof place);
            wrong += place != at + i ? 1 : 0;
        }
        // It stays at the edge of the ring, where the writer is about to write.
        const QueuePosition edge = head - std::min<QueuePosition>(head, (k_ring_pages - 1) * k_notify_page);
        reader.unread = std::min(head, std::max(at + 8, edge));
    }
    reader.delivered = 1;
    CHECK(wrong == 0);
}
