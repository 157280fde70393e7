/// \file
/// Plan: how a query will be run, as a tree of steps. Made once, never changed by running it.
///
/// Counterpart in PostgreSQL: plannodes.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "queries/analyze/query.hpp"

namespace forklore {

/// What a step is. The names that EXPLAIN shows are PostgreSQL's.
enum class PlanKind : std::uint8_t {
    result,             ///< one row, or those of its child
    values,             ///< rows of expressions
    scan,               ///< a relation
    function_scan,      ///< functions in FROM
    subquery_scan,      ///< another query's rows under new names
    project_set,        ///< set-returning functions in the select list
    nested_loop, hash_join,
    aggregate, sort, unique, limit, append, set_operation, window, materialize, cte_scan, recursive_union, work_table_scan
};

/// A step. Expressions refer to what the children give by being equal to it (`same_expr`), or to range table columns.
struct Plan {
    PlanKind kind;
    std::vector<Plan*> children;
    std::vector<Expr*> raw;       ///< what the step itself gives, before filter and projection
    Expr* filter = nullptr;       ///< rows must fulfil it
    std::vector<Expr*> outputs;   ///< what the step hands up
    double startup_cost = 0, total_cost = 0, rows = 1;  ///< PostgreSQL's cost units; estimated rows
    int width = 0;                ///< estimated bytes of a row
};

}  // namespace forklore
