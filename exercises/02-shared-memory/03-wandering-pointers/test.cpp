#include <sys/mman.h>

#include <memory>
#include <string>
#include <vector>

#include "processes.hpp"
#include "shelf.hpp"
#include "tests/catch.hpp"

using namespace forklore;
using namespace forklore::exercise;

namespace {

// Shared memory of one page that can be mapped in many places.
class Memory {
public:
    Memory() : file_(::memfd_create("shelf", MFD_CLOEXEC)) {
        REQUIRE(file_);
        REQUIRE(::ftruncate(file_.get(), k_bytes) == 0);
    }
    int file() const { return file_.get(); }
    static constexpr std::size_t k_bytes = 4096;

private:
    UniqueFd file_;
};

// One place where it is mapped.
class Mapping {
public:
    explicit Mapping(const Memory& memory)
        : at_(::mmap(nullptr, Memory::k_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory.file(), 0)) {
        if (at_ == MAP_FAILED) throw std::runtime_error("mmap failed");
    }
    ~Mapping() { ::munmap(at_, Memory::k_bytes); }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    Shelf shelf() const { return {at_, Memory::k_bytes}; }

private:
    void* at_;
};

std::vector<std::uint64_t> take_all(Shelf shelf) {
    std::vector<std::uint64_t> all;
    while (const auto number = shelf.pop()) {
        all.push_back(*number);
        if (all.size() > Memory::k_bytes) throw std::runtime_error("the stack has no end");
    }
    return all;
}

// How a child ended.
std::string words(int status) {
    if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGSEGV ? "SIGSEGV" : "another signal";
    return "goodbye";
}

}  // namespace

TEST_CASE("what was put last is taken first") {
    const Memory memory;
    const Mapping mapping(memory);
    Shelf shelf = mapping.shelf();
    CHECK(shelf.pop() == std::nullopt);
    for (std::uint64_t n = 1; n <= 3; ++n) CHECK(shelf.push(n));
    INFO("1, 2 and 3 were pushed");
    CHECK(take_all(shelf) == std::vector<std::uint64_t>{3, 2, 1});
}

TEST_CASE("room that was given back is used again") {
    const Memory memory;
    const Mapping mapping(memory);
    Shelf shelf = mapping.shelf();
    std::size_t room = 0;
    while (room < Memory::k_bytes && shelf.push(room)) ++room;
    INFO("the shelf holds " << room << " numbers");
    REQUIRE(room > 100);
    REQUIRE(room < Memory::k_bytes);
    for (int i = 0; i < 10; ++i) shelf.pop();
    std::size_t again = 0;
    while (again < Memory::k_bytes && shelf.push(again)) ++again;
    INFO("10 were taken off the full shelf");
    CHECK(again == 10);
    CHECK(take_all(shelf).size() == room);
}

TEST_CASE("two shelves have nothing to do with each other") {
    const Memory ours, theirs;
    const Mapping here(ours), there(theirs);
    here.shelf().push(1);
    there.shelf().push(2);
    INFO("1 was pushed on one shelf and 2 on the other");
    CHECK(take_all(here.shelf()) == std::vector<std::uint64_t>{1});
    CHECK(take_all(there.shelf()) == std::vector<std::uint64_t>{2});
}

TEST_CASE("another process, with the memory in another place, finds the same numbers") {
    const Watchdog watchdog;
    const Memory memory;
    auto mapping = std::make_unique<Mapping>(memory);
    for (std::uint64_t n = 1; n <= 3; ++n) mapping->shelf().push(n);
    Child child([&] {
        const Mapping elsewhere(memory);
        mapping.reset();
        if (take_all(elsewhere.shelf()) != std::vector<std::uint64_t>{3, 2, 1})
            throw std::runtime_error("the child finds other numbers");
        elsewhere.shelf().push(7);
    });
    INFO("the child has mapped the memory at another address, and there is nothing any more at the old one");
    INFO("it takes 3, 2, 1 and pushes 7");
    REQUIRE(words(child.join()) == "goodbye");

    Child other([&] {
        mapping->shelf().push(8);
        mapping->shelf().push(9);
        if (take_all(mapping->shelf()) != std::vector<std::uint64_t>{9, 8, 7})
            throw std::runtime_error("the second child finds other numbers");
    });
    INFO("a second child, with the memory at the old address, pushes 8 and 9 and takes 9, 8, 7");
    CHECK(words(other.join()) == "goodbye");
}

TEST_CASE("one process, with the memory in two places, may use both") {
    const Memory memory;
    const Mapping here(memory);
    auto there = std::make_unique<Mapping>(memory);
    for (std::uint64_t n = 0; n < 10; ++n) (n % 2 == 0 ? here : *there).shelf().push(n);
    for (int i = 0; i < 4; ++i) (i % 2 == 0 ? here : *there).shelf().pop();
    for (std::uint64_t n = 20; n < 22; ++n) there->shelf().push(n);
    INFO("0 to 9 were pushed, four were popped, 20 and 21 were pushed, in turns here and there");
    CHECK(take_all(here.shelf()) == std::vector<std::uint64_t>{21, 20, 5, 4, 3, 2, 1, 0});
}
