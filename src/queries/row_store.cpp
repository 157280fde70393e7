#include <algorithm>

#include "queries/session_impl.hpp"

namespace forklore {

void RowStore::add(std::span<const Datum> row) {
    for (Datum value : row) {
        // Bytes are copied; what lies in the datum itself has size 0.
        if (!value.is_null && value.size != 0) value = Datum(arena_.copy(value.view()));
        values_.push_back(value);
    }
    ++count_;
}

void RowStore::add(const Batch& batch) {
    std::vector<Datum> row(columns_.size());
    batch.rows.each([&](std::uint32_t number) {
        for (std::size_t i = 0; i < columns_.size(); ++i) row[i] = batch.columns[i][number];
        add(row);
    });
}

void RowStore::add_text(std::initializer_list<std::string_view> row) {
    std::vector<Datum> values;
    for (const std::string_view text : row) values.emplace_back(text);
    add(values);
}

void RowStore::read(std::size_t begin, std::size_t limit, Batch& to) {
    const std::size_t rows = std::min({limit, count_ - begin, std::size_t{k_batch_rows}});
    const std::size_t width = columns_.size();
    batch_values_.resize(rows * width);
    batch_columns_.resize(width);
    for (std::size_t column = 0; column < width; ++column) {
        Datum* const values = batch_values_.data() + column * rows;
        for (std::size_t row = 0; row < rows; ++row) values[row] = values_[(begin + row) * width + column];
        batch_columns_[column] = {values, 1};
    }
    to = {batch_columns_, Rows(static_cast<std::uint32_t>(rows))};
}

}  // namespace forklore
