// A pointer says where a thing lies in one process. In another one the same memory begins elsewhere, and the same pointer leads
// into something else, or nowhere. What is true in all of them is the distance from the beginning of the memory.
#include "shelf.hpp"

namespace forklore::exercise {

namespace {

// Bytes from the beginning of the memory. The head lies there, so 0 is no node's place, and memory of zeros is an empty stack.
using Place = std::size_t;
constexpr Place k_nowhere = 0;

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

Head& head_of(void* memory) { return *static_cast<Head*>(memory); }
Node& node_at(void* memory, Place place) {
    return *reinterpret_cast<Node*>(static_cast<char*>(memory) + place);
}

}  // namespace

bool Shelf::push(std::uint64_t number) {
    Head& head = head_of(memory_);
    Place place = head.free;
    if (place != k_nowhere) {
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
    if (place == k_nowhere) return std::nullopt;
    Node& node = node_at(memory_, place);
    head.top = node.next;
    node.next = head.free;
    head.free = place;
    return node.number;
}

}  // namespace forklore::exercise
