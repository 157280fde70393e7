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
    row_comparison
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
struct ConstantExpr : ExprOf<ExprKind::constant> { Datum value; };
/// $n. Its type is unknown until something tells it.
struct ParameterExpr : ExprOf<ExprKind::parameter> { int number = 0; };  ///< from 1
/// A column of a range table entry.
struct ColumnExpr : ExprOf<ExprKind::column> {
    int relation = 0;   ///< index in the range table of the query `levels_up` above
    int column = 0;     ///< from 0
    int levels_up = 0;  ///< 0: of this query
};
/// A column of a query further out (or of the left side of a lateral join), handed down through a slot. Planning
/// makes these of ColumnExpr.
struct OuterExpr : ExprOf<ExprKind::outer> { int slot = 0; };
/// How a call was written, as far as it matters afterwards.
enum class CallForm : std::uint8_t { call, operator_, implicit_cast, explicit_cast };
/// A function or operator applied. A set-returning function is one too.
struct CallExpr : ExprOf<ExprKind::call> {
    const Function* function = nullptr;
    const Operator* op = nullptr;            ///< when written as an operator
    CallForm form = CallForm::call;
    std::vector<Expr*> args;
    std::vector<const Type*> argument_types; ///< of args, for CallSite
    bool variadic_array = false;             ///< for CallSite
    bool returns_set() const { return function->kind == FunctionKind::set_returning; }
};
/// AND, OR, NOT.
struct BooleanOp : ExprOf<ExprKind::boolean> {
    /// Which.
    enum class Op : std::uint8_t { and_, or_, not_ };
    Op op = Op::and_;
    std::vector<Expr*> args;
};
struct CaseTestExpr;
/// CASE. In the simple form the conditions compare `test_value`, which stands for `test`.
struct CaseWhenExpr : ExprOf<ExprKind::case_> {
    Expr* test = nullptr;
    CaseTestExpr* test_value = nullptr;
    std::vector<std::pair<Expr*, Expr*>> whens;  ///< condition, result
    Expr* otherwise = nullptr;                   ///< never null: a null constant when left out
};
/// Stands for a value that the surrounding expression supplies: the value under test in a simple CASE, the element in
/// an array coercion or comparison, a column of a sub-select.
struct CaseTestExpr : ExprOf<ExprKind::case_test> {};
/// COALESCE.
struct CoalesceExpr : ExprOf<ExprKind::coalesce> { std::vector<Expr*> args; };
/// GREATEST, LEAST.
struct MinMaxExpr : ExprOf<ExprKind::min_max> {
    bool greatest = true;
    std::vector<Expr*> args;
};
/// IS [NOT] NULL.
struct NullTestExpr : ExprOf<ExprKind::null_test> {
    Expr* arg = nullptr;
    bool is_not = false;
};
/// IS [NOT] TRUE, FALSE, UNKNOWN.
struct BooleanTestExpr : ExprOf<ExprKind::boolean_test> {
    /// What the value is compared with.
    enum class Of : std::uint8_t { true_, false_, unknown };
    Expr* arg = nullptr;
    Of of = Of::true_;
    bool is_not = false;
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
    const Type* element_type = nullptr;
    bool nested = false;
    std::vector<Expr*> elements;
};
/// `x op ANY (array)`, `x op ALL (array)`.
struct ArrayComparisonExpr : ExprOf<ExprKind::array_comparison> {
    bool any = true;
    Expr* left = nullptr;
    Expr* array = nullptr;
    CaseTestExpr* left_value = nullptr;  ///< stands for left
    CaseTestExpr* element = nullptr;     ///< stands for an element
    Expr* comparison = nullptr;          ///< boolean over the two
};
/// array[i], array[i:j].
struct SubscriptExpr : ExprOf<ExprKind::subscript> {
    Expr* array = nullptr;
    bool slice = false;
    std::vector<Expr*> lower, upper;  ///< for each dimension; lower only of slices; null: left out
};
/// Another type, the same bits.
struct RelabelExpr : ExprOf<ExprKind::relabel> {
    Expr* arg = nullptr;
    CallForm form = CallForm::implicit_cast;
};
/// A cast through the text form.
struct ViaTextExpr : ExprOf<ExprKind::via_text> {
    Expr* arg = nullptr;
    CallForm form = CallForm::implicit_cast;
};
/// A cast of every element.
struct ArrayCoerceExpr : ExprOf<ExprKind::array_coerce> {
    Expr* arg = nullptr;
    CaseTestExpr* element = nullptr;  ///< stands for an element
    Expr* each = nullptr;             ///< the element converted
    CallForm form = CallForm::implicit_cast;
};
/// An item of an ORDER BY, inside an aggregate or a window.
struct SortKey {
    Expr* expr = nullptr;
    bool descending = false;
    bool nulls_first = false;
};
/// An aggregate.
struct AggregateExpr : ExprOf<ExprKind::aggregate> {
    const Function* function = nullptr;
    std::vector<Expr*> args;
    std::vector<const Type*> argument_types;
    bool distinct = false;
    bool star = false;
    std::vector<SortKey> order_by;
    Expr* filter = nullptr;
    int levels_up = 0;
};
/// A function over a window.
struct WindowExpr : ExprOf<ExprKind::window> {
    const Function* function = nullptr;
    std::vector<Expr*> args;
    std::vector<const Type*> argument_types;
    bool star = false;
    Expr* filter = nullptr;
    int window = 0;  ///< index in Query::windows
};
/// A sub-select in an expression.
struct SubLinkExpr : ExprOf<ExprKind::sublink> {
    /// What becomes of its rows.
    enum class Form : std::uint8_t { exists, any, all, scalar, array };
    Form form = Form::scalar;
    Query* query = nullptr;
    std::vector<Expr*> left;               ///< any, all: the left side
    std::vector<CaseTestExpr*> left_values;  ///< stand for the left side
    std::vector<CaseTestExpr*> inputs;     ///< stand for the sub-select's columns
    Expr* comparison = nullptr;            ///< any, all: boolean over left_values and inputs
    bool equality = false;                 ///< any: the comparison is plain equality, column by column

    // What planning adds.
    const Plan* plan = nullptr;
    std::vector<Expr*> outer_values;       ///< columns of this query that the sub-select looks at
    std::vector<int> outer_slots;          ///< where it finds them
    bool depends = false;                  ///< whether its result may change while the statement runs
};
/// ROW(…).
struct RowMakeExpr : ExprOf<ExprKind::row> {
    std::vector<Expr*> fields;
    std::vector<std::string> names;
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
