#include "base/arena.hpp"

#include <algorithm>
#include <functional>
#include <memory_resource>
#include <random>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "tests/catch.hpp"
#include "tests/child_process.hpp"

using namespace forklore;

TEST_CASE("an arena gives memory that is aligned, distinct and kept until reset") {
    std::mt19937 random(20);
    Arena arena(64);
    struct Piece {
        std::span<unsigned char> bytes;
        unsigned char mark;
    };
    std::vector<Piece> pieces;
    for (int i = 0; i < 2000; ++i) {
        std::size_t size = random() % 300, alignment = std::size_t{1} << (random() % 8);
        void* at = arena.allocate_bytes(size, alignment);
        REQUIRE(reinterpret_cast<std::uintptr_t>(at) % alignment == 0);
        Piece piece{{static_cast<unsigned char*>(at), size}, static_cast<unsigned char>(i)};
        for (unsigned char& byte : piece.bytes) byte = piece.mark;
        pieces.push_back(piece);
    }
    CHECK(std::all_of(pieces.begin(), pieces.end(), [](const Piece& piece) {
        return std::all_of(piece.bytes.begin(), piece.bytes.end(),
                           [&](unsigned char byte) { return byte == piece.mark; });
    }));
}

TEST_CASE("an arena that is used again in the same way takes nothing from the system") {
    Arena arena;
    auto use = [&] {
        for (int i = 0; i < 100; ++i) arena.make_array<int>(50);
    };
    use();
    arena.reset();
    // What is kept is one block that may be smaller than all that was used: a few rounds and it is large
    // enough.
    for (int i = 0; i < 5; ++i) {
        use();
        arena.reset();
    }
    std::size_t kept = arena.footprint();
    CHECK(kept > 0);
    CHECK(kept <= Arena::k_keep);
    void* first = arena.allocate_bytes(8);
    arena.reset();
    CHECK(arena.allocate_bytes(8) == first);
    CHECK(arena.footprint() == kept);
}

TEST_CASE("reset gives large blocks back") {
    Arena arena;
    arena.make_array<char>(10 * Arena::k_keep);
    CHECK(arena.footprint() > 10 * Arena::k_keep);
    arena.reset();
    CHECK(arena.footprint() <= Arena::k_keep);
}

TEST_CASE("an arena makes values, arrays of zeros and copies") {
    Arena arena;
    struct Pair {
        int a, b;
    };
    Pair* pair = arena.make<Pair>(3, 4);
    CHECK(pair->a + pair->b == 7);
    char* dirty = static_cast<char*>(arena.allocate_bytes(100, 1));
    std::fill(dirty, dirty + 100, 'x');
    arena.reset();
    for (int value : arena.make_array<int>(10)) CHECK(value == 0);
    std::string text = "some text";
    std::string_view copy = arena.copy(text);
    text = "changed";
    CHECK(copy == "some text");
    CHECK(arena.copy("").data() != nullptr);
}

TEST_CASE("standard containers live in an arena") {
    Arena arena;
    std::pmr::vector<int> numbers(&arena);
    for (int i = 0; i < 1000; ++i) numbers.push_back(i);
    CHECK(numbers[999] == 999);
    CHECK(arena.footprint() >= 4000);
}

TEST_CASE("an absurd request is refused, and the arena goes on") {
    Arena arena;
    arena.allocate_bytes(10);
    CHECK_THROWS_WITH(arena.allocate_bytes(SIZE_MAX),
                      "invalid memory alloc request size 18446744073709551615");
    CHECK_THROWS_WITH(arena.allocate_bytes(0x40000000), "invalid memory alloc request size 1073741824");
    volatile std::size_t far_too_many =
        SIZE_MAX / 4;  // volatile: the compiler would see through it, and warn
    CHECK_THROWS_AS(arena.make_array<long>(far_too_many), Error);
    CHECK(arena.copy("still alive") == "still alive");
}

TEST_CASE("a system without memory is an error, not the end") {
    // AddressSanitizer takes more memory than any limit leaves.
#ifndef __SANITIZE_ADDRESS__
    CHECK(forklore::testing::in_child([] {
              rlimit limit{256 << 20, 256 << 20};
              ::setrlimit(RLIMIT_AS, &limit);
              Arena arena;
              ByteWriter writer;
              writer.append("still here");
              for (const std::function<void()>& greedy : std::initializer_list<std::function<void()>>{
                       [&] { arena.make_array<char>(512 << 20); }, [&] { writer.extend(512 << 20); }}) {
                  try {
                      greedy();
                      CHILD_CHECK(!"it must throw");
                  } catch (const Error& error) {
                      CHILD_CHECK(error.code() == sqlstate::out_of_memory);
                      CHILD_CHECK(error.what() == std::string("out of memory"));
                  }
              }
              CHILD_CHECK(arena.copy("still here") == writer.view());
          }) == 0);
#endif
}
