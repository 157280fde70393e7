#include <poll.h>
#include <sys/prctl.h>

#include <cstring>
#include <memory>

#include "directory.hpp"
#include "errors.hpp"
#include "processes.hpp"
#include "tests/catch.hpp"

using namespace forklore;
using namespace forklore::exercise;

namespace {

std::string code_of(const std::string& error) { return error.substr(0, error.find(':')); }

void nothing(void*) {}

// A structure that its first caller fills.
struct Motto {
    char text[8];
};
void fill(void* at) { std::memcpy(at, "forward", 8); }
bool filled(const void* at) { return std::memcmp(at, "forward", 8) == 0; }

// Two children ask for the same structure. The first one stands inside its initialiser when the second one asks.
struct Race {
    // What the first one does when it may go on.
    explicit Race(const std::function<void(void*)>& finish)
        : first([this, finish] {
              directory.find_or_create("Motto", sizeof(Motto), [&](void* at) {
                  initialised.fetch_add_one();
                  put_byte(inside.write_end.get());
                  get_byte(go_on.read_end.get());
                  finish(at);
              });
          }) {
        get_byte(inside.read_end.get());
    }
    // The second one. \return whether it has got the structure before the first one has gone on
    bool ask() {
        second = std::make_unique<Child>([this] {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // if it waits for ever, then not longer than the test
            put_byte(asks.write_end.get());
            const void* at = directory.find_or_create("Motto", sizeof(Motto), [&](void* fresh) {
                initialised.fetch_add_one();
                fill(fresh);
            });
            const bool right = filled(at);
            put_byte(has_it.write_end.get());
            if (!right) throw std::runtime_error("it was not initialised");
        });
        get_byte(asks.read_end.get());
        pollfd early{has_it.read_end.get(), POLLIN, 0};
        return ::poll(&early, 1, 1'000) == 1;
    }

    // Counts in shared memory.
    struct Count {
        std::atomic<int>* at = new (::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
                                           MAP_SHARED | MAP_ANONYMOUS, -1, 0)) std::atomic<int>(0);
        void fetch_add_one() const { at->fetch_add(1); }
        ~Count() { ::munmap(at, sizeof *at); }
    };

    Directory directory;
    Count initialised;
    Pipe inside, go_on, asks, has_it;
    Child first;
    std::unique_ptr<Child> second;
};

}  // namespace

TEST_CASE("the first one who asks initialises, the next one finds") {
    Directory directory;
    void* made = directory.find_or_create("Motto", sizeof(Motto), fill);
    CHECK(filled(made));
    bool again = false;
    const bool the_same_place =
        directory.find_or_create("Motto", sizeof(Motto), [&](void*) { again = true; }) == made;
    CHECK(the_same_place);
    CHECK_FALSE(again);
    const bool another_place = directory.find_or_create("Other", sizeof(Motto), nothing) != made;
    CHECK(another_place);
}

TEST_CASE("what a child has made its parent finds") {
    const Watchdog watchdog;
    Directory directory;
    Child child([&] { directory.find_or_create("Motto", sizeof(Motto), fill); });
    child.join();
    const bool is_filled = filled(directory.find_or_create("Motto", sizeof(Motto), nothing));
    CHECK(is_filled);
}

TEST_CASE("a name has one size") {
    Directory directory;
    directory.find_or_create("Motto", 8, nothing);
    INFO("\"Motto\" has 8 bytes, and somebody wants 16");
    CHECK(code_of(error_of([&] { directory.find_or_create("Motto", 16, nothing); })) == "XX000");
    CHECK(error_of([&] { directory.find_or_create("Motto", 8, nothing); }) == "no error");
}

TEST_CASE("when there is no room, what is there can still be found") {
    Directory directory;
    for (int i = 0; i < 8; ++i) directory.find_or_create("structure " + std::to_string(i), 8, nothing);
    INFO("there are eight structures, and room for no more");
    CHECK(code_of(error_of([&] { directory.find_or_create("Motto", 8, nothing); })) == "53200");
    CHECK(error_of([&] { directory.find_or_create("structure 7", 8, nothing); }) == "no error");
}

TEST_CASE("nobody gets a structure that is still being initialised") {
    const Watchdog watchdog;
    Race race(fill);
    const bool it_waits = !race.ask();
    INFO("one process is inside its initialiser; another one asks for the same structure");
    CHECK(it_waits);
    put_byte(race.go_on.write_end.get());
    race.first.join();
    CHECK_NOTHROW(race.second->join());
    INFO("times that the structure was initialised: " << race.initialised.at->load());
    CHECK(race.initialised.at->load() == 1);
}

TEST_CASE("when the first one fails, the next one is the first") {
    const Watchdog watchdog;
    Race race([](void*) { throw std::runtime_error("the initialiser has failed"); });
    race.ask();
    put_byte(race.go_on.write_end.get());
    CHECK_THROWS_WITH(race.first.join(), "in the child: the initialiser has failed");
    INFO("the first one's initialiser has thrown; a second process asked while it ran");
    CHECK_NOTHROW(race.second->join());
    CHECK(race.initialised.at->load() == 2);
}

TEST_CASE("a failure takes no room") {
    Directory directory;
    for (int i = 0; i < 20; ++i)
        CHECK_THROWS(directory.find_or_create("Motto", 8, [](void*) { throw std::runtime_error("no"); }));
    INFO("there is room for eight structures, and twenty times somebody's initialiser has thrown");
    for (int i = 0; i < 8; ++i) {
        const std::string name = "structure " + std::to_string(i);
        CHECK(error_of([&] { directory.find_or_create(name, 8, nothing); }) == "no error");
    }
}
