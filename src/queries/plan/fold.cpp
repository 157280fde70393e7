// Constant folding.
#include "base/error.hpp"
#include "queries/execute/evaluator.hpp"
#include "queries/parse/stack_depth.hpp"
#include "queries/plan/planner.hpp"
#include "queries/type_oids.hpp"

namespace forklore {

namespace {

class Folder {
public:
    explicit Folder(NodePool& pool) : pool_(pool) {}

    void fold(Expr*& e) {
        if (e == nullptr) return;
        check_stack_depth();
        switch (e->kind) {
            case ExprKind::constant: case ExprKind::parameter: case ExprKind::column: case ExprKind::case_test: case ExprKind::outer: return;
            case ExprKind::boolean: return fold_boolean(e);
            case ExprKind::case_: return fold_case(e);
            case ExprKind::coalesce: return fold_coalesce(e);
            case ExprKind::relabel: {
                auto& relabel = static_cast<RelabelExpr&>(*e);
                fold(relabel.arg);
                if (const auto* c = maybe<ConstantExpr>(relabel.arg)) e = constant(*e, c->value);
                return;
            }
            case ExprKind::call: {
                auto& call = static_cast<CallExpr&>(*e);
                children(*e);
                if (call.function->kind != FunctionKind::scalar || call.function->kernel == nullptr) return;
                bool all = true, any_null = false;
                for (const Expr* arg : call.args) {
                    const auto* c = maybe<ConstantExpr>(arg);
                    all = all && c != nullptr;
                    any_null = any_null || (c != nullptr && c->value.is_null);
                }
                if (call.function->strict && any_null) e = constant(*e, Datum{});
                else if (all && call.function->volatility == Volatility::immutable) e = evaluate(*e);
                return;
            }
            default: break;
        }
        children(*e);
        if (is_foldable(*e)) e = evaluate(*e);
    }

private:
    void children(Expr& e) {
        for_each_child(e, [&](Expr*& child) { fold(child); });
    }

    ConstantExpr* constant(const Expr& like, Datum value) {
        auto* c = pool_.make<ConstantExpr>();
        c->type = like.type;
        c->typmod = like.typmod;
        c->location = like.location;
        c->value = value;
        return c;
    }
    ConstantExpr* evaluate(const Expr& e) { return constant(e, evaluate_once(&e, pool_.arena(), nullptr)); }


public:
    // Whether a node gives the same each time if its parts do.
    static bool is_steady_kind(const Expr& e, bool parameters_known) {
        switch (e.kind) {
            case ExprKind::parameter: return parameters_known;
            case ExprKind::column: case ExprKind::outer: case ExprKind::aggregate: case ExprKind::window: case ExprKind::sublink:
            case ExprKind::case_test: return false;
            case ExprKind::call:
                return static_cast<const CallExpr&>(e).function->volatility == Volatility::immutable &&
                       static_cast<const CallExpr&>(e).function->kind == FunctionKind::scalar;
            case ExprKind::via_text: {
                // Text forms that depend on settings are read when they are needed.
                const auto& cast = static_cast<const ViaTextExpr&>(e);
                return !is_stable_text(*cast.arg->type) && !is_stable_text(*cast.type);
            }
            default: return true;
        }
    }
    // Whether an expression has nothing in it that may differ from one evaluation to the next.
    static bool is_steady(const Expr& e, bool parameters_known = false) {
        check_stack_depth();
        if (e.kind == ExprKind::case_test) return true;
        bool steady = is_steady_kind(e, parameters_known);
        if (steady) for_each_child(const_cast<Expr&>(e), [&](Expr*& child) { steady = steady && is_steady(*child, parameters_known); });
        return steady;
    }
    static bool is_stable_text(const Type& type) {
        switch (type.oid) {
            case k_date: case k_time: case k_timetz: case k_timestamp: case k_timestamptz: case k_interval: case k_record:
            case k_regproc: case k_regprocedure: case k_regoper: case k_regoperator: case k_regclass: case k_regtype: case k_regrole:
            case k_regnamespace: case k_bytea: case k_float4: case k_float8: return true;
            default: return type.element != 0 && is_stable_text(registry().type(type.element));
        }
    }
    static bool is_foldable(const Expr& e) {
        switch (e.kind) {
            case ExprKind::null_test: case ExprKind::boolean_test: case ExprKind::distinct: case ExprKind::nullif: case ExprKind::array:
            case ExprKind::array_comparison: case ExprKind::subscript: case ExprKind::via_text: case ExprKind::array_coerce:
            case ExprKind::min_max: case ExprKind::row_comparison: break;
            default: return false;
        }
        if (is_open(e)) return false;
        bool all = true;
        for_each_child(const_cast<Expr&>(e), [&](Expr*& child) { all = all && is_steady(*child); });
        return all && is_steady(e);
    }
    // Whether an expression needs a value that its surroundings supply, and so cannot be computed by itself.
    static bool is_open(const Expr& e) {
        if (e.kind == ExprKind::case_test) return true;
        if (const auto* coerce = maybe<ArrayCoerceExpr>(&e)) return is_open(*coerce->arg);
        if (const auto* any = maybe<ArrayComparisonExpr>(&e)) return is_open(*any->left) || is_open(*any->array);
        bool open = false;
        for_each_child(const_cast<Expr&>(e), [&](Expr*& child) { open = open || is_open(*child); });
        return open;
    }

private:
    // NOT (a = b) is a <> b, and the like; null for what has no opposite of its own.
    Expr* negated(Expr* e) {
        if (auto* test = maybe<NullTestExpr>(e)) {
            auto* opposite = pool_.make<NullTestExpr>(*test);
            opposite->is_not = !test->is_not;
            return opposite;
        }
        const auto* call = maybe<CallExpr>(e);
        if (call == nullptr || call->op == nullptr || call->op->negator.empty()) return nullptr;
        for (const Operator* op : registry().operators(call->op->negator)) {
            if (op->left != call->op->left || op->right != call->op->right) continue;
            auto* opposite = pool_.make<CallExpr>(*call);
            opposite->op = op;
            opposite->function = registry().find_function(op->function);
            return opposite;
        }
        return nullptr;
    }

    void fold_boolean(Expr*& e) {
        auto& op = static_cast<BooleanOp&>(*e);
        if (op.op == BooleanOp::Op::not_) {
            fold(op.args[0]);
            if (const auto* c = maybe<ConstantExpr>(op.args[0])) {
                Datum value = c->value;
                if (!value.is_null) value.boolean = !value.boolean;
                e = constant(*e, value);
            } else if (Expr* opposite = negated(op.args[0])) {
                e = opposite;
            }
            return;
        }
        const bool decisive = op.op == BooleanOp::Op::or_;
        std::vector<Expr*> rest;
        Expr* null = nullptr;
        // Nested ones of the same kind become one.
        std::vector<Expr*> args;
        const std::function<void(Expr*)> flatten = [&](Expr* arg) {
            auto* inner = maybe<BooleanOp>(arg);
            if (inner != nullptr && inner->op == op.op) for (Expr* one : inner->args) flatten(one);
            else args.push_back(arg);
        };
        for (Expr* arg : op.args) flatten(arg);
        for (Expr* arg : args) {
            fold(arg);
            if (const auto* c = maybe<ConstantExpr>(arg)) {
                if (c->value.is_null) null = arg;
                else if (c->value.boolean == decisive) {
                    e = arg;
                    return;
                }
                continue;
            }
            rest.push_back(arg);
        }
        if (rest.empty()) {
            if (null != nullptr) {
                e = null;
                return;
            }
            Datum value;
            value.boolean = !decisive;
            value.is_null = false;
            e = constant(*e, value);
            return;
        }
        if (null != nullptr) rest.push_back(null);
        if (rest.size() == 1) e = rest[0];
        else op.args = std::move(rest);
    }

    void fold_case(Expr*& e) {
        auto& c = static_cast<CaseWhenExpr&>(*e);
        fold(c.test);
        if (const auto* value = maybe<ConstantExpr>(c.test)) {
            // The value is known: put it where it is looked at.
            const std::function<void(Expr*&)> put = [&](Expr*& at) {
                if (at == c.test_value) at = constant(*at, value->value);
                else for_each_child(*at, put);
            };
            for (auto& [condition, result] : c.whens) put(condition);
            c.test = nullptr;
            c.test_value = nullptr;
        }
        std::vector<std::pair<Expr*, Expr*>> whens;
        for (auto& [condition, result] : c.whens) {
            fold(condition);
            if (const auto* value = maybe<ConstantExpr>(condition)) {
                if (value->value.is_null || !value->value.boolean) continue;
                fold(result);
                c.otherwise = result;
                if (whens.empty()) {
                    e = result;
                    return;
                }
                c.whens = std::move(whens);
                return;
            }
            fold(result);
            whens.emplace_back(condition, result);
        }
        fold(c.otherwise);
        if (whens.empty()) e = c.otherwise;
        else c.whens = std::move(whens);
    }

    void fold_coalesce(Expr*& e) {
        auto& c = static_cast<CoalesceExpr&>(*e);
        std::vector<Expr*> args;
        for (Expr* arg : c.args) {
            fold(arg);
            if (const auto* value = maybe<ConstantExpr>(arg)) {
                if (value->value.is_null) continue;
                args.push_back(arg);
                break;
            }
            args.push_back(arg);
        }
        if (args.empty()) e = constant(*e, Datum{});
        else if (args.size() == 1) e = args[0];
        else c.args = std::move(args);
    }

    NodePool& pool_;
};

}  // namespace

void fold_constants(Expr*& e, NodePool& pool) { Folder(pool).fold(e); }

namespace {

// Finds the largest such parts of an expression, from the inside out; each node is visited once.
// \return whether the whole expression is one
bool collect_known_early(Expr* e, std::vector<Expr*>& to) {
    check_stack_depth();
    if (e->kind == ExprKind::constant || e->kind == ExprKind::parameter) return true;
    // Of what looks at its parts one after the other, only the first is sure to be looked at.
    const bool lazy = e->kind == ExprKind::case_ || e->kind == ExprKind::coalesce || e->kind == ExprKind::boolean;
    if (lazy && Folder::is_steady(*e, true) && !Folder::is_open(*e)) return true;
    std::vector<Expr*> known;
    bool all = !lazy && Folder::is_steady_kind(*e, true), first = true;
    for_each_child(*e, [&](Expr*& child) {
        if (first || !lazy) {
            const bool whole = collect_known_early(child, to);
            if (whole && child->kind != ExprKind::constant && child->kind != ExprKind::parameter) known.push_back(child);
            all = all && whole;
        }
        first = false;
    });
    if (!all) to.insert(to.end(), known.begin(), known.end());
    return all;
}

}  // namespace

void find_known_early(Expr* e, std::vector<Expr*>& to) {
    if (collect_known_early(e, to) && e->kind != ExprKind::constant && e->kind != ExprKind::parameter) to.push_back(e);
}

}  // namespace forklore
