/// \file
/// The parts of the registration of dates and intervals that lie in files of their own.
#pragma once

#include "queries/registry.hpp"

namespace forklore {

/// \name Parts of register_dates() and register_intervals()
/// All are called by register_intervals(), when both families' types are there.
/// \param to the registry that is being filled
/// \{
void register_datetime_comparisons(Registry& to);
void register_datetime_arithmetic(Registry& to);
void register_datetime_casts(Registry& to);
void register_datetime_constructors(Registry& to);
void register_datetime_fields(Registry& to);
void register_datetime_truncation(Registry& to);
void register_datetime_zones(Registry& to);
void register_datetime_overlaps(Registry& to);
void register_datetime_formatting(Registry& to);
void register_datetime_parsing(Registry& to);
void register_interval_functions(Registry& to);
void register_datetime_series(Registry& to);
/// \}

}  // namespace forklore
