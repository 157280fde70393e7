// SELECT: its clauses, in the order in which PostgreSQL looks at them.
#include <algorithm>

#include "queries/analyze/analyzer.hpp"
#include "queries/parse/stack_depth.hpp"

namespace forklore {

Query* Analyzer::analyze(const ast::Select& s) { return select(s, nullptr); }

std::vector<Expr*> Analyzer::analyze_arguments(ast::NodeList args, std::span<const Oid> types, std::string_view name) {
    if (args.size() != types.size())
        throw Error(sqlstate::syntax_error, "wrong number of parameters for prepared statement \"{}\"", name)
            .detail(fmt::format("Expected {} parameters but got {}.", types.size(), args.size()));
    Query nothing;
    Scope scope;
    scope.query = &nothing;
    std::vector<Expr*> result;
    for (std::size_t i = 0; i < args.size(); ++i) {
        Expr* e = expression(args[i], scope, Clause::execute);
        const Type* target = builtin(types[i]);
        Expr* coerced = coerce_to(e, target, -1, CastContext::assignment, CallForm::implicit_cast, -1);
        if (coerced == nullptr)
            throw at(Error(sqlstate::datatype_mismatch, "parameter ${} of type {} cannot be coerced to the expected type {}", i + 1,
                           e->type->sql_name, target->sql_name)
                         .hint("You will need to rewrite or cast the expression."), e->location);
        result.push_back(coerced);
    }
    return result;
}

Query* Analyzer::select(const ast::Select& s, Scope* parent, bool settle_unknown) {
    check_stack_depth();
    Scope scope;
    scope.parent = parent;
    scope.query = pool_.make<Query>();
    if (s.into) throw Error(sqlstate::feature_not_supported, "SELECT INTO is not supported yet");
    if (s.locking) throw Error(sqlstate::feature_not_supported, "SELECT FOR UPDATE is not supported yet");
    with_clause(s, scope);
    Query* query = s.set_operator != ast::SetOperator::none ? set_operation(s, scope)
                   : !s.values.empty()                      ? values_select(s, scope)
                                                            : simple_select(s, scope, settle_unknown);
    query->has_sets = scope.has_sets;
    query->has_windows = scope.has_windows;
    return query;
}

Query* Analyzer::simple_select(const ast::Select& s, Scope& scope, bool settle_unknown) {
    Query& query = *scope.query;
    for (const ast::Node* node : s.windows) scope.window_definitions.push_back(&ast::as<ast::WindowDef>(node));
    from(s.from, scope);
    targets(s.targets, scope);
    if (s.where != nullptr) query.where = coerce_to_boolean(expression(s.where, scope, Clause::where), "WHERE");
    if (s.having != nullptr) query.having = coerce_to_boolean(expression(s.having, scope, Clause::having), "HAVING");
    order_by(s.order_by, scope, query.order_by, Clause::order_by);
    group_by(s.group_by, scope);
    distinct(s, scope);
    limits(s, scope);
    windows(scope);
    if (settle_unknown) settle_unknown_targets(query);
    query.has_aggregates = scope.has_aggregates || !s.group_by.empty() || query.having != nullptr;
    if (query.has_aggregates) check_grouping(scope);
    return &query;
}

void Analyzer::limits(const ast::Select& s, Scope& scope) {
    Query& query = *scope.query;
    if (s.offset != nullptr) query.offset = limit(s.offset, scope, Clause::offset);
    if (s.limit != nullptr) query.limit = limit(s.limit, scope, Clause::limit);
    query.with_ties = s.with_ties;
    if (s.with_ties && query.order_by.empty())
        throw Error(sqlstate::syntax_error, "WITH TIES cannot be specified without ORDER BY clause");
    if (s.with_ties && ast::maybe<ast::Constant>(s.limit) != nullptr && ast::as<ast::Constant>(s.limit).form == ast::Constant::Form::null)
        throw Error(sqlstate::invalid_row_count_in_limit_clause, "row count cannot be null in FETCH FIRST ... WITH TIES clause");
}

Expr* Analyzer::limit(const ast::Node* node, Scope& scope, Clause clause) {
    const std::string_view name = clause_name(clause);
    Expr* e = coerce_to_specific(expression(node, scope, clause), k_int8, name);
    contains(e, [&](const Expr& x) {
        if (x.kind == ExprKind::column && static_cast<const ColumnExpr&>(x).levels_up == 0)
            throw at(Error(sqlstate::invalid_column_reference, "argument of {} must not contain variables", name), x.location);
        return false;
    });
    return e;
}

// A literal that nobody gave a type is a text.
void Analyzer::settle_unknown_targets(Query& query) {
    for (TargetEntry& target : query.targets)
        if (target.expr->type->oid == k_unknown)
            target.expr = coerce(target.expr, builtin(k_text), -1, CastContext::implicit, CallForm::implicit_cast, -1);
}

// ---------------------------------------------------------------- the select list

void Analyzer::targets(ast::NodeList list, Scope& scope) {
    for (const ast::Node* node : list) {
        const auto& target = ast::as<ast::Target>(node);
        if (const auto* ref = ast::maybe<ast::ColumnRef>(target.value); ref != nullptr && ref->star) {
            expand_star(*ref, scope, scope.query->targets);
            continue;
        }
        if (const auto* indirection = ast::maybe<ast::Indirection>(target.value);
            indirection != nullptr && indirection->steps.back()->kind == ast::Kind::star) {
            expand_record(*indirection, scope, scope.query->targets);
            continue;
        }
        Expr* e = expression(target.value, scope, Clause::select_list);
        scope.query->targets.push_back({e, target.name.empty() ? figure_name(target.value) : std::string(target.name)});
    }
    constexpr std::size_t k_most_columns = 1664;
    if (scope.query->targets.size() > k_most_columns)
        throw Error(sqlstate::too_many_columns, "target lists can have at most {} entries", k_most_columns);
}

void Analyzer::expand_star(const ast::ColumnRef& ref, Scope& scope, std::vector<TargetEntry>& to) {
    const auto all_of_item = [&](Scope& where, int levels, int entry_index) {
        const RangeEntry& entry = *where.query->range_table[static_cast<std::size_t>(entry_index)];
        for (std::size_t i = 0; i < entry.columns.size(); ++i)
            to.push_back({column_of(where, levels, entry_index, static_cast<int>(i), ref.location), entry.columns[i].name});
    };
    if (ref.names.empty()) {
        bool any = false;
        for (const Scope::Item& item : scope.items) {
            if (!item.columns_visible) continue;
            any = true;
            all_of_item(scope, 0, item.entry);
        }
        if (!any) throw at(Error(sqlstate::syntax_error, "SELECT * with no tables specified is not valid"), ref.location);
        return;
    }
    const std::size_t parts = ref.names.size();
    if (parts > 3) throw at(Error(sqlstate::syntax_error, "improper qualified name (too many dotted names)"), ref.location);
    int levels = 0;
    Scope* where = nullptr;
    const Scope::Item* item = find_item(parts >= 2 ? ref.names[parts - 2] : std::string_view(), ref.names[parts - 1], scope, levels, where, ref.location);
    if (item == nullptr) missing_relation(ref.names[parts - 1], scope, ref.location);
    all_of_item(*where, levels, item->entry);
}

// ---------------------------------------------------------------- ORDER BY, GROUP BY, DISTINCT

void Analyzer::require_order(const Type& type, int location) {
    if (type.compare == nullptr)
        throw at(Error(sqlstate::undefined_function, "could not identify an ordering operator for type {}", type.sql_name)
                     .hint("Use an explicit ordering operator or modify the query."), location);
}

void Analyzer::require_equality(const Type& type, int location) {
    if (type.compare == nullptr && type.hash == nullptr)
        throw at(Error(sqlstate::undefined_function, "could not identify an equality operator for type {}", type.sql_name), location);
}

// A column of the result by name or number, else an expression.
int Analyzer::find_target_sql92(const ast::Node* node, Scope& scope, Clause clause) {
    std::vector<TargetEntry>& targets = scope.query->targets;
    const std::string_view construct = clause_name(clause);
    if (const auto* ref = ast::maybe<ast::ColumnRef>(node); ref != nullptr && ref->names.size() == 1 && !ref->star) {
        const std::string_view name = ref->names[0];
        // In GROUP BY a column of FROM comes before a column of the result.
        Scope local = scope;
        local.parent = nullptr;
        const bool is_column = clause == Clause::group_by && unqualified_column(name, local, ref->location) != nullptr;
        if (!is_column) {
            int found = -1;
            for (std::size_t i = 0; i < targets.size(); ++i) {
                if (targets[i].hidden || targets[i].name != name) continue;
                if (found >= 0 && !same_expr(targets[static_cast<std::size_t>(found)].expr, targets[i].expr))
                    throw at(Error(sqlstate::ambiguous_column, "{} \"{}\" is ambiguous", construct, name), ref->location);
                if (found < 0) found = static_cast<int>(i);
            }
            if (found >= 0) return found;
        }
    }
    if (const auto* c = ast::maybe<ast::Constant>(node)) {
        if (c->form != ast::Constant::Form::integer)
            throw at(Error(sqlstate::syntax_error, "non-integer constant in {}", construct), c->location);
        int number = 0;
        for (std::size_t i = 0; i < targets.size(); ++i)
            if (!targets[i].hidden && ++number == c->integer) return static_cast<int>(i);
        throw at(Error(sqlstate::invalid_column_reference, "{} position {} is not in select list", construct, c->integer), c->location);
    }
    return find_target_sql99(node, scope, clause);
}

int Analyzer::find_target_sql99(const ast::Node* node, Scope& scope, Clause clause) {
    return add_target_for(expression(node, scope, clause), scope);
}

int Analyzer::add_target_for(Expr* e, Scope& scope) {
    std::vector<TargetEntry>& targets = scope.query->targets;
    for (std::size_t i = 0; i < targets.size(); ++i)
        if (same_expr(targets[i].expr, e)) {
            forget_parameters(e);
            return static_cast<int>(i);
        }
    targets.push_back({e, {}, true});
    return static_cast<int>(targets.size()) - 1;
}

void Analyzer::add_sort(std::vector<SortClause>& to, const ast::SortBy& item, int target, Scope&) {
    using Direction = ast::SortBy::Direction;
    bool descending = item.direction == Direction::descending;
    if (item.direction == Direction::by_operator) {
        const std::string_view name = item.names.back();
        if (name != "<" && name != ">")
            throw at(Error(sqlstate::wrong_object_type, "operator {} is not a valid ordering operator", name)
                         .hint("Ordering operators must be \"<\" or \">\" members of btree operator families."), item.location);
        descending = name == ">";
    }
    const bool nulls_first = item.nulls == ast::SortBy::Nulls::unsaid ? descending : item.nulls == ast::SortBy::Nulls::first;
    to.push_back({target, descending, nulls_first});
}

void Analyzer::order_by(ast::NodeList list, Scope& scope, std::vector<SortClause>& to, Clause clause) {
    for (const ast::Node* node : list) {
        const auto& item = ast::as<ast::SortBy>(node);
        const int target = find_target_sql92(item.value, scope, clause);
        TargetEntry& entry = scope.query->targets[static_cast<std::size_t>(target)];
        if (entry.expr->type->oid == k_unknown)
            entry.expr = coerce(entry.expr, builtin(k_text), -1, CastContext::implicit, CallForm::implicit_cast, -1);
        require_order(*entry.expr->type, item.value->location);
        // The same column again changes nothing.
        if (std::ranges::none_of(to, [&](const SortClause& other) { return other.target == target; })) add_sort(to, item, target, scope);
    }
}

void Analyzer::group_by(ast::NodeList list, Scope& scope) {
    Query& query = *scope.query;
    for (const ast::Node* node : list) {
        if (node->kind == ast::Kind::grouping_set)
            throw at(Error(sqlstate::feature_not_supported, "grouping sets are not supported yet"), node->location);
        // A parenthesised list of columns is that list.
        if (const auto* row = ast::maybe<ast::RowExpr>(node)) {
            group_by(row->args, scope);
            continue;
        }
        const int target = find_target_sql92(node, scope, Clause::group_by);
        TargetEntry& entry = query.targets[static_cast<std::size_t>(target)];
        if (entry.expr->type->oid == k_unknown)
            entry.expr = coerce(entry.expr, builtin(k_text), -1, CastContext::implicit, CallForm::implicit_cast, -1);
        contains(entry.expr, [&](const Expr& x) {
            if (x.kind == ExprKind::aggregate)
                throw at(Error(sqlstate::grouping_error, "aggregate functions are not allowed in GROUP BY"), x.location);
            if (x.kind == ExprKind::window)
                throw at(Error(sqlstate::windowing_error, "window functions are not allowed in GROUP BY"), x.location);
            return false;
        });
        require_equality(*entry.expr->type, node->location);
        if (std::ranges::find(query.group_by, target) == query.group_by.end()) query.group_by.push_back(target);
    }
}

void Analyzer::distinct(const ast::Select& s, Scope& scope) {
    Query& query = *scope.query;
    if (!s.distinct) return;
    const auto sort_of = [&](int target) -> const SortClause* {
        const auto found = std::ranges::find_if(query.order_by, [&](const SortClause& c) { return c.target == target; });
        return found == query.order_by.end() ? nullptr : &*found;
    };
    if (s.distinct_on.empty()) {
        for (const SortClause& clause : query.order_by) {
            const TargetEntry& target = query.targets[static_cast<std::size_t>(clause.target)];
            if (target.hidden)
                throw at(Error(sqlstate::invalid_column_reference, "for SELECT DISTINCT, ORDER BY expressions must appear in select list"),
                         start_of(target.expr));
            query.distinct.push_back(clause);
        }
        for (std::size_t i = 0; i < query.targets.size(); ++i) {
            TargetEntry& target = query.targets[i];
            if (target.hidden || sort_of(static_cast<int>(i)) != nullptr) continue;
            if (target.expr->type->oid == k_unknown)
                target.expr = coerce(target.expr, builtin(k_text), -1, CastContext::implicit, CallForm::implicit_cast, -1);
            require_equality(*target.expr->type, start_of(target.expr));
            query.distinct.push_back({static_cast<int>(i)});
        }
        return;
    }
    query.distinct_on = true;
    std::vector<int> wanted;
    for (const ast::Node* node : s.distinct_on) {
        const int target = find_target_sql92(node, scope, Clause::distinct_on);
        TargetEntry& entry = query.targets[static_cast<std::size_t>(target)];
        if (entry.expr->type->oid == k_unknown)
            entry.expr = coerce(entry.expr, builtin(k_text), -1, CastContext::implicit, CallForm::implicit_cast, -1);
        require_equality(*entry.expr->type, node->location);
        if (std::ranges::find(wanted, target) == wanted.end()) wanted.push_back(target);
    }
    // They must be what ORDER BY begins with.
    bool skipped = false;
    for (const SortClause& clause : query.order_by) {
        const bool is_wanted = std::ranges::find(wanted, clause.target) != wanted.end();
        if (is_wanted && skipped)
            throw at(Error(sqlstate::invalid_column_reference, "SELECT DISTINCT ON expressions must match initial ORDER BY expressions"),
                     start_of(query.targets[static_cast<std::size_t>(clause.target)].expr));
        if (is_wanted) query.distinct.push_back(clause);
        else skipped = true;
    }
    for (const int target : wanted) {
        if (sort_of(target) != nullptr) continue;
        if (skipped)
            throw at(Error(sqlstate::invalid_column_reference, "SELECT DISTINCT ON expressions must match initial ORDER BY expressions"),
                     query.targets[static_cast<std::size_t>(target)].expr->location);
        query.distinct.push_back({target});
    }
}

// ---------------------------------------------------------------- VALUES

Query* Analyzer::values_select(const ast::Select& s, Scope& scope) {
    Query& query = *scope.query;
    auto* entry = pool_.make<RangeEntry>();
    entry->kind = RangeEntry::Kind::values;
    entry->name = "*VALUES*";
    entry->has_alias = true;
    for (const ast::List* list : s.values) {
        std::vector<Expr*> row;
        for (const ast::Node* node : list->items) row.push_back(expression(node, scope, Clause::values));
        if (!entry->rows.empty() && entry->rows[0].size() != row.size())
            throw at(Error(sqlstate::syntax_error, "VALUES lists must all be the same length"), row.empty() ? -1 : row[0]->location);
        entry->rows.push_back(std::move(row));
    }
    if (scope.has_sets && s.values.size() > 1)
        throw at(Error(sqlstate::feature_not_supported, "set-returning functions are not allowed in VALUES"), scope.last_set->location);
    for (std::size_t column = 0; column < entry->rows[0].size(); ++column) {
        std::vector<Expr*> all;
        for (const auto& row : entry->rows) all.push_back(row[column]);
        const Type* type = select_common(all, "VALUES");
        for (auto& row : entry->rows) row[column] = coerce_to_common(row[column], type, "VALUES");
        all.clear();
        for (const auto& row : entry->rows) all.push_back(row[column]);
        entry->columns.push_back({fmt::format("column{}", column + 1), type, common_typmod(all, type)});
    }
    if (scope.has_sets) {
        // One row: it is a select list.
        for (std::size_t i = 0; i < entry->columns.size(); ++i) query.targets.push_back({entry->rows[0][i], entry->columns[i].name});
    } else {
        query.from.push_back(add_entry(entry, scope, scope.items));
        for (std::size_t i = 0; i < entry->columns.size(); ++i)
            query.targets.push_back({column_of(scope, 0, query.from[0]->entry, static_cast<int>(i), -1), entry->columns[i].name});
    }
    order_by(s.order_by, scope, query.order_by, Clause::order_by);
    limits(s, scope);
    return &query;
}

// ---------------------------------------------------------------- WITH

void Analyzer::with_clause(const ast::Select& s, Scope& scope) {
    for (const ast::Node* node : s.with) {
        const auto& definition = ast::as<ast::CommonTable>(node);
        for (const CommonTable* other : scope.common_tables)
            if (other->name == definition.table)
                throw at(Error(sqlstate::duplicate_alias, "WITH query name \"{}\" specified more than once", definition.table), definition.location);
        if (definition.search_or_cycle) throw at(Error(sqlstate::feature_not_supported, "SEARCH and CYCLE are not supported yet"), definition.location);
        const auto* body = ast::maybe<ast::Select>(definition.query);
        if (body == nullptr) {
            const auto* other = ast::maybe<ast::Unsupported>(definition.query);
            throw at(Error(sqlstate::feature_not_supported, "{} in WITH is not supported yet", other == nullptr ? "this statement" : other->what),
                     definition.location);
        }
        auto* table = pool_.make<CommonTable>();
        table->name = definition.table;
        table->materialized = definition.materialize == ast::CommonTable::Materialize::always;
        table->not_materialized = definition.materialize == ast::CommonTable::Materialize::never;
        const bool recursive = s.recursive && body->set_operator == ast::SetOperator::union_;
        if (recursive) {
            recursive_common_table(definition, *table, scope);
        } else {
            table->query = select(*body, &scope);
            for (const TargetEntry& target : table->query->targets)
                if (!target.hidden) table->columns.push_back({target.name, target.expr->type, target.expr->typmod});
            if (definition.columns.size() > table->columns.size())
                throw at(Error(sqlstate::invalid_column_reference, "WITH query \"{}\" has {} columns available but {} columns specified",
                               definition.table, table->columns.size(), definition.columns.size()), definition.location);
            for (std::size_t i = 0; i < definition.columns.size(); ++i) table->columns[i].name = definition.columns[i];
            scope.common_tables.push_back(table);
        }
        scope.query->common_tables.push_back(table);
    }
}

// ---------------------------------------------------------------- windows

int Analyzer::window_index(const ast::WindowDef& definition, Scope& scope) {
    if (!definition.name.empty()) {
        for (std::size_t i = 0; i < scope.window_definitions.size(); ++i)
            if (scope.window_definitions[i]->name == definition.name) return static_cast<int>(i);
        throw at(Error(sqlstate::undefined_object, "window \"{}\" does not exist", definition.name), definition.location);
    }
    scope.window_definitions.push_back(&definition);
    return static_cast<int>(scope.window_definitions.size()) - 1;
}

void Analyzer::windows(Scope& scope) {
    for (std::size_t i = 0; i < scope.window_definitions.size(); ++i) {
        const ast::WindowDef& definition = *scope.window_definitions[i];
        Window window;
        window.name = definition.name;
        window.frame = definition.frame;
        if (!definition.refname.empty()) {
            const Window* base = nullptr;
            for (const Window& other : scope.query->windows)
                if (!other.name.empty() && other.name == definition.refname) base = &other;
            if (base == nullptr) throw at(Error(sqlstate::undefined_object, "window \"{}\" does not exist", definition.refname), definition.location);
            if (!definition.partition_by.empty())
                throw at(Error(sqlstate::windowing_error, "cannot override PARTITION BY clause of window \"{}\"", definition.refname), definition.location);
            if (!definition.order_by.empty() && !base->order_by.empty())
                throw at(Error(sqlstate::windowing_error, "cannot override ORDER BY clause of window \"{}\"", definition.refname), definition.location);
            window.partition_by = base->partition_by;
            window.order_by = base->order_by;
        }
        for (const ast::Node* node : definition.partition_by) {
            Expr* e = expression(node, scope, Clause::window_partition);
            if (e->type->oid == k_unknown) e = coerce(e, builtin(k_text), -1, CastContext::implicit, CallForm::implicit_cast, -1);
            require_order(*e->type, e->location);
            window.partition_by.push_back({e, false, false});
        }
        for (const ast::Node* node : definition.order_by) {
            const auto& item = ast::as<ast::SortBy>(node);
            Expr* e = expression(item.value, scope, Clause::window_order);
            if (e->type->oid == k_unknown) e = coerce(e, builtin(k_text), -1, CastContext::implicit, CallForm::implicit_cast, -1);
            require_order(*e->type, e->location);
            std::vector<SortClause> clause;
            add_sort(clause, item, 0, scope);
            window.order_by.push_back({e, clause[0].descending, clause[0].nulls_first});
        }
        if (definition.start != nullptr) window.start = coerce_to_specific(expression(definition.start, scope, Clause::window_frame), k_int8, "ROWS");
        if (definition.end != nullptr) window.end = coerce_to_specific(expression(definition.end, scope, Clause::window_frame), k_int8, "ROWS");
        scope.query->windows.push_back(std::move(window));
    }
}

}  // namespace forklore
