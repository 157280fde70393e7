#include "directory.hpp"

#include <sched.h>

#include <mutex>

#include "base/error.hpp"

namespace forklore::exercise {

namespace {

void check_size(std::string_view name, std::size_t is, std::size_t wanted) {
    if (is != wanted) throw Error(sqlstate::internal_error, "\"{}\" has {} bytes, not {}", name, is, wanted);
}

}  // namespace

void* Directory::find_or_create(std::string_view name, std::size_t bytes,
                                const std::function<void(void*)>& initialise) {
    Line* line = nullptr;
    bool first = false;
    {
        const std::lock_guard guard(segment_->lock);
        line = find(name);
        first = line == nullptr;
        if (first) {
            line = &add(name, bytes);
            line->ready.store(false);
        }
    }
    check_size(name, line->bytes, bytes);
    if (first) {
        initialise(line->room);
        line->ready.store(true);
    }
    while (!line->ready.load()) ::sched_yield();
    return line->room;
}

Directory::Line* Directory::find(std::string_view name) {
    for (std::size_t i = 0; i < segment_->used.load(); ++i)
        if (name == segment_->lines[i].name) return &segment_->lines[i];
    return nullptr;
}

Directory::Line& Directory::add(std::string_view name, std::size_t bytes) {
    const std::size_t number = segment_->used.load();
    if (number == k_lines || bytes > k_room) throw Error(sqlstate::out_of_memory, "out of shared memory");
    Line& line = segment_->lines[number];
    name.copy(line.name, sizeof line.name - 1);
    line.name[name.size()] = '\0';
    line.bytes = bytes;
    segment_->used.store(number + 1);
    return line;
}

}  // namespace forklore::exercise
