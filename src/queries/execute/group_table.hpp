/// \file
/// GroupTable: finds rows by the values of their keys. Behind GROUP BY, DISTINCT, hash joins and set operations.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "queries/execute/row_set.hpp"

namespace forklore {

/// Distinct keys, numbered in the order in which they came. Nulls are equal to each other here.
class GroupTable {
public:
    /// \param types of the keys; all can be hashed or compared
    explicit GroupTable(std::vector<const Type*> types);

    static constexpr std::uint32_t k_none = 0xFFFFFFFF;  ///< no such key

    void clear();                                                                ///< forgets all keys
    std::uint32_t size() const { return static_cast<std::uint32_t>(keys_.size()); }  ///< distinct keys
    const Datum* key(std::uint32_t group) const { return keys_[group]; }         ///< a key's values \param group its number
    Arena& arena() { return keys_.arena(); }                                     ///< lives as long as the keys

    /// The hashes of some rows' keys. \param columns the keys \param rows which \param to by row number
    void hash(std::span<const Column> columns, Rows rows, std::uint64_t* to) const;
    /// The number of a row's key, which is added if it is new. \param columns the keys \param row which \param hash its hash
    std::uint32_t find_or_add(std::span<const Column> columns, std::uint32_t row, std::uint64_t hash);
    /// The number of a row's key, or k_none. \param columns the keys \param row which \param hash its hash
    std::uint32_t find(std::span<const Column> columns, std::uint32_t row, std::uint64_t hash) const;

private:
    struct Slot {
        std::uint32_t tag = 0;              // upper half of the hash
        std::uint32_t group = k_none;
    };
    bool same(const Datum* key, std::span<const Column> columns, std::uint32_t row) const;
    std::size_t probe(std::span<const Column> columns, std::uint32_t row, std::uint64_t hash) const;
    void grow();

    std::vector<const Type*> types_;
    RowSet keys_;
    std::vector<std::uint64_t> hashes_;  // of the keys, for growing
    std::vector<Slot> slots_;
};

}  // namespace forklore
