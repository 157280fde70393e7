/// \file
/// The parts of register_arrays() that lie in files of their own.
#pragma once

#include "queries/registry.hpp"

namespace forklore {

/// \name Parts of register_arrays()
/// \param to the registry that is being filled
/// \{
void register_array_operators(Registry& to);
void register_array_editing(Registry& to);
void register_array_searching(Registry& to);
void register_array_text(Registry& to);
void register_array_sets(Registry& to);
/// \}

/// Type of an array argument's elements. \param site the call \param argument which, from 0
inline const Type& element_type(const CallSite& site, std::size_t argument = 0) { return registry().type(site.arguments[argument]->element); }

}  // namespace forklore
