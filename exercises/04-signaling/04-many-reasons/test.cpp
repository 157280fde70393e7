#include <stdexcept>
#include <string>
#include <utility>

#include "processes.hpp"
#include "reasons.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

constexpr pid_t k_me = 100, k_next = 200;

const char* name_of(std::size_t reason) {
    constexpr const char* names[] = {"barrier", "report", "reload"};
    return names[reason];
}

// A process that listens, and all that happens to it.
class Process {
public:
    Process() {
        listen(ear, k_me);
        send_signal = [this](pid_t to) { (to == k_me ? signals : stray_signals) += 1; };
        for (std::size_t i = 0; i < handlers.size(); ++i)
            handlers[i] = [this, i] { served += name_of(i) + std::string(" "); };
    }
    ~Process() {
        send_signal = nullptr;
        between_accesses = nullptr;
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    // Lets somebody do something before access number `access` from now on.
    void before_access(int access, std::function<void()> other) {
        between_accesses = [this, access, other = std::move(other)]() mutable {
            if (access-- != 0) return;
            happened_ = true;
            other();
        };
    }
    // Whether nobody came: there was no such access.
    bool over() {
        between_accesses = nullptr;
        return !happened_;
    }

    Ear ear;
    Handlers handlers;
    std::string served;
    int signals = 0, stray_signals = 0;

private:
    const Watchdog watchdog_;
    bool happened_ = false;
};

}  // namespace

TEST_CASE("what a process is told is served, once") {
    Process process;
    REQUIRE(tell(process.ear, k_me, Reason::report));
    CHECK(process.signals == 1);
    CHECK(process.served.empty());
    serve(process.ear, process.handlers);
    CHECK(process.served == "report ");
    serve(process.ear, process.handlers);
    CHECK(process.served == "report ");
    CHECK(tell(process.ear, k_me, Reason::report));
    serve(process.ear, process.handlers);
    CHECK(process.served == "report report ");
}

TEST_CASE("many reasons are served together") {
    Process process;
    tell(process.ear, k_me, Reason::barrier);
    tell(process.ear, k_me, Reason::reload);
    tell(process.ear, k_me, Reason::report);
    tell(process.ear, k_me, Reason::reload);
    serve(process.ear, process.handlers);
    CHECK(process.served == "barrier report reload ");
}

TEST_CASE("who is not there is not told") {
    Process process;
    REQUIRE_FALSE(tell(process.ear, k_next, Reason::report));
    listen(process.ear, 0);
    CHECK_FALSE(tell(process.ear, k_me, Reason::report));
    CHECK(process.signals + process.stray_signals == 0);
    listen(process.ear, k_me);
    serve(process.ear, process.handlers);
    CHECK(process.served.empty());
}

TEST_CASE("what is told while others are served is served the next time, if not before") {
    for (int access = 0;; ++access) {
        Process process;
        tell(process.ear, k_me, Reason::report);
        process.before_access(access, [&] { tell(process.ear, k_me, Reason::reload); });
        serve(process.ear, process.handlers);
        if (process.over()) break;
        serve(process.ear, process.handlers);
        INFO("a process is about to serve “report”; before its access number "
             << access + 1 << " it is told “reload”. Then it serves again");
        REQUIRE(process.served == "report reload ");
    }
    Process process;
    tell(process.ear, k_me, Reason::report);
    process.handlers[static_cast<std::size_t>(Reason::report)] = [&process, first = true]() mutable {
        process.served += "report ";
        if (std::exchange(first, false)) tell(process.ear, k_me, Reason::report);
    };
    serve(process.ear, process.handlers);
    serve(process.ear, process.handlers);
    INFO("while a process serves “report” it is told “report” once more");
    CHECK(process.served == "report report ");
}

TEST_CASE("of two who tell something at once neither is lost") {
    for (int access = 0;; ++access) {
        Process process;
        process.before_access(access, [&] { tell(process.ear, k_me, Reason::barrier); });
        tell(process.ear, k_me, Reason::reload);
        if (process.over()) break;
        serve(process.ear, process.handlers);
        INFO("somebody tells a process “reload”; before his access number "
             << access + 1 << " somebody else tells it “barrier”");
        REQUIRE(process.served == "barrier reload ");
    }
}

TEST_CASE("who comes to the place meanwhile is not told what was meant for another") {
    for (int access = 0;; ++access) {
        Process process;
        process.before_access(access, [&] { listen(process.ear, k_next); });
        const bool told = tell(process.ear, k_me, Reason::reload);
        if (process.over()) break;
        serve(process.ear, process.handlers);
        INFO("somebody tells process 100 “reload”; before his access number "
             << access + 1 << " it has gone, and process 200 has come to its place");
        INFO("process 200 then serves: " << process.served);
        const bool another_one_served_it = !process.served.empty();
        REQUIRE_FALSE(another_one_served_it);
        CHECK_FALSE(told);
        CHECK(listener_of(process.ear.told.peek()) == k_next);
    }
}

TEST_CASE("who finds that it has been told already sends the signal all the same") {
    Process process;
    bool first = true;
    int sent_by_the_second = 0;
    send_signal = [&](pid_t) {
        // The first one is put aside here, by the kernel, for as long as it likes.
        if (std::exchange(first, false))
            tell(process.ear, k_me, Reason::report);
        else
            ++sent_by_the_second;
    };
    tell(process.ear, k_me, Reason::report);
    INFO("two tell a process the same. The first one has set the bit and not sent the signal yet");
    CHECK(sent_by_the_second == 1);
}

TEST_CASE("a reason that cannot be served keeps no other from being served") {
    Process process;
    process.handlers[static_cast<std::size_t>(Reason::report)] = [] {
        throw std::runtime_error("no memory");
    };
    for (const Reason reason : {Reason::barrier, Reason::report, Reason::reload})
        tell(process.ear, k_me, reason);
    CHECK_NOTHROW(serve(process.ear, process.handlers));
    CHECK(process.served == "barrier reload ");
    serve(process.ear, process.handlers);
    CHECK(process.served == "barrier reload ");
}
