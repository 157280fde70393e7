/// \file
/// Aggregates over integers whose result is an integer, and count.
#include "queries/functions/families.hpp"
#include "queries/functions/operators.hpp"

namespace forklore {

namespace {

/// count(*).
struct CountRows {
    std::int64_t rows = 0;
    void add() { ++rows; }
    std::int64_t result() const { return rows; }
};

/// count(x): rows where x is not null.
struct CountValues {
    std::int64_t rows = 0;
    void add(Datum) { ++rows; }
    std::int64_t result() const { return rows; }
};

/// Sum in int8. It would take more than 2^32 rows to overflow.
template <typename T>
struct Sum {
    std::int64_t sum = 0;
    bool any = false;
    void add(T value) {
        sum += value;
        any = true;
    }
    std::optional<std::int64_t> result() const { return any ? std::optional<std::int64_t>(sum) : std::nullopt; }
};

enum class BitOperation { both, either, one };

/// bit_and, bit_or, bit_xor.
template <typename T, BitOperation operation>
struct Bits {
    T bits = operation == BitOperation::both ? T(-1) : T(0);
    bool any = false;
    void add(T value) {
        if constexpr (operation == BitOperation::both) bits = T(bits & value);
        else if constexpr (operation == BitOperation::either) bits = T(bits | value);
        else bits = T(bits ^ value);
        any = true;
    }
    std::optional<T> result() const { return any ? std::optional<T>(bits) : std::nullopt; }
};

template <typename T>
void add_aggregates(Registry& to, Oid max, Oid min, Oid bit_and, Oid bit_or, Oid bit_xor) {
    to.add(aggregate<Extreme<T, true>>("max", max));
    to.add(aggregate<Extreme<T, false>>("min", min));
    to.add(aggregate<Bits<T, BitOperation::both>>("bit_and", bit_and));
    to.add(aggregate<Bits<T, BitOperation::either>>("bit_or", bit_or));
    to.add(aggregate<Bits<T, BitOperation::one>>("bit_xor", bit_xor));
}

}  // namespace

void register_integer_aggregates(Registry& to) {
    to.add(aggregate<CountRows>("count", 2803));
    to.add(aggregate<CountValues>("count", 2147, {k_any}));
    to.add(aggregate<Sum<std::int16_t>>("sum", 2109));
    to.add(aggregate<Sum<std::int32_t>>("sum", 2108));
    add_aggregates<std::int16_t>(to, 2117, 2133, 2236, 2237, 6164);
    add_aggregates<std::int32_t>(to, 2116, 2132, 2238, 2239, 6165);
    add_aggregates<std::int64_t>(to, 2115, 2131, 2240, 2241, 6166);
}

}  // namespace forklore
