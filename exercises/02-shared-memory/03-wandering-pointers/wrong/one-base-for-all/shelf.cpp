#include "shelf.hpp"

namespace forklore::exercise {

namespace {

// Where this process has mapped the memory.
char* base = nullptr;

// Bytes from the beginning of the memory.
using Place = std::size_t;

struct Node {
    Place next;
    std::uint64_t number;
};

// What lies at the beginning of the memory. The nodes follow.
struct Head {
    Place top;         // of the stack
    Place free;        // nodes that were taken off it
    std::size_t used;  // nodes that have ever been on it
};

Head& head_of(void* memory) {
    if (base == nullptr) base = static_cast<char*>(memory);
    return *reinterpret_cast<Head*>(base);
}
Node& node_at(void*, Place place) { return *reinterpret_cast<Node*>(base + place); }

}  // namespace

bool Shelf::push(std::uint64_t number) {
    Head& head = head_of(memory_);
    Place place = head.free;
    if (place != 0) {
        head.free = node_at(memory_, place).next;
    } else {
        if (sizeof(Head) + (head.used + 1) * sizeof(Node) > bytes_) return false;
        place = sizeof(Head) + head.used++ * sizeof(Node);
    }
    Node& node = node_at(memory_, place);
    node.number = number;
    node.next = head.top;
    head.top = place;
    return true;
}

std::optional<std::uint64_t> Shelf::pop() {
    Head& head = head_of(memory_);
    const Place place = head.top;
    if (place == 0) return std::nullopt;
    Node& node = node_at(memory_, place);
    head.top = node.next;
    node.next = head.free;
    head.free = place;
    return node.number;
}

}  // namespace forklore::exercise
