#include "queries/execute/row_set.hpp"

namespace forklore {

Datum* RowSet::add(std::span<const Column> columns, std::uint32_t row) {
    Datum* const copy = static_cast<Datum*>(arena_.allocate_bytes(sizeof(Datum) * std::max<std::size_t>(types_.size(), 1), alignof(Datum)));
    for (std::size_t i = 0; i < types_.size(); ++i) {
        copy[i] = columns[i][row];
        if (types_[i]->by_reference && !copy[i].is_null) copy[i].bytes = arena_.copy(copy[i].view()).data();
    }
    rows_.push_back(copy);
    return copy;
}

void RowSet::add(const Batch& batch) {
    batch.rows.each([&](std::uint32_t row) { add(batch.columns, row); });
}

void RowSet::clear() {
    arena_.reset();
    // A large list is not worth keeping; a small one is.
    if (rows_.capacity() > k_batch_rows) std::vector<Datum*>().swap(rows_);
    else rows_.clear();
}

void RowSet::read(std::size_t begin, std::uint32_t count, Batch& to) { gather({rows_.data() + begin, count}, to); }

void RowSet::gather(std::span<const Datum* const> rows, Batch& to) {
    values_.resize(types_.size());
    columns_.resize(types_.size());
    for (std::size_t c = 0; c < types_.size(); ++c) {
        if (values_[c].size() < rows.size()) values_[c].resize(rows.size());
        Datum* const values = values_[c].data();
        for (std::size_t i = 0; i < rows.size(); ++i) values[i] = rows[i][c];
        columns_[c] = {values, 1};
    }
    to = {columns_, Rows(static_cast<std::uint32_t>(rows.size()))};
}

int RowOrder::compare(const Datum* a, const Datum* b) const {
    for (const Key& key : keys_) {
        const Datum& x = a[key.column];
        const Datum& y = b[key.column];
        if (x.is_null || y.is_null) {
            if (x.is_null && y.is_null) continue;
            return x.is_null == key.nulls_first ? -1 : 1;
        }
        const int order = key.type->compare(*key.type, x, y);
        if (order != 0) return key.descending ? -order : order;
    }
    return 0;
}

}  // namespace forklore
