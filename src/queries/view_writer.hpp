/// \file
/// ViewWriter: how a system view says its rows.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "queries/declare.hpp"
#include "queries/relation.hpp"

namespace forklore {

/// Takes the rows of a system view and keeps the columns that somebody wants.
class ViewWriter {
public:
    /// \param arena where values live \param needed columns wanted, in the order of the batches
    ViewWriter(Arena& arena, std::span<const std::uint16_t> needed) : arena_(arena), values_(needed.size()), needed_(needed.begin(), needed.end()) {}

    /// A row. \param values one for each column of the view, in types that declare.hpp knows; std::optional for null
    template <typename... A>
    void row(const A&... values) {
        const std::array<Datum, sizeof...(A)> all{datum(values)...};
        for (std::size_t i = 0; i < needed_.size(); ++i) values_[i].push_back(all[needed_[i]]);
        ++rows_;
    }
    Arena& arena() { return arena_; }                          ///< for values that are made by hand
    std::size_t rows() const { return rows_; }                 ///< written so far
    const Datum* column(std::size_t i) const { return values_[i].data(); }  ///< values of a wanted column \param i its place

private:
    template <typename T>
    Datum datum(const T& value) {
        if constexpr (detail::IsOptional<T>::value) return value ? datum(*value) : Datum{};
        else if constexpr (std::is_convertible_v<const T&, std::string_view>) return Datum(arena_.copy(std::string_view(value)));
        else return SqlType<T>::put(arena_, value);
    }
    Arena& arena_;
    std::vector<std::vector<Datum>> values_;
    std::vector<std::uint16_t> needed_;
    std::size_t rows_ = 0;
};

}  // namespace forklore
