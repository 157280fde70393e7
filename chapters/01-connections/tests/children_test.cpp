// The postmaster's table of children, also when there is no memory left.
#include "connections/children.hpp"

#include <cstdlib>
#include <new>

#include "tests/catch.hpp"

using namespace forklore;

namespace {
bool heap_is_empty = false;
}

// The heap of these tests, which can be empty.
void* operator new(std::size_t bytes) {
    void* const memory = heap_is_empty ? nullptr : std::malloc(bytes);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

TEST_CASE("who has been forked is in the table, whatever memory there is") {
    Children children;
    for (pid_t pid = 1; pid <= 1000; ++pid) {
        children.expect({.kind = ProcessKind::background_worker, .name = "a name that is too long to lie in the string itself"});
        heap_is_empty = true;
        children.born(pid);
        heap_is_empty = false;
    }
    CHECK(children.registered() == 1000);
    CHECK(children.clients() == 0);
    for (pid_t pid = 1; pid <= 1000; ++pid) REQUIRE(children.remove(pid)->pid == pid);
    CHECK(children.empty());
    CHECK(children.registered() == 0);
}

TEST_CASE("who was not forked is in no table") {
    Children children;
    children.expect({.name = "none"});
    children.expect({.name = "one"});
    children.born(5);
    CHECK(children.clients() == 1);
    CHECK(children.contains(5));
    CHECK(children.remove(5)->name == "one");
    CHECK_FALSE(children.remove(5));
}
