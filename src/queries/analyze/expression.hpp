/// \file
/// Typed expressions: what a piece of SQL means after analysis. Every node knows its type.
///
/// Counterpart in PostgreSQL: primnodes.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/arena.hpp"
#include "queries/registry.hpp"

namespace forklore {

/// Owns the nodes of one statement: typed expressions, queries, plans. They refer to each other by plain pointers and
/// die together.
class NodePool {
public:
    NodePool() = default;
    NodePool(const NodePool&) = delete;
    NodePool& operator=(const NodePool&) = delete;
    ~NodePool() {
        for (auto it = destroyers_.rbegin(); it != destroyers_.rend(); ++it) it->destroy(it->object);
    }
    /// A new node. \param args its constructor's arguments
    template <typename T, typename... Args>
    T* make(Args&&... args) {
        T* made = new (arena_.allocate_bytes(sizeof(T), alignof(T))) T(std::forward<Args>(args)...);
        if constexpr (!std::is_trivially_destructible_v<T>)
            destroyers_.push_back({made, [](void* object) { static_cast<T*>(object)->~T(); }});
        return made;
    }
    /// For what nodes refer to: constants, names.
    Arena& arena() { return arena_; }

private:
    struct Destroyer {
        void* object;
        void (*destroy)(void*);
    };
    Arena arena_{2048};
    std::vector<Destroyer> destroyers_;
};

/// What an expression is; one for each struct below.
enum class ExprKind : std::uint8_t {
    constant, parameter, column, call, boolean, case_, case_test, coalesce, min_max, null_test, boolean_test, distinct,
    nullif, array, array_comparison, outer, subscript, relabel, via_text, array_coerce, aggregate, window, sublink, row,
    row_comparison, field
};

/// Base of all expressions.
struct Expr {
    ExprKind kind;                ///< which struct this is
    const Type* type = nullptr;   ///< of the value
    std::int32_t typmod = -1;     ///< type modifier of the value
    int location = -1;            ///< byte offset in the query text, -1 when unknown
};

/// An expression of a certain kind. \tparam K which
template <ExprKind K>
struct ExprOf : Expr {
    static constexpr ExprKind k_kind = K;  ///< for maybe<T>()
    ExprOf() : Expr{K} {}
};

/// The expression as a T, or null when it is null or something else.
template <typename T>
T* maybe(Expr* e) { return e != nullptr && e->kind == T::k_kind ? static_cast<T*>(e) : nullptr; }
/// \copydoc maybe(Expr*)
template <typename T>
const T* maybe(const Expr* e) { return e != nullptr && e->kind == T::k_kind ? static_cast<const T*>(e) : nullptr; }

struct Query;
struct Plan;

/// A value known now.
struct ConstantExpr : ExprOf<ExprKind::constant> { Datum value; /**< of the type */ };
/// $n. Its type is unknown until something tells it.
struct ParameterExpr : ExprOf<ExprKind::parameter> { int number = 0; /**< from 1 */ };
/// A column of a range table entry.
struct ColumnExpr : ExprOf<ExprKind::column> {
    int relation = 0;   ///< index in the range table of the query `levels_up` above
    int column = 0;     ///< from 0
    int levels_up = 0;  ///< 0: of this query
};
/// A column of a query further out (or of the left side of a lateral join), handed down through a slot. Planning
/// makes these of ColumnExpr.
struct OuterExpr : ExprOf<ExprKind::outer> { int slot = 0; /**< index in Frame::outer */ };
/// How a call was written, as far as it matters afterwards.
enum class CallForm : std::uint8_t { call, operator_, implicit_cast, explicit_cast };
/// A function or operator applied. A set-returning function is one too.
struct CallExpr : ExprOf<ExprKind::call> {
    const Function* function = nullptr;      ///< what is called; of an operator its function
    const Operator* op = nullptr;            ///< when written as an operator
    CallForm form = CallForm::call;          ///< how it was written
    std::vector<Expr*> args;                 ///< converted to what the function takes; variadic ones may be gathered into an array
    std::vector<const Type*> argument_types; ///< of args, for CallSite
    bool variadic_array = false;             ///< for CallSite
    bool returns_set() const { return function->kind == FunctionKind::set_returning; }  ///< whether it gives rows instead of one value
};
/// AND, OR, NOT.
struct BooleanOp : ExprOf<ExprKind::boolean> {
    /// Which.
    enum class Op : std::uint8_t { and_, or_, not_ };
    Op op = Op::and_;  ///< which
    std::vector<Expr*> args;  ///< boolean; NOT has one
};
struct CaseTestExpr;
/// CASE. In the simple form the conditions compare `test_value`, which stands for `test`.
struct CaseWhenExpr : ExprOf<ExprKind::case_> {
    Expr* test = nullptr;  ///< the value after CASE; null in the searched form
    CaseTestExpr* test_value = nullptr;  ///< stands for test; null in the searched form
    std::vector<std::pair<Expr*, Expr*>> whens;  ///< condition, result
    Expr* otherwise = nullptr;                   ///< never null: a null constant when left out
};
/// Stands for a value that the surrounding expression supplies: the value under test in a simple CASE, the element in
/// an array coercion or comparison, a column of a sub-select.
struct CaseTestExpr : ExprOf<ExprKind::case_test> {};
/// COALESCE.
struct CoalesceExpr : ExprOf<ExprKind::coalesce> { std::vector<Expr*> args; /**< all of the common type */ };
/// GREATEST, LEAST.
struct MinMaxExpr : ExprOf<ExprKind::min_max> {
    bool greatest = true;  ///< false: LEAST
    std::vector<Expr*> args;  ///< all of the common type
};
/// IS [NOT] NULL.
struct NullTestExpr : ExprOf<ExprKind::null_test> {
    Expr* arg = nullptr;  ///< the value tested
    bool is_not = false;  ///< IS NOT NULL
};
/// IS [NOT] TRUE, FALSE, UNKNOWN.
struct BooleanTestExpr : ExprOf<ExprKind::boolean_test> {
    /// What the value is compared with.
    enum class Of : std::uint8_t { true_, false_, unknown };
    Expr* arg = nullptr;  ///< the value tested, boolean
    Of of = Of::true_;    ///< what it is compared with
    bool is_not = false;  ///< IS NOT …
};
/// IS DISTINCT FROM: an equality operator that knows nulls.
struct DistinctExpr : ExprOf<ExprKind::distinct> {
    Expr* equal = nullptr;  ///< a CallExpr; both sides are its arguments
};
/// NULLIF.
struct NullIfExpr : ExprOf<ExprKind::nullif> {
    Expr* equal = nullptr;  ///< a CallExpr; both sides are its arguments
};
/// ARRAY[…]. `elements` are of the element type, or (nested) arrays of the type itself.
struct ArrayMakeExpr : ExprOf<ExprKind::array> {
    const Type* element_type = nullptr;  ///< of the array
    bool nested = false;                 ///< the elements are arrays themselves: a further dimension
    std::vector<Expr*> elements;         ///< in order
};
/// `x op ANY (array)`, `x op ALL (array)`.
struct ArrayComparisonExpr : ExprOf<ExprKind::array_comparison> {
    bool any = true;  ///< false: ALL
    Expr* left = nullptr;  ///< left side of the operator
    Expr* array = nullptr;  ///< right side: the array
    CaseTestExpr* left_value = nullptr;  ///< stands for left
    CaseTestExpr* element = nullptr;     ///< stands for an element
    Expr* comparison = nullptr;          ///< boolean over the two
};
/// array[i], array[i:j].
struct SubscriptExpr : ExprOf<ExprKind::subscript> {
    Expr* array = nullptr;  ///< what is subscripted
    bool slice = false;     ///< [i:j] in at least one dimension: the result is an array
    std::vector<Expr*> lower, /**< for each dimension, only of slices; null: left out */ upper;  ///< for each dimension: the subscript or a slice's upper bound; null: left out
};
/// Another type, the same bits.
struct RelabelExpr : ExprOf<ExprKind::relabel> {
    Expr* arg = nullptr;  ///< the value
    CallForm form = CallForm::implicit_cast;  ///< how the cast was written
};
/// A cast through the text form.
struct ViaTextExpr : ExprOf<ExprKind::via_text> {
    Expr* arg = nullptr;  ///< the value to convert
    CallForm form = CallForm::implicit_cast;  ///< how the cast was written
};
/// A cast of every element.
struct ArrayCoerceExpr : ExprOf<ExprKind::array_coerce> {
    Expr* arg = nullptr;              ///< the array to convert
    CaseTestExpr* element = nullptr;  ///< stands for an element
    Expr* each = nullptr;             ///< the element converted
    CallForm form = CallForm::implicit_cast;  ///< how the cast was written
};
/// An item of an ORDER BY, inside an aggregate or a window.
struct SortKey {
    Expr* expr = nullptr;  ///< what to sort by
    bool descending = false;  ///< DESC
    bool nulls_first = false;  ///< nulls before all other values
};
/// An aggregate.
struct AggregateExpr : ExprOf<ExprKind::aggregate> {
    const Function* function = nullptr;  ///< what aggregates
    std::vector<Expr*> args;             ///< what it takes from each row; none of count(*)
    std::vector<const Type*> argument_types;  ///< of args
    bool distinct = false;                    ///< DISTINCT: equal arguments count once
    bool star = false;                        ///< written as f(*)
    std::vector<SortKey> order_by;            ///< the order in which rows are fed to it
    Expr* filter = nullptr;                   ///< FILTER: only rows for which this is true; null: all
    int levels_up = 0;                        ///< 0: of this query; planning leaves no others
};
/// A function over a window.
struct WindowExpr : ExprOf<ExprKind::window> {
    const Function* function = nullptr;  ///< a window function or an aggregate
    std::vector<Expr*> args;             ///< what it takes from each row
    std::vector<const Type*> argument_types;  ///< of args
    bool star = false;                        ///< written as f(*)
    Expr* filter = nullptr;                   ///< FILTER: only rows for which this is true; null: all
    int window = 0;  ///< index in Query::windows
};
/// A sub-select in an expression.
struct SubLinkExpr : ExprOf<ExprKind::sublink> {
    /// What becomes of its rows.
    enum class Form : std::uint8_t { exists, any, all, scalar, array };
    Form form = Form::scalar;  ///< what becomes of its rows
    Query* query = nullptr;    ///< the sub-select
    std::vector<Expr*> left;               ///< any, all: the left side
    std::vector<CaseTestExpr*> left_values;  ///< stand for the left side
    std::vector<CaseTestExpr*> inputs;     ///< stand for the sub-select's columns
    Expr* comparison = nullptr;            ///< any, all: boolean over left_values and inputs
    bool equality = false;                 ///< any: the comparison is plain equality, column by column

    // What planning adds.
    const Plan* plan = nullptr;            ///< of the sub-select
    std::vector<Expr*> outer_values;       ///< columns of this query that the sub-select looks at
    std::vector<int> outer_slots;          ///< where it finds them
    bool depends = false;                  ///< whether its result may change while the statement runs
};
/// ROW(…).
struct RowMakeExpr : ExprOf<ExprKind::row> {
    std::vector<Expr*> fields;  ///< the values, in order
    std::vector<std::string> names;  ///< of the fields; empty when they have no names
};
/// A field of a record.
struct FieldExpr : ExprOf<ExprKind::field> {
    Expr* record = nullptr;   ///< a record
    std::uint32_t field = 0;  ///< which of its fields, from 0
};
/// (a, b) < (c, d) and its kin; = and <> are made of AND and OR.
struct RowComparisonExpr : ExprOf<ExprKind::row_comparison> {
    bool or_equal = false;           ///< <= and >=
    std::vector<Expr*> strict;       ///< a < b, c < d, …
    std::vector<Expr*> equal;        ///< a = b, c = d, …
};

/// Calls f(child) for each direct child expression; f takes an Expr*& and may replace it. Sub-queries are not
/// entered. \param e the parent \param f the visitor
template <typename F>
void for_each_child(Expr& e, F&& f) {
    const auto all = [&](std::vector<Expr*>& list) {
        for (Expr*& one : list)
            if (one != nullptr) f(one);
    };
    const auto one = [&](Expr*& child) {
        if (child != nullptr) f(child);
    };
    switch (e.kind) {
        case ExprKind::constant: case ExprKind::parameter: case ExprKind::column: case ExprKind::case_test: case ExprKind::outer: break;
        case ExprKind::call: all(static_cast<CallExpr&>(e).args); break;
        case ExprKind::boolean: all(static_cast<BooleanOp&>(e).args); break;
        case ExprKind::case_: {
            auto& c = static_cast<CaseWhenExpr&>(e);
            one(c.test);
            for (auto& [condition, result] : c.whens) one(condition), one(result);
            one(c.otherwise);
            break;
        }
        case ExprKind::coalesce: all(static_cast<CoalesceExpr&>(e).args); break;
        case ExprKind::min_max: all(static_cast<MinMaxExpr&>(e).args); break;
        case ExprKind::null_test: one(static_cast<NullTestExpr&>(e).arg); break;
        case ExprKind::boolean_test: one(static_cast<BooleanTestExpr&>(e).arg); break;
        // The equality itself is no value of its own: it knows nothing of nulls.
        case ExprKind::distinct: all(static_cast<CallExpr*>(static_cast<DistinctExpr&>(e).equal)->args); break;
        case ExprKind::nullif: all(static_cast<CallExpr*>(static_cast<NullIfExpr&>(e).equal)->args); break;
        case ExprKind::array: all(static_cast<ArrayMakeExpr&>(e).elements); break;
        case ExprKind::array_comparison: {
            auto& c = static_cast<ArrayComparisonExpr&>(e);
            one(c.left);
            one(c.array);
            one(c.comparison);
            break;
        }
        case ExprKind::subscript: {
            auto& s = static_cast<SubscriptExpr&>(e);
            one(s.array);
            all(s.lower);
            all(s.upper);
            break;
        }
        case ExprKind::relabel: one(static_cast<RelabelExpr&>(e).arg); break;
        case ExprKind::via_text: one(static_cast<ViaTextExpr&>(e).arg); break;
        case ExprKind::array_coerce: {
            auto& c = static_cast<ArrayCoerceExpr&>(e);
            one(c.arg);
            one(c.each);
            break;
        }
        case ExprKind::aggregate: {
            auto& a = static_cast<AggregateExpr&>(e);
            all(a.args);
            for (SortKey& key : a.order_by) one(key.expr);
            one(a.filter);
            break;
        }
        case ExprKind::window: {
            auto& w = static_cast<WindowExpr&>(e);
            all(w.args);
            one(w.filter);
            break;
        }
        case ExprKind::sublink: {
            auto& s = static_cast<SubLinkExpr&>(e);
            all(s.left);
            one(s.comparison);
            all(s.outer_values);
            break;
        }
        case ExprKind::row: all(static_cast<RowMakeExpr&>(e).fields); break;
        case ExprKind::field: one(static_cast<FieldExpr&>(e).record); break;
        case ExprKind::row_comparison: {
            auto& r = static_cast<RowComparisonExpr&>(e);
            all(r.strict);
            all(r.equal);
            break;
        }
    }
}

/// Whether two expressions surely mean the same, wherever they were written. \param a one \param b the other
bool same_expr(const Expr* a, const Expr* b);

}  // namespace forklore
