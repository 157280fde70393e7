/// \file
/// RowSet: rows kept for later, in the order they came or in another.
#pragma once

#include <span>
#include <vector>

#include "base/arena.hpp"
#include "queries/execute/evaluator.hpp"

namespace forklore {

/// Rows of some columns, copied.
class RowSet {
public:
    /// \param types of the columns
    explicit RowSet(std::vector<const Type*> types) : types_(std::move(types)) {}
    /// \param columns expressions whose types they have
    explicit RowSet(std::span<Expr* const> columns) {
        for (const Expr* e : columns) types_.push_back(e->type);
    }

    /// Takes a row of a batch. \param columns as many as the set has \param row its number \return the copy
    Datum* add(std::span<const Column> columns, std::uint32_t row);
    void add(const Batch& batch);                                          ///< all rows of a batch \param batch copied
    std::size_t size() const { return rows_.size(); }                      ///< rows
    std::size_t width() const { return types_.size(); }                    ///< columns
    const Datum* operator[](std::size_t row) const { return rows_[row]; }  ///< a row's values \param row below size()
    std::vector<Datum*>& rows() { return rows_; }                          ///< to be put into another order
    void clear();                                                          ///< forgets all
    Arena& arena() { return arena_; }                                      ///< where copies live
    /// Shows some rows as a batch. \param begin first row \param count at most k_batch_rows \param to set to them, valid until the next call
    void read(std::size_t begin, std::uint32_t count, Batch& to);
    /// Shows rows given one by one. \param rows their values \param to set to them, valid until the next call
    void gather(std::span<const Datum* const> rows, Batch& to);

private:
    std::vector<const Type*> types_;
    Arena arena_;
    std::vector<Datum*> rows_;
    std::vector<std::vector<Datum>> values_;
    std::vector<Column> columns_;
};

/// How two rows order. Keys are columns of a row.
class RowOrder {
public:
    /// A key.
    struct Key {
        std::size_t column;  ///< its place in the row, from 0
        const Type* type;  ///< knows how values compare
        bool descending = false;  ///< greater values come first
        bool nulls_first = false;  ///< nulls come before all values, whichever way these go
    };
    explicit RowOrder(std::vector<Key> keys) : keys_(std::move(keys)) {}  ///< \param keys most important first
    int compare(const Datum* a, const Datum* b) const;                    ///< <0, 0, >0 \param a a row \param b another
    bool operator()(const Datum* a, const Datum* b) const { return compare(a, b) < 0; }  ///< \param a a row \param b another
    const std::vector<Key>& keys() const { return keys_; }                ///< most important first

private:
    std::vector<Key> keys_;
};

}  // namespace forklore
