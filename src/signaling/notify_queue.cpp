#include "signaling/notify_queue.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/syscalls.hpp"
#include "base/unique_fd.hpp"
#include "shared_memory/process_table.hpp"
#include "signaling/notify_settings.hpp"

namespace forklore {

//! [message-bytes]
namespace {

struct Header {
    std::uint32_t size;  // of the whole message, a multiple of eight
    std::int32_t pid;
    std::uint16_t payload;
    std::uint8_t database, channel;
    // the bytes of database, channel and payload follow
};

constexpr std::size_t round_up(std::size_t size, std::size_t to) { return (size + to - 1) / to * to; }

}  // namespace

void QueuedMessage::append_to(std::string& to) const {
    const std::size_t size = round_up(sizeof(Header) + database.size() + channel.size() + payload.size(), 8), begin = to.size();
    const Header header{static_cast<std::uint32_t>(size), pid, static_cast<std::uint16_t>(payload.size()),
                        static_cast<std::uint8_t>(database.size()), static_cast<std::uint8_t>(channel.size())};
    to.append(reinterpret_cast<const char*>(&header), sizeof header).append(database).append(channel).append(payload);
    to.resize(begin + size);
}

std::optional<QueuedMessage> QueuedMessage::take(std::string_view& from) {
    Header header;
    if (from.size() < sizeof header) return {};
    std::memcpy(&header, from.data(), sizeof header);
    if (from.size() < header.size) return {};
    const std::string_view bytes = from.substr(sizeof header);
    from.remove_prefix(header.size);
    return QueuedMessage{header.pid, bytes.substr(0, header.database), bytes.substr(header.database, header.channel),
                         bytes.substr(std::size_t{header.database} + header.channel, header.payload)};
}
//! [message-bytes]

//! [queue-state]
struct NotifyQueue::State {
    using Shareable = void;
    // ---- written under the lock, read by all
    alignas(k_shared_alignment) std::atomic<QueuePosition> head{k_notify_page};  // where the next message will be
    std::atomic<QueuePosition> resident{k_notify_page};  // what lies before is no longer in the ring: a page's beginning
    std::atomic<std::uint64_t> first_file{0}, end_file{0};  // segments on disk
    // ---- written and read under the lock
    QueuePosition tail{k_notify_page};  // what lies before is needed by nobody
    std::int32_t holds_tail{0};         // the process that needs what lies there
    std::int64_t warned{0};             // when somebody was told that the queue is half full; monotonic µs
};

namespace {

constexpr std::string_view k_lock = "NotifyQueue";
constexpr const char* k_directory = "pg_notify";
constexpr std::size_t k_segment_bytes = 32 * k_notify_page;  // of a file
constexpr std::int64_t k_between_warnings_us = 5'000'000;

std::string file_of(std::uint64_t segment) { return fmt::format("{}/{:012X}", k_directory, segment); }

std::size_t ring_bytes() { return static_cast<std::size_t>(setting::notify_buffers.value()) * k_notify_page; }

}  // namespace

NotifyQueue& notify_queue() {
    static NotifyQueue the_queue;
    return the_queue;
}
//! [queue-state]

//! [queue-create]
void NotifyQueue::request() {
    request_lw_locks(k_lock, 1);
    segment().request("Notify Queue", sizeof(State));
    segment().request("Notify Ring", ring_bytes());
    segment().request("Notify Listeners", static_cast<std::size_t>(ProcessTable::wanted_slots()) * sizeof(NotifyListener));
}

void NotifyQueue::create() {
    const std::size_t words = ring_bytes() / sizeof(std::uint64_t), slots = static_cast<std::size_t>(slot_count());
    state_ = &segment().find_or_create<State>("Notify Queue");
    ring_ = {segment().find_or_create_array<std::uint64_t>("Notify Ring", words), words};
    listeners_ = {segment().find_or_create_array<NotifyListener>("Notify Listeners", slots), slots};
    // Whoever listened before is gone, and with it everything that it had not heard.
    if (sys::mkdir(k_directory, S_IRWXU) != 0 && errno != EEXIST)
        throw Error(code_for_errno(errno), "could not create directory \"{}\": {}", k_directory, errno_text(errno));
    std::error_code failed;
    for (const auto& old : std::filesystem::directory_iterator(k_directory, failed))
        if (sys::unlink(old.path().c_str()) != 0)
            throw Error(code_for_errno(errno), "could not remove file \"{}\": {}", old.path().string(), errno_text(errno));
    if (failed) throw Error(code_for_errno(failed.value()), "could not open directory \"{}\": {}", k_directory, errno_text(failed.value()));
}

LWLock& NotifyQueue::lock() { return requested_lw_locks(k_lock)[0].lock; }
NotifyListener& NotifyQueue::listener(SlotNumber slot) { return listeners_[static_cast<std::size_t>(slot)]; }
QueuePosition NotifyQueue::head() const { return state_->head.load(std::memory_order_acquire); }
bool NotifyQueue::on_disk(QueuePosition place) const noexcept { return place < state_->resident.load(std::memory_order_relaxed); }
bool NotifyQueue::has_files() const noexcept {
    return state_->first_file.load(std::memory_order_relaxed) != state_->end_file.load(std::memory_order_relaxed);
}
//! [queue-create]

//! [queue-put]
QueuePosition NotifyQueue::limit() const { return static_cast<QueuePosition>(setting::max_notify_queue_pages.value()) * k_notify_page; }

void NotifyQueue::put(std::string_view bytes) {
    const QueuePosition head = state_->head.load(std::memory_order_relaxed), end = head + bytes.size();
    if (end - state_->tail > limit() / 2) advance_tail();
    if (end - state_->tail > limit()) throw Error(sqlstate::program_limit_exceeded, "too many notifications in the NOTIFY queue");
    // The ring will hold what lies between here and its length before. Pages that fall out of it and have not been read by all go to disk
    // first. That may fail, and so it comes before anything that others would notice; a part of these bytes may be among it.
    const QueuePosition resident = state_->resident.load(std::memory_order_relaxed);
    const QueuePosition now_resident = std::max(resident, end < ring_bytes() ? 0 : round_up(end - ring_bytes(), k_notify_page));
    // A transaction that put much and then failed after all has left the ring's beginning behind the head: then these bytes belong into its files.
    const QueuePosition first = std::min(resident, head / k_notify_page * k_notify_page);
    if (now_resident > first) {
        advance_tail();
        const QueuePosition needed = state_->tail / k_notify_page * k_notify_page, last = std::min(now_resident, end);
        for (QueuePosition page = std::max(first, needed); page < last; page += k_notify_page) spill(page, bytes);
        state_->resident.store(now_resident, std::memory_order_relaxed);
        // A reader that copies what is written below finds, when it looks at `resident` afterwards, what was stored above.
        std::atomic_thread_fence(std::memory_order_release);
    }
    if (now_resident > head) bytes.remove_prefix(std::min<std::size_t>(now_resident - head, bytes.size()));
    copy_to_ring(std::max(head, now_resident), bytes);
}

void NotifyQueue::publish(std::size_t bytes) noexcept {
    // Whoever sees the head sees what lies before it.
    state_->head.store(state_->head.load(std::memory_order_relaxed) + bytes, std::memory_order_release);
}
//! [queue-put]

//! [queue-spill]
// Writes a page to its file. What lies behind the head comes from the bytes that are being put, what lies before it from the ring, or it is in
// the file already.
void NotifyQueue::spill(QueuePosition page, std::string_view bytes) {
    std::array<char, k_notify_page> room;
    const QueuePosition head = state_->head.load(std::memory_order_relaxed);
    const std::size_t old = head <= page ? 0 : std::min<std::size_t>(head - page, room.size());
    const bool old_in_file = page < state_->resident.load(std::memory_order_relaxed);
    if (!old_in_file) copy_from_ring(page, {room.data(), old});
    if (old < room.size()) bytes.substr(page + old - head).copy(room.data() + old, room.size() - old);
    const std::uint64_t segment = page / k_segment_bytes;
    const std::string name = file_of(segment);
    const UniqueFd file(sys::open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!file) throw Error(code_for_errno(errno), "could not open file \"{}\": {}", name, errno_text(errno));
    if (!has_files()) state_->first_file.store(segment, std::memory_order_relaxed);
    state_->end_file.store(segment + 1, std::memory_order_relaxed);
    for (std::size_t done = old_in_file ? old : 0; done < room.size();) {
        const ssize_t wrote =
            sys::pwrite(file.get(), room.data() + done, room.size() - done, static_cast<off_t>(page % k_segment_bytes + done));
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) {
            const int error = wrote < 0 ? errno : ENOSPC;
            throw Error(code_for_errno(error), "could not write to file \"{}\": {}", name, errno_text(error));
        }
        done += static_cast<std::size_t>(wrote);
    }
}
//! [queue-spill]

//! [queue-tail]
void NotifyQueue::advance_tail() noexcept {
    QueuePosition tail = state_->head.load(std::memory_order_relaxed);
    state_->holds_tail = 0;
    for (std::size_t i = 0; i < listeners_.size(); ++i) {
        const QueuePosition unread = listeners_[i].unread.load(std::memory_order_acquire) & ~k_more_to_read;
        if (unread == k_nothing_to_read || unread >= tail) continue;
        tail = unread;
        state_->holds_tail = slot(static_cast<SlotNumber>(i)).pid.load(std::memory_order_relaxed);
    }
    state_->tail = tail;
    std::uint64_t first = state_->first_file.load(std::memory_order_relaxed);
    const std::uint64_t end = state_->end_file.load(std::memory_order_relaxed);
    const bool in_ring = tail >= state_->resident.load(std::memory_order_relaxed);
    // What cannot be removed stays until the next start.
    for (; first < end && (in_ring || (first + 1) * k_segment_bytes <= tail); ++first) sys::unlink(file_of(first).c_str());
    state_->first_file.store(first, std::memory_order_relaxed);
}

double NotifyQueue::usage() {
    advance_tail();
    return static_cast<double>(state_->head.load(std::memory_order_relaxed) - state_->tail) / static_cast<double>(limit());
}

std::optional<NotifyQueue::Fullness> NotifyQueue::warn_of() {
    if (state_->head.load(std::memory_order_relaxed) - state_->tail < limit() / 2) return {};
    const std::int64_t now = monotonic_us();
    if (state_->warned != 0 && now - state_->warned < k_between_warnings_us) return {};
    const double full = usage();
    if (full < 0.5) return {};
    state_->warned = now;
    return Fullness{full * 100, state_->holds_tail};
}
//! [queue-tail]

//! [queue-read]
std::size_t NotifyQueue::read(QueuePosition from, std::span<char> to) const {
    to = to.first(std::min<std::size_t>(to.size(), head() - from));
    for (std::size_t done = 0; done < to.size();) {
        const QueuePosition at = from + done;
        const QueuePosition resident = state_->resident.load(std::memory_order_acquire);
        if (at < resident) {
            done += read_file(at, to.subspan(done, std::min<std::size_t>(to.size() - done, resident - at)));
            continue;
        }
        copy_from_ring(at, to.subspan(done));
        // Has any of it been overwritten while it was copied? Whoever overwrites moves `resident` first; the fences on both sides see to it
        // that who copied a new word does not see the old `resident`.
        std::atomic_thread_fence(std::memory_order_acquire);
        if (state_->resident.load(std::memory_order_relaxed) <= at) break;  // otherwise it is in a file now
    }
    return to.size();
}

std::size_t NotifyQueue::read_file(QueuePosition from, std::span<char> to) const {
    const std::string name = file_of(from / k_segment_bytes);
    const std::size_t offset = from % k_segment_bytes;
    const UniqueFd file(sys::open(name.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) throw Fatal(code_for_errno(errno), "could not open file \"{}\": {}", name, errno_text(errno));
    for (;;) {
        const ssize_t got =
            sys::pread(file.get(), to.data(), std::min(to.size(), k_segment_bytes - offset), static_cast<off_t>(offset));
        if (got > 0) return static_cast<std::size_t>(got);
        if (got < 0 && errno == EINTR) continue;
        throw Fatal(sqlstate::io_error, "could not read file \"{}\": {}", name, got < 0 ? errno_text(errno) : "it is too short");
    }
}
//! [queue-read]

//! [queue-ring]
// Words are copied one by one: a reader and a writer may meet, and then the reader shall get wrong words, not undefined behaviour.
void NotifyQueue::copy_from_ring(QueuePosition from, std::span<char> to) const {
    std::size_t word = from / sizeof(std::uint64_t) % ring_.size();
    for (std::size_t at = 0; at < to.size(); at += sizeof(std::uint64_t)) {
        const std::uint64_t value = std::atomic_ref(ring_[word]).load(std::memory_order_relaxed);
        std::memcpy(to.data() + at, &value, sizeof value);
        if (++word == ring_.size()) word = 0;
    }
}

void NotifyQueue::copy_to_ring(QueuePosition to, std::string_view bytes) {
    std::size_t word = to / sizeof(std::uint64_t) % ring_.size();
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
        std::uint64_t value;
        std::memcpy(&value, bytes.data() + at, sizeof value);
        std::atomic_ref(ring_[word]).store(value, std::memory_order_relaxed);
        if (++word == ring_.size()) word = 0;
    }
}
//! [queue-ring]

}  // namespace forklore
