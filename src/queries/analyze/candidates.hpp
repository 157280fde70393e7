/// \file
/// Which function or operator is meant: PostgreSQL's choice among namesakes.
///
/// Counterpart in PostgreSQL: func_select_candidate() in parse_func.c, oper() in parse_oper.c.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "queries/analyze/coerce.hpp"
#include "queries/registry.hpp"

namespace forklore {

/// A function as it could be called with so many arguments.
struct Candidate {
    const Function* function = nullptr;    ///< what would be called
    const Operator* op = nullptr;          ///< when it was looked for as an operator
    std::vector<const Type*> arguments;    ///< declared types, a variadic one spread out
    bool variadic_spread = false;          ///< the last arguments are elements of the declared array
    std::uint16_t defaults_used = 0;       ///< trailing arguments left out
};

/// What became of a search.
enum class Choice : std::uint8_t { found, none, ambiguous };

/// The best of some candidates for these argument types. \param actual argument types \param candidates reduced to those that are left
Choice choose_candidate(std::span<const Type* const> actual, std::vector<Candidate>& candidates);

/// All functions of a name that take so many arguments. \param name exact \param count of arguments \param spread whether
/// variadic ones may take single elements
std::vector<Candidate> function_candidates(std::string_view name, std::size_t count, bool spread);

/// The operator that is meant, or null. \param name its symbol \param left null for a prefix operator \param right right argument's type
/// \param choice set to the reason when there is none
const Operator* choose_operator(std::string_view name, const Type* left, const Type* right, Choice& choice);

}  // namespace forklore
