/// \file
/// Records: values of several fields, as ROW(…) makes them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.hpp"
#include "queries/registry.hpp"

namespace forklore {

/// Makes a record. \param arena where it lives \param types of the fields \param names of the fields; empty: f1, f2, …
/// \param values of the fields, copied
Datum make_record(Arena& arena, std::span<const Type* const> types, std::span<const std::string> names, std::span<const Datum> values);

/// Reads a record; owns nothing.
class RecordView {
public:
    explicit RecordView(std::string_view bytes) : bytes_(bytes) {}  ///< \param bytes a record value; must outlive this
    std::uint32_t count() const;                                    ///< fields
    const Type& type(std::uint32_t field) const;                    ///< a field's type \param field below count()
    std::string_view name(std::uint32_t field) const;               ///< a field's name \param field below count()
    Datum operator[](std::uint32_t field) const;                    ///< a field's value; its bytes are those of the record \param field below count()

private:
    std::string_view bytes_;
};

}  // namespace forklore
