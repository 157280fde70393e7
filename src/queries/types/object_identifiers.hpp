/// \file
/// Types that number things: oid, transaction ids (xid, xid8), command ids (cid), row addresses (tid).
#pragma once

#include <cstdint>

#include "queries/declare.hpp"

namespace forklore {

/// Type xid8: a transaction id that never wraps around.
struct FullTransactionId {
    std::uint64_t value;  ///< the id
    friend auto operator<=>(const FullTransactionId&, const FullTransactionId&) = default;
};

/// Type tid: where a row lies. Kept in the datum: the block above, the offset in the lowest 16 bits.
struct RowAddress {
    std::uint32_t block;   ///< page of the relation
    std::uint16_t offset;  ///< item on the page, from 1
    friend auto operator<=>(const RowAddress&, const RowAddress&) = default;
};

/// \copydoc FullTransactionId
template <>
struct SqlType<FullTransactionId> {
    static constexpr Oid oid = k_xid8;  ///< xid8
    static FullTransactionId get(const Datum& d) { return {static_cast<std::uint64_t>(d.int8)}; }  ///< \param d an xid8
    /// \param arena not used \param value the id
    static Datum put(Arena& arena, FullTransactionId value) {
        return SqlType<std::int64_t>::put(arena, static_cast<std::int64_t>(value.value));
    }
};

/// \copydoc RowAddress
template <>
struct SqlType<RowAddress> {
    static constexpr Oid oid = k_tid;  ///< tid
    /// \param d a tid
    static RowAddress get(const Datum& d) {
        return {static_cast<std::uint32_t>(d.int8 >> 16), static_cast<std::uint16_t>(d.int8)};
    }
    /// \param arena not used \param value the address
    static Datum put(Arena& arena, RowAddress value) {
        return SqlType<std::int64_t>::put(arena, std::int64_t{value.block} << 16 | value.offset);
    }
};

}  // namespace forklore
