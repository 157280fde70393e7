#include "shared_memory/dynamic_segment.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "base/syscalls.hpp"
#include "shared_memory/process_table.hpp"
#include "shared_memory/shared_hash_map.hpp"

namespace forklore {

namespace {

//! [dynamic-header]
/// The first bytes of each dynamic segment. A descriptor may have become another file's while we were opening it: this says whose it is.
struct alignas(k_shared_alignment) Header {
    DynamicHandle handle;
    std::uint64_t size;
};
//! [dynamic-header]

//! [dynamic-holds]
/// Who has what. There is no count of users that a death could make wrong: a segment exists while somebody holds it.
struct Key {
    DynamicHandle handle;
    std::uint64_t slot;
    bool operator==(const Key&) const = default;
};
struct Hold {
    std::int32_t fd;
    std::uint64_t size;
};
using Register = SharedHashMap<Key, Hold>;

constexpr std::string_view k_name = "Dynamic Segments";
constexpr std::uint32_t k_least_holds = 64, k_holds_each = 5;
std::optional<Register> the_register;
int my_holds;  // so that a process that has none need not look at the end

Register::Shape shape() {
    return {.capacity = k_least_holds + k_holds_each * static_cast<std::uint32_t>(ProcessTable::wanted_slots())};
}
//! [dynamic-holds]

//! [dynamic-open]
/// Opens the file through a process that has it open. \return none when it has not, any more
UniqueFd open_from(const DynamicHold& holder) {
    const pid_t pid = slot(holder.slot).pid.load(std::memory_order_relaxed);
    return UniqueFd(sys::open(fmt::format("/proc/{}/fd/{}", pid, holder.fd).c_str(), O_RDWR | O_CLOEXEC));
}

bool is(int file, DynamicHandle handle) {
    Header header{};
    return sys::pread(file, &header, sizeof header, 0) == sizeof header && header.handle == handle;
}
//! [dynamic-open]

}  // namespace

//! [dynamic-create]
DynamicSegment DynamicSegment::create(std::size_t bytes) {
    struct sysinfo machine {};
    sysinfo(&machine);
    // The kernel promises any size and kills whoever takes it at its word.
    if (bytes / machine.mem_unit > machine.totalram + machine.totalswap)
        throw Error(sqlstate::out_of_memory, "dynamic shared memory segment of {} bytes is larger than the machine's memory", bytes);
    UniqueFd file(memfd_create("forklore dynamic segment", MFD_CLOEXEC));
    if (!file) throw Error(code_for_errno(errno), "could not create dynamic shared memory segment: {}", errno_text(errno));
    const std::size_t mapped = sizeof(Header) + bytes;
    while (sys::ftruncate(file.get(), static_cast<off_t>(mapped)) != 0) {
        if (errno == EINTR) continue;
        throw Error(code_for_errno(errno), "could not resize dynamic shared memory segment to {} bytes: {}", bytes, errno_text(errno));
    }
    // Taken now, or else a write to it might one day end in SIGBUS.
    int error;
    while ((error = posix_fallocate(file.get(), 0, static_cast<off_t>(mapped))) == EINTR) check_for_interrupts();
    if (error != 0)
        throw Error(sqlstate::out_of_memory, "could not resize dynamic shared memory segment to {} bytes: {}", bytes, errno_text(error));
    Header header{};
    while (header.handle == 0)
        if (getrandom(&header.handle, sizeof header.handle, 0) < 0) throw Error(sqlstate::internal_error, "could not generate random handle");
    header.size = bytes;
    if (sys::pwrite(file.get(), &header, sizeof header, 0) != sizeof header)
        throw Error(code_for_errno(errno), "could not write dynamic shared memory segment: {}", errno_text(errno));
    return {header.handle, std::move(file), mapped};
}
//! [dynamic-create]

//! [dynamic-attach]
DynamicSegment DynamicSegment::attach(DynamicHandle handle) {
    for (const DynamicHold& holder : dynamic_holds()) {
        if (holder.handle != handle || handle == 0) continue;
        // It may let go, or die, before we have opened it. Then perhaps the next one has it.
        if (UniqueFd file = open_from(holder); file && is(file.get(), handle)) return {handle, std::move(file), sizeof(Header) + holder.size};
    }
    throw Error(sqlstate::object_not_in_prerequisite_state, "could not map dynamic shared memory segment")
        .detail("No process has a segment with this handle any more.");
}

DynamicSegment::DynamicSegment(DynamicHandle handle, UniqueFd file, std::size_t mapped)
    : handle_(handle), file_(std::move(file)), mapped_(mapped) {
    map_ = sys::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
    if (map_ == MAP_FAILED) {
        map_ = nullptr;
        throw Error(sqlstate::out_of_memory, "could not map dynamic shared memory segment: {}", errno_text(errno));
    }
    try {
        enter();
    } catch (...) {
        munmap(map_, mapped_);
        throw;
    }
}
//! [dynamic-attach]

//! [dynamic-enter]
void DynamicSegment::enter() const {
    if (my_slot() == nullptr || !the_register)
        throw Error(sqlstate::object_not_in_prerequisite_state, "dynamic shared memory needs a process slot");
    const Key key{handle_, static_cast<std::uint64_t>(my_slot_number())};
    switch (the_register->try_insert(key, {file_.get(), size()})) {
        case Register::Inserted::yes: ++my_holds; return;
        case Register::Inserted::exists:
            throw Error(sqlstate::object_not_in_prerequisite_state, "can't attach the same segment more than once");
        case Register::Inserted::full: throw Error(sqlstate::insufficient_resources, "too many dynamic shared memory segments");
    }
}

DynamicSegment::DynamicSegment(DynamicSegment&& other) noexcept
    : handle_(other.handle_), file_(std::move(other.file_)), map_(std::exchange(other.map_, nullptr)), mapped_(other.mapped_) {}

void DynamicSegment::detach() noexcept {
    if (map_ == nullptr) return;
    the_register->erase({handle_, static_cast<std::uint64_t>(my_slot_number())});
    --my_holds;
    munmap(map_, mapped_);
}

void* DynamicSegment::address() const { return static_cast<Header*>(map_) + 1; }
std::size_t DynamicSegment::size() const { return mapped_ - sizeof(Header); }
//! [dynamic-enter]

//! [dynamic-register-life]
void request_dynamic_register() { Register::request(segment(), k_name, shape()); }
void create_dynamic_register() { the_register.emplace(segment(), k_name, shape()); }

std::vector<DynamicHold> dynamic_holds() {
    std::vector<DynamicHold> all;
    if (the_register)
        the_register->for_each([&](const Key& key, const Hold& hold) {
            all.push_back({key.handle, static_cast<SlotNumber>(key.slot), hold.fd, hold.size});
        });
    return all;
}

void drop_dynamic_holds(SlotNumber of) {
    the_register->erase_if([of](const Key& key, const Hold&) { return key.slot == static_cast<std::uint64_t>(of); });
}

void drop_my_dynamic_holds() noexcept {
    if (my_holds > 0 && my_slot() != nullptr) drop_dynamic_holds(my_slot_number());
}
//! [dynamic-register-life]

}  // namespace forklore
