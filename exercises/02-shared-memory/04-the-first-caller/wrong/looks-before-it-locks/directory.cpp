#include "directory.hpp"

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
    Line* line = find(name);
    if (line == nullptr) {
        const std::lock_guard guard(segment_->lock);
        line = &add(name, bytes);
        // Nobody finds it as long as its name is not there.
        line->name[0] = '\0';
        try {
            initialise(line->room);
        } catch (...) {
            segment_->used.fetch_sub(1);
            throw;
        }
        line->name[0] = name[0];
    }
    check_size(name, line->bytes, bytes);
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
