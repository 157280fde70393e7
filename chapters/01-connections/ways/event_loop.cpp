/// \file
/// One process that never waits for any one client: it serves whoever has something to say.
#include <sys/epoll.h>

#include <unordered_map>

#include "canned.hpp"

namespace {
void watch(int loop, int fd) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
}
}  // namespace

//! [loop]
int main(int argc, char** argv) {
    const int listener = ways::listen_at(argc, argv), loop = epoll_create1(EPOLL_CLOEXEC);
    watch(loop, listener);
    std::unordered_map<int, ways::Talk> clients;  // where each conversation has got to
    for (epoll_event event; epoll_wait(loop, &event, 1, -1) >= 0;) {
        const int fd = event.data.fd;
        if (fd == listener) {
            if (const int client = accept(listener, nullptr, nullptr); client >= 0) watch(loop, client);
            continue;
        }
        char bytes[4096];
        const ssize_t got = recv(fd, bytes, sizeof bytes, 0);
        ways::Talk& talk = clients[fd];
        const std::string answer = got > 0 ? talk.hear({bytes, static_cast<std::size_t>(got)}) : "";
        if (!answer.empty()) send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
        if (got > 0 && !talk.over()) continue;
        clients.erase(fd);
        close(fd);
    }
}
//! [loop]
