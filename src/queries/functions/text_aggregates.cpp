/// \file
/// Aggregates over text and bytea: min, max, string_agg.
#include "base/error.hpp"
#include "queries/functions/families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/bytea.hpp"
#include "queries/types/text.hpp"

namespace forklore {

namespace {

std::string_view bytes_of(std::string_view text) { return text; }
template <Oid type>
std::string_view bytes_of(BytesOf<type> value) { return value.bytes; }

/// Bytes that outlive the rows they came from; room is taken twice as large as needed, so that it is rarely taken anew.
struct KeptBytes {
    char* data = nullptr;
    std::uint32_t size = 0, capacity = 0;

    char* extend(Arena& arena, std::size_t more) {
        std::size_t want = size + more;
        constexpr std::size_t k_max = 0x3fffffff;
        if (want > k_max)
            throw Error(sqlstate::program_limit_exceeded, "out of memory")
                .detail(fmt::format("Cannot enlarge string buffer containing {} bytes by {} more bytes.", size, more));
        if (want > capacity) {
            capacity = static_cast<std::uint32_t>(std::max<std::size_t>(want * 2, 64));
            char* bigger = static_cast<char*>(arena.allocate_bytes(capacity, 1));
            if (size > 0) std::memcpy(bigger, data, size);
            data = bigger;
        }
        char* at = data + size;
        size = static_cast<std::uint32_t>(want);
        return at;
    }
    void append(Arena& arena, std::string_view bytes) {
        if (!bytes.empty()) std::memcpy(extend(arena, bytes.size()), bytes.data(), bytes.size());
    }
    std::string_view view() const { return {data, size}; }
};

/// min and max of a type that is kept as bytes.
template <typename T, bool want_greater>
struct BytesExtreme {
    KeptBytes best;
    bool any = false;
    void add(Arena& arena, T value) {
        if (any) {
            T so_far{best.view()};
            if (want_greater ? !Ordering<T>::greater(value, so_far) : !Ordering<T>::less(value, so_far)) return;
        }
        any = true;
        best.size = 0;
        best.append(arena, bytes_of(value));
    }
    std::optional<T> result() const { return any ? std::optional<T>(T{best.view()}) : std::nullopt; }
};

/// string_agg. The delimiter before a value is that value's own row's.
template <typename T>
struct StringAggregate {
    KeptBytes text;
    bool any = false;
    void add(Arena& arena, std::optional<T> value, std::optional<T> delimiter) {
        if (!value) return;
        if (any && delimiter) text.append(arena, bytes_of(*delimiter));
        any = true;
        text.append(arena, bytes_of(*value));
    }
    std::optional<T> result() const { return any ? std::optional<T>(T{text.view()}) : std::nullopt; }
};

}  // namespace

void register_text_aggregates(Registry& to) {
    to.add(aggregate<BytesExtreme<std::string_view, true>>("max", 2129));
    to.add(aggregate<BytesExtreme<std::string_view, false>>("min", 2145));
    to.add(aggregate<BytesExtreme<BpChar, true>>("max", 2244));
    to.add(aggregate<BytesExtreme<BpChar, false>>("min", 2245));
    to.add(aggregate<StringAggregate<std::string_view>>("string_agg", 3538));
}

void register_bytea_aggregates(Registry& to) { to.add(aggregate<StringAggregate<Bytea>>("string_agg", 3545)); }

}  // namespace forklore
