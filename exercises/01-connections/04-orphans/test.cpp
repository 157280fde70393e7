#include <poll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "death_watch.hpp"
#include "processes.hpp"
#include "tests/catch.hpp"

using namespace forklore;
using namespace forklore::exercise;

namespace {

constexpr int k_patience_ms = 3'000;  // for children that will never say anything

// What a backend tells the test: b it is born; when asked: e its postmaster is alive, d it is dead; n it has
// noticed its postmaster's death.
void say(int fd, char what) {
    if (::write(fd, &what, 1) != 1) ::_exit(1);
}

bool dead(const DeathWatch& watch, int timeout_ms) {
    pollfd wanted{watch.descriptor(), POLLIN, 0};
    return ::poll(&wanted, 1, timeout_ms) == 1;
}

// Lives until its postmaster dies, or the test ends; asked by a byte, it says whether it believes to be an
// orphan.
[[noreturn]] void backend(DeathWatch& watch, int questions, int words) {
    watch.in_child();
    say(words, 'b');
    for (;;) {
        pollfd wanted[2] = {{watch.descriptor(), POLLIN, 0}, {questions, POLLIN, 0}};
        while (::poll(wanted, 2, -1) < 0 && errno == EINTR) {
        }
        if (wanted[1].revents != 0) {
            if (!get_byte(questions)) ::_exit(0);
            say(words, dead(watch, 0) ? 'd' : 'e');
        } else {
            say(words, 'n');
            ::_exit(0);
        }
    }
}

// A postmaster with some backends; and, if wanted, a program that it has started.
struct Family {
    explicit Family(int backends, bool program = false) {
        // Orphans become ours, so that we can bury them.
        ::prctl(PR_SET_CHILD_SUBREAPER, 1);
        postmaster = std::make_unique<Child>([&] {
            questions.write_end.reset();
            words.read_end.reset();
            DeathWatch watch;
            if (program && ::fork() == 0) {
                // It reads a pipe that the test holds open, and so outlives the postmaster.
                ::dup2(questions.read_end.get(), STDIN_FILENO);
                ::execlp("cat", "cat", nullptr);
                ::_exit(127);
            }
            for (int i = 0; i < backends; ++i) {
                if (::fork() == 0) backend(watch, questions.read_end.get(), words.write_end.get());
            }
            ::pause();
        });
        questions.read_end.reset();
        words.write_end.reset();
        listen('b', static_cast<std::size_t>(backends));
    }
    ~Family() {
        questions.write_end.reset();
        postmaster.reset();
        // All that is left has seen the end of the questions, and goes.
        while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
        }
    }

    // Waits until so many backends have said a word. Returns how many have.
    std::size_t listen(char what, std::size_t expected) {
        const auto heard = [&] {
            return static_cast<std::size_t>(std::count(said.begin(), said.end(), what));
        };
        while (heard() < expected) {
            pollfd wanted{words.read_end.get(), POLLIN, 0};
            char word;
            if (::poll(&wanted, 1, k_patience_ms) != 1) break;
            if (::read(words.read_end.get(), &word, 1) != 1) break;
            said += word;
        }
        return heard();
    }

    void kill_postmaster() {
        ::kill(postmaster->pid(), SIGKILL);
        postmaster->join();
    }

    Pipe questions;  // test → backends
    Pipe words;      // backends → test
    std::unique_ptr<Child> postmaster;
    std::string said;  // all words so far
};

}  // namespace

TEST_CASE("while the postmaster lives, nobody is told otherwise") {
    const Watchdog watchdog(30);
    Family family(1);
    put_byte(family.questions.write_end.get());
    const std::size_t alive = family.listen('e', 1);
    INFO("the postmaster and its backend live; asked, the backend believes its postmaster "
         << (alive == 1 ? "alive" : "dead"));
    CHECK(alive == 1);
}

TEST_CASE("three backends notice the death of their postmaster") {
    const Watchdog watchdog(30);
    Family family(3);
    family.kill_postmaster();
    const std::size_t noticed = family.listen('n', 3);
    INFO("the postmaster was killed with SIGKILL; " << noticed << " of 3 backends noticed");
    CHECK(noticed == 3);
}

TEST_CASE("a program that the postmaster has started does not hide its death") {
    const Watchdog watchdog(30);
    Family family(2, true);
    family.kill_postmaster();
    const std::size_t noticed = family.listen('n', 2);
    INFO("a program started by the postmaster lives on; the postmaster was killed; "
         << noticed << " of 2 backends noticed");
    CHECK(noticed == 2);
}
