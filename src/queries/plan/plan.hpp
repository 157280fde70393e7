/// \file
/// Plan: how a query will be run, as a tree of steps. Made once, never changed by running it.
///
/// Expressions of a step refer to what is below it by being equal to it (`same_expr`): a step hands up `outputs`, and
/// whoever stands above and needs one of those expressions takes it from there instead of computing it.
///
/// Counterpart in PostgreSQL: plannodes.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "queries/analyze/query.hpp"

namespace forklore {

/// What a step is.
enum class PlanKind : std::uint8_t {
    result, values, scan, function_scan, subquery_scan, cte_scan, work_table_scan, project_set, nested_loop, hash_join,
    aggregate, sort, unique, limit, append, set_operation, window, recursive_union
};

/// A step: it makes `raw` rows, keeps those that fulfil `filter`, and hands up `outputs` computed from them.
struct Plan {
    PlanKind kind = PlanKind::result;  ///< what the step is; tells which of the structs below, if any, it is
    std::vector<Plan*> children;  ///< the steps below, left before right
    std::vector<Expr*> raw;       ///< what the step itself gives
    Expr* filter = nullptr;       ///< rows must fulfil it; null: all do
    std::vector<Expr*> outputs;   ///< what the step hands up
    const RangeEntry* entry = nullptr;  ///< scans: what is scanned, for EXPLAIN
    const Query* query = nullptr;       ///< whose columns the expressions name, for EXPLAIN
    /** estimated cost up to the first row, in PostgreSQL's units */ double startup_cost = 0, total_cost = 0;  ///< and up to the last row
    double rows = 1;              ///< estimated rows
    int width = 0;                ///< estimated bytes of a row
    bool empty = false;           ///< result: no row at all
    bool one_time_filter = false; ///< result: the filter depends on no row

    // Plans for sub-selects in this step's expressions hang on the expressions (SubLinkExpr::plan).
};

/// Rows of VALUES.
struct ValuesPlan : Plan { const std::vector<std::vector<Expr*>>* lists = nullptr; /**< the expressions of each row */ };
/// A relation.
struct ScanPlan : Plan {
    Relation* relation = nullptr;  ///< what is scanned
    std::vector<std::uint16_t> columns;  ///< those that are needed, as `raw`
};
/// Functions in FROM, row beside row.
struct FunctionScanPlan : Plan {
    std::vector<RangeFunctionCall> functions;  ///< called side by side: their rows are paired by number
    bool ordinality = false;  ///< WITH ORDINALITY: a last column counts the rows from 1
};
/// The rows of a query of WITH, or of its recursive part's last round.
struct CommonTablePlan : Plan {
    const CommonTable* table = nullptr;  ///< whose rows are read; for a work table the stand-in of RecursiveUnionPlan::work_table
    const Plan* definition = nullptr;   ///< how its rows are made; null for a work table
};
/// Set-returning functions in a select list.
struct ProjectSetPlan : Plan { std::vector<CallExpr*> sets; /**< the calls; `raw` is the input, then these */ };
/// Joins. `raw` is the left side's outputs, then the right side's.
struct JoinPlan : Plan {
    JoinType type = JoinType::inner;  ///< what becomes of rows without a partner
    Expr* condition = nullptr;            ///< beyond the hash keys
    /** hash join: over the left side */ std::vector<Expr*> left_keys, right_keys;  ///< over the right side; equal for partners
    std::vector<Expr*> lateral_values;    ///< nested loop: columns of the left side that the right side looks at
    std::vector<int> lateral_slots;       ///< where it finds them
    bool right_changes = false;           ///< the right side must be run anew for each left row
};
/// GROUP BY, aggregates. `raw` is the group expressions, then the aggregates.
struct AggregatePlan : Plan {
    std::vector<Expr*> groups;  ///< rows equal in these make a group; DISTINCT and UNION drop duplicates this way
    std::vector<AggregateExpr*> aggregates;  ///< equal ones once, unless volatile
    bool plain = false;                   ///< no GROUP BY: exactly one group
};
/// ORDER BY.
struct SortPlan : Plan { std::vector<SortKey> keys; /**< most important first */ };
/// Neighbours that are equal in the keys become one. The input is sorted.
struct UniquePlan : Plan { std::vector<Expr*> keys; /**< what DISTINCT compares */ };
/// LIMIT, OFFSET.
struct LimitPlan : Plan {
    Expr* limit = nullptr;  ///< how many rows at most; null, or a null value: all
    Expr* offset = nullptr;  ///< how many rows to skip first; null, or a null value: none
    std::vector<SortKey> ties;            ///< WITH TIES: what makes rows peers
};
/// INTERSECT, EXCEPT.
struct SetOperationPlan : Plan {
    bool intersect = true;  ///< INTERSECT; otherwise EXCEPT
    bool all = false;  ///< ALL: duplicates count
};
/// Window functions of one window. The input is sorted by partition and order. `raw` is the input's, then the functions.
struct WindowPlan : Plan {
    const Window* window = nullptr;  ///< partition, order and frame
    std::vector<WindowExpr*> functions;  ///< those that are computed over it
};
/// WITH RECURSIVE.
struct RecursiveUnionPlan : Plan {
    const CommonTable* work_table = nullptr;  ///< under which the recursive part finds the round before
    bool distinct = false;  ///< UNION: a row that was there before is dropped; otherwise UNION ALL
};

}  // namespace forklore
