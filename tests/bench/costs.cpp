// What the pieces of a connection cost by themselves, in processor time: a listener, an accepted connection, a process, a thread,
// a pair of sockets.
//
//   costs
//
// prints lines `name microseconds`, each the median of rounds. Time that the kernel spends in children is counted.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

namespace {

constexpr int k_rounds = 15, k_times = 200;

double microseconds(const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
}

/// Processor time that this process and its buried children have used.
double processor_time() {
    double sum = 0;
    for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
        rusage used{};
        getrusage(who, &used);
        sum += microseconds(used.ru_utime) + microseconds(used.ru_stime);
    }
    return sum;
}

void measure(const char* name, const std::function<void()>& work) {
    std::vector<double> rounds;
    for (int round = 0; round < k_rounds; ++round) {
        const double before = processor_time();
        for (int i = 0; i < k_times; ++i) work();
        rounds.push_back((processor_time() - before) / k_times);
    }
    std::nth_element(rounds.begin(), rounds.begin() + k_rounds / 2, rounds.end());
    std::printf("%s %.2f\n", name, rounds[k_rounds / 2]);
}

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

void fork_and_wait() {
    const pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
}

void thread_and_join() {
    std::thread([] {}).join();
}

void pair_of_sockets() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) fail("socketpair");
    close(ends[0]);
    close(ends[1]);
}

/// A socket that listens at an address that the kernel chooses; the address is filled in.
int listener(sockaddr_storage& address, socklen_t& size) {
    const int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(fd, 128) != 0)
        fail("listen");
    size = sizeof address;
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    return fd;
}

struct Anywhere {
    sockaddr_storage address{};
    socklen_t size;
};

Anywhere on_loopback() {
    Anywhere where{{}, sizeof(sockaddr_in)};
    auto& in = reinterpret_cast<sockaddr_in&>(where.address);
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return where;
}

Anywhere on_unix() {  // with no path the kernel makes up a name that is no file
    Anywhere where{{}, sizeof(sa_family_t)};
    where.address.ss_family = AF_UNIX;
    return where;
}

void make_listener() {
    Anywhere where = on_loopback();
    close(listener(where.address, where.size));
}

/// A client connects, is accepted, and both ends close.
void connect_and_accept(int listening, Anywhere where) {
    const int client = socket(where.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client < 0 || connect(client, reinterpret_cast<sockaddr*>(&where.address), where.size) != 0)
        fail("connect");
    const int accepted = accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) fail("accept");
    close(
        client);  // first, so that it is the client's port that stays busy for a while, as it is with a real one
    close(accepted);
}

void measure_accept(const char* name, Anywhere where) {
    const int listening = listener(where.address, where.size);
    measure(name, [&] { connect_and_accept(listening, where); });
    close(listening);
}

}  // namespace

int main() {
    measure("listener", make_listener);
    measure_accept("accept_tcp", on_loopback());
    measure_accept("accept_unix", on_unix());
    measure("fork", fork_and_wait);
    measure("thread", thread_and_join);
    measure("socketpair", pair_of_sockets);
    for (const std::size_t mebibytes : {64, 256}) {
        const std::size_t size = mebibytes << 20;
        void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) fail("mmap");
        madvise(memory, size, MADV_NOHUGEPAGE);  // pages as small as most programs' are
        std::memset(memory, 1, size);
        measure(mebibytes == 64 ? "fork_64" : "fork_256", fork_and_wait);
        munmap(memory, size);
    }
}
