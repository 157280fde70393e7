// Looking, adding and initialising are one thing that happens under the lock: whoever finds a name finds what belongs to it. If the
// initialiser fails, the last line is taken back, and the next one who asks is the first again. The lock does no harm
// here: this happens once for each structure, while the server starts.
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
    const std::lock_guard guard(segment_->lock);
    if (Line* line = find(name)) {
        check_size(name, line->bytes, bytes);
        return line->room;
    }
    Line& line = add(name, bytes);
    try {
        initialise(line.room);
    } catch (...) {
        segment_->used.fetch_sub(1);
        throw;
    }
    return line.room;
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
