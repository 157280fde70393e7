/// \file
/// What EXPLAIN ANALYZE finds out about each step of a plan.
///
/// Counterpart in PostgreSQL: executor/instrument.c.
#pragma once

#include <cstdint>
#include <unordered_map>

namespace forklore {

struct Plan;

/// What a step did in one run of the plan.
struct StepMeasure {
    std::int64_t loops = 0;        ///< how often it was begun
    double rows = 0;               ///< rows handed up, in all loops
    double filtered = 0;           ///< rows that the filter saw, in all loops
    std::int64_t startup_us = 0;   ///< time until the first rows, in all loops
    std::int64_t total_us = 0;     ///< time of it and all below, in all loops
};
using Measures = std::unordered_map<const Plan*, StepMeasure>;  ///< of all steps

}  // namespace forklore
