/// \file
/// ListSource: the rows of a set-returning function that makes them all at once.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "queries/registry.hpp"

namespace forklore {

/// Rows that are known beforehand, handed out in batches. It owns their bytes.
class ListSource : public RowSource {
public:
    /// \param width number of columns
    explicit ListSource(std::size_t width) : values_(width), columns_(width) {}

    Arena& arena() { return arena_; }   ///< for the bytes of values

    /// Adds a row. \param row a value for each column; bytes in the arena, or in memory that lives longer than this
    void add(std::initializer_list<Datum> row) {
        auto value = row.begin();
        for (std::vector<Datum>& column : values_) column.push_back(*value++);
    }

    bool next(Batch& to) override {
        const std::size_t left = values_.front().size() - at_;
        if (left == 0) return false;
        const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(left, k_batch_rows));
        for (std::size_t i = 0; i < columns_.size(); ++i) columns_[i] = Column{values_[i].data() + at_, 1};
        to = Batch{columns_, Rows(count)};
        at_ += count;
        return true;
    }

private:
    Arena arena_;
    std::vector<std::vector<Datum>> values_;
    std::vector<Column> columns_;
    std::size_t at_ = 0;
};

}  // namespace forklore
