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
    close_portal, discard, option, unsupported
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
struct ParamRef : NodeOf<Kind::param_ref> { int number = 0; };
/// A literal.
struct Constant : NodeOf<Kind::constant> {
    /// How it was written.
    enum class Form : std::uint8_t { null, boolean, integer, number, string, bits };
    Form form = Form::null;
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
    Form form = Form::plain;
    Names names;                  ///< operator, perhaps with schema
    const Node* left = nullptr;   ///< null for a prefix operator
    const Node* right = nullptr;  ///< a List for in and between
};
/// AND, OR, NOT.
struct BooleanExpr : NodeOf<Kind::boolean_expr> {
    /// Which.
    enum class Op : std::uint8_t { and_, or_, not_ };
    Op op = Op::and_;
    NodeList args;  ///< two or more; one for NOT
};
/// `x::type`, `cast(x as type)`, `type 'x'`.
struct TypeCast : NodeOf<Kind::type_cast> {
    const Node* arg = nullptr;
    const TypeName* type = nullptr;
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
    Names names;
    NodeList args;
    NodeList order_by;                 ///< SortBy
    const Node* filter = nullptr;
    const WindowDef* over = nullptr;
    bool within_group = false, star = false, distinct = false, variadic = false;
    bool sql_syntax = false;           ///< written with special syntax, as in `extract(… from …)`
};
/// `name => value` in a call.
struct NamedArgument : NodeOf<Kind::named_argument> {
    std::string_view name;
    const Node* arg = nullptr;
};
/// A sub-select in an expression.
struct SubLink : NodeOf<Kind::sublink> {
    /// Its syntax.
    enum class Form : std::uint8_t { exists, all, any, row_compare, scalar, multi, array, cte };
    Form form = Form::scalar;
    const Node* test = nullptr;  ///< left side of ANY, ALL, row comparison
    Names names;                 ///< operator of ANY, ALL; empty means IN
    const Node* select = nullptr;
};
/// One WHEN … THEN ….
struct When {
    const Node* condition = nullptr;
    const Node* result = nullptr;
    int location = -1;
};
/// CASE.
struct CaseExpr : NodeOf<Kind::case_expr> {
    const Node* arg = nullptr;  ///< of the simple form
    std::span<const When> whens;
    const Node* otherwise = nullptr;
};
/// IS [NOT] NULL.
struct NullTest : NodeOf<Kind::null_test> {
    const Node* arg = nullptr;
    bool is_not = false;
};
/// IS [NOT] TRUE, FALSE, UNKNOWN.
struct BooleanTest : NodeOf<Kind::boolean_test> {
    /// Which.
    enum class Test : std::uint8_t { is_true, is_not_true, is_false, is_not_false, is_unknown, is_not_unknown };
    const Node* arg = nullptr;
    Test test = Test::is_true;
};
/// COALESCE(…).
struct Coalesce : NodeOf<Kind::coalesce> { NodeList args; };
/// GREATEST(…), LEAST(…).
struct MinMax : NodeOf<Kind::min_max> {
    bool greatest = true;
    NodeList args;
};
/// CURRENT_DATE, CURRENT_USER and their kin: functions without parentheses.
struct SqlValue : NodeOf<Kind::sql_value> {
    /// Which.
    enum class Op : std::uint8_t {
        current_date, current_time, current_time_n, current_timestamp, current_timestamp_n, localtime, localtime_n,
        localtimestamp, localtimestamp_n, current_role, current_user, user, session_user, current_catalog, current_schema
    };
    Op op = Op::current_date;
    std::int32_t typmod = -1;
};
/// ARRAY[…].
struct ArrayExpr : NodeOf<Kind::array_expr> { NodeList elements; };
/// `x[1].f`.
struct Indirection : NodeOf<Kind::indirection> {
    const Node* arg = nullptr;
    NodeList steps;  ///< Subscript, Name or Star
};
/// `[i]`, `[i:j]`.
struct Subscript : NodeOf<Kind::subscript> {
    bool slice = false;
    const Node* lower = nullptr;
    const Node* upper = nullptr;
};
/// `*` as a step of an indirection.
struct Star : NodeOf<Kind::star> {};
/// A bare word.
struct Name : NodeOf<Kind::name> { std::string_view text; };
/// ROW(…) or (a, b).
struct RowExpr : NodeOf<Kind::row_expr> { NodeList args; };
/// `x COLLATE c`.
struct Collate : NodeOf<Kind::collate> {
    const Node* arg = nullptr;
    Names names;
};
/// ROLLUP, CUBE, GROUPING SETS, ().
struct GroupingSet : NodeOf<Kind::grouping_set> {};
/// GROUPING(…).
struct GroupingCall : NodeOf<Kind::grouping_call> {};
/// DEFAULT.
struct SetToDefault : NodeOf<Kind::set_to_default> {};
/// Several nodes.
struct List : NodeOf<Kind::list> { NodeList items; };

// ---------------------------------------------------------------- queries

/// An item of a select list.
struct Target : NodeOf<Kind::target> {
    std::string_view name;  ///< after AS; empty for none
    const Node* value = nullptr;
};
/// An item of ORDER BY.
struct SortBy : NodeOf<Kind::sort_by> {
    /// ASC, DESC, USING op.
    enum class Direction : std::uint8_t { unsaid, ascending, descending, by_operator };
    /// NULLS FIRST, NULLS LAST.
    enum class Nulls : std::uint8_t { unsaid, first, last };
    const Node* value = nullptr;
    Direction direction = Direction::unsaid;
    Nulls nulls = Nulls::unsaid;
    Names names;  ///< operator after USING
};
/// A window, named or in OVER.
struct WindowDef : NodeOf<Kind::window_def> {
    std::string_view name;      ///< of a WINDOW clause, or `over name`
    std::string_view refname;   ///< the window it builds on
    NodeList partition_by;
    NodeList order_by;          ///< SortBy
    std::uint32_t frame = 0;    ///< PostgreSQL's FRAMEOPTION_ bits
    const Node* start = nullptr;
    const Node* end = nullptr;
};
/// AS name (columns…).
struct Alias {
    std::string_view name;  ///< empty for none
    Names columns;
};
/// A relation by name in FROM.
struct RangeVar : NodeOf<Kind::range_var> {
    std::string_view catalog, schema, relation;
    Alias alias;
};
/// A sub-select in FROM.
struct RangeSubselect : NodeOf<Kind::range_subselect> {
    bool lateral = false;
    const Node* select = nullptr;
    Alias alias;
};
/// One function of a RangeFunction with its column definitions.
struct RangeFunctionItem {
    const Node* call = nullptr;
    bool has_column_definitions = false;
};
/// A function in FROM.
struct RangeFunction : NodeOf<Kind::range_function> {
    bool lateral = false, ordinality = false, rows_from = false;
    std::span<const RangeFunctionItem> functions;
    Alias alias;
};
/// A JOIN B.
struct Join : NodeOf<Kind::join> {
    /// Which.
    enum class Type : std::uint8_t { inner, left, full, right };
    Type type = Type::inner;
    bool natural = false;
    const Node* left = nullptr;
    const Node* right = nullptr;
    Names using_columns;
    bool has_using = false;
    const Node* condition = nullptr;
    Alias alias, using_alias;
};
/// A query of a WITH clause.
struct CommonTable : NodeOf<Kind::common_table> {
    /// MATERIALIZED or not.
    enum class Materialize : std::uint8_t { unsaid, always, never };
    std::string_view table;
    Names columns;
    Materialize materialize = Materialize::unsaid;
    const Node* query = nullptr;
    bool search_or_cycle = false;
};
/// UNION and its kin.
enum class SetOperator : std::uint8_t { none, union_, intersect, except };
/// SELECT, VALUES, TABLE, and set operations of them.
struct Select : NodeOf<Kind::select> {
    bool distinct = false;
    NodeList distinct_on;              ///< of DISTINCT ON
    bool into = false;                 ///< SELECT … INTO
    NodeList targets;                  ///< Target
    NodeList from;
    const Node* where = nullptr;
    NodeList group_by;
    bool group_distinct = false;
    const Node* having = nullptr;
    NodeList windows;                  ///< WindowDef
    std::span<const List* const> values;  ///< of VALUES
    NodeList order_by;                 ///< SortBy
    const Node* offset = nullptr;
    const Node* limit = nullptr;
    bool with_ties = false;
    bool locking = false;              ///< FOR UPDATE and its kin
    NodeList with;                     ///< CommonTable
    bool recursive = false;
    int with_location = -1;
    SetOperator set_operator = SetOperator::none;
    bool all = false;
    const Select* left = nullptr;
    const Select* right = nullptr;
};

// ---------------------------------------------------------------- other statements

/// SET, RESET, SET TRANSACTION, ….
struct VariableSet : NodeOf<Kind::variable_set> {
    /// Which.
    enum class Op : std::uint8_t { value, to_default, from_current, multi, reset, reset_all };
    Op op = Op::value;
    std::string_view variable;
    NodeList args;
    bool local = false;
};
/// SHOW.
struct VariableShow : NodeOf<Kind::variable_show> { std::string_view variable; };
/// BEGIN, COMMIT, SAVEPOINT, ….
struct Transaction : NodeOf<Kind::transaction> {
    /// Which.
    enum class Op : std::uint8_t {
        begin, start, commit, rollback, savepoint, release, rollback_to, prepare, commit_prepared, rollback_prepared
    };
    Op op = Op::begin;
    NodeList options;  ///< Option: transaction_isolation, …
    std::string_view savepoint;
    bool chain = false;
};
/// PREPARE.
struct Prepare : NodeOf<Kind::prepare> {
    std::string_view statement;
    NodeList types;  ///< TypeName
    const Node* query = nullptr;
};
/// EXECUTE.
struct Execute : NodeOf<Kind::execute> {
    std::string_view statement;
    NodeList args;
};
/// DEALLOCATE.
struct Deallocate : NodeOf<Kind::deallocate> { std::string_view statement; };  ///< empty: ALL
/// EXPLAIN.
struct Explain : NodeOf<Kind::explain> {
    const Node* query = nullptr;
    NodeList options;  ///< Option
};
/// DECLARE … CURSOR.
struct DeclareCursor : NodeOf<Kind::declare_cursor> {
    std::string_view portal;
    std::uint32_t options = 0;  ///< PostgreSQL's CURSOR_OPT_ bits
    const Node* query = nullptr;
};
/// FETCH, MOVE.
struct Fetch : NodeOf<Kind::fetch> {
    /// Which way.
    enum class Direction : std::uint8_t { forward, backward, absolute, relative };
    Direction direction = Direction::forward;
    std::int64_t count = 0;  ///< INT64_MAX: ALL
    std::string_view portal;
    bool move = false;
};
/// CLOSE.
struct ClosePortal : NodeOf<Kind::close_portal> { std::string_view portal; };  ///< empty: ALL
/// DISCARD.
struct Discard : NodeOf<Kind::discard> {
    /// What.
    enum class Target : std::uint8_t { all, plans, sequences, temp };
    Target target = Target::all;
};
/// `name value` in option lists.
struct Option : NodeOf<Kind::option> {
    std::string_view option;
    const Node* value = nullptr;  ///< null for a bare name
};
/// Something that the grammar knows and nothing here does yet.
struct Unsupported : NodeOf<Kind::unsupported> { std::string_view what; };  ///< as PostgreSQL calls it: "CREATE TABLE"

/// One statement of a text.
struct Statement {
    const Node* node = nullptr;  ///< what it is
    int location = 0;            ///< first byte
    int length = 0;              ///< bytes
};

}  // namespace forklore::ast
