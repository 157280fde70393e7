/// \file
/// SQLSTATE: the five characters by which programs tell errors apart.
///
/// Source: ISO/IEC 9075-2 section 24, PostgreSQL's manual appendix A. Names as in PostgreSQL.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace forklore {

/// A five-character error code; compares by value, prints as its characters.
class SqlState {
public:
    /// \param text exactly five characters, digits or upper-case letters.
    consteval explicit SqlState(const char (&text)[6])
        : code_{text[0], text[1], text[2], text[3], text[4], '\0'} {}

    /// The five characters. The view lives as long as this object.
    constexpr std::string_view text() const { return {code_.data(), 5}; }

    /// The first two characters: the class, which decides how a program may react.
    constexpr std::string_view error_class() const { return {code_.data(), 2}; }

    friend constexpr bool operator==(const SqlState&, const SqlState&) = default;

private:
    std::array<char, 6> code_;
};

/// Every SQLSTATE that PostgreSQL 15 knows, by PostgreSQL's name.
namespace sqlstate {
/// One row of the table.
/// \param name PostgreSQL's name of the constant.
/// \param code the five characters.
/// \param condition what PL/pgSQL's EXCEPTION calls it; empty for an alias.
#define FORKLORE_SQLSTATE(name, code, condition) inline constexpr SqlState name{code};
#include "base/sqlstate_table.inc"
#undef FORKLORE_SQLSTATE
}  // namespace sqlstate

/// The condition name of a code ("division_by_zero"), or an empty view when it has none.
/// \param code the SQLSTATE to look up.
std::string_view condition_name(SqlState code);

}  // namespace forklore
