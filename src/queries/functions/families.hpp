/// \file
/// The parts of a family's registration that lie in files of their own.
#pragma once

#include "queries/registry.hpp"

namespace forklore {

/// \name Parts of families
/// Each is called by the family's own register function, after its types are there.
/// \param to the registry that is being filled
/// \{
void register_integer_operators(Registry& to);
void register_integer_functions(Registry& to);
void register_integer_aggregates(Registry& to);
void register_integer_series(Registry& to);
void register_float_operators(Registry& to);
void register_float_functions(Registry& to);
void register_float_aggregates(Registry& to);
void register_random_functions(Registry& to);
void register_numeric_operators(Registry& to);
void register_numeric_functions(Registry& to);
void register_numeric_series(Registry& to);
void register_numeric_powers(Registry& to);
void register_numeric_aggregates(Registry& to);
void register_bytea_functions(Registry& to);
void register_text_operators(Registry& to);
void register_text_functions(Registry& to);
void register_text_case(Registry& to);
void register_text_format(Registry& to);
void register_quoting(Registry& to);
void register_like(Registry& to);
void register_bytea_like(Registry& to);
void register_regular_expressions(Registry& to);
void register_similar(Registry& to);
void register_number_to_char(Registry& to);
void register_to_number(Registry& to);
void register_text_aggregates(Registry& to);
void register_bytea_aggregates(Registry& to);
void register_character_sets(Registry& to);
/// \}

}  // namespace forklore
