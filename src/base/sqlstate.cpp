#include "base/sqlstate.hpp"

#include <utility>

namespace forklore {

namespace {

// In the order of the table: the first name of a code is its own, aliases follow with an empty one.
constexpr std::pair<SqlState, std::string_view> k_conditions[] = {
#define FORKLORE_SQLSTATE(name, code, condition) {SqlState{code}, condition},
#include "base/sqlstate_table.inc"
#undef FORKLORE_SQLSTATE
};

}  // namespace

std::string_view condition_name(SqlState code) {
    for (const auto& [known, name] : k_conditions) {
        if (known == code && !name.empty()) return name;
    }
    return {};
}

}  // namespace forklore
