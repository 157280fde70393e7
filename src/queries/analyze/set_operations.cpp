// UNION, INTERSECT, EXCEPT, and the recursion that UNION makes possible.
#include "queries/analyze/analyzer.hpp"
#include "queries/parse/stack_depth.hpp"

namespace forklore {

namespace {

std::string_view name_of(ast::SetOperator op) {
    switch (op) {
        case ast::SetOperator::union_: return "UNION";
        case ast::SetOperator::intersect: return "INTERSECT";
        default: return "EXCEPT";
    }
}

const SetNode& leftmost(const SetNode& node) {
    const SetNode* at = &node;
    while (at->op != SetNode::Op::leaf) at = at->left;
    return *at;
}

}  // namespace

// The columns under which a node's rows are known.
void Analyzer::name_set_columns(SetNode& node, RangeEntry& entry, Scope& scope, const std::vector<RangeColumn>& types, std::vector<Expr*>& columns) {
    Query& query = *scope.query;
    node.entry = static_cast<int>(query.range_table.size());
    entry.columns = types;
    query.range_table.push_back(&entry);
    for (std::size_t i = 0; i < types.size(); ++i) {
        auto* column = make<ColumnExpr>(types[i].type, -1);
        column->typmod = types[i].typmod;
        column->relation = node.entry;
        column->column = static_cast<int>(i);
        columns.push_back(column);
    }
}

SetNode* Analyzer::set_leaf(const ast::Select& s, Scope& scope, std::vector<Expr*>& columns) {
    auto* node = pool_.make<SetNode>();
    auto* entry = pool_.make<RangeEntry>();
    entry->kind = RangeEntry::Kind::subquery;
    entry->query = select(s, &scope, false);
    entry->name = fmt::format("*SELECT* {}", scope.query->range_table.size() + 1);
    std::vector<RangeColumn> types;
    for (const TargetEntry& target : entry->query->targets)
        if (!target.hidden) types.push_back({target.name, target.expr->type, target.expr->typmod});
    name_set_columns(*node, *entry, scope, types, columns);
    for (std::size_t i = 0, c = 0; i < entry->query->targets.size(); ++i)
        if (!entry->query->targets[i].hidden) columns[c++]->location = entry->query->targets[i].expr->location;
    return node;
}

// A leaf, or two nodes and what joins them. `columns` is set to the node's columns. Chains of UNION nest as deep as they
// are long: what is done with the sides is done by others, so that this frame is small.
SetNode* Analyzer::set_node(const ast::Select& s, Scope& scope, std::vector<Expr*>& columns, bool top, CommonTable* recursion,
                            ast::Names names) {
    check_stack_depth();
    // An operand with clauses of its own is a query of its own.
    const bool leaf = s.set_operator == ast::SetOperator::none ||
                      (!top && (!s.order_by.empty() || s.limit != nullptr || s.offset != nullptr || !s.with.empty()));
    if (leaf) return set_leaf(s, scope, columns);
    std::vector<Expr*> left, right;
    SetNode* const left_node = set_node(*s.left, scope, left, false);
    if (recursion != nullptr) tell_recursion(*recursion, *left_node, left, names, *scope.query);
    SetNode* const right_node = set_node(*s.right, scope, right, false);
    return set_pair(s, scope, {left_node, right_node}, left, right, columns, recursion);
}

// The first part of a recursion is known: the second may refer to the whole.
void Analyzer::tell_recursion(CommonTable& recursion, const SetNode& first, const std::vector<Expr*>& left, ast::Names names, const Query& query) {
    const RangeEntry& named = *query.range_table[static_cast<std::size_t>(leftmost(first).entry)];
    for (std::size_t i = 0; i < left.size(); ++i) {
        const Type* type = left[i]->type->oid == k_unknown ? builtin(k_text) : left[i]->type;
        recursion.columns.push_back({i < names.size() ? std::string(names[i]) : named.columns[i].name, type, left[i]->typmod});
    }
}

SetNode* Analyzer::set_pair(const ast::Select& s, Scope& scope, std::pair<SetNode*, SetNode*> sides, std::vector<Expr*>& left,
                            std::vector<Expr*>& right, std::vector<Expr*>& columns, CommonTable* recursion) {
    Query& query = *scope.query;
    auto* node = pool_.make<SetNode>();
    auto* entry = pool_.make<RangeEntry>();
    entry->kind = RangeEntry::Kind::subquery;
    const std::string_view name = name_of(s.set_operator);
    node->op = s.set_operator == ast::SetOperator::union_      ? SetNode::Op::union_
               : s.set_operator == ast::SetOperator::intersect ? SetNode::Op::intersect
                                                               : SetNode::Op::except;
    node->all = s.all;
    node->left = sides.first;
    node->right = sides.second;
    if (left.size() != right.size())
        throw at(Error(sqlstate::syntax_error, "each {} query must have the same number of columns", name),
                 right.empty() ? -1 : right[0]->location);
    std::vector<RangeColumn> types;
    for (std::size_t i = 0; i < left.size(); ++i) {
        Expr* both[] = {left[i], right[i]};
        const Type* common = select_common(both, name);
        if (recursion != nullptr && common != recursion->columns[i].type)
            throw at(Error(sqlstate::datatype_mismatch, "recursive query \"{}\" column {} has type {} in non-recursive term but type {} overall",
                           recursion->name, i + 1, recursion->columns[i].type->sql_name, common->sql_name)
                         .hint("Cast the output of the non-recursive term to the correct type."), left[i]->location);
        const auto convert = [&](SetNode& side, Expr* column) -> Expr* {
            if (column->type == common) return column;
            // A literal of a leaf takes the type at its source.
            if (column->type->oid == k_unknown && side.op == SetNode::Op::leaf) {
                RangeEntry& of = *query.range_table[static_cast<std::size_t>(side.entry)];
                std::size_t c = 0;
                for (TargetEntry& target : of.query->targets) {
                    if (target.hidden || c++ != i) continue;
                    target.expr = coerce(target.expr, common, -1, CastContext::implicit, CallForm::implicit_cast, -1);
                    of.columns[i].type = common;
                    auto* changed = pool_.make<ColumnExpr>(*static_cast<ColumnExpr*>(column));
                    changed->type = common;
                    return changed;
                }
            }
            return coerce_to_common(column, common, name);
        };
        node->left_outputs.push_back(convert(*node->left, left[i]));
        node->right_outputs.push_back(convert(*node->right, right[i]));
        if (!node->all) require_equality(*common, left[i]->location);
        Expr* converted[] = {node->left_outputs.back(), node->right_outputs.back()};
        types.push_back({{}, common, common_typmod(converted, common)});
    }
    name_set_columns(*node, *entry, scope, types, columns);
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i]->location = left[i]->location;
    return node;
}

Query* Analyzer::set_operation(const ast::Select& s, Scope& scope, CommonTable* recursion, ast::Names names) {
    Query& query = *scope.query;
    std::vector<Expr*> columns;
    query.set_operation = set_node(s, scope, columns, true, recursion, names);
    // Names are those of the leftmost query.
    const RangeEntry& named = *query.range_table[static_cast<std::size_t>(leftmost(*query.set_operation).entry)];
    RangeEntry& result = *query.range_table[static_cast<std::size_t>(query.set_operation->entry)];
    for (std::size_t i = 0; i < columns.size(); ++i) {
        result.columns[i].name = named.columns[i].name;
        query.targets.push_back({columns[i], named.columns[i].name});
    }
    const std::size_t visible = query.targets.size();
    // ORDER BY sees the result's columns only.
    scope.items.assign(1, {.entry = query.set_operation->entry, .relation_visible = false});
    order_by(s.order_by, scope, query.order_by, Clause::order_by);
    if (query.targets.size() != visible)
        throw at(Error(sqlstate::feature_not_supported, "invalid UNION/INTERSECT/EXCEPT ORDER BY clause")
                     .detail("Only result column names can be used, not expressions or functions.")
                     .hint("Add the expression/function to every SELECT, or move the UNION into a FROM clause."),
                 start_of(query.targets[visible].expr));
    limits(s, scope);
    return &query;
}

void Analyzer::recursive_common_table(const ast::CommonTable& definition, CommonTable& table, Scope& outer) {
    table.recursive = true;
    outer.common_tables.push_back(&table);
    Scope scope;
    scope.parent = &outer;
    scope.query = pool_.make<Query>();
    const auto& body = ast::as<ast::Select>(definition.query);
    with_clause(body, scope);
    table.query = set_operation(body, scope, &table, definition.columns);
    // What did not refer to itself after all is a plain one.
    table.recursive = table.self_references > 0;
    if (table.recursive && (!table.query->order_by.empty() || table.query->limit != nullptr || table.query->offset != nullptr))
        throw at(Error(sqlstate::feature_not_supported, "ORDER BY, LIMIT and OFFSET in a recursive query are not implemented"), definition.location);
}

}  // namespace forklore
