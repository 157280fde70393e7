// What the postmaster does about workers, with a nursery that only writes down what it is asked for.
#include "background_workers/worker_keeper.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "background_workers/worker_settings.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/log_settings.hpp"
#include "tests/catch.hpp"
#include "tests/shared_memory_rig.hpp"

using namespace forklore;
using namespace forklore::testing;
using namespace std::chrono_literals;

namespace {

constexpr int k_slots = 150;

class Notebook final : public Nursery {
public:
    ServerState state() const override { return is; }
    StartMoment reached() const override { return moment; }
    bool condemned() const override { return broken; }
    pid_t start(const OwnProcess& process) override {
        ++attempts;
        if (no_process) return 0;
        started.push_back(process.name);
        return next_pid++;
    }
    void signal(pid_t child, int signal) override { signals.emplace_back(child, signal); }
    void call_at(std::int64_t time) override { call = call == 0 ? time : std::min(call, time); }

    std::vector<std::string> take_started() { return std::exchange(started, {}); }
    std::vector<std::pair<pid_t, int>> take_signals() { return std::exchange(signals, {}); }

    ServerState is = ServerState::running;
    StartMoment moment = StartMoment::recovery_finished;
    bool broken = false, no_process = false;
    int attempts = 0;
    pid_t next_pid = 1000;
    std::vector<std::string> started;
    std::vector<std::pair<pid_t, int>> signals;
    std::int64_t call = 0;
};

// The postmaster's side and somebody who registers, with fresh shared memory.
struct Rig {
    Rig() {
        static const bool defined = [] {
            define_base_settings();
            define_small_server();
            define_worker_settings(settings());
            settings().set("max_worker_processes", std::to_string(k_slots), SettingSource::command_line);
            worker_slots().request();
            return true;
        }();
        (void)defined;
        fresh_shared_memory();
    }
    void begin() { keeper.create_shared(); }
    void tend() { keeper.tend(nursery); }
    // A child of ours has ended, and the postmaster does what it does then.
    void ends(pid_t pid, int status) {
        keeper.ended({.pid = pid, .status = status, .kind = ProcessKind::background_worker, .condemned = nursery.broken,
                      .stopping = nursery.is > ServerState::smart_shutdown});
        tend();
    }
    // All children have gone, and shared memory is made anew.
    void start_over() {
        fresh_shared_memory();
        keeper.create_shared();
        nursery.broken = false;
        tend();
    }
    WorkerKeeper keeper;
    Notebook nursery;
};

BackgroundWorker worker(const char* name, std::chrono::milliseconds interval = k_never_restart) {
    BackgroundWorker made;
    made.name = name;
    made.function = "f";
    made.restart_interval = interval;
    return made;
}

constexpr int exited(int code) { return code << 8; }
constexpr int killed(int signal) { return signal; }

// What is said while a body runs.
template <typename Body>
std::string said_by(Body body) {
    std::string said;
    set_client_sink([&](const Report& report) { said += report.message + '\n'; });
    settings().set("client_min_messages", "log", SettingSource::override_value);
    body();
    set_client_sink({});
    return said;
}

using Names = std::vector<std::string>;
using Signals = std::vector<std::pair<pid_t, int>>;
const std::string k_a = "background worker \"a\"";

}  // namespace

TEST_CASE("workers start at their moment") {
    Rig rig;
    for (const auto& [name, moment] : {std::pair("late", StartMoment::recovery_finished), std::pair("a", StartMoment::postmaster_start),
                                       std::pair("middle", StartMoment::consistent_state)}) {
        BackgroundWorker each = worker(name);
        each.start = moment;
        rig.keeper.add(each);
    }
    rig.begin();
    rig.nursery.moment = StartMoment::postmaster_start;
    rig.tend();
    CHECK(rig.nursery.take_started() == Names{k_a});
    rig.nursery.moment = StartMoment::consistent_state;
    rig.tend();
    CHECK(rig.nursery.take_started() == Names{"background worker \"middle\""});
    rig.nursery.moment = StartMoment::recovery_finished;
    rig.tend();
    CHECK(rig.nursery.take_started() == Names{"background worker \"late\""});
    rig.tend();
    CHECK(rig.nursery.take_started().empty());
}

TEST_CASE("exit status 0 frees the slot, whatever interval there is") {
    Rig rig;
    rig.keeper.add(worker("a", 0ms));
    rig.begin();
    rig.tend();
    rig.ends(1000, exited(0));
    CHECK(rig.nursery.take_started().size() == 1);
    CHECK(worker_slots().all()[0].word.load() == SlotWord{1, k_free_slot}.packed());
}

TEST_CASE("exit status 1 starts a worker again after its interval, or never") {
    Rig rig;
    rig.keeper.add(worker("a", 1h));
    rig.keeper.add(worker("b"));
    rig.begin();
    rig.tend();
    rig.nursery.take_started();
    const std::int64_t before = monotonic_us();
    rig.ends(1000, exited(1));
    rig.ends(1001, exited(1));
    CHECK(rig.nursery.take_started().empty());
    CHECK(rig.nursery.call >= before + 3'600'000'000);
    CHECK(rig.nursery.call <= monotonic_us() + 3'600'000'000);
    CHECK(SlotWord::of(worker_slots().all()[0].word).stage == k_resting);
    CHECK(worker_slots().all()[0].next_start.load() > now_us());
    CHECK(SlotWord::of(worker_slots().all()[1].word).stage == k_free_slot);
}

TEST_CASE("who was killed starts at once, and again at once only if it had lived") {
    Rig rig;
    rig.keeper.add(worker("a", 1h));
    rig.begin();
    rig.tend();
    rig.nursery.take_started();
    rig.ends(1000, killed(SIGKILL));
    CHECK(rig.nursery.take_started() == Names{k_a});
    const std::string said = said_by([&] { rig.ends(1001, killed(SIGKILL)); });
    CHECK(said == "background worker \"a\" will be started again in 100 ms: it has failed 2 times in a row\n");
    CHECK(rig.nursery.take_started().empty());
    CHECK(rig.nursery.call > monotonic_us());
    CHECK(rig.nursery.call <= monotonic_us() + 100'000);
}

TEST_CASE("what is broken takes all with it, and all start at once but the one that did it twice") {
    Rig rig;
    for (const char* name : {"a", "b"}) rig.keeper.add(worker(name, 1h));
    rig.begin();
    rig.tend();
    rig.nursery.take_started();
    const auto crash = [&](pid_t culprit, pid_t other) {
        rig.nursery.broken = true;
        rig.ends(culprit, killed(SIGSEGV));
        rig.ends(other, exited(2));
        CHECK(rig.nursery.take_started().empty());
        rig.start_over();
    };
    crash(1000, 1001);
    CHECK(rig.nursery.take_started() == Names{k_a, "background worker \"b\""});
    crash(1002, 1003);
    CHECK(rig.nursery.take_started() == Names{"background worker \"b\""});
    CHECK(rig.nursery.call > monotonic_us());
    CHECK(SlotWord::of(worker_slots().all()[0].word).stage == k_resting);
    CHECK(worker_slots().all()[0].next_start.load() > now_us());
}

TEST_CASE("who rests when all begins anew begins anew") {
    Rig rig;
    for (const char* name : {"a", "b"}) rig.keeper.add(worker(name, 1h));
    rig.begin();
    rig.tend();
    rig.ends(1000, exited(1));
    CHECK(SlotWord::of(worker_slots().all()[0].word).stage == k_resting);
    rig.nursery.take_started();
    rig.nursery.broken = true;
    rig.ends(77, killed(SIGSEGV));  // a client's
    rig.ends(1001, exited(2));
    rig.start_over();
    CHECK(rig.nursery.take_started() == Names{k_a, "background worker \"b\""});
    CHECK(worker_slots().all()[0].next_start.load() == 0);
}

TEST_CASE("whatever stands in shared memory, the postmaster alone says that all has been condemned") {
    Rig rig;
    rig.keeper.add(worker("a", 1h));
    rig.begin();
    rig.tend();
    process_table().condemn();
    rig.ends(1000, exited(1));
    rig.ends(1000, exited(1));
    CHECK(rig.nursery.take_started() == Names{k_a});
    CHECK(rig.nursery.call > monotonic_us() + 3'000'000'000);
}

TEST_CASE("who is not to be restarted is forgotten when all begins anew") {
    Rig rig;
    rig.begin();
    process_table().attach(process_table().assign(ProcessKind::client_backend));
    CHECK(register_dynamic_background_worker(worker("a")));
    CHECK(register_dynamic_background_worker(worker("b", 1h)));
    rig.tend();
    CHECK(rig.nursery.take_started().size() == 2);
    rig.nursery.broken = true;
    rig.ends(1000, exited(2));
    rig.ends(1001, exited(2));
    rig.start_over();
    CHECK(rig.nursery.take_started() == Names{"background worker \"b\""});
}

TEST_CASE("a handle means one registration") {
    Rig rig;
    rig.begin();
    process_table().attach(process_table().assign(ProcessKind::client_backend));
    BackgroundWorker described = worker("a");
    described.notify_pid = 77;
    const auto first = register_dynamic_background_worker(described);
    REQUIRE(first);
    CHECK(first->status() == WorkerStatus::not_yet_started);
    CHECK(first->pid() == 0);
    rig.tend();
    CHECK(rig.nursery.take_signals() == Signals{{77, SIGUSR1}});
    CHECK(first->status() == WorkerStatus::started);
    CHECK(first->pid() == 1000);
    rig.ends(1000, exited(0));
    CHECK(rig.nursery.take_signals() == Signals{{77, SIGUSR1}});
    CHECK(first->status() == WorkerStatus::stopped);
    const auto second = register_dynamic_background_worker(described);
    REQUIRE(second);
    CHECK(second->slot() == first->slot());
    rig.tend();
    rig.nursery.take_signals();
    CHECK(first->status() == WorkerStatus::stopped);
    CHECK(first->pid() == 0);
    first->terminate();  // asks for the end of nobody
    rig.tend();
    CHECK(rig.nursery.take_signals().empty());
    second->terminate();
    first->terminate();
    rig.tend();
    CHECK(rig.nursery.take_signals() == Signals{{1001, SIGTERM}});
    CHECK_THROWS_AS(second->wait_for_shutdown(), Error);  // it is 77 that is told
}

TEST_CASE("who is ended before it is started never is, and who is ended stays so") {
    Rig rig;
    rig.begin();
    process_table().attach(process_table().assign(ProcessKind::client_backend));
    const auto never = register_dynamic_background_worker(worker("a", 0ms));
    never->terminate();
    rig.tend();
    CHECK(rig.nursery.take_started().empty());
    CHECK(never->status() == WorkerStatus::stopped);
    const auto once = register_dynamic_background_worker(worker("a", 0ms));
    rig.tend();
    once->terminate();
    rig.tend();
    CHECK(rig.nursery.take_signals() == Signals{{1000, SIGTERM}});
    rig.ends(1000, exited(1));
    CHECK(rig.nursery.take_started().size() == 1);
    CHECK(once->status() == WorkerStatus::stopped);
}

TEST_CASE("there are as many workers as slots, and a hundred start at a time") {
    Rig rig;
    rig.begin();
    process_table().attach(process_table().assign(ProcessKind::client_backend));
    for (int i = 0; i < k_slots; ++i) CHECK(register_dynamic_background_worker(worker("a")));
    CHECK_FALSE(register_dynamic_background_worker(worker("a")));
    rig.tend();
    CHECK(rig.nursery.take_started().size() == 100);
    CHECK(rig.nursery.call <= monotonic_us());
    rig.tend();
    CHECK(rig.nursery.take_started().size() == k_slots - 100);
}

TEST_CASE("static workers: too many, too late, and what cannot be") {
    Rig rig;
    for (int i = 0; i < k_slots; ++i) rig.keeper.add(worker("a"));
    CHECK_THROWS_WITH(rig.keeper.add(worker("a")), "too many background workers");
    rig.begin();
    CHECK_THROWS_WITH(rig.keeper.add(worker("a")), "background worker \"a\": must be registered in shared_preload_libraries");
    const auto refused = [](auto change) {
        BackgroundWorker made = worker("a");
        change(made);
        try {
            check_background_worker(made);
        } catch (const Error& error) {
            return error.report().message;
        }
        return std::string();
    };
    CHECK(refused([](BackgroundWorker&) {}).empty());
    CHECK(refused([](BackgroundWorker& w) { w.flags = 0; }) == "background worker \"a\": background workers without shared memory access are not supported");
    CHECK(refused([](BackgroundWorker& w) { w.flags = 3, w.start = StartMoment::postmaster_start; }) ==
          "background worker \"a\": cannot request database access if starting at postmaster start");
    CHECK(refused([](BackgroundWorker& w) { w.restart_interval = -2ms; }) == "background worker \"a\": invalid restart interval");
    CHECK(refused([](BackgroundWorker& w) { w.restart_interval = 25h; }) == "background worker \"a\": invalid restart interval");
    CHECK_FALSE(refused([](BackgroundWorker& w) { w.flags = 9; }).empty());
    CHECK_FALSE(refused([](BackgroundWorker& w) { w.function = ""; }).empty());
    CHECK_THROWS_AS(WorkerText(std::string(96, 'x')), Error);
    CHECK(WorkerText(std::string(95, 'x')).view().size() == 95);
    CHECK(said_by([] { register_background_worker({}); }) == "background worker \"\": a name and a function must be given\n");
}

TEST_CASE("a worker's function has its name alone") {
    const WorkerFunction one = [](const BackgroundWorker&) {};
    define_worker_function("one", one);
    CHECK_THROWS_WITH(define_worker_function("one", one), "internal function \"one\" exists already");
}

TEST_CASE("when the kernel has no process it is tried again") {
    Rig rig;
    for (const char* name : {"a", "b", "c"}) rig.keeper.add(worker(name));
    rig.begin();
    rig.nursery.no_process = true;
    std::int64_t last = monotonic_us();
    for (int attempts = 1; attempts <= 3; ++attempts) {
        while (rig.nursery.attempts < attempts) rig.tend();
        rig.nursery.call = 0;
        rig.tend();  // there is none for the others either
        CHECK(rig.nursery.attempts == attempts);
        CHECK(rig.nursery.call >= last + 50'000 * (1 << attempts));  // 100 ms, 200 ms, …
        last = monotonic_us();
    }
    rig.nursery.no_process = false;
    while (rig.nursery.started.empty()) rig.tend();
    CHECK(rig.nursery.take_started() == Names{k_a, "background worker \"b\"", "background worker \"c\""});
}

TEST_CASE("nobody is started when the server stops, and who does not end is killed") {
    Rig rig;
    rig.keeper.add(worker("a", 0ms));
    rig.begin();
    rig.nursery.is = ServerState::smart_shutdown;
    rig.tend();
    CHECK(rig.nursery.take_started() == Names{k_a});  // there are still clients
    settings().set("background_worker_stop_timeout", "1ms", SettingSource::override_value);
    rig.nursery.is = ServerState::fast_shutdown;
    while (rig.nursery.signals.empty()) rig.tend();
    CHECK(rig.nursery.take_signals() == Signals{{1000, SIGKILL}});
    CHECK(said_by([&] { rig.ends(1000, exited(1)); }).empty());
    CHECK(rig.nursery.take_started().empty());
    settings().set("background_worker_stop_timeout", "30s", SettingSource::override_value);
}

TEST_CASE("whatever stands in the slots, the postmaster signals nobody that it has not started") {
    Rig rig;
    rig.begin();
    process_table().attach(process_table().assign(ProcessKind::client_backend));
    std::mt19937 random(11);
    const auto slots = std::as_writable_bytes(worker_slots().all());
    for (int round = 0; round < 2000; ++round) {
        for (int i = 0; i < 20; ++i) slots[random() % slots.size()] = static_cast<std::byte>(random());
        const auto handle = register_dynamic_background_worker(worker("a"));
        if (handle && random() % 2 == 0) handle->terminate();
        rig.tend();
        for (const auto& [pid, signal] : rig.nursery.take_signals()) CHECK((signal == SIGUSR1 || (pid >= 1000 && pid < rig.nursery.next_pid)));
        if (rig.nursery.next_pid > 1000) rig.ends(static_cast<pid_t>(1000 + random() % static_cast<unsigned>(rig.nursery.next_pid - 1000)), exited(static_cast<int>(random() % 2)));
    }
}
