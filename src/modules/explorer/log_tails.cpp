#include "log_tails.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "base/clock.hpp"
#include "queries/types/utf8.hpp"
#include "shared_memory/process_table.hpp"
#include "shared_memory/segment.hpp"

namespace explorer {

namespace {

using namespace forklore;

//! [tail-structure]
constexpr std::string_view k_name = "Explorer Log Tails";
constexpr std::size_t k_line_bytes = 256;
constexpr int k_looks = 100;  // a reader that meets its writer at it looks again so often

/// A line; the text is cut off at the end of a character where it is too long.
struct Line {
    std::int64_t time;
    pid_t pid;
    std::uint32_t number;
    Severity severity;
    std::uint8_t length;
    char text[k_line_bytes - 18];
};
static_assert(sizeof(Line) == k_line_bytes && sizeof(Line::text) <= 255);

/// One process's. Written by the process of the slot alone; read by all who find the same even number before and after.
struct alignas(k_shared_alignment) Tail {
    using Shareable = void;
    std::atomic<std::uint32_t> changes{0};  // odd: it is being written to
    std::uint32_t written = 0;              // lines, ever
    Line lines[k_tail_lines]{};
};

Tail* tails;                            // in shared memory: one for each slot, and the postmaster's
const pid_t postmaster_pid = getpid();  // who loads this module

// The postmaster is not in the process table.
std::size_t tail_count() { return static_cast<std::size_t>(ProcessTable::wanted_slots()) + 1; }

Tail* my_tail() {
    if (tails == nullptr || !segment().contains(tails))
        return nullptr;  // not yet, or just now being made anew
    if (my_slot() != nullptr) return tails + my_slot_number();
    return getpid() == postmaster_pid ? tails + tail_count() - 1 : nullptr;
}
//! [tail-structure]

//! [tail-read]
// None while it is being written to: whoever was killed at it may have left it so, until the slot's next process says something.
bool read_tail(const Tail& from, Tail& to) {
    for (int look = 0; look < k_looks; ++look) {
        const std::uint32_t before = from.changes.load(std::memory_order_acquire);
        to.written = from.written;
        std::ranges::copy(from.lines, to.lines);
        std::atomic_thread_fence(std::memory_order_acquire);
        if (before % 2 == 0 && from.changes.load(std::memory_order_relaxed) == before) return true;
    }
    return false;
}
//! [tail-read]

}  // namespace

//! [tail-life]
void request_log_tails() { segment().request_array<Tail>(k_name, tail_count()); }
void find_log_tails() { tails = segment().find_or_create_array<Tail>(k_name, tail_count()); }
//! [tail-life]

//! [tail-write]
void keep_logged(const Report& report) noexcept {
    Tail* mine = my_tail();
    if (mine == nullptr) return;
    const std::uint32_t writing = mine->changes.load(std::memory_order_relaxed) | 1;
    mine->changes.store(writing, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    Line& line = mine->lines[mine->written % k_tail_lines];
    const std::string_view text = utf8_clip(report.message, sizeof line.text);
    line.time = now_us();
    line.pid = getpid();
    line.number = mine->written++;
    line.severity = report.severity;
    line.length = static_cast<std::uint8_t>(text.copy(line.text, sizeof line.text));
    mine->changes.store(writing + 1, std::memory_order_release);
}

std::vector<LoggedLine> logged_lines() {
    std::vector<LoggedLine> out;
    Tail seen;
    for (std::size_t i = 0; i < tail_count(); ++i) {
        if (tails[i].changes.load(std::memory_order_relaxed) == 0 || !read_tail(tails[i], seen)) continue;
        for (const Line& line : seen.lines)
            if (line.pid != 0)
                out.push_back({line.pid,
                               line.number,
                               seen.written - 1 - line.number,
                               line.time,
                               line.severity,
                               {line.text, line.length}});
    }
    std::ranges::sort(out, [](const LoggedLine& a, const LoggedLine& b) {
        return std::tie(a.time, a.number) > std::tie(b.time, b.number);
    });
    return out;
}
//! [tail-write]

}  // namespace explorer
