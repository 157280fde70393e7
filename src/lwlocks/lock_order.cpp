#include "lwlocks/lock_order.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "lwlocks/spin_lock.hpp"
#include "shared_memory/segment.hpp"

namespace forklore {

namespace {

//! [names]
std::string name_of(const LWLock& lock) {
    return fmt::format("{} {}", tranche_name(lock.tranche()), lock.number());
}

#ifndef NDEBUG
std::string line_of(const SourceLocation& where) {
    return fmt::format("{}, {}:{}", where.function_name(), where.file_name(), where.line());
}
#endif
//! [names]

}  // namespace

//! [itself]
void detail::waits_for_itself(const LWLock& lock, [[maybe_unused]] LockSite where) {
    Error error(sqlstate::internal_error,
                "this process would wait for ever for lock {}, which it holds itself", name_of(lock));
#ifndef NDEBUG
    const HeldLock* const held = std::find_if(self.locks, self.locks + self.lock_count,
                                              [&](const HeldLock& h) { return h.lock == &lock; });
    throw std::move(error).detail(
        fmt::format("It was taken at {}, and is wanted at {}.", line_of(held->where), line_of(where)));
#else
    throw error;
#endif
}
//! [itself]

//! [edges]
#ifndef NDEBUG
namespace {

// "`after` was taken while `before` was held." In the segment; guarded by its lock, and read and written for a few hundred
// instructions, which a debug build may.
struct Edge {
    const LWLock *before, *after;
    SourceLocation before_where, after_where;
};
struct LockOrder {
    using Shareable = void;
    SpinLock lock;
    std::uint32_t count;
    std::array<Edge, 4096> edges;  // what does not fit is not learnt
};
LockOrder* order = nullptr;
constexpr std::string_view k_order_name = "LWLock Order";
//! [edges]

//! [path]
// A way from one lock to another along edges, or nothing. Depth first; `seen` keeps it from walking in circles.
bool find_path(const LWLock* from, const LWLock* to, std::vector<const LWLock*>& seen,
               std::vector<const Edge*>& path) {
    seen.push_back(from);
    for (const Edge* edge = order->edges.data(); edge != order->edges.data() + order->count; ++edge) {
        if (edge->before != from || std::find(seen.begin(), seen.end(), edge->after) != seen.end()) continue;
        path.push_back(edge);
        if (edge->after == to || find_path(edge->after, to, seen, path)) return true;
        path.pop_back();
    }
    return false;
}

// Writes an order down, if that is news and there is room.
void note(const Edge& edge) {
    const Edge *const first = order->edges.data(), *const end = first + order->count;
    const bool known = std::any_of(
        first, end, [&](const Edge& e) { return e.before == edge.before && e.after == edge.after; });
    if (!known && order->count < order->edges.size()) order->edges[order->count++] = edge;
}

// What this process has asked about already and found good: most questions come again and again.
std::vector<std::pair<const LWLock*, const LWLock*>> known_good;
//! [path]

}  // namespace

//! [check]
void detail::check_lock_order(const LWLock& lock, LockSite where) {
    // Locks outside the segment come and go, and so do their addresses: what was learnt of one would be said of another.
    if (order == nullptr || !in_segment(&lock)) return;
    for (std::uint32_t i = 0; i < self.lock_count; ++i) {
        const HeldLock& held = self.locks[i];
        // Whether it is the same one is known better when it turns out not to be free.
        const std::pair<const LWLock*, const LWLock*> question(held.lock, &lock);
        if (held.lock == &lock || !in_segment(held.lock) ||
            std::find(known_good.begin(), known_good.end(), question) != known_good.end())
            continue;
        std::vector<const LWLock*> seen;
        std::vector<const Edge*> path;
        std::vector<Edge> circle;
        {
            const SpinLockGuard guard(order->lock);
            if (find_path(&lock, held.lock, seen, path)) {
                for (const Edge* edge : path) circle.push_back(*edge);
            } else {
                note({held.lock, &lock, held.where, where});
            }
        }
        if (circle.empty()) {
            known_good.push_back(question);
            continue;
        }
        std::string detail = fmt::format("{} was taken at {}, and {} is wanted at {}.", name_of(*held.lock),
                                         line_of(held.where), name_of(lock), line_of(where));
        for (const Edge& edge : circle) {
            detail +=
                fmt::format(" Elsewhere {} was taken at {}, and then {} at {}.", name_of(*edge.before),
                            line_of(edge.before_where), name_of(*edge.after), line_of(edge.after_where));
        }
        throw Error(sqlstate::internal_error,
                    "locks {} and {} are taken in both orders, which may end in a deadlock",
                    name_of(*held.lock), name_of(lock))
            .detail(std::move(detail));
    }
}
//! [check]

//! [create]
void detail::request_lock_order() { segment().request(k_order_name, sizeof(LockOrder)); }
void detail::create_lock_order() {
    order = &segment().find_or_create<LockOrder>(k_order_name);
    known_good.clear();
}
#endif
//! [create]

}  // namespace forklore
