// (a, b) OVERLAPS (c, d): whether two periods share a moment.
#include <optional>
#include <utility>

#include "queries/functions/datetime_arithmetic.hpp"
#include "queries/functions/datetime_families.hpp"

namespace forklore {

namespace {

template <typename T>
using Maybe = std::optional<T>;

/// A period: from its earlier to its later end; of one unknown end only the other is known.
template <typename T>
struct Period {
    Maybe<T> begin, end;
    Period(Maybe<T> a, Maybe<T> b) : begin(a), end(b) {
        if (!begin || (end && *end < *begin)) std::swap(begin, end);
    }
};

/// By SQL's rule: periods are half open, but one that begins and ends at once is a point. Null when the ends that are
/// unknown might decide.
template <typename T>
Maybe<bool> overlaps(Maybe<T> a1, Maybe<T> a2, Maybe<T> b1, Maybe<T> b2) {
    Period<T> a(a1, a2), b(b1, b2);
    if (!a.begin || !b.begin) return {};
    if (*a.begin == *b.begin) {
        // Both begin at once: they share that moment, if only both have a length or are points.
        if (!a.end || !b.end) return {};
        return true;
    }
    if (*a.begin < *b.begin) std::swap(a, b);
    // Now a begins later: they overlap when that is before b's end.
    if (b.end && *a.begin < *b.end) return true;
    if (!a.end || !b.end) return {};
    return false;
}

template <typename T>
Maybe<T> plus(Maybe<T> begin, Maybe<Interval> length) {
    if (!begin || !length) return {};
    return add(*begin, *length);
}

template <typename T>
void add_forms(Registry& to, Volatility volatility, Oid ends, Oid lengths, Oid second_length, Oid first_length) {
    using I = Interval;
    const Declared declared{.volatility = volatility};
    to.add(function<overlaps<T>>("overlaps", ends));
    to.add(function<[](Maybe<T> a, Maybe<I> la, Maybe<T> b, Maybe<I> lb) { return overlaps<T>(a, plus(a, la), b, plus(b, lb)); }>("overlaps", lengths, declared));
    to.add(function<[](Maybe<T> a, Maybe<T> a2, Maybe<T> b, Maybe<I> lb) { return overlaps<T>(a, a2, b, plus(b, lb)); }>("overlaps", second_length, declared));
    to.add(function<[](Maybe<T> a, Maybe<I> la, Maybe<T> b, Maybe<T> b2) { return overlaps<T>(a, plus(a, la), b, b2); }>("overlaps", first_length, declared));
}

}  // namespace

void register_datetime_overlaps(Registry& to) {
    add_forms<Timestamp>(to, Volatility::immutable, 2041, 2042, 2043, 2044);
    add_forms<TimestampTz>(to, Volatility::stable, 1304, 1305, 1306, 1307);
    add_forms<Time>(to, Volatility::immutable, 1308, 1309, 1310, 1311);
    to.add(function<overlaps<TimeTz>>("overlaps", 1271));
}

}  // namespace forklore
