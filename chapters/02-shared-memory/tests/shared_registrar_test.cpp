// The register in shared memory, as the postmaster uses it. The processes are only numbers here.
#include "shared_memory/shared_registrar.hpp"

#include <csignal>
#include <cstdlib>
#include <new>

#include "tests/catch.hpp"
#include "tests/shared_memory_rig.hpp"

using namespace forklore;

namespace {

bool heap_is_empty = false;

/// A register in fresh shared memory.
struct Rig {
    Rig() {
        forklore::testing::fresh_shared_memory();
        registrar.forget();
    }
    /// A process is born. \return its slot
    SlotNumber birth(pid_t pid, ProcessKind kind = ProcessKind::client_backend) {
        registrar.expect(kind);
        registrar.born(pid);
        return table.number(*table.find(pid));
    }
    ProcessTable& table = process_table();
    SharedRegistrar registrar;
};

ChildExit ended(pid_t pid, int status) { return {.pid = pid, .status = status, .kind = ProcessKind::client_backend}; }

}  // namespace

// The heap of these tests, which can be empty.
void* operator new(std::size_t bytes) {
    void* const memory = heap_is_empty ? nullptr : std::malloc(bytes);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return heap_is_empty ? nullptr : std::malloc(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

TEST_CASE("who is given a dead process's pid is not buried in its stead") {
    Rig rig;
    const SlotNumber grave = rig.birth(4711);
    ChildExit dead = ended(4711, SIGKILL);
    REQUIRE(rig.registrar.died(dead) == Remains::whole);
    CHECK(dead.place == grave);
    CHECK(rig.table.find(4711) == nullptr);  // a signal to this pid would reach a stranger
    CHECK(rig.table.slot(grave).state != SlotState::free);
    const SlotNumber seat = rig.birth(4711);  // the kernel gives it out again
    CHECK(seat != grave);
    rig.registrar.buried(dead.place);
    CHECK(rig.table.slot(grave).state == SlotState::free);
    CHECK(rig.table.find(4711) == &rig.table.slot(seat));
    rig.table.slot(seat).left = true;
    ChildExit second = ended(4711, 0);
    CHECK(rig.registrar.died(second) == Remains::nothing);
    CHECK(rig.table.slot(seat).state == SlotState::free);
}

TEST_CASE("a death is told by how it came and by what was held") {
    Rig rig;
    constexpr int k_exit_1 = 1 << 8, k_exit_2 = 2 << 8;
    const auto remains = [&](int status, std::uint32_t held, bool left = true) {
        static pid_t pid = 100;
        ProcessSlot& slot = rig.table.slot(rig.birth(++pid));
        slot.held = held;
        slot.left = left;
        ChildExit dead = ended(pid, status);
        return rig.registrar.died(dead);
    };
    CHECK(remains(0, 0) == Remains::nothing);
    CHECK(remains(k_exit_1, 0) == Remains::nothing);
    CHECK(remains(0, 0, false) == Remains::whole);  // exit() in the middle of something
    CHECK(remains(k_exit_1, 0, false) == Remains::whole);
    CHECK(remains(SIGKILL, 0, false) == Remains::whole);
    CHECK(remains(SIGTERM, 0, false) == Remains::whole);
    CHECK(remains(SIGKILL, 0) == Remains::nothing);  // on its last step
    CHECK(remains(SIGSEGV, 0) == Remains::broken);
    CHECK(remains(k_exit_2, 0) == Remains::broken);
    CHECK(remains(0, 1) == Remains::broken);
    CHECK(remains(SIGKILL, 1) == Remains::broken);
    ChildExit stranger = ended(99, SIGKILL);
    CHECK(rig.registrar.died(stranger) == Remains::nothing);
    CHECK(stranger.place == k_no_place);
}

TEST_CASE("a birth needs no memory once the child is there, and no slot is lost for want of it") {
    Rig rig;
    const SlotNumber first = rig.birth(1);
    rig.registrar.expect(ProcessKind::client_backend);
    heap_is_empty = true;
    CHECK_NOTHROW(rig.registrar.born(2));
    bool refused = false;
    try {
        rig.registrar.expect(ProcessKind::client_backend);
    } catch (const std::bad_alloc&) {
        refused = true;
    }
    heap_is_empty = false;
    CHECK(refused);
    CHECK(rig.table.find(2) != nullptr);
    CHECK(rig.table.find(1) == &rig.table.slot(first));
    int left = 0;
    while (rig.table.assign(ProcessKind::undertaker) != k_no_slot) ++left;
    CHECK(left == rig.table.count() - 2);
}
