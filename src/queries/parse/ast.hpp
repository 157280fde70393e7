/// \file
/// The tree of a parsed statement: what was written, nothing yet of what it means.
///
/// It is a small copy of PostgreSQL's raw parse tree (parsenodes.h), independent of the grammar library's version.
/// Nodes live in the arena of their ParsedText, are never changed, and hold views of the same arena.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace forklore::ast {

/// What a node is; one for each struct below.
enum class Kind : std::uint8_t {
    column_ref, param_ref, constant, operator_expr, boolean_expr, type_cast, type_name, function_call, named_argument,
    sublink, case_expr, null_test, boolean_test, coalesce, min_max, sql_value, array_expr, indirection, subscript, star,
    name, row_expr, collate, grouping_set, grouping_call, set_to_default, list,
    target, sort_by, window_def, range_var, range_subselect, range_function, join, common_table,
    select, variable_set, variable_show, transaction, prepare, execute, deallocate, explain, declare_cursor, fetch,
    close_portal, discard, listen, unlisten, notify, load, create_function, drop_function, option, unsupported
};

/// Base of all nodes.
struct Node {
    Kind kind;          ///< which struct this is
    int location = -1;  ///< byte offset in the whole query text, -1 when unknown
};
using NodeList = std::span<const Node* const>;          ///< children in order
using Names = std::span<const std::string_view>;        ///< a dotted name

/// A node of a certain kind. \tparam K which.
template <Kind K>
struct NodeOf : Node {
    static constexpr Kind k_kind = K;  ///< for as<T>()
    NodeOf() : Node{K} {}
};

/// The node as the struct that it is known to be.
template <typename T>
const T& as(const Node* node) { return *static_cast<const T*>(node); }
/// The node as a T, or null when it is null or something else.
template <typename T>
const T* maybe(const Node* node) { return node != nullptr && node->kind == T::k_kind ? static_cast<const T*>(node) : nullptr; }

struct TypeName;
struct WindowDef;
struct Select;

// ---------------------------------------------------------------- expressions

/// `a.b.c` or `a.*`.
struct ColumnRef : NodeOf<Kind::column_ref> {
    Names names;        ///< the parts
    bool star = false;  ///< ends in `*` (not among the names)
};
/// `$n`.
struct ParamRef : NodeOf<Kind::param_ref> { int number = 0; /**< the n, from 1 */ };
/// A literal.
struct Constant : NodeOf<Kind::constant> {
    /// How it was written.
    enum class Form : std::uint8_t { null, boolean, integer, number, string, bits };
    Form form = Form::null;  ///< how it was written; says which field below holds the value
    std::int32_t integer = 0;    ///< form integer
    bool boolean = false;        ///< form boolean
    std::string_view text;       ///< forms number, string, bits ("b…" or "x…")
};
/// Any operator syntax that PostgreSQL's grammar calls A_Expr.
struct OperatorExpr : NodeOf<Kind::operator_expr> {
    /// The syntax.
    enum class Form : std::uint8_t {
        plain, any, all, distinct, not_distinct, nullif, in, like, ilike, similar, between, not_between,
        between_symmetric, not_between_symmetric
    };
    Form form = Form::plain;  ///< which syntax it is
    Names names;                  ///< operator, perhaps with schema
    const Node* left = nullptr;   ///< null for a prefix operator
    const Node* right = nullptr;  ///< a List for in and between
};
/// AND, OR, NOT.
struct BooleanExpr : NodeOf<Kind::boolean_expr> {
    /// Which.
    enum class Op : std::uint8_t { and_, or_, not_ };
    Op op = Op::and_;  ///< which of the three
    NodeList args;  ///< two or more; one for NOT
};
/// `x::type`, `cast(x as type)`, `type 'x'`.
struct TypeCast : NodeOf<Kind::type_cast> {
    const Node* arg = nullptr;  ///< what is cast
    const TypeName* type = nullptr;  ///< to which type
};
/// A type as written.
struct TypeName : NodeOf<Kind::type_name> {
    Names names;                ///< perhaps with schema; the grammar has turned `integer` into pg_catalog.int4
    NodeList typmods;           ///< expressions in parentheses
    std::int32_t typmod = -1;   ///< given by the grammar itself
    int dimensions = 0;         ///< how many `[]`
    bool set_of = false;        ///< SETOF
    bool percent_type = false;  ///< `%TYPE`
};
/// `f(…)` with all that may follow.
struct FunctionCall : NodeOf<Kind::function_call> {
    Names names;  ///< name of the function, perhaps with schema
    NodeList args;  ///< arguments; a NamedArgument for `name => value`
    NodeList order_by;                 ///< SortBy
    const Node* filter = nullptr;  ///< condition in FILTER (WHERE …); null for none
    const WindowDef* over = nullptr;  ///< window in OVER; null for none
    bool within_group /** ORDER BY was in WITHIN GROUP */ = false, star /** `f(*)` */ = false, distinct /** `f(DISTINCT …)` */ = false, variadic /** VARIADIC before the last argument */ = false;
    bool sql_syntax = false;           ///< written with special syntax, as in `extract(… from …)`
};
/// `name => value` in a call.
struct NamedArgument : NodeOf<Kind::named_argument> {
    std::string_view name;  ///< name of the parameter
    const Node* arg = nullptr;  ///< its value
};
/// A sub-select in an expression.
struct SubLink : NodeOf<Kind::sublink> {
    /// Its syntax.
    enum class Form : std::uint8_t { exists, all, any, row_compare, scalar, multi, array, cte };
    Form form = Form::scalar;  ///< which syntax it is
    const Node* test = nullptr;  ///< left side of ANY, ALL, row comparison
    Names names;                 ///< operator of ANY, ALL; empty means IN
    const Node* select = nullptr;  ///< the sub-select itself
};
/// One WHEN … THEN ….
struct When {
    const Node* condition = nullptr;  ///< between WHEN and THEN; in the simple form, the value to compare with
    const Node* result = nullptr;  ///< after THEN
    int location = -1;  ///< byte offset in the whole query text, -1 when unknown
};
/// CASE.
struct CaseExpr : NodeOf<Kind::case_expr> {
    const Node* arg = nullptr;  ///< of the simple form
    std::span<const When> whens;  ///< the WHEN … THEN …, in order
    const Node* otherwise = nullptr;  ///< after ELSE; null for none
};
/// IS [NOT] NULL.
struct NullTest : NodeOf<Kind::null_test> {
    const Node* arg = nullptr;  ///< what is tested
    bool is_not = false;  ///< IS NOT NULL
};
/// IS [NOT] TRUE, FALSE, UNKNOWN.
struct BooleanTest : NodeOf<Kind::boolean_test> {
    /// Which.
    enum class Test : std::uint8_t { is_true, is_not_true, is_false, is_not_false, is_unknown, is_not_unknown };
    const Node* arg = nullptr;  ///< what is tested
    Test test = Test::is_true;  ///< which test
};
/// COALESCE(…).
struct Coalesce : NodeOf<Kind::coalesce> { NodeList args; /**< arguments, in order */ };
/// GREATEST(…), LEAST(…).
struct MinMax : NodeOf<Kind::min_max> {
    bool greatest = true;  ///< GREATEST; else LEAST
    NodeList args;  ///< arguments, in order
};
/// CURRENT_DATE, CURRENT_USER and their kin: functions without parentheses.
struct SqlValue : NodeOf<Kind::sql_value> {
    /// Which.
    enum class Op : std::uint8_t {
        current_date, current_time, current_time_n, current_timestamp, current_timestamp_n, localtime, localtime_n,
        localtimestamp, localtimestamp_n, current_role, current_user, user, session_user, current_catalog, current_schema
    };
    Op op = Op::current_date;  ///< which function
    std::int32_t typmod = -1;  ///< precision of the forms that end in _n, else -1
};
/// ARRAY[…].
struct ArrayExpr : NodeOf<Kind::array_expr> { NodeList elements; /**< elements; an inner `[…]` is an ArrayExpr too */ };
/// `x[1].f`.
struct Indirection : NodeOf<Kind::indirection> {
    const Node* arg = nullptr;  ///< what the steps apply to
    NodeList steps;  ///< Subscript, Name or Star
};
/// `[i]`, `[i:j]`.
struct Subscript : NodeOf<Kind::subscript> {
    bool slice = false;  ///< `[i:j]`; else `[i]`
    const Node* lower = nullptr;  ///< i of `[i:j]`; null when left out, and for `[i]`
    const Node* upper = nullptr;  ///< i of `[i]`, j of `[i:j]`; null when left out
};
/// `*` as a step of an indirection.
struct Star : NodeOf<Kind::star> {};
/// A bare word.
struct Name : NodeOf<Kind::name> { std::string_view text; /**< the word */ };
/// ROW(…) or (a, b).
struct RowExpr : NodeOf<Kind::row_expr> { NodeList args; /**< the fields */ };
/// `x COLLATE c`.
struct Collate : NodeOf<Kind::collate> {
    const Node* arg = nullptr;  ///< what gets the collation
    Names names;  ///< the collation, perhaps with schema
};
/// ROLLUP, CUBE, GROUPING SETS, ().
struct GroupingSet : NodeOf<Kind::grouping_set> {};
/// GROUPING(…).
struct GroupingCall : NodeOf<Kind::grouping_call> {};
/// DEFAULT.
struct SetToDefault : NodeOf<Kind::set_to_default> {};
/// Several nodes.
struct List : NodeOf<Kind::list> { NodeList items; /**< the nodes, in order */ };

// ---------------------------------------------------------------- queries

/// An item of a select list.
struct Target : NodeOf<Kind::target> {
    std::string_view name;  ///< after AS; empty for none
    const Node* value = nullptr;  ///< the expression
};
/// An item of ORDER BY.
struct SortBy : NodeOf<Kind::sort_by> {
    /// ASC, DESC, USING op.
    enum class Direction : std::uint8_t { unsaid, ascending, descending, by_operator };
    /// NULLS FIRST, NULLS LAST.
    enum class Nulls : std::uint8_t { unsaid, first, last };
    const Node* value = nullptr;  ///< the expression to sort by
    Direction direction = Direction::unsaid;  ///< which order
    Nulls nulls = Nulls::unsaid;  ///< where nulls go
    Names names;  ///< operator after USING
};
/// A window, named or in OVER.
struct WindowDef : NodeOf<Kind::window_def> {
    std::string_view name;      ///< of a WINDOW clause, or `over name`
    std::string_view refname;   ///< the window it builds on
    NodeList partition_by;  ///< expressions of PARTITION BY
    NodeList order_by;          ///< SortBy
    std::uint32_t frame = 0;    ///< PostgreSQL's FRAMEOPTION_ bits
    const Node* start = nullptr;  ///< offset of the frame's start, as in `n PRECEDING`; null for none
    const Node* end = nullptr;  ///< offset of the frame's end, as in `n FOLLOWING`; null for none
};
/// AS name (columns…).
struct Alias {
    std::string_view name;  ///< empty for none
    Names columns;  ///< new names of the columns; may be empty
};
/// A relation by name in FROM.
struct RangeVar : NodeOf<Kind::range_var> {
    std::string_view catalog /** database, empty when not written */, schema /** schema, empty when not written */, relation /** the relation's own name */;
    Alias alias;  ///< AS …
};
/// A sub-select in FROM.
struct RangeSubselect : NodeOf<Kind::range_subselect> {
    bool lateral = false;  ///< LATERAL
    const Node* select = nullptr;  ///< the sub-select
    Alias alias;  ///< AS …
};
/// One function of a RangeFunction with its column definitions.
struct RangeFunctionItem {
    const Node* call = nullptr;  ///< the call as an expression
    bool has_column_definitions = false;  ///< `AS (column type, …)` follows the call
};
/// A function in FROM.
struct RangeFunction : NodeOf<Kind::range_function> {
    bool lateral /** LATERAL */ = false, ordinality /** WITH ORDINALITY */ = false, rows_from /** ROWS FROM (…) */ = false;
    std::span<const RangeFunctionItem> functions;  ///< one; more are possible with ROWS FROM
    Alias alias;  ///< AS …
};
/// A JOIN B.
struct Join : NodeOf<Kind::join> {
    /// Which.
    enum class Type : std::uint8_t { inner, left, full, right };
    Type type = Type::inner;  ///< which join; a cross join is an inner one without condition
    bool natural = false;  ///< NATURAL
    const Node* left = nullptr;  ///< the item before JOIN
    const Node* right = nullptr;  ///< the item after JOIN
    Names using_columns;  ///< columns of USING (…)
    bool has_using = false;  ///< there is a USING
    const Node* condition = nullptr;  ///< after ON; null for none
    Alias alias /** AS … after the parentheses around the join */, using_alias /** AS … after USING (…) */;
};
/// A query of a WITH clause.
struct CommonTable : NodeOf<Kind::common_table> {
    /// MATERIALIZED or not.
    enum class Materialize : std::uint8_t { unsaid, always, never };
    std::string_view table;  ///< name of the query
    Names columns;  ///< new names of its columns; may be empty
    Materialize materialize = Materialize::unsaid;  ///< what was said about materializing
    const Node* query = nullptr;  ///< the statement in parentheses
    bool search_or_cycle = false;  ///< has a SEARCH or CYCLE clause
};
/// UNION and its kin.
enum class SetOperator : std::uint8_t { none, union_, intersect, except };
/// SELECT, VALUES, TABLE, and set operations of them.
struct Select : NodeOf<Kind::select> {
    bool distinct = false;  ///< DISTINCT, with or without ON
    NodeList distinct_on;              ///< of DISTINCT ON
    bool into = false;                 ///< SELECT … INTO
    NodeList targets;                  ///< Target
    NodeList from;  ///< items of FROM: RangeVar, RangeSubselect, RangeFunction, Join
    const Node* where = nullptr;  ///< condition of WHERE; null for none
    NodeList group_by;  ///< items of GROUP BY: expressions or GroupingSet
    bool group_distinct = false;  ///< GROUP BY DISTINCT
    const Node* having = nullptr;  ///< condition of HAVING; null for none
    NodeList windows;                  ///< WindowDef
    std::span<const List* const> values;  ///< of VALUES
    NodeList order_by;                 ///< SortBy
    const Node* offset = nullptr;  ///< of OFFSET; null for none
    const Node* limit = nullptr;  ///< of LIMIT or FETCH FIRST; null for none, a null Constant for LIMIT ALL
    bool with_ties = false;  ///< FETCH FIRST … WITH TIES
    bool locking = false;              ///< FOR UPDATE and its kin
    NodeList with;                     ///< CommonTable
    bool recursive = false;  ///< WITH RECURSIVE
    int with_location = -1;  ///< byte offset of WITH, -1 for none
    SetOperator set_operator = SetOperator::none;  ///< which set operation joins left and right; none for a plain query
    bool all = false;  ///< ALL after the set operator
    const Select* left = nullptr;  ///< left side of the set operation, else null
    const Select* right = nullptr;  ///< right side of the set operation, else null
};

// ---------------------------------------------------------------- other statements

/// SET, RESET, SET TRANSACTION, ….
struct VariableSet : NodeOf<Kind::variable_set> {
    /// Which.
    enum class Op : std::uint8_t { value, to_default, from_current, multi, reset, reset_all };
    Op op = Op::value;  ///< which form of the statement
    std::string_view variable;  ///< name of the setting; empty for RESET ALL
    NodeList args;  ///< the values; for `multi` an Option each, or the Constant after SNAPSHOT
    bool local = false;  ///< SET LOCAL
};
/// SHOW.
struct VariableShow : NodeOf<Kind::variable_show> { std::string_view variable; /**< name of the setting; "all" for SHOW ALL */ };
/// BEGIN, COMMIT, SAVEPOINT, ….
struct Transaction : NodeOf<Kind::transaction> {
    /// Which.
    enum class Op : std::uint8_t {
        begin, start, commit, rollback, savepoint, release, rollback_to, prepare, commit_prepared, rollback_prepared
    };
    Op op = Op::begin;  ///< which statement
    NodeList options;  ///< Option: transaction_isolation, …
    std::string_view savepoint;  ///< name of the savepoint; empty for other statements
    bool chain = false;  ///< AND CHAIN
};
/// PREPARE.
struct Prepare : NodeOf<Kind::prepare> {
    std::string_view statement;  ///< name of the prepared statement
    NodeList types;  ///< TypeName
    const Node* query = nullptr;  ///< the statement to prepare
};
/// EXECUTE.
struct Execute : NodeOf<Kind::execute> {
    std::string_view statement;  ///< name of the prepared statement
    NodeList args;  ///< values of the parameters
};
/// DEALLOCATE.
struct Deallocate : NodeOf<Kind::deallocate> { std::string_view statement; /**< name of the prepared statement */ };  ///< empty: ALL
/// EXPLAIN.
struct Explain : NodeOf<Kind::explain> {
    const Node* query = nullptr;  ///< the statement to explain
    NodeList options;  ///< Option
};
/// DECLARE … CURSOR.
struct DeclareCursor : NodeOf<Kind::declare_cursor> {
    std::string_view portal;  ///< name of the cursor
    std::uint32_t options = 0;  ///< PostgreSQL's CURSOR_OPT_ bits
    const Node* query = nullptr;  ///< the query of the cursor
};
/// FETCH, MOVE.
struct Fetch : NodeOf<Kind::fetch> {
    /// Which way.
    enum class Direction : std::uint8_t { forward, backward, absolute, relative };
    Direction direction = Direction::forward;  ///< which way the cursor moves
    std::int64_t count = 0;  ///< INT64_MAX: ALL
    std::string_view portal;  ///< name of the cursor
    bool move = false;  ///< MOVE: returns no rows
};
/// CLOSE.
struct ClosePortal : NodeOf<Kind::close_portal> { std::string_view portal; /**< name of the cursor */ };  ///< empty: ALL
/// DISCARD.
struct Discard : NodeOf<Kind::discard> {
    /// What.
    enum class Target : std::uint8_t { all, plans, sequences, temp };
    Target target = Target::all;  ///< what to discard
};
/// LISTEN.
struct Listen : NodeOf<Kind::listen> { std::string_view channel; /**< its name */ };
/// UNLISTEN.
struct Unlisten : NodeOf<Kind::unlisten> { std::string_view channel; /**< its name; empty: all */ };
/// NOTIFY.
struct Notify : NodeOf<Kind::notify> {
    std::string_view channel;  ///< its name
    std::string_view payload;  ///< empty when there is none
};
/// LOAD.
struct Load : NodeOf<Kind::load> { std::string_view file; /**< name of a library */ };
/// CREATE FUNCTION, CREATE PROCEDURE.
struct CreateFunction : NodeOf<Kind::create_function> {
    Names names;                   ///< name of the function, perhaps with schema
    bool replace = false;          ///< OR REPLACE
    bool plain = true;             ///< a function, all arguments IN and without defaults
    NodeList arguments;            ///< TypeName
    const Node* result = nullptr;  ///< TypeName; null: not given
    NodeList options;              ///< Option: as, language, volatility, strict, …
};
/// DROP FUNCTION.
struct DropFunction : NodeOf<Kind::drop_function> {
    bool if_exists = false;  ///< IF EXISTS
    int count = 0;           ///< how many are to go; the rest tells of the last one
    Names names;             ///< name of the function, perhaps with schema
    NodeList arguments;      ///< TypeName
    bool by_name = false;    ///< no arguments given: there is only one of the name
};
/// `name value` in option lists.
struct Option : NodeOf<Kind::option> {
    std::string_view option;  ///< name of the option
    const Node* value = nullptr;  ///< null for a bare name
};
/// Something that the grammar knows and nothing here does yet.
struct Unsupported : NodeOf<Kind::unsupported> { std::string_view what; /**< name of the statement or expression */ };  ///< as PostgreSQL calls it: "CREATE TABLE"

/// One statement of a text.
struct Statement {
    const Node* node = nullptr;  ///< what it is
    int location = 0;            ///< first byte
    int length = 0;              ///< bytes
};

}  // namespace forklore::ast
