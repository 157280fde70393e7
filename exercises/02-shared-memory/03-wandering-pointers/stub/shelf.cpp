// TODO: one process puts numbers on the shelf and another one dies of looking at them. Find out why, and mend it.
#include "shelf.hpp"

namespace forklore::exercise {

namespace {

struct Node {
    Node* next;
    std::uint64_t number;
};

// What lies at the beginning of the memory. The nodes follow.
struct Head {
    Node* top;         // of the stack
    Node* free;        // nodes that were taken off it
    std::size_t used;  // nodes that have ever been on it
};

Head& head_of(void* memory) { return *static_cast<Head*>(memory); }
Node* nodes_of(void* memory) { return reinterpret_cast<Node*>(static_cast<Head*>(memory) + 1); }

}  // namespace

bool Shelf::push(std::uint64_t number) {
    Head& head = head_of(memory_);
    Node* node = head.free;
    if (node != nullptr) {
        head.free = node->next;
    } else {
        if (sizeof(Head) + (head.used + 1) * sizeof(Node) > bytes_) return false;
        node = nodes_of(memory_) + head.used++;
    }
    node->number = number;
    node->next = head.top;
    head.top = node;
    return true;
}

std::optional<std::uint64_t> Shelf::pop() {
    Head& head = head_of(memory_);
    Node* node = head.top;
    if (node == nullptr) return std::nullopt;
    head.top = node->next;
    node->next = head.free;
    head.free = node;
    return node->number;
}

}  // namespace forklore::exercise
