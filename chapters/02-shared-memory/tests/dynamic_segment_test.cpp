// Dynamic segments: made by one process, mapped by others, gone with the last.
#include "shared_memory/dynamic_segment.hpp"

#include <atomic>
#include <cstring>

#include "base/error.hpp"
#include "tests/shared_memory_rig.hpp"
#include "tests/catch.hpp"

using namespace forklore;
using forklore::testing::Seated;

namespace {

/// Where the processes of a test tell each other what they need to know.
struct Board {
    using Shareable = void;
    std::atomic<DynamicHandle> handle;
    std::atomic<int> step;
};

Board& fresh_board() {
    forklore::testing::fresh_shared_memory();
    return segment().find_or_create<Board>("board");
}

void wait_for(const std::atomic<int>& step, int value) {
    while (step.load() < value) sched_yield();
}

std::string refusal(const std::function<void()>& what) {
    try {
        what();
    } catch (const Error& error) {
        return std::string(error.code().text()) + " " + error.report().message;
    }
    return "none";
}

void finish(Seated& seated) {
    CHECK(seated.child.wait() == 0);
    process_table().release(seated.number);
}

}  // namespace

TEST_CASE("two processes share a dynamic segment by its handle") {
    Board& board = fresh_board();
    Seated maker([&] {
        const DynamicSegment mine = DynamicSegment::create(100'000);
        CHILD_CHECK(reinterpret_cast<std::uintptr_t>(mine.address()) % k_shared_alignment == 0);
        CHILD_CHECK(mine.size() == 100'000);
        static_cast<char*>(mine.address())[99'999] = 'x';
        board.handle = mine.handle();
        board.step = 1;
        wait_for(board.step, 2);
        CHILD_CHECK(static_cast<char*>(mine.address())[0] == 'y');
    });
    Seated other([&] {
        wait_for(board.step, 1);
        const DynamicSegment its = DynamicSegment::attach(board.handle);
        CHILD_CHECK(its.size() == 100'000);
        CHILD_CHECK(static_cast<char*>(its.address())[99'999] == 'x');
        CHILD_CHECK(dynamic_holds().size() == 2);
        static_cast<char*>(its.address())[0] = 'y';
        board.step = 2;
    });
    finish(maker);
    finish(other);
    CHECK(dynamic_holds().empty());
}

TEST_CASE("it outlives its maker as long as somebody has it, and not longer") {
    Board& board = fresh_board();
    Seated maker([&] {
        const DynamicSegment mine = DynamicSegment::create(10);
        std::strcpy(static_cast<char*>(mine.address()), "hello");
        board.handle = mine.handle();
        board.step = 1;
        wait_for(board.step, 2);
    });
    Seated second([&] {
        wait_for(board.step, 1);
        const DynamicSegment its = DynamicSegment::attach(board.handle);
        board.step = 2;
        wait_for(board.step, 4);
    });
    finish(maker);
    Seated third([&] {
        const DynamicSegment its = DynamicSegment::attach(board.handle);
        CHILD_CHECK(std::strcmp(static_cast<char*>(its.address()), "hello") == 0);
    });
    finish(third);
    board.step = 4;
    finish(second);
    Seated late([&] {
        CHILD_CHECK(refusal([&] { DynamicSegment::attach(board.handle); }) == "55000 could not map dynamic shared memory segment");
    });
    finish(late);
}

TEST_CASE("what a dead process held goes with its burial") {
    Board& board = fresh_board();
    Seated maker([&] {
        const DynamicSegment mine = DynamicSegment::create(10);
        board.handle = mine.handle();
        board.step = 1;
        pause();
    });
    wait_for(board.step, 1);
    CHECK(dynamic_holds().size() == 1);
    kill(maker.child.pid(), SIGKILL);
    CHECK(maker.child.wait() == -SIGKILL);
    // Between death and burial the register still says that it has it, and that is found out.
    Seated early([&] { CHILD_CHECK(refusal([&] { DynamicSegment::attach(board.handle); }).substr(0, 5) == "55000"); });
    finish(early);
    drop_dynamic_holds(maker.number);
    process_table().release(maker.number);
    CHECK(dynamic_holds().empty());
}

TEST_CASE("a descriptor that has become another segment's is not taken for it") {
    Board& board = fresh_board();
    Seated maker([&] {
        DynamicHandle old;
        {
            const DynamicSegment first = DynamicSegment::create(10);
            old = first.handle();
        }
        const DynamicSegment second = DynamicSegment::create(10);
        CHILD_CHECK(second.handle() != old);
        board.handle = old;
        board.step = 1;
        wait_for(board.step, 2);
    });
    Seated other([&] {
        wait_for(board.step, 1);
        CHILD_CHECK(refusal([&] { DynamicSegment::attach(board.handle); }).substr(0, 5) == "55000");
        CHILD_CHECK(refusal([&] { DynamicSegment::attach(0); }).substr(0, 5) == "55000");
        board.step = 2;
    });
    finish(maker);
    finish(other);
}

TEST_CASE("dynamic segments that cannot be had") {
    fresh_board();
    Seated child([&] {
        CHILD_CHECK(refusal([] { DynamicSegment::create(std::size_t{1} << 50); }).substr(0, 5) == "53200");
        const DynamicSegment mine = DynamicSegment::create(10);
        CHILD_CHECK(refusal([&] { DynamicSegment::attach(mine.handle()); }) == "55000 can't attach the same segment more than once");
        std::vector<DynamicSegment> many;
        std::string why;
        do {
            why = refusal([&] { many.push_back(DynamicSegment::create(1)); });
        } while (why == "none");
        CHILD_CHECK(why == "53000 too many dynamic shared memory segments");
        many.pop_back();
        CHILD_CHECK(refusal([&] { many.push_back(DynamicSegment::create(1)); }) == "none");
    });
    finish(child);
    CHECK(dynamic_holds().empty());
}

TEST_CASE("a process that ends of its own accord leaves no hold") {
    fresh_board();
    Seated child([] {
        (void)new DynamicSegment(DynamicSegment::create(10));
        drop_my_dynamic_holds();
    });
    finish(child);
    CHECK(dynamic_holds().empty());
}

TEST_CASE("without a slot there is no dynamic segment") {
    fresh_board();
    CHECK(refusal([] { DynamicSegment::create(10); }) == "55000 dynamic shared memory needs a process slot");
}
