#include "signaling/bells.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "base/syscalls.hpp"
#include "connections/child_process.hpp"

namespace forklore::detail {

namespace {

//! [box]
// The kernel takes no more descriptors than these with one message. So there are boxes: sockets with one message each.
constexpr SlotNumber k_in_a_box = 253;

struct Box {
    UniqueFd socket{};
    std::vector<UniqueFd> fetched{};  // by this process
    int asked = 0;                    // how often a bell was wanted while there was none
};
std::vector<Box> boxes;

union Control {
    char bytes[CMSG_SPACE(k_in_a_box * sizeof(int))];
    cmsghdr alignment;
};

msghdr message_of(iovec& byte, Control& control, std::size_t descriptors) {
    msghdr message{};
    message.msg_iov = &byte;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(descriptors * sizeof(int));
    return message;
}
//! [box]

//! [fill-box]
// Makes so many bells and leaves them in a new box; returns whether the kernel would.
bool fill_box(Box& box, SlotNumber count) {
    std::vector<UniqueFd> bells;
    std::vector<int> numbers;
    while (numbers.size() < static_cast<std::size_t>(count)) {
        bells.emplace_back(sys::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        if (!bells.back()) return false;
        numbers.push_back(bells.back().get());
    }
    int ends[2];
    if (sys::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) != 0) return false;
    const UniqueFd out(ends[0]), in(ends[1]);
    char nothing = 0;
    iovec byte{&nothing, 1};
    Control control{};
    msghdr message = message_of(byte, control, numbers.size());
    cmsghdr* const rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(numbers.size() * sizeof(int));
    std::memcpy(CMSG_DATA(rights), numbers.data(), numbers.size() * sizeof(int));
    if (sys::sendmsg(out.get(), &message, 0) < 0) return false;
    bells.clear();  // a low number for the box: a process pays for its descriptors up to the highest
    box.socket.reset(fcntl(in.get(), F_DUPFD_CLOEXEC, k_first_kept));
    if (!box.socket) return false;
    let_children_keep(box.socket.get());
    return true;
}
//! [fill-box]

//! [look-into-box]
// Copies of all bells in a box; none when this process may not have so many descriptors, or has no memory for them.
std::vector<UniqueFd> look_into(const Box& box) noexcept {
    std::vector<UniqueFd> copies;
    try {
        copies.resize(k_in_a_box);
    } catch (const std::bad_alloc&) {
        return {};
    }
    char nothing = 0;
    iovec byte{&nothing, 1};
    Control control{};
    msghdr message = message_of(byte, control, k_in_a_box);
    if (::recvmsg(box.socket.get(), &message, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0) return {};
    const cmsghdr* const rights = CMSG_FIRSTHDR(&message);
    const std::size_t count = rights == nullptr ? 0 : (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
        int number;
        std::memcpy(&number, CMSG_DATA(rights) + i * sizeof number, sizeof number);
        copies[i].reset(number);
    }
    copies.resize((message.msg_flags & MSG_CTRUNC) != 0 ? 0 : count);  // to less: that needs no memory
    return copies;
}

// A slot's box and its place there; null when there is no box.
Box* box_of(SlotNumber number) {
    const auto at = static_cast<std::size_t>(number / k_in_a_box);
    return at < boxes.size() ? &boxes[at] : nullptr;
}
std::size_t place_of(SlotNumber number) { return static_cast<std::size_t>(number % k_in_a_box); }
//! [look-into-box]

}  // namespace

//! [make-bells]
void make_bells(SlotNumber count) {
    if (!boxes.empty()) return;
    // The usual limit on open files, 1024, is there for programs that use select(). Who does not may ask for more.
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    for (; count > 0; count -= k_in_a_box) {
        Box box;
        if (!fill_box(box, std::min(count, k_in_a_box))) return;
        boxes.push_back(std::move(box));
    }
}

UniqueFd own_bell(SlotNumber number) noexcept {
    Box* const box = box_of(number);
    if (box == nullptr) return {};
    std::vector<UniqueFd> all = look_into(*box);
    return place_of(number) < all.size() ? std::move(all[place_of(number)]) : UniqueFd();
}

int bell_to_ring(SlotNumber number) noexcept {
    Box* const box = box_of(number);
    if (box == nullptr) return -1;
    if (box->fetched.empty() && ++box->asked == k_worth_a_bell) box->fetched = look_into(*box);
    return place_of(number) < box->fetched.size() ? box->fetched[place_of(number)].get() : -1;
}
//! [make-bells]

}  // namespace forklore::detail
