#include "shared_memory/segment.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <boost/interprocess/anonymous_shared_memory.hpp>
#include <boost/interprocess/managed_external_buffer.hpp>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "base/syscalls.hpp"
#include "shared_memory/blast_radius.hpp"
#include "shared_memory/shared_memory_settings.hpp"

namespace forklore {

namespace {

//! [segment-sizes]
// What a structure costs beside its own bytes: its line in the directory, and what alignment may waste.
constexpr std::size_t k_each = 4 * k_shared_alignment;
// For the directory itself, and for structures that nobody asked for in the first phase.
constexpr std::size_t k_slack = 100 * 1024;
// So far from the beginning of a new structure the allocator may have written while the room was free.
constexpr std::size_t k_notes_on_free_room = 4 * k_shared_alignment;

// From there to the next boundary. It cannot overflow, which adding and rounding could.
constexpr std::size_t gap(std::size_t bytes, std::size_t to) { return (to - bytes % to) % to; }
constexpr std::size_t round_up(std::size_t bytes, std::size_t to) { return bytes + gap(bytes, to); }
//! [segment-sizes]

}  // namespace

//! [directory]
namespace ipc = boost::interprocess;

/// The segment's own structure: Boost's allocator and its index of names, which lie at the segment's beginning. The index holds one
/// line for each structure.
struct Segment::Directory {
    // managed_external_buffer as Boost defines it has locks that do nothing: it is meant for one process.
    using Buffer = ipc::basic_managed_external_buffer<char, ipc::rbtree_best_fit<ipc::mutex_family>, ipc::iset_index>;
    struct Line {
        void* address;
        std::size_t size;
    };
    ipc::mapped_region region;  // empty when the segment lies in huge pages, which are mapped by hand
    Buffer buffer;
};
//! [directory]

//! [segment-life]
Segment::Segment() = default;
Segment::~Segment() { unmap(); }

Segment& segment() {
    static Segment* the_segment = new Segment;  // never destroyed: a process that exits keeps its memory to the last
    return *the_segment;
}
//! [segment-life]

//! [segment-request]
void Segment::request(std::string_view name, std::size_t bytes) {
    if (exists())
        throw Error(sqlstate::object_not_in_prerequisite_state, "cannot request additional shared memory for \"{}\" now", name)
            .detail("The shared memory segment has been made already.")
            .hint("Request it while the server starts, in request_shared_memory.");
    const auto same = std::find_if(requests_.begin(), requests_.end(), [&](const Request& r) { return r.name == name; });
    if (same == requests_.end())
        requests_.push_back({std::string(name), bytes});
    else if (same->bytes != bytes)
        throw Error(sqlstate::internal_error, "shared memory structure \"{}\" is requested with two sizes: {} and {}", name, same->bytes, bytes);
}

std::size_t Segment::size_of_many(std::size_t each, std::size_t count) {
    if (__builtin_mul_overflow(each, count, &each)) throw Error(sqlstate::program_limit_exceeded, "requested shared memory size overflows size_t");
    return each;
}

std::size_t Segment::requested_bytes() const {
    std::size_t sum = k_slack;
    bool too_large = false;
    const auto add = [&](std::size_t bytes) { too_large |= __builtin_add_overflow(sum, bytes, &sum); };
    for (const Request& request : requests_) {
        add(request.bytes);
        add(gap(request.bytes, k_shared_alignment) + k_each);
    }
    add(gap(sum, static_cast<std::size_t>(sysconf(_SC_PAGESIZE))));
    if (too_large) throw Fatal(sqlstate::program_limit_exceeded, "requested shared memory size overflows size_t");
    return sum;
}
//! [segment-request]

//! [segment-create]
void Segment::create() {
    const std::size_t bytes = requested_bytes();
    unmap();
    directory_ = std::make_unique<Directory>();
    map(bytes);
    directory_->buffer = Directory::Buffer(ipc::create_only, base_, size_);
}

void Segment::map(std::size_t bytes) {
    const auto wanted = static_cast<HugePages>(setting::huge_pages.value());
    const std::size_t page = wanted == HugePages::off ? 0 : huge_page_bytes();
    int error = EINVAL;
    if (page != 0) {
        const std::size_t whole = round_up(bytes, page);
        const int of_size = setting::huge_page_size.value() == 0 ? 0 : std::countr_zero(page) << MAP_HUGE_SHIFT;
        void* at = sys::mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB | of_size, -1, 0);
        error = errno;
        if (at != MAP_FAILED) {
            base_ = at, size_ = whole, huge_pages_ = true;
            return;
        }
    }
    if (wanted != HugePages::on) try {
            directory_->region = ipc::anonymous_shared_memory(bytes);
            base_ = directory_->region.get_address(), size_ = bytes, huge_pages_ = false;
            return;
        } catch (const ipc::interprocess_exception& refused) {
            error = refused.get_native_error();
        }
    directory_.reset();
    throw Fatal(sqlstate::out_of_memory, "could not map anonymous shared memory: {}", errno_text(error))
        .hint(fmt::format("This error usually means that the server's request for a shared memory segment exceeded available memory, "
                          "swap space, or huge pages. To reduce the request size (currently {} bytes), reduce the server's shared memory "
                          "usage, perhaps by reducing max_connections or track_activity_query_size.",
                          bytes));
}

void Segment::unmap() {
    if (huge_pages_ && base_ != nullptr) munmap(base_, size_);
    directory_.reset();  // unmaps the other kind
    base_ = nullptr;
    size_ = 0;
    huge_pages_ = false;
}
//! [segment-create]

//! [segment-place]
void* Segment::place(std::string_view name, std::size_t bytes, const std::function<void(void*)>& initialise) {
    if (!exists())
        throw Error(sqlstate::object_not_in_prerequisite_state, "shared memory structure \"{}\" is asked for before there is shared memory", name);
    const std::string key(name);
    void* address = nullptr;
    std::optional<QuitAtOnce> waiting;
    // Under the directory's own lock, so that the first caller has initialised the structure before the second one finds it.
    auto find_or_make = [&] {
        waiting.reset();
        Directory::Buffer& buffer = directory_->buffer;
        if (const auto* line = buffer.find<Directory::Line>(key.c_str()).first) {
            if (line->size != bytes)
                throw Error(sqlstate::internal_error, "shared memory structure \"{}\" has another size: {} bytes, not {}", name, line->size, bytes);
            address = line->address;
            return;
        }
        void* made = buffer.allocate_aligned(std::max<std::size_t>(bytes, 1), k_shared_alignment, std::nothrow);
        auto* line = made == nullptr ? nullptr : buffer.construct<Directory::Line>(key.c_str(), std::nothrow)();
        if (line == nullptr) {
            if (made != nullptr) buffer.deallocate(made);
            throw Error(sqlstate::out_of_memory, "out of shared memory")
                .detail(fmt::format("Failed on shared memory structure \"{}\" of {} bytes.", name, bytes));
        }
        // While this room was free, the allocator noted so at its beginning.
        std::memset(made, 0, std::min(bytes, k_notes_on_free_room));
        try {
            initialise(made);
        } catch (...) {
            buffer.destroy_ptr(line);
            buffer.deallocate(made);
            throw;
        }
        *line = {made, bytes};
        address = made;
    };
    const HoldingShared holding;
    waiting.emplace();  // until the lock is ours: its holder may have been killed
    directory_->buffer.atomic_func(find_or_make);
    return address;
}
//! [segment-place]

//! [segment-structures]
std::vector<SharedStructure> Segment::structures() const {
    std::vector<SharedStructure> all;
    if (!exists()) return all;
    std::optional<QuitAtOnce> waiting;
    auto list = [&] {
        waiting.reset();
        const Directory::Buffer& buffer = directory_->buffer;
        for (auto at = buffer.named_begin(); at != buffer.named_end(); ++at) {
            const auto& line = *static_cast<const Directory::Line*>(at->value());
            all.push_back({std::string(at->name(), at->name_length()),
                           static_cast<std::size_t>(static_cast<const char*>(line.address) - static_cast<const char*>(base_)), line.size,
                           round_up(line.size, k_shared_alignment)});
        }
    };
    const HoldingShared holding;
    waiting.emplace();
    directory_->buffer.atomic_func(list);
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.offset < b.offset; });
    return all;
}

std::size_t Segment::free_bytes() const { return exists() ? directory_->buffer.get_free_memory() : 0; }

std::size_t Segment::directory_bytes() const {
    std::size_t taken = free_bytes();
    for (const SharedStructure& structure : structures()) taken += structure.allocated;
    return size_ > taken ? size_ - taken : 0;
}
//! [segment-structures]

}  // namespace forklore
