/// \file
/// Query: a SELECT (or VALUES, or set operation) after analysis.
///
/// Counterpart in PostgreSQL: struct Query and RangeTblEntry in parsenodes.h.
#pragma once

#include <string>
#include <vector>

#include "queries/analyze/expression.hpp"

namespace forklore {

class Relation;
struct Query;

/// A column that a range table entry offers.
struct RangeColumn {
    std::string name;
    const Type* type = nullptr;
    std::int32_t typmod = -1;
};

/// One function of a function entry.
struct RangeFunctionCall {
    Expr* expr = nullptr;          ///< a call; or any expression: one row
    int columns = 1;               ///< how many columns it gives
};

/// A query of WITH.
struct CommonTable {
    std::string name;
    Query* query = nullptr;             ///< null while it is being analysed
    std::vector<RangeColumn> columns;
    bool recursive = false;             ///< refers to itself: query is a union
    int references = 0;
    int self_references = 0;            ///< inside its own definition
    bool materialized = false;          ///< asked for
    bool not_materialized = false;      ///< asked for
};

/// Something that FROM names: an entry of the range table.
struct RangeEntry {
    /// What it is.
    enum class Kind : std::uint8_t { relation, subquery, function, values, join, common_table };
    Kind kind = Kind::relation;
    std::string name;                       ///< alias, or the relation's own name
    std::string schema;                     ///< of a relation
    std::string relation_name;              ///< of a relation, whatever its alias
    bool has_alias = false;
    bool lateral = false;                   ///< may refer to its neighbours on the left
    std::vector<RangeColumn> columns;
    Relation* relation = nullptr;           ///< kind relation
    Query* query = nullptr;                 ///< kind subquery
    std::vector<RangeFunctionCall> functions;  ///< kind function
    bool ordinality = false;                ///< kind function: a last column counts the rows
    std::vector<std::vector<Expr*>> rows;   ///< kind values
    std::vector<Expr*> merged;              ///< kind join: what each column stands for
    CommonTable* common_table = nullptr;    ///< kind common_table
    bool self_reference = false;            ///< kind common_table: inside its own recursive definition
};

/// JOIN's kinds.
enum class JoinType : std::uint8_t { inner, left, full, right };

/// A node of the FROM tree: an entry, or two nodes joined.
struct FromItem {
    int entry = -1;             ///< index in the range table; also of joins
    bool is_join = false;
    JoinType type = JoinType::inner;
    FromItem* left = nullptr;
    FromItem* right = nullptr;
    Expr* condition = nullptr;  ///< null: all pairs
};

/// An item of the select list.
struct TargetEntry {
    Expr* expr = nullptr;
    std::string name;
    bool hidden = false;       ///< needed by ORDER BY or the like, not part of the result
};

/// ORDER BY, GROUP BY, DISTINCT refer to targets.
struct SortClause {
    int target = 0;  ///< index in Query::targets
    bool descending = false;
    bool nulls_first = false;
};

/// A window.
struct Window {
    std::string name;
    std::vector<SortKey> partition_by, order_by;
    std::uint32_t frame = 0;      ///< PostgreSQL's FRAMEOPTION_ bits
    Expr* start = nullptr;
    Expr* end = nullptr;
};

/// A node of a tree of set operations. Its rows are known as columns of a range table entry of its own.
struct SetNode {
    /// Which.
    enum class Op : std::uint8_t { leaf, union_, intersect, except };
    Op op = Op::leaf;
    bool all = false;
    int entry = -1;                       ///< range table entry; of a leaf it has the query
    SetNode* left = nullptr;
    SetNode* right = nullptr;
    std::vector<Expr*> left_outputs;      ///< the left node's columns, converted to this node's types
    std::vector<Expr*> right_outputs;     ///< the right node's columns, likewise
};

/// A SELECT.
struct Query {
    std::vector<RangeEntry*> range_table;
    std::vector<FromItem*> from;             ///< all pairs of them
    Expr* where = nullptr;
    std::vector<TargetEntry> targets;
    std::vector<int> group_by;               ///< targets
    bool has_aggregates = false;             ///< aggregates, GROUP BY or HAVING
    Expr* having = nullptr;
    std::vector<Window> windows;
    std::vector<SortClause> distinct;        ///< of DISTINCT (all visible targets) or DISTINCT ON
    bool distinct_on = false;
    std::vector<SortClause> order_by;
    Expr* limit = nullptr;                   ///< int8
    Expr* offset = nullptr;                  ///< int8
    bool with_ties = false;
    SetNode* set_operation = nullptr;        ///< then from is empty and targets name its columns
    std::vector<CommonTable*> common_tables;
    bool has_sets = false;                   ///< set-returning functions in the select list
    bool has_sublinks = false;               ///< sub-selects in expressions
    bool has_windows = false;
};

}  // namespace forklore
