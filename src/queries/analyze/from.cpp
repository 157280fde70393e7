// FROM: what can be selected from, and under which names.
#include <algorithm>
#include <deque>

#include "queries/analyze/analyzer.hpp"
#include "queries/relation.hpp"
#include "queries/search_path.hpp"

namespace forklore {

namespace {

void set_lateral(std::vector<Scope::Item>& items, bool only, bool ok) {
    for (Scope::Item& item : items) item.lateral_only = only, item.lateral_ok = ok;
}

}  // namespace

void Analyzer::from(ast::NodeList list, Scope& scope) {
    for (const ast::Node* node : list) {
        std::vector<Scope::Item> items;
        scope.query->from.push_back(from_item(node, scope, items));
        check_names(scope.items, items, scope);
        set_lateral(items, true, true);
        scope.items.insert(scope.items.end(), items.begin(), items.end());
    }
    set_lateral(scope.items, false, true);
}

void Analyzer::check_names(const std::vector<Scope::Item>& left, const std::vector<Scope::Item>& right, const Scope& scope) {
    for (const Scope::Item& a : left) {
        if (!a.relation_visible) continue;
        const RangeEntry& one = *scope.query->range_table[static_cast<std::size_t>(a.entry)];
        for (const Scope::Item& b : right) {
            if (!b.relation_visible) continue;
            const RangeEntry& other = *scope.query->range_table[static_cast<std::size_t>(b.entry)];
            if (one.name != other.name) continue;
            // The same name for relations of different schemas is no conflict.
            if (one.relation != nullptr && other.relation != nullptr && !one.has_alias && !other.has_alias && one.relation != other.relation) continue;
            throw Error(sqlstate::duplicate_alias, "table name \"{}\" specified more than once", one.name);
        }
    }
}

FromItem* Analyzer::from_item(const ast::Node* node, Scope& scope, std::vector<Scope::Item>& items) {
    switch (node->kind) {
        case ast::Kind::range_var: return range_var(ast::as<ast::RangeVar>(node), scope, items);
        case ast::Kind::range_subselect: return range_subselect(ast::as<ast::RangeSubselect>(node), scope, items);
        case ast::Kind::range_function: return range_function(ast::as<ast::RangeFunction>(node), scope, items);
        case ast::Kind::join: return join(ast::as<ast::Join>(node), scope, items);
        case ast::Kind::unsupported: throw Error(sqlstate::feature_not_supported, "{} is not supported yet", ast::as<ast::Unsupported>(node).what);
        default: throw Error(sqlstate::internal_error, "unrecognized node in FROM: {}", static_cast<int>(node->kind));
    }
}

FromItem* Analyzer::add_entry(RangeEntry* entry, Scope& scope, std::vector<Scope::Item>& items) {
    auto* item = pool_.make<FromItem>();
    item->entry = static_cast<int>(scope.query->range_table.size());
    scope.query->range_table.push_back(entry);
    items.push_back({.entry = item->entry});
    return item;
}

void Analyzer::rename_columns(RangeEntry& entry, const ast::Alias& alias, int location) {
    if (!alias.name.empty()) {
        entry.name = alias.name;
        entry.has_alias = true;
    }
    if (alias.columns.size() > entry.columns.size())
        throw at(Error(sqlstate::invalid_column_reference, "{} \"{}\" has {} columns available but {} columns specified",
                       entry.kind == RangeEntry::Kind::join ? "join expression" : "table", entry.name, entry.columns.size(), alias.columns.size()),
                 location);
    for (std::size_t i = 0; i < alias.columns.size(); ++i) entry.columns[i].name = alias.columns[i];
}

CommonTable* Analyzer::find_common_table(std::string_view name, Scope& inner, int& levels) {
    levels = 0;
    for (Scope* scope = &inner; scope != nullptr; scope = scope->parent, ++levels)
        for (std::size_t i = scope->common_tables.size(); i-- > 0;)
            if (scope->common_tables[i]->name == name) return scope->common_tables[i];
    return nullptr;
}

FromItem* Analyzer::range_var(const ast::RangeVar& var, Scope& scope, std::vector<Scope::Item>& items) {
    auto* entry = pool_.make<RangeEntry>();
    entry->name = var.relation;
    int levels = 0;
    CommonTable* table = var.schema.empty() ? find_common_table(var.relation, scope, levels) : nullptr;
    if (table != nullptr) {
        entry->kind = RangeEntry::Kind::common_table;
        entry->common_table = table;
        entry->self_reference = table->query == nullptr;
        if (entry->self_reference && !table->recursive)
            throw at(Error(sqlstate::undefined_table, "relation \"{}\" does not exist", var.relation), var.location);
        if (entry->self_reference) ++table->self_references;
        else ++table->references;
        entry->columns = table->columns;
    } else {
        if (!var.catalog.empty() && var.catalog != session_.identity().database)
            throw at(Error(sqlstate::feature_not_supported, "cross-database references are not implemented: \"{}.{}.{}\"", var.catalog, var.schema,
                           var.relation), var.location);
        entry->relation = find_relation(session_, var.schema, var.relation);
        if (entry->relation == nullptr)
            throw at(var.schema.empty() ? Error(sqlstate::undefined_table, "relation \"{}\" does not exist", var.relation)
                                        : Error(sqlstate::undefined_table, "relation \"{}.{}\" does not exist", var.schema, var.relation), var.location);
        entry->schema = entry->relation->schema();
        entry->relation_name = entry->relation->name();
        for (const ColumnInfo& column : entry->relation->columns())
            entry->columns.push_back({column.name, builtin(column.type), column.typmod});
    }
    rename_columns(*entry, var.alias, var.location);
    return add_entry(entry, scope, items);
}

FromItem* Analyzer::range_subselect(const ast::RangeSubselect& sub, Scope& scope, std::vector<Scope::Item>& items) {
    auto* entry = pool_.make<RangeEntry>();
    entry->kind = RangeEntry::Kind::subquery;
    entry->lateral = sub.lateral;
    if (sub.alias.name.empty()) {
        const auto* select = ast::maybe<ast::Select>(sub.select);
        const bool values = select != nullptr && !select->values.empty();
        int location = values && !select->values[0]->items.empty() ? select->values[0]->items[0]->location : -1;
        if (select != nullptr && !select->targets.empty()) location = select->targets[0]->location;
        throw Error(sqlstate::syntax_error, "{} in FROM must have an alias", values ? "VALUES" : "subquery")
            .hint(values ? "For example, FROM (VALUES ...) [AS] foo." : "For example, FROM (SELECT ...) [AS] foo.")
            .position(position(subselect_location(location)));
    }
    const bool before = scope.lateral_active;
    scope.lateral_active = sub.lateral;
    entry->query = select(ast::as<ast::Select>(sub.select), &scope);
    scope.lateral_active = before;
    for (const TargetEntry& target : entry->query->targets)
        if (!target.hidden) entry->columns.push_back({target.name, target.expr->type, target.expr->typmod});
    rename_columns(*entry, sub.alias, -1);
    return add_entry(entry, scope, items);
}

FromItem* Analyzer::range_function(const ast::RangeFunction& function, Scope& scope, std::vector<Scope::Item>& items) {
    auto* entry = pool_.make<RangeEntry>();
    entry->kind = RangeEntry::Kind::function;
    // A function in FROM may always look at its neighbours.
    entry->lateral = true;
    entry->ordinality = function.ordinality;
    const bool before = scope.lateral_active;
    scope.lateral_active = true;
    // unnest(a, b) is unnest(a) beside unnest(b).
    static constexpr std::string_view k_unnest[] = {"pg_catalog", "unnest"};
    std::deque<ast::FunctionCall> single;
    std::vector<ast::RangeFunctionItem> calls;
    for (const ast::RangeFunctionItem& item : function.functions) {
        const auto* call = ast::maybe<ast::FunctionCall>(item.call);
        const bool several = call != nullptr && call->names.size() == 1 && call->names[0] == "unnest" && call->args.size() > 1 && !call->distinct &&
                             !call->variadic && call->order_by.empty() && call->filter == nullptr && call->over == nullptr;
        if (!several) calls.push_back(item);
        for (std::size_t i = 0; several && i < call->args.size(); ++i) {
            single.push_back(*call);
            single.back().names = k_unnest;
            single.back().args = call->args.subspan(i, 1);
            calls.push_back({&single.back(), item.has_column_definitions});
        }
    }
    for (const ast::RangeFunctionItem& item : calls) {
        if (item.has_column_definitions)
            throw at(Error(sqlstate::syntax_error, "a column definition list is only allowed for functions returning \"record\""), item.call->location);
        Expr* e = expression(item.call, scope, Clause::from_function);
        if (e->type->oid == k_unknown) e = coerce(e, builtin(k_text), -1, CastContext::implicit, CallForm::implicit_cast, -1);
        const auto* call = maybe<CallExpr>(e);
        // Sets may be returned at the top only.
        for_each_child(*e, [&](Expr*& child) {
            contains(child, [&](const Expr& x) {
                if (x.kind == ExprKind::call && static_cast<const CallExpr&>(x).returns_set())
                    throw at(Error(sqlstate::feature_not_supported, "set-returning functions must appear at top level of FROM"), x.location);
                return false;
            });
        });
        const std::string name = figure_name(item.call);
        if (entry->functions.empty()) entry->name = name;
        const std::size_t first = entry->columns.size();
        if (call != nullptr && !call->function->out_columns.empty()) {
            for (const OutColumn& column : call->function->out_columns) entry->columns.push_back({column.name, builtin(column.type), -1});
        } else {
            // A single value is called as the function's alias, if it has one.
            const bool use_alias = !function.alias.name.empty() && calls.size() == 1;
            entry->columns.push_back({use_alias ? std::string(function.alias.name) : name, e->type, e->typmod});
        }
        entry->functions.push_back({e, static_cast<int>(entry->columns.size() - first)});
    }
    scope.lateral_active = before;
    if (function.ordinality) entry->columns.push_back({"ordinality", builtin(k_int8), -1});
    rename_columns(*entry, function.alias, function.functions[0].call->location);
    return add_entry(entry, scope, items);
}

FromItem* Analyzer::join(const ast::Join& j, Scope& scope, std::vector<Scope::Item>& items) {
    auto* item = pool_.make<FromItem>();
    item->is_join = true;
    item->type = j.type == ast::Join::Type::inner  ? JoinType::inner
                 : j.type == ast::Join::Type::left ? JoinType::left
                 : j.type == ast::Join::Type::full ? JoinType::full
                                                   : JoinType::right;
    std::vector<Scope::Item> left, right;
    item->left = from_item(j.left, scope, left);
    // The right side may look at the left one if it is LATERAL.
    const std::vector<Scope::Item> outside = scope.items;
    set_lateral(left, true, item->type == JoinType::inner || item->type == JoinType::left);
    scope.items.insert(scope.items.end(), left.begin(), left.end());
    item->right = from_item(j.right, scope, right);
    scope.items = outside;
    check_names(left, right, scope);

    auto* entry = pool_.make<RangeEntry>();
    entry->kind = RangeEntry::Kind::join;
    struct Side {
        std::vector<std::string> names;
        std::vector<Expr*> columns;
        std::vector<bool> used;
    };
    const auto side_of = [&](const std::vector<Scope::Item>& of) {
        Side side;
        for (const Scope::Item& one : of) {
            if (!one.columns_visible) continue;
            const RangeEntry& e = *scope.query->range_table[static_cast<std::size_t>(one.entry)];
            for (std::size_t i = 0; i < e.columns.size(); ++i) {
                side.names.push_back(e.columns[i].name);
                side.columns.push_back(column_of(scope, 0, one.entry, static_cast<int>(i), -1));
            }
        }
        side.used.resize(side.names.size());
        return side;
    };
    Side left_side = side_of(left), right_side = side_of(right);
    std::vector<std::string_view> using_columns(j.using_columns.begin(), j.using_columns.end());
    if (j.natural)
        for (const std::string& name : left_side.names)
            if (std::ranges::find(right_side.names, name) != right_side.names.end()) using_columns.push_back(name);

    std::vector<Expr*> tests;
    for (std::size_t u = 0; u < using_columns.size(); ++u) {
        const std::string_view name = using_columns[u];
        if (std::ranges::count(using_columns, name) > 1 && !j.natural)
            throw Error(sqlstate::duplicate_column, "column name \"{}\" appears more than once in USING clause", name);
        const auto index_in = [&](Side& side, std::string_view which) {
            std::size_t found = side.names.size();
            for (std::size_t i = 0; i < side.names.size(); ++i) {
                if (side.names[i] != name) continue;
                if (found != side.names.size())
                    throw Error(sqlstate::ambiguous_column, "common column name \"{}\" appears more than once in {} table", name, which);
                found = i;
            }
            if (found == side.names.size())
                throw Error(sqlstate::undefined_column, "column \"{}\" specified in USING clause does not exist in {} table", name, which);
            side.used[found] = true;
            return found;
        };
        Expr* l = left_side.columns[index_in(left_side, "left")];
        Expr* r = right_side.columns[index_in(right_side, "right")];
        tests.push_back(coerce_to_boolean(apply_operator("=", l, r, -1), "JOIN/USING"));
        // The merged column: of the side that is always there, or of both.
        Expr* both[] = {l, r};
        const Type* type = select_common(both, "JOIN/USING");
        Expr* lc = coerce_to_common(l, type, "JOIN/USING");
        Expr* rc = coerce_to_common(r, type, "JOIN/USING");
        Expr* merged = item->type == JoinType::right ? rc : lc;
        if (item->type == JoinType::full) {
            auto* either = make<CoalesceExpr>(type, -1);
            either->args = {lc, rc};
            merged = either;
        }
        entry->columns.push_back({std::string(name), type, merged->typmod});
        entry->merged.push_back(merged);
    }
    const std::size_t merged_count = entry->columns.size();
    for (const Side* side : {&left_side, &right_side}) {
        for (std::size_t i = 0; i < side->names.size(); ++i) {
            if (side->used[i]) continue;
            entry->columns.push_back({side->names[i], side->columns[i]->type, side->columns[i]->typmod});
            entry->merged.push_back(side->columns[i]);
        }
    }
    std::vector<Scope::Item> inside = left;
    inside.insert(inside.end(), right.begin(), right.end());
    set_lateral(inside, false, true);
    if (!tests.empty()) item->condition = all_of(std::move(tests), -1);
    if (j.condition != nullptr) {
        scope.items = inside;
        item->condition = coerce_to_boolean(expression(j.condition, scope, Clause::join), "JOIN/ON");
        scope.items = outside;
    }
    entry->name = "unnamed_join";
    rename_columns(*entry, j.alias, -1);
    item->entry = static_cast<int>(scope.query->range_table.size());
    scope.query->range_table.push_back(entry);
    if (j.alias.name.empty()) {
        for (Scope::Item& one : inside) one.columns_visible = false;
        items.insert(items.end(), inside.begin(), inside.end());
        if (!j.using_alias.name.empty()) {
            // The merged columns alone, under a name.
            auto* merged = pool_.make<RangeEntry>();
            merged->kind = RangeEntry::Kind::join;
            merged->name = j.using_alias.name;
            merged->has_alias = true;
            merged->columns.assign(entry->columns.begin(), entry->columns.begin() + static_cast<std::ptrdiff_t>(merged_count));
            merged->merged.assign(entry->merged.begin(), entry->merged.begin() + static_cast<std::ptrdiff_t>(merged_count));
            items.push_back({.entry = static_cast<int>(scope.query->range_table.size()), .columns_visible = false});
            scope.query->range_table.push_back(merged);
        }
        items.push_back({.entry = item->entry, .relation_visible = false});
    } else {
        items.push_back({.entry = item->entry});
    }
    return item;
}

// Where the parenthesis of a sub-select opens, before its first expression: what PostgreSQL points at.
int Analyzer::subselect_location(int inside) const {
    if (inside < 0) return -1;
    const std::size_t open = text_.rfind('(', static_cast<std::size_t>(inside));
    return open == text_.npos ? inside : static_cast<int>(open);
}

}  // namespace forklore
