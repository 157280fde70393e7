// Estimates: how many rows, how much work. In PostgreSQL's units, so that EXPLAIN reads alike.
#include <algorithm>
#include <cmath>

#include "queries/analyze/analyzer.hpp"
#include "queries/plan/planner.hpp"
#include "queries/relation.hpp"
#include "queries/type_oids.hpp"

namespace forklore {

namespace {

constexpr double k_row_cost = 0.01;        // cpu_tuple_cost
constexpr double k_operator_cost = 0.0025; // cpu_operator_cost
constexpr double k_view_rows = 1000;
constexpr double k_function_rows = 1000;

double operators_in(const Expr* e) {
    double count = 0;
    contains(e, [&](const Expr& x) {
        count += x.kind == ExprKind::call || x.kind == ExprKind::via_text || x.kind == ExprKind::array_comparison;
        return false;
    });
    return count;
}

double selectivity(const Expr* filter) {
    std::vector<Expr*> conjuncts;
    split_conjuncts(const_cast<Expr*>(filter), conjuncts);
    double share = 1;
    for (const Expr* e : conjuncts) {
        const auto* call = maybe<CallExpr>(e);
        const bool equality = call != nullptr && call->op != nullptr && call->op->name == "=";
        const bool range = call != nullptr && call->op != nullptr && (call->op->name.find('<') != std::string::npos || call->op->name.find('>') != std::string::npos);
        share *= equality ? 0.005 : range ? 0.3333 : 0.5;
    }
    return share;
}

// generate_series(1, 100) says itself how many rows there will be.
double function_rows(const RangeFunctionCall& function) {
    const auto* call = maybe<CallExpr>(function.expr);
    if (call == nullptr || !call->returns_set()) return 1;
    if (call->function->name == "generate_series" && call->args.size() >= 2 &&
        (call->args[0]->type->oid == k_int4 || call->args[0]->type->oid == k_int8)) {
        const auto number = [&](std::size_t i, double& to) {
            if (i >= call->args.size()) return true;
            const auto* c = maybe<ConstantExpr>(call->args[i]);
            if (c == nullptr || c->value.is_null) return false;
            to = c->type->oid == k_int4 ? c->value.int4 : static_cast<double>(c->value.int8);
            return true;
        };
        double first = 0, last = 0, step = 1;
        if (number(0, first) && number(1, last) && number(2, step) && step != 0)
            return std::max(std::floor((last - first + step) / step), 0.0);
    }
    return k_function_rows;
}

}  // namespace

void Planner::cost(Plan& plan) {
    const Plan* first = plan.children.empty() ? nullptr : plan.children[0];
    const Plan* second = plan.children.size() < 2 ? nullptr : plan.children[1];
    double rows = first != nullptr ? first->rows : 1;
    double startup = first != nullptr ? first->startup_cost : 0, total = first != nullptr ? first->total_cost : 0;
    switch (plan.kind) {
        case PlanKind::result:
            if (first == nullptr) rows = plan.empty ? 0 : 1, total += plan.empty ? 0 : k_row_cost;
            break;
        case PlanKind::values:
            rows = static_cast<double>(static_cast<ValuesPlan&>(plan).lists->size());
            total += rows * (k_operator_cost + k_row_cost);
            break;
        case PlanKind::scan:
            rows = k_view_rows;
            total += rows * k_row_cost;
            break;
        case PlanKind::function_scan: {
            rows = 0;
            for (const RangeFunctionCall& function : static_cast<FunctionScanPlan&>(plan).functions) rows = std::max(rows, function_rows(function));
            total += rows * k_row_cost;
            break;
        }
        case PlanKind::cte_scan: {
            const Plan* definition = static_cast<CommonTablePlan&>(plan).definition;
            rows = definition->rows;
            total = definition->total_cost + rows * k_row_cost;
            break;
        }
        case PlanKind::work_table_scan:
            rows = 10;
            total = rows * k_row_cost;
            break;
        case PlanKind::subquery_scan: total += rows * k_row_cost; break;
        case PlanKind::project_set:
            rows *= 1000;
            total += rows * 0.005;
            break;
        case PlanKind::nested_loop:
            total += second->total_cost + first->rows * second->rows * k_row_cost;
            rows = first->rows * second->rows;
            break;
        case PlanKind::hash_join:
            startup = second->total_cost;
            total += second->total_cost + (first->rows + second->rows) * k_row_cost;
            rows = std::max(first->rows, second->rows);
            break;
        case PlanKind::aggregate: {
            const auto& a = static_cast<AggregatePlan&>(plan);
            total += first->rows * k_operator_cost * static_cast<double>(std::max<std::size_t>(a.aggregates.size() + a.groups.size(), 1));
            startup = total;
            rows = a.plain ? 1 : std::max(1.0, std::min(first->rows, 200.0));
            total += rows * k_row_cost;
            break;
        }
        case PlanKind::sort:
            startup = total + 2 * k_operator_cost * rows * std::log2(std::max(rows, 2.0));
            total = startup + rows * k_operator_cost;
            break;
        case PlanKind::unique: total += rows * k_operator_cost; break;
        case PlanKind::limit: {
            const auto& l = static_cast<LimitPlan&>(plan);
            const auto number = [](const Expr* e, double if_unknown) {
                const auto* c = maybe<ConstantExpr>(e);
                return c == nullptr || c->value.is_null ? if_unknown : static_cast<double>(c->value.int8);
            };
            const double skip = l.offset == nullptr ? 0 : number(l.offset, rows / 10);
            const double wanted = l.limit == nullptr ? rows : number(l.limit, rows / 10);
            const double all = std::max(rows, 1.0), run = total - startup;
            const double end = std::min(skip + wanted, all);
            total = startup + run * end / all;
            startup += run * std::min(skip, all) / all;
            rows = std::max(0.0, end - std::min(skip, all));
            break;
        }
        case PlanKind::append:
            rows = 0, total = 0;
            for (const Plan* child : plan.children) rows += child->rows, total += child->total_cost;
            total += rows * k_operator_cost * 2;
            break;
        case PlanKind::set_operation:
            total += second->total_cost + (first->rows + second->rows) * k_operator_cost;
            startup = total;
            break;
        case PlanKind::window: total += rows * k_row_cost; break;
        case PlanKind::recursive_union:
            rows += 10 * second->rows;
            total += 10 * second->total_cost;
            break;
    }
    if (plan.filter != nullptr) {
        total += rows * k_operator_cost * std::max(operators_in(plan.filter), 1.0);
        rows = std::max(1.0, std::floor(rows * selectivity(plan.filter)));
    }
    double extra = 0;
    if (plan.outputs != plan.raw)
        for (const Expr* e : plan.outputs) extra += operators_in(e) * k_operator_cost;
    plan.width = 0;
    for (const Expr* e : plan.outputs) plan.width += width_of(*e);
    plan.rows = rows;
    plan.startup_cost = startup;
    plan.total_cost = total + rows * extra;
}

}  // namespace forklore
