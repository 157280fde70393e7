#include "queries/plan/planner.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.hpp"
#include "queries/analyze/analyzer.hpp"
#include "queries/parse/stack_depth.hpp"
#include "queries/type_oids.hpp"

namespace forklore {

// ---------------------------------------------------------------- walking

namespace {

void for_each_condition(FromItem& item, const std::function<void(Expr*&)>& f) {
    if (!item.is_join) return;
    if (item.condition != nullptr) f(item.condition);
    for_each_condition(*item.left, f);
    for_each_condition(*item.right, f);
}

}  // namespace

void for_each_expression(Query& query, const std::function<void(Expr*&)>& f) {
    for (RangeEntry* entry : query.range_table) {
        for (RangeFunctionCall& function : entry->functions) f(function.expr);
        for (auto& row : entry->rows)
            for (Expr*& e : row) f(e);
    }
    for (FromItem* item : query.from) for_each_condition(*item, f);
    if (query.where != nullptr) f(query.where);
    for (TargetEntry& target : query.targets) f(target.expr);
    if (query.having != nullptr) f(query.having);
    for (Window& window : query.windows) {
        for (SortKey& key : window.partition_by) f(key.expr);
        for (SortKey& key : window.order_by) f(key.expr);
        if (window.start != nullptr) f(window.start);
        if (window.end != nullptr) f(window.end);
    }
    if (query.limit != nullptr) f(query.limit);
    if (query.offset != nullptr) f(query.offset);
    if (query.set_operation != nullptr) {
        const std::function<void(SetNode&)> visit = [&](SetNode& node) {
            for (Expr*& e : node.left_outputs) f(e);
            for (Expr*& e : node.right_outputs) f(e);
            if (node.left != nullptr) visit(*node.left);
            if (node.right != nullptr) visit(*node.right);
        };
        visit(*query.set_operation);
    }
}

void walk_query(Query& query, int depth, const std::function<void(Expr*&, int)>& f) {
    check_stack_depth();
    const std::function<void(Expr*&)> visit = [&](Expr*& e) {
        check_stack_depth();
        f(e, depth);
        for_each_child(*e, visit);
        if (auto* link = maybe<SubLinkExpr>(e)) walk_query(*link->query, depth + 1, f);
    };
    for_each_expression(query, visit);
    for (RangeEntry* entry : query.range_table)
        if (entry->query != nullptr) walk_query(*entry->query, depth + 1, f);
    for (CommonTable* table : query.common_tables)
        if (table->query != nullptr) walk_query(*table->query, depth + 1, f);
}

void split_conjuncts(Expr* e, std::vector<Expr*>& to) {
    if (e == nullptr) return;
    auto* op = maybe<BooleanOp>(e);
    if (op == nullptr || op->op != BooleanOp::Op::and_) return to.push_back(e);
    for (Expr* arg : op->args) split_conjuncts(arg, to);
}

std::set<int> relations_of(const Expr* e) {
    std::set<int> relations;
    contains(e, [&](const Expr& x) {
        if (x.kind == ExprKind::column) relations.insert(static_cast<const ColumnExpr&>(x).relation);
        return false;
    });
    return relations;
}

int width_of(const Expr& e) {
    if (e.type->length > 0) return e.type->length;
    if (e.type->oid == k_unknown) return 32;
    return 32;
}

// ---------------------------------------------------------------- outer columns

// Where a value of this query is handed down: `own` is an expression over this query, `seen` what stands for it below.
Expr* Planner::slot_for(Expr* own, const Expr& seen, std::vector<Expr*>& values, std::vector<int>& slots) {
    int slot = -1;
    for (std::size_t i = 0; i < values.size() && slot < 0; ++i)
        if (same_expr(values[i], own)) slot = slots[i];
    if (slot < 0) {
        values.push_back(own);
        slots.push_back(slot = slots_++);
    }
    auto* outer = pool_.make<OuterExpr>();
    outer->type = seen.type;
    outer->typmod = seen.typmod;
    outer->location = seen.location;
    outer->slot = slot;
    return outer;
}

Expr* Planner::slot_for(const ColumnExpr& column, std::vector<Expr*>& values, std::vector<int>& slots) {
    auto* own = pool_.make<ColumnExpr>(column);
    own->levels_up = 0;
    return slot_for(own, column, values, slots);
}

// Everywhere inside a query that stands in another: columns and aggregates of that other become slots.
void Planner::tie_outer(Query& query, std::vector<Expr*>& values, std::vector<int>& slots) {
    walk_query(query, 1, [&](Expr*& e, int depth) {
        if (const auto* column = maybe<ColumnExpr>(e); column != nullptr && column->levels_up == depth) {
            e = slot_for(*column, values, slots);
        } else if (auto* aggregate = maybe<AggregateExpr>(e); aggregate != nullptr && aggregate->levels_up == depth) {
            // It moves up as it is; what it looks at is now so much nearer.
            aggregate->levels_up = 0;
            contains(aggregate, [&](const Expr& x) {
                if (x.kind == ExprKind::column) const_cast<ColumnExpr&>(static_cast<const ColumnExpr&>(x)).levels_up -= depth;
                return false;
            });
            e = slot_for(aggregate, *aggregate, values, slots);
        }
    });
}

void Planner::plan_sublink(SubLinkExpr& link) {
    if (link.plan != nullptr) return;
    tie_outer(*link.query, link.outer_values, link.outer_slots);
    ++sublink_depth_;
    link.plan = plan(*link.query);
    --sublink_depth_;
    walk_query(*link.query, 0, [&](Expr*& e, int) { link.depends = link.depends || e->kind == ExprKind::outer; });
}

void Planner::plan_sublinks(Query& query) {
    const std::function<void(Expr*&)> visit = [&](Expr*& e) {
        check_stack_depth();
        for_each_child(*e, visit);
        if (auto* link = maybe<SubLinkExpr>(e)) plan_sublink(*link);
    };
    for_each_expression(query, visit);
}

// ---------------------------------------------------------------- a query

ColumnExpr* Planner::column(int entry, int number, const Query& query) {
    const RangeColumn& of = query.range_table[static_cast<std::size_t>(entry)]->columns[static_cast<std::size_t>(number)];
    auto* e = pool_.make<ColumnExpr>();
    e->type = of.type;
    e->typmod = of.typmod;
    e->relation = entry;
    e->column = number;
    return e;
}

void Planner::prepare(Query& query) {
    for_each_expression(query, [&](Expr*& e) {
        fold_constants(e, pool_);
        // A sub-select in an expression may never be run.
        if (sublink_depth_ == 0) find_known_early(e, known_early_);
    });
    plan_sublinks(query);
}

Plan* Planner::plan(Query& query) {
    check_stack_depth();
    const Query* const around = std::exchange(current_, &query);
    prepare(query);
    Plan* made = query.set_operation != nullptr ? set_operation(query) : plan_simple(query);
    current_ = around;
    return made;
}

Plan* Planner::plan_simple(Query& query) {
    Level level{query, {}, {}};
    std::vector<Expr*> conjuncts;
    split_conjuncts(query.where, conjuncts);
    Plan* top = from(level, std::move(conjuncts));
    if (query.has_aggregates) top = aggregate(top, query);

    std::vector<Expr*> targets;
    for (const TargetEntry& target : query.targets) targets.push_back(target.expr);
    if (query.has_windows) top = windows(top, query, targets);
    if (query.has_sets) top = project_sets(top, targets);
    else top->outputs = targets;
    if (!query.has_sets) cost(*top);

    if (!query.distinct.empty()) top = distinct(top, query);
    else if (!query.order_by.empty()) {
        std::vector<SortKey> keys;
        for (const SortClause& clause : query.order_by)
            keys.push_back({query.targets[static_cast<std::size_t>(clause.target)].expr, clause.descending, clause.nulls_first});
        top = sort(top, std::move(keys));
    }
    if (query.limit != nullptr || query.offset != nullptr) top = limit(top, query);

    // What only the sorting needed goes.
    std::vector<Expr*> visible;
    for (const TargetEntry& target : query.targets)
        if (!target.hidden) visible.push_back(target.expr);
    if (top->outputs != visible) top->outputs = visible;
    return top;
}

Plan* Planner::sort(Plan* input, std::vector<SortKey> keys) {
    std::erase_if(keys, [](const SortKey& key) { return key.expr->kind == ExprKind::constant; });
    if (keys.empty()) return input;
    auto* s = make<SortPlan>(PlanKind::sort);
    s->children.push_back(input);
    s->raw = s->outputs = input->outputs;
    s->keys = std::move(keys);
    cost(*s);
    return s;
}

Plan* Planner::limit(Plan* input, Query& query) {
    auto* l = make<LimitPlan>(PlanKind::limit);
    l->children.push_back(input);
    l->raw = l->outputs = input->outputs;
    l->limit = query.limit;
    l->offset = query.offset;
    if (query.with_ties)
        for (const SortClause& clause : query.order_by) l->ties.push_back({query.targets[static_cast<std::size_t>(clause.target)].expr});
    cost(*l);
    return l;
}

Plan* Planner::distinct(Plan* input, Query& query) {
    std::vector<SortKey> keys;
    std::vector<Expr*> exprs;
    bool sortable = true;
    for (const SortClause& clause : query.distinct) {
        exprs.push_back(query.targets[static_cast<std::size_t>(clause.target)].expr);
        keys.push_back({exprs.back(), clause.descending, clause.nulls_first});
        sortable = sortable && exprs.back()->type->compare != nullptr;
    }
    if (query.order_by.empty() && !query.distinct_on) {
        auto* a = make<AggregatePlan>(PlanKind::aggregate);
        a->children.push_back(input);
        a->groups = exprs;
        a->raw = a->outputs = exprs;
        cost(*a);
        return a;
    }
    // Sorted so that equal rows meet, in an order that ORDER BY continues.
    std::vector<SortKey> all;
    for (const SortClause& clause : query.order_by)
        all.push_back({query.targets[static_cast<std::size_t>(clause.target)].expr, clause.descending, clause.nulls_first});
    for (const SortKey& key : keys)
        if (std::ranges::none_of(all, [&](const SortKey& other) { return other.expr == key.expr; })) all.push_back(key);
    Plan* sorted = sort(input, std::move(all));
    auto* u = make<UniquePlan>(PlanKind::unique);
    u->children.push_back(sorted);
    u->raw = u->outputs = sorted->outputs;
    u->keys = std::move(exprs);
    cost(*u);
    return u;
}

Plan* Planner::aggregate(Plan* input, Query& query) {
    auto* a = make<AggregatePlan>(PlanKind::aggregate);
    a->plain = query.group_by.empty();
    for (const int target : query.group_by) a->groups.push_back(query.targets[static_cast<std::size_t>(target)].expr);
    // Every aggregate once, wherever it is asked for.
    const std::function<void(Expr*&)> collect = [&](Expr*& e) {
        if (auto* aggregate = maybe<AggregateExpr>(e)) {
            for (AggregateExpr* known : a->aggregates)
                if (same_expr(known, aggregate) && !contains(aggregate, [](const Expr& x) {
                        return x.kind == ExprKind::call && static_cast<const CallExpr&>(x).function->volatility == Volatility::volatile_;
                    }))
                    return;
            a->aggregates.push_back(aggregate);
            return;
        }
        for (const Expr* group : a->groups)
            if (same_expr(group, e)) return;
        for_each_child(*e, collect);
    };
    for (TargetEntry& target : query.targets) collect(target.expr);
    if (query.having != nullptr) collect(query.having);
    for (Window& window : query.windows) {
        for (SortKey& key : window.partition_by) collect(key.expr);
        for (SortKey& key : window.order_by) collect(key.expr);
    }
    a->raw = a->groups;
    a->raw.insert(a->raw.end(), a->aggregates.begin(), a->aggregates.end());
    a->outputs = a->raw;
    a->filter = query.having;
    a->children.push_back(input);
    cost(*a);
    return a;
}

// Set-returning functions: those inside the arguments of others first.
Plan* Planner::project_sets(Plan* input, std::vector<Expr*> targets) {
    std::vector<std::vector<CallExpr*>> rounds;
    // How deep sets are nested inside an expression; those found are put into their round.
    const std::function<int(Expr*)> visit = [&](Expr* e) {
        int depth = 0;
        for_each_child(*e, [&](Expr*& child) { depth = std::max(depth, visit(child)); });
        auto* call = maybe<CallExpr>(e);
        if (call == nullptr || !call->returns_set()) return depth;
        // Below, a window or an aggregate has computed it already.
        for (const Expr* known : input->outputs)
            if (known == e) return depth;
        if (rounds.size() <= static_cast<std::size_t>(depth)) rounds.resize(static_cast<std::size_t>(depth) + 1);
        if (std::ranges::find(rounds[static_cast<std::size_t>(depth)], call) == rounds[static_cast<std::size_t>(depth)].end())
            rounds[static_cast<std::size_t>(depth)].push_back(call);
        return depth + 1;
    };
    for (Expr* target : targets) visit(target);
    Plan* top = input;
    for (const std::vector<CallExpr*>& round : rounds) {
        auto* p = make<ProjectSetPlan>(PlanKind::project_set);
        p->children.push_back(top);
        p->sets = round;
        p->raw = top->outputs;
        p->raw.insert(p->raw.end(), round.begin(), round.end());
        p->outputs = p->raw;
        cost(*p);
        top = p;
    }
    top->outputs = std::move(targets);
    cost(*top);
    return top;
}

Plan* Planner::windows(Plan* input, Query& query, std::vector<Expr*>& targets) {
    std::vector<std::vector<WindowExpr*>> by_window(query.windows.size());
    const std::function<void(Expr*&)> collect = [&](Expr*& e) {
        if (auto* call = maybe<WindowExpr>(e)) {
            auto& list = by_window[static_cast<std::size_t>(call->window)];
            if (std::ranges::find(list, call) == list.end()) list.push_back(call);
            return;
        }
        for_each_child(*e, collect);
    };
    for (Expr*& target : targets) collect(target);
    Plan* top = input;
    for (std::size_t i = 0; i < query.windows.size(); ++i) {
        if (by_window[i].empty()) continue;
        const Window& window = query.windows[i];
        std::vector<SortKey> keys = window.partition_by;
        keys.insert(keys.end(), window.order_by.begin(), window.order_by.end());
        top = sort(top, std::move(keys));
        auto* w = make<WindowPlan>(PlanKind::window);
        w->children.push_back(top);
        w->window = &window;
        w->functions = by_window[i];
        w->raw = top->outputs;
        w->raw.insert(w->raw.end(), by_window[i].begin(), by_window[i].end());
        w->outputs = w->raw;
        cost(*w);
        top = w;
    }
    return top;
}

}  // namespace forklore
