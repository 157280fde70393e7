// UNION, INTERSECT, EXCEPT.
#include "queries/parse/stack_depth.hpp"
#include "queries/plan/planner.hpp"

namespace forklore {

// The rows of a node, before they are known as columns of its entry. Goes down as deep as a chain is long: the frame is
// small.
Plan* Planner::set_node(Query& query, const SetNode& node) {
    check_stack_depth();
    if (node.op == SetNode::Op::leaf) return plan(*query.range_table[static_cast<std::size_t>(node.entry)]->query);
    Plan* const left = set_side(query, *node.left, node.left_outputs, set_node(query, *node.left));
    Plan* const right = set_side(query, *node.right, node.right_outputs, set_node(query, *node.right));
    return set_pair(query, node, {left, right});
}

Plan* Planner::set_side(Query& query, const SetNode& side, const std::vector<Expr*>& outputs, Plan* child) {
    auto* named = make<Plan>(PlanKind::subquery_scan);
    named->entry = query.range_table[static_cast<std::size_t>(side.entry)];
    named->children.push_back(child);
    for (std::size_t i = 0; i < child->outputs.size(); ++i) named->raw.push_back(column(side.entry, static_cast<int>(i), query));
    named->outputs = outputs;
    cost(*named);
    return named;
}

Plan* Planner::set_pair(Query& query, const SetNode& node, const std::vector<Plan*>& sides) {
    std::vector<Expr*> columns;
    for (std::size_t i = 0; i < node.left_outputs.size(); ++i) columns.push_back(column(node.entry, static_cast<int>(i), query));
    if (node.op != SetNode::Op::union_) {
        auto* s = make<SetOperationPlan>(PlanKind::set_operation);
        s->intersect = node.op == SetNode::Op::intersect;
        s->all = node.all;
        s->children = sides;
        s->raw = s->outputs = columns;
        cost(*s);
        return s;
    }
    auto* append = make<Plan>(PlanKind::append);
    // A chain of UNION ALL is one append.
    for (Plan* side : sides) {
        Plan* below = side->children[0];
        if (node.all && below->kind == PlanKind::append && side->outputs == side->raw && below->filter == nullptr && below->outputs == below->raw)
            append->children.insert(append->children.end(), below->children.begin(), below->children.end());
        else append->children.push_back(side);
    }
    append->raw = append->outputs = columns;
    cost(*append);
    if (node.all) return append;
    auto* unique = make<AggregatePlan>(PlanKind::aggregate);
    unique->children.push_back(append);
    unique->groups = columns;
    unique->raw = unique->outputs = columns;
    cost(*unique);
    return unique;
}

Plan* Planner::set_operation(Query& query) {
    Plan* rows = set_node(query, *query.set_operation);
    auto* top = make<Plan>(PlanKind::subquery_scan);
    top->children.push_back(rows);
    Plan* plan = rows;
    std::vector<Expr*> targets;
    for (const TargetEntry& target : query.targets) targets.push_back(target.expr);
    // The targets are the node's columns under the same entry: equal expressions, other nodes.
    top->raw = targets;
    top->outputs = targets;
    top->startup_cost = rows->startup_cost, top->total_cost = rows->total_cost, top->rows = rows->rows, top->width = rows->width;
    plan = top;
    if (!query.order_by.empty()) {
        std::vector<SortKey> keys;
        for (const SortClause& clause : query.order_by)
            keys.push_back({query.targets[static_cast<std::size_t>(clause.target)].expr, clause.descending, clause.nulls_first});
        plan = sort(plan, std::move(keys));
    }
    if (query.limit != nullptr || query.offset != nullptr) plan = limit(plan, query);
    return plan;
}

}  // namespace forklore
