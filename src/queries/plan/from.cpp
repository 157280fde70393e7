// FROM and WHERE: which rows are brought together, and how.
#include <algorithm>

#include "base/error.hpp"
#include "queries/analyze/analyzer.hpp"
#include "queries/plan/planner.hpp"
#include "queries/query_settings.hpp"
#include "queries/relation.hpp"
#include "queries/type_oids.hpp"

namespace forklore {

namespace {

bool is_within(const std::set<int>& inner, const std::set<int>& outer) {
    return std::ranges::includes(outer, inner);
}

bool is_volatile(const Expr* e) {
    return contains(e, [](const Expr& x) {
        return x.kind == ExprKind::call && static_cast<const CallExpr&>(x).function->volatility == Volatility::volatile_;
    });
}

// Takes out the conjuncts that can be decided with these relations alone.
std::vector<Expr*> take_decidable(std::vector<Expr*>& conjuncts, const std::set<int>& relations) {
    std::vector<Expr*> taken;
    std::erase_if(conjuncts, [&](Expr* e) {
        const std::set<int> needed = relations_of(e);
        if (needed.empty() || !is_within(needed, relations)) return false;
        taken.push_back(e);
        return true;
    });
    return taken;
}

}  // namespace

Expr* Planner::all_of(std::vector<Expr*> conjuncts) {
    if (conjuncts.empty()) return nullptr;
    if (conjuncts.size() == 1) return conjuncts[0];
    auto* e = pool_.make<BooleanOp>();
    e->type = &registry().type(k_bool);
    e->args = std::move(conjuncts);
    return e;
}

void Planner::collect_needed(Level& level) {
    const std::function<void(Expr*&)> visit = [&](Expr*& e) {
        if (const auto* c = maybe<ColumnExpr>(e); c != nullptr && c->levels_up == 0) level.needed.emplace(c->relation, c->column);
        for_each_child(*e, visit);
    };
    for_each_expression(level.query, visit);
}

Plan* Planner::from(Level& level, std::vector<Expr*> conjuncts) {
    Query& query = level.query;
    // Items that look at their neighbours: the columns become slots that a join fills.
    for (std::size_t i = 0; i < query.range_table.size(); ++i) {
        RangeEntry& entry = *query.range_table[i];
        Part& part = level.prepared[static_cast<int>(i)];
        if (entry.kind == RangeEntry::Kind::subquery && entry.query != nullptr) {
            tie_outer(*entry.query, part.lateral_values, part.lateral_slots);
        } else if (entry.kind == RangeEntry::Kind::function || entry.kind == RangeEntry::Kind::values) {
            const std::function<void(Expr*&)> tie = [&](Expr*& e) {
                if (const auto* column = maybe<ColumnExpr>(e); column != nullptr && column->levels_up == 0) e = slot_for(*column, part.lateral_values, part.lateral_slots);
                else for_each_child(*e, tie);
            };
            for (RangeFunctionCall& function : entry.functions) tie(function.expr);
            for (auto& row : entry.rows)
                for (Expr*& e : row) tie(e);
        }
    }
    collect_needed(level);
    for (auto& [index, part] : level.prepared)
        for (const Expr* value : part.lateral_values) {
            const auto& column = static_cast<const ColumnExpr&>(*value);
            level.needed.emplace(column.relation, column.column);
        }

    // What depends on no relation is asked once, before anything is read.
    std::vector<Expr*> once;
    std::erase_if(conjuncts, [&](Expr* e) {
        if (!relations_of(e).empty() || (is_volatile(e) && !query.from.empty())) return false;
        once.push_back(e);
        return true;
    });
    Plan* top = nullptr;
    const bool never = std::ranges::any_of(once, [](const Expr* e) {
        const auto* c = maybe<ConstantExpr>(e);
        return c != nullptr && (c->value.is_null || !c->value.boolean);
    });
    if (query.from.empty() || never) {
        auto* result = make<Plan>(PlanKind::result);
        result->filter = all_of(std::move(once));
        if (never) {
            // No row, but of the shape that the steps above expect.
            for (const auto& [entry, number] : level.needed) result->raw.push_back(column(entry, number, query));
            result->empty = true;
            result->rows = 0;
        }
        result->outputs = result->raw;
        cost(*result);
        return result;
    }
    top = join_list(level, query.from, std::move(conjuncts)).plan;
    std::erase_if(once, [](const Expr* e) { return e->kind == ExprKind::constant; });
    if (!once.empty()) {
        auto* result = make<Plan>(PlanKind::result);
        result->children.push_back(top);
        result->raw = result->outputs = top->outputs;
        result->filter = all_of(std::move(once));
        result->one_time_filter = true;
        cost(*result);
        top = result;
    }
    return top;
}

// Items that are all to be paired with each other. Inner joins are opened up; each item is read with the conditions that
// concern it alone; then they are joined one by one, those first that have a condition with what is there.
Planner::Part Planner::join_list(Level& level, const std::vector<FromItem*>& items, std::vector<Expr*> conjuncts) {
    std::vector<const FromItem*> flat;
    const std::function<void(const FromItem&)> open = [&](const FromItem& item) {
        if (item.is_join && item.type == JoinType::inner) {
            open(*item.left);
            open(*item.right);
            split_conjuncts(item.condition, conjuncts);
        } else {
            flat.push_back(&item);
        }
    };
    for (const FromItem* item : items) open(*item);

    std::vector<Part> waiting;
    for (const FromItem* item : flat) {
        Relations relations;
        const std::function<void(const FromItem&)> collect = [&](const FromItem& one) {
            relations.insert(one.entry);
            if (one.is_join) collect(*one.left), collect(*one.right);
        };
        collect(*item);
        waiting.push_back(part(level, *item, take_decidable(conjuncts, relations)));
    }
    Part joined = std::move(waiting[0]);
    waiting.erase(waiting.begin());
    // A first item that looks at others must wait for them.
    for (std::size_t tries = 0; tries < waiting.size() && !joined.lateral_values.empty(); ++tries) {
        std::swap(joined, waiting[tries]);
    }
    while (!waiting.empty()) {
        std::size_t chosen = waiting.size();
        bool connected = false;
        for (std::size_t i = 0; i < waiting.size(); ++i) {
            const bool ready = std::ranges::all_of(waiting[i].lateral_values, [&](const Expr* e) {
                return joined.relations.contains(static_cast<const ColumnExpr*>(e)->relation);
            });
            if (!ready) continue;
            Relations both = joined.relations;
            both.insert(waiting[i].relations.begin(), waiting[i].relations.end());
            const bool meets = std::ranges::any_of(conjuncts, [&](Expr* e) {
                Expr *l = nullptr, *r = nullptr;
                return hash_keys(e, joined.relations, waiting[i].relations, l, r);
            });
            if (chosen == waiting.size() || (meets && !connected)) chosen = i, connected = meets;
        }
        if (chosen == waiting.size()) throw Error(sqlstate::internal_error, "lateral references go in a circle");
        Part next = std::move(waiting[chosen]);
        waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(chosen));
        Relations both = joined.relations;
        both.insert(next.relations.begin(), next.relations.end());
        std::vector<Expr*> tests = take_decidable(conjuncts, both);
        Part result;
        result.relations = both;
        // What it still looks at further out.
        for (std::size_t i = 0; i < joined.lateral_values.size(); ++i) {
            result.lateral_values.push_back(joined.lateral_values[i]);
            result.lateral_slots.push_back(joined.lateral_slots[i]);
        }
        result.plan = join(std::move(joined), std::move(next), JoinType::inner, std::move(tests), level);
        joined = std::move(result);
    }
    if (!conjuncts.empty()) {
        std::vector<Expr*> all;
        if (joined.plan->filter != nullptr) all.push_back(joined.plan->filter);
        all.insert(all.end(), conjuncts.begin(), conjuncts.end());
        joined.plan->filter = all_of(std::move(all));
    }
    return joined;
}

Planner::Part Planner::part(Level& level, const FromItem& item, std::vector<Expr*> conjuncts) {
    return item.is_join ? outer_join(level, item, std::move(conjuncts)) : entry(level, item.entry, std::move(conjuncts));
}

// An outer join. `conjuncts` come from above: they may go below it on the side whose rows are never made up.
Planner::Part Planner::outer_join(Level& level, const FromItem& item, std::vector<Expr*> conjuncts) {
    const auto relations_under = [](const FromItem& from) {
        Relations relations;
        const std::function<void(const FromItem&)> collect = [&](const FromItem& one) {
            relations.insert(one.entry);
            if (one.is_join) collect(*one.left), collect(*one.right);
        };
        collect(from);
        return relations;
    };
    const Relations left_relations = relations_under(*item.left), right_relations = relations_under(*item.right);
    std::vector<Expr*> on;
    split_conjuncts(item.condition, on);
    std::vector<Expr*> left_conditions, right_conditions;
    if (item.type == JoinType::left) {
        left_conditions = take_decidable(conjuncts, left_relations);
        right_conditions = take_decidable(on, right_relations);
    } else if (item.type == JoinType::right) {
        right_conditions = take_decidable(conjuncts, right_relations);
        left_conditions = take_decidable(on, left_relations);
    }
    Part left = join_list(level, {item.left}, std::move(left_conditions));
    Part right = join_list(level, {item.right}, std::move(right_conditions));
    Part result;
    result.relations = left.relations;
    result.relations.insert(right.relations.begin(), right.relations.end());
    result.relations.insert(item.entry);
    for (Part* side : {&left, &right}) {
        for (std::size_t i = 0; i < side->lateral_values.size(); ++i) {
            const auto& column = static_cast<const ColumnExpr&>(*side->lateral_values[i]);
            if (side == &right && left.relations.contains(column.relation)) continue;
            result.lateral_values.push_back(side->lateral_values[i]);
            result.lateral_slots.push_back(side->lateral_slots[i]);
        }
    }
    result.plan = join(std::move(left), std::move(right), item.type, std::move(on), level);
    result.plan->filter = all_of(std::move(conjuncts));
    return result;
}

// A side of `a = b` for each side of the join, of types that hash alike.
bool Planner::hash_keys(Expr* conjunct, const Relations& left, const Relations& right, Expr*& left_key, Expr*& right_key) {
    auto* call = maybe<CallExpr>(conjunct);
    if (call == nullptr || call->op == nullptr || call->op->name != "=" || call->args.size() != 2) return false;
    const Relations a = relations_of(call->args[0]), b = relations_of(call->args[1]);
    if (a.empty() || b.empty()) return false;
    if (is_within(a, left) && is_within(b, right)) left_key = call->args[0], right_key = call->args[1];
    else if (is_within(a, right) && is_within(b, left)) left_key = call->args[1], right_key = call->args[0];
    else return false;
    // Different types: the one that is converted to the other without being asked.
    if (left_key->type != right_key->type) {
        const auto convert = [&](Expr* from, const Type* to) -> Expr* {
            const Function* function = nullptr;
            if (find_coercion(*from->type, *to, CastContext::implicit, function) != CoercionPath::function || function->arguments.size() != 1) return nullptr;
            auto* cast = pool_.make<CallExpr>();
            cast->type = to;
            cast->function = function;
            cast->form = CallForm::implicit_cast;
            cast->args = {from};
            cast->argument_types = {from->type};
            return cast;
        };
        if (left_key->type->category != 'N' || right_key->type->category != 'N') return false;
        if (Expr* converted = convert(left_key, right_key->type)) left_key = converted;
        else if (Expr* other = convert(right_key, left_key->type)) right_key = other;
        else return false;
    }
    return left_key->type->hash != nullptr && left_key->type->compare != nullptr && !is_volatile(conjunct);
}

Plan* Planner::join(Part left, Part right, JoinType type, std::vector<Expr*> conjuncts, const Level&) {
    auto* j = make<JoinPlan>(PlanKind::nested_loop);
    j->type = type;
    j->children = {left.plan, right.plan};
    j->raw = left.plan->outputs;
    j->raw.insert(j->raw.end(), right.plan->outputs.begin(), right.plan->outputs.end());
    j->outputs = j->raw;
    std::vector<Expr*> rest;
    for (std::size_t i = 0; i < right.lateral_values.size(); ++i) {
        if (!left.relations.contains(static_cast<const ColumnExpr*>(right.lateral_values[i])->relation)) continue;
        j->lateral_values.push_back(right.lateral_values[i]);
        j->lateral_slots.push_back(right.lateral_slots[i]);
    }
    j->right_changes = !right.lateral_values.empty();
    for (Expr* e : conjuncts) {
        Expr *l = nullptr, *r = nullptr;
        if (!j->right_changes && enable_hashjoin_setting.value() && hash_keys(e, left.relations, right.relations, l, r)) {
            j->left_keys.push_back(l);
            j->right_keys.push_back(r);
        } else {
            rest.push_back(e);
        }
    }
    j->kind = j->left_keys.empty() ? PlanKind::nested_loop : PlanKind::hash_join;
    j->condition = all_of(std::move(rest));
    cost(*j);
    return j;
}

// ---------------------------------------------------------------- single entries

Planner::Part Planner::entry(Level& level, int index, std::vector<Expr*> conjuncts) {
    const Query& query = level.query;
    const RangeEntry& e = *query.range_table[static_cast<std::size_t>(index)];
    Part part = level.prepared[index];
    part.relations = {index};
    const auto all_columns = [&](Plan& plan) {
        for (std::size_t i = 0; i < e.columns.size(); ++i) plan.raw.push_back(column(index, static_cast<int>(i), query));
    };
    Plan* plan = nullptr;
    switch (e.kind) {
        case RangeEntry::Kind::relation: {
            auto* scan = make<ScanPlan>(PlanKind::scan);
            scan->relation = e.relation;
            for (std::size_t i = 0; i < e.columns.size(); ++i) {
                if (!level.needed.contains({index, static_cast<int>(i)})) continue;
                scan->columns.push_back(static_cast<std::uint16_t>(i));
                scan->raw.push_back(column(index, static_cast<int>(i), query));
            }
            plan = scan;
            break;
        }
        case RangeEntry::Kind::values: {
            auto* values = make<ValuesPlan>(PlanKind::values);
            values->lists = &e.rows;
            all_columns(*values);
            plan = values;
            break;
        }
        case RangeEntry::Kind::function: {
            auto* scan = make<FunctionScanPlan>(PlanKind::function_scan);
            scan->functions = e.functions;
            scan->ordinality = e.ordinality;
            all_columns(*scan);
            plan = scan;
            break;
        }
        case RangeEntry::Kind::subquery: {
            plan = make<Plan>(PlanKind::subquery_scan);
            plan->children.push_back(this->plan(*e.query));
            all_columns(*plan);
            break;
        }
        case RangeEntry::Kind::common_table:
            plan = common_table(e, index, level);
            all_columns(*plan);
            break;
        case RangeEntry::Kind::join: throw Error(sqlstate::internal_error, "a join is not read");
    }
    plan->entry = &e;
    plan->filter = all_of(std::move(conjuncts));
    plan->outputs = plan->raw;
    cost(*plan);
    part.plan = plan;
    return part;
}

// A query of WITH: read by one it is a sub-query; by several, or when asked for, its rows are kept.
Plan* Planner::common_table(const RangeEntry& e, int, Level&) {
    const CommonTable& table = *e.common_table;
    if (e.self_reference) {
        auto* scan = make<CommonTablePlan>(PlanKind::work_table_scan);
        scan->table = work_tables_.at(&table);
        return scan;
    }
    bool depends = false, changes = false;
    walk_query(*table.query, 0, [&](Expr*& x, int) {
        depends = depends || x->kind == ExprKind::outer;
        changes = changes || (x->kind == ExprKind::call && static_cast<const CallExpr*>(x)->function->volatility == Volatility::volatile_);
    });
    const auto definition = [&]() -> Plan* {
        if (!table.recursive) return plan(*table.query);
        auto* work_table = pool_.make<CommonTable>();
        const auto before = work_tables_;
        work_tables_[&table] = work_table;
        prepare(*table.query);
        Query& query = *table.query;
        const SetNode& node = *query.set_operation;
        auto* recursion = make<RecursiveUnionPlan>(PlanKind::recursive_union);
        recursion->work_table = work_table;
        recursion->distinct = !node.all;
        for (const SetNode* side : {node.left, node.right}) {
            Plan* child = set_node(query, *side);
            auto* named = make<Plan>(PlanKind::subquery_scan);
            named->children.push_back(child);
            for (std::size_t i = 0; i < child->outputs.size(); ++i) named->raw.push_back(column(side->entry, static_cast<int>(i), query));
            named->outputs = side == node.left ? node.left_outputs : node.right_outputs;
            cost(*named);
            recursion->children.push_back(named);
        }
        for (const TargetEntry& target : query.targets) recursion->raw.push_back(target.expr);
        recursion->outputs = recursion->raw;
        cost(*recursion);
        work_tables_ = before;
        return recursion;
    };
    const bool inlined = depends || (!table.recursive && !table.materialized && !changes && (table.references <= 1 || table.not_materialized));
    // Planned once, whoever reads it.
    Plan* shared = definitions_[&table];
    if (shared == nullptr) definitions_[&table] = shared = definition();
    if (inlined) {
        auto* scan = make<Plan>(PlanKind::subquery_scan);
        scan->children.push_back(shared);
        return scan;
    }
    auto* scan = make<CommonTablePlan>(PlanKind::cte_scan);
    scan->table = &table;
    scan->definition = shared;
    return scan;
}

}  // namespace forklore
