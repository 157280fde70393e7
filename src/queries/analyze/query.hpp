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
    std::string name;  ///< as queries refer to it
    const Type* type = nullptr;  ///< of its values
    std::int32_t typmod = -1;    ///< type modifier of its values, -1: none
};

/// One function of a function entry.
struct RangeFunctionCall {
    Expr* expr = nullptr;          ///< a call; or any expression: one row
    int columns = 1;               ///< how many columns it gives
};

/// A query of WITH.
struct CommonTable {
    std::string name;                   ///< as FROM refers to it
    Query* query = nullptr;             ///< null while it is being analysed
    std::vector<RangeColumn> columns;   ///< what it offers
    bool recursive = false;             ///< refers to itself: query is a union
    int references = 0;                 ///< how often it is named, outside its own definition
    int self_references = 0;            ///< inside its own definition
    bool materialized = false;          ///< asked for
    bool not_materialized = false;      ///< asked for
};

/// Something that FROM names: an entry of the range table.
struct RangeEntry {
    /// What it is.
    enum class Kind : std::uint8_t { relation, subquery, function, values, join, common_table };
    Kind kind = Kind::relation;             ///< what it is
    std::string name;                       ///< alias, or the relation's own name
    std::string schema;                     ///< of a relation
    std::string relation_name;              ///< of a relation, whatever its alias
    bool has_alias = false;                 ///< name is an alias
    bool lateral = false;                   ///< may refer to its neighbours on the left
    std::vector<RangeColumn> columns;       ///< what it offers
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
    bool is_join = false;       ///< false: an entry
    JoinType type = JoinType::inner;  ///< of a join
    FromItem* left = nullptr;         ///< of a join: its left side
    FromItem* right = nullptr;        ///< of a join: its right side
    Expr* condition = nullptr;  ///< null: all pairs
};

/// An item of the select list.
struct TargetEntry {
    Expr* expr = nullptr;  ///< its value
    std::string name;      ///< of the result column
    bool hidden = false;       ///< needed by ORDER BY or the like, not part of the result
};

/// ORDER BY, GROUP BY, DISTINCT refer to targets.
struct SortClause {
    int target = 0;  ///< index in Query::targets
    bool descending = false;  ///< DESC
    bool nulls_first = false;  ///< nulls before all other values
};

/// A window.
struct Window {
    std::string name;  ///< as in the WINDOW clause; empty when written in OVER (…)
    std::vector<SortKey> partition_by, /**< PARTITION BY */ order_by;  ///< ORDER BY
    std::uint32_t frame = 0;      ///< PostgreSQL's FRAMEOPTION_ bits
    Expr* start = nullptr;        ///< offset of the frame's start, int8; null when it has none
    Expr* end = nullptr;          ///< offset of the frame's end, likewise
};

/// A node of a tree of set operations. Its rows are known as columns of a range table entry of its own.
struct SetNode {
    /// Which.
    enum class Op : std::uint8_t { leaf, union_, intersect, except };
    Op op = Op::leaf;  ///< which; leaf: a query
    bool all = false;  ///< ALL: duplicates count
    int entry = -1;                       ///< range table entry; of a leaf it has the query
    SetNode* left = nullptr;              ///< null of a leaf
    SetNode* right = nullptr;             ///< null of a leaf
    std::vector<Expr*> left_outputs;      ///< the left node's columns, converted to this node's types
    std::vector<Expr*> right_outputs;     ///< the right node's columns, likewise
};

/// A SELECT.
struct Query {
    std::vector<RangeEntry*> range_table;    ///< what FROM and set operations name; columns refer to it by index
    std::vector<FromItem*> from;             ///< all pairs of them
    Expr* where = nullptr;                   ///< boolean; null: all rows
    std::vector<TargetEntry> targets;        ///< the select list, then hidden ones
    std::vector<int> group_by;               ///< targets
    bool has_aggregates = false;             ///< aggregates, GROUP BY or HAVING
    Expr* having = nullptr;                  ///< boolean over groups; null: all groups
    std::vector<Window> windows;             ///< those that functions run over or that WINDOW defines
    std::vector<SortClause> distinct;        ///< of DISTINCT (all visible targets) or DISTINCT ON
    bool distinct_on = false;                ///< whether it is DISTINCT ON
    std::vector<SortClause> order_by;        ///< most significant first
    Expr* limit = nullptr;                   ///< int8
    Expr* offset = nullptr;                  ///< int8
    bool with_ties = false;                  ///< FETCH … WITH TIES: rows equal to the last one come too
    SetNode* set_operation = nullptr;        ///< then from is empty and targets name its columns
    std::vector<CommonTable*> common_tables;  ///< of its own WITH
    bool has_sets = false;                   ///< set-returning functions in the select list
    bool has_sublinks = false;               ///< sub-selects in expressions
    bool has_windows = false;                ///< functions over windows
};

}  // namespace forklore
