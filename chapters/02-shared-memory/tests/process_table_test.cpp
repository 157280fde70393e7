// The process table: who gets a slot, who is counted, and what a death leaves.
#include "shared_memory/process_table.hpp"

#include <memory>
#include <set>

#include "base/wait_event.hpp"
#include "tests/shared_memory_rig.hpp"
#include "shared_memory/blast_radius.hpp"
#include "tests/catch.hpp"

using namespace forklore;
using forklore::testing::ChildProcess;
using forklore::testing::Seated;

namespace {

const WaitEvent k_test = define_wait_event(WaitEventClass::extension, "Test");

ProcessTable& fresh_table() {
    forklore::testing::fresh_shared_memory();
    return process_table();
}

}  // namespace

TEST_CASE("a slot is given out, lived in and taken back") {
    ProcessTable& table = fresh_table();
    const SlotNumber number = table.assign(ProcessKind::client_backend);
    REQUIRE(number != k_no_slot);
    const std::uint64_t generation = table.slot(number).generation;
    {
        ChildProcess child([&] {
            CHILD_CHECK(my_slot() == nullptr);
            table.attach(number);
            CHILD_CHECK(my_slot() == &table.slot(number));
            CHILD_CHECK(my_slot_number() == number);
            CHILD_CHECK(my_slot()->pid == getpid());
            const ReportWait wait(k_test);
            my_slot()->semaphore.wait();  // until the parent has looked
        });
        table.born(number, child.pid());
        CHECK(table.find(child.pid()) == &table.slot(number));
        while (table.slot(number).wait_event == k_not_waiting) sched_yield();
        CHECK(wait_event_name(table.slot(number).wait_event) == "Test");
        CHECK(table.slot(number).state == SlotState::half_open);
        table.slot(number).semaphore.post();
        const pid_t pid = child.pid();
        CHECK(child.wait() == 0);
        table.release(number);
        CHECK(table.find(pid) == nullptr);
    }
    CHECK(table.slot(number).state == SlotState::free);
    CHECK(table.slot(number).wait_event == k_not_waiting);
    CHECK(table.assign(ProcessKind::client_backend) == number);  // the one whose pages are warm
    CHECK(table.slot(number).generation == generation + 1);
}

TEST_CASE("every slot is given out once, the last ones not to clients") {
    ProcessTable& table = fresh_table();
    std::set<SlotNumber> given;
    for (SlotNumber number; (number = table.assign(ProcessKind::client_backend)) != k_no_slot;) CHECK(given.insert(number).second);
    CHECK(given.size() >= 8);
    CHECK(table.assign(ProcessKind::client_backend) == k_no_slot);
    for (SlotNumber number; (number = table.assign(ProcessKind::undertaker)) != k_no_slot;) CHECK(given.insert(number).second);
    CHECK(given.size() == static_cast<std::size_t>(table.count()));
    CHECK(*given.begin() == 0);
    CHECK(*given.rbegin() == table.count() - 1);
    table.release(*given.begin());
    CHECK(table.assign(ProcessKind::undertaker) == *given.begin());
}

TEST_CASE("there are as many places as there may be sessions, whoever asks at the same time") {
    ProcessTable& table = fresh_table();
    std::vector<std::unique_ptr<Seated>> children;
    for (int i = 0; i < 12; ++i)
        children.push_back(std::make_unique<Seated>([&table] {
            my_slot()->semaphore.wait();
            _exit(table.take_place(5) ? 0 : 1);
        }));
    for (auto& seated : children) table.slot(seated->number).semaphore.post();
    int admitted = 0;
    for (auto& seated : children) admitted += seated->child.wait() == 0;
    CHECK(admitted == 5);
    CHECK(table.places_taken() == 5);
    for (auto& seated : children) table.release(seated->number);
    CHECK(table.places_taken() == 0);
}

TEST_CASE("a process that is killed leaves nothing behind in its slot") {
    ProcessTable& table = fresh_table();
    for (int round = 0; round < 20; ++round) {
        Seated seated([&table] {
            CHILD_CHECK(table.take_place(5));
            my_slot()->key_length = 4;
            my_slot()->changes = 7;
            my_slot()->semaphore.post();
            const ReportWait wait(k_test);
            pause();
        });
        ProcessSlot& slot = table.slot(seated.number);
        while (slot.wait_event == k_not_waiting) sched_yield();
        CHECK(table.places_taken() == 1);
        kill(seated.child.pid(), SIGKILL);
        CHECK(seated.child.wait() == -SIGKILL);
        CHECK(slot.held == 0);
        table.release(seated.number);
        CHECK(table.places_taken() == 0);
        CHECK(slot.key_length == 0u);
        CHECK(slot.changes % 2 == 0);
        CHECK_FALSE(slot.semaphore.try_wait());
    }
}

TEST_CASE("what a process holds is counted where others can see it") {
    ProcessTable& table = fresh_table();
    Seated seated([&table] {
        {
            const HoldingShared one;
            const HoldingShared two;
            CHILD_CHECK(my_slot()->held == 2);
        }
        CHILD_CHECK(my_slot()->held == 0);
        const HoldingShared last;
        kill(getpid(), SIGKILL);
    });
    CHECK(seated.child.wait() == -SIGKILL);
    CHECK(table.slot(seated.number).held == 1);
}

TEST_CASE("a process without a slot may hold things, and nobody counts") {
    CHECK(my_slot() == nullptr);
    CHECK(my_slot_number() == k_no_slot);
    CHECK_NOTHROW(HoldingShared());
}

TEST_CASE("a table in a new segment is empty") {
    ProcessTable& table = fresh_table();
    CHECK(table.assign(ProcessKind::client_backend) != k_no_slot);
    segment().create();
    table.create();
    CHECK(table.places_taken() == 0);
    for (const ProcessSlot& each : table.slots()) CHECK(each.state == SlotState::free);
}

TEST_CASE("each slot has room of its own for its query") {
    ProcessTable& table = fresh_table();
    CHECK(table.query(0).size() == 1024);
    CHECK(table.query(1).data() == table.query(0).data() + 1024);
}
