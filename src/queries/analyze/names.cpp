// What a name in an expression refers to.
#include <algorithm>

#include "queries/analyze/analyzer.hpp"

namespace forklore {

namespace {

// Edit distance, or a number above `limit` when it is larger.
int distance(std::string_view a, std::string_view b, int limit) {
    std::vector<int> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        int diagonal = row[0]++;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const int above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
            diagonal = above;
        }
    }
    return std::min(row[b.size()], limit + 1);
}

// The columns whose names are nearest to one that does not exist.
struct Nearest {
    static constexpr int k_farthest = 3;
    int best = k_farthest + 1;
    std::vector<std::pair<const RangeEntry*, std::size_t>> found;
    bool exact_elsewhere = false;

    void consider(const RangeEntry& entry, std::size_t column, std::string_view name, int penalty) {
        const std::string_view actual = entry.columns[column].name;
        if (actual.empty()) return;
        const int by_name = distance(name, actual, best);
        if (by_name > static_cast<int>(name.size()) / 2) return;
        const int total = by_name + penalty;
        if (total < best) {
            best = total;
            found.assign(1, {&entry, column});
        } else if (total == best) {
            found.emplace_back(&entry, column);
        }
    }
};

}  // namespace

std::string dotted(ast::Names names) {
    std::string text;
    for (const std::string_view part : names) text.append(text.empty() ? "" : ".").append(part);
    return text;
}

// The column that a join's column stands for may be an expression of its sides; deeper in a sub-query it is further away.
Expr* Analyzer::column_of(Scope& scope, int levels, int entry_index, int column, int location) {
    const RangeEntry& entry = *scope.query->range_table[static_cast<std::size_t>(entry_index)];
    const RangeColumn& of = entry.columns[static_cast<std::size_t>(column)];
    if (entry.kind == RangeEntry::Kind::join) {
        const std::function<Expr*(Expr*)> moved = [&](Expr* e) -> Expr* {
            if (const auto* c = maybe<ColumnExpr>(e)) {
                auto* copy = pool_.make<ColumnExpr>(*c);
                copy->levels_up += levels;
                copy->location = location;
                return copy;
            }
            Expr* copy = nullptr;
            switch (e->kind) {
                case ExprKind::coalesce: copy = pool_.make<CoalesceExpr>(*static_cast<CoalesceExpr*>(e)); break;
                case ExprKind::relabel: copy = pool_.make<RelabelExpr>(*static_cast<RelabelExpr*>(e)); break;
                case ExprKind::call: copy = pool_.make<CallExpr>(*static_cast<CallExpr*>(e)); break;
                case ExprKind::via_text: copy = pool_.make<ViaTextExpr>(*static_cast<ViaTextExpr*>(e)); break;
                default: return e;
            }
            for_each_child(*copy, [&](Expr*& child) { child = moved(child); });
            return copy;
        };
        return moved(entry.merged[static_cast<std::size_t>(column)]);
    }
    auto* e = make<ColumnExpr>(of.type, location);
    e->typmod = of.typmod;
    e->relation = entry_index;
    e->column = column;
    e->levels_up = levels;
    return e;
}

Expr* Analyzer::whole_row(Scope& scope, int levels, int entry_index, int location) {
    const RangeEntry& entry = *scope.query->range_table[static_cast<std::size_t>(entry_index)];
    // A function that returns one plain value is that value.
    if (entry.kind == RangeEntry::Kind::function && entry.columns.size() == 1 && entry.functions.size() == 1)
        return column_of(scope, levels, entry_index, 0, location);
    auto* row = make<RowMakeExpr>(builtin(k_record), location);
    for (std::size_t i = 0; i < entry.columns.size(); ++i) {
        row->fields.push_back(column_of(scope, levels, entry_index, static_cast<int>(i), location));
        row->names.push_back(entry.columns[i].name);
    }
    return row;
}

Expr* Analyzer::unqualified_column(std::string_view name, Scope& inner, int location) {
    int levels = 0;
    for (Scope* scope = &inner; scope != nullptr; scope = scope->parent, ++levels) {
        Expr* found = nullptr;
        for (const Scope::Item& item : scope->items) {
            if (!item.columns_visible || (item.lateral_only && !scope->lateral_active)) continue;
            const RangeEntry& entry = *scope->query->range_table[static_cast<std::size_t>(item.entry)];
            for (std::size_t i = 0; i < entry.columns.size(); ++i) {
                if (entry.columns[i].name != name) continue;
                if (found != nullptr) throw at(Error(sqlstate::ambiguous_column, "column reference \"{}\" is ambiguous", name), location);
                if (item.lateral_only && !item.lateral_ok)
                    throw at(Error(sqlstate::invalid_column_reference, "invalid reference to FROM-clause entry for table \"{}\"", entry.name)
                                 .detail("The combining JOIN type must be INNER or LEFT for a LATERAL reference."), location);
                found = column_of(*scope, levels, item.entry, static_cast<int>(i), location);
            }
        }
        if (found != nullptr) return found;
    }
    return nullptr;
}

const Scope::Item* Analyzer::find_item(std::string_view schema, std::string_view name, Scope& inner, int& levels, Scope*& where, int location) {
    levels = 0;
    for (Scope* scope = &inner; scope != nullptr; scope = scope->parent, ++levels) {
        const Scope::Item* found = nullptr;
        for (const Scope::Item& item : scope->items) {
            if (!item.relation_visible || (item.lateral_only && !scope->lateral_active)) continue;
            const RangeEntry& entry = *scope->query->range_table[static_cast<std::size_t>(item.entry)];
            if (entry.name != name || (!schema.empty() && (entry.has_alias || entry.schema != schema))) continue;
            if (found != nullptr) throw at(Error(sqlstate::ambiguous_alias, "table reference \"{}\" is ambiguous", name), location);
            if (item.lateral_only && !item.lateral_ok)
                throw at(Error(sqlstate::invalid_column_reference, "invalid reference to FROM-clause entry for table \"{}\"", name)
                             .detail("The combining JOIN type must be INNER or LEFT for a LATERAL reference."), location);
            found = &item;
        }
        if (found != nullptr) {
            where = scope;
            return found;
        }
    }
    return nullptr;
}

Expr* Analyzer::column_ref(const ast::ColumnRef& ref, Scope& scope) {
    if (ref.star) throw at(Error(sqlstate::syntax_error, "row expansion via \"*\" is not supported here"), ref.location);
    const std::size_t parts = ref.names.size();
    if (parts == 1) {
        if (Expr* column = unqualified_column(ref.names[0], scope, ref.location)) return column;
        int levels = 0;
        Scope* where = nullptr;
        if (const Scope::Item* item = find_item({}, ref.names[0], scope, levels, where, ref.location))
            return whole_row(*where, levels, item->entry, ref.location);
        missing_column({}, ref.names[0], scope, ref.location);
    }
    if (parts > 4) throw at(Error(sqlstate::syntax_error, "improper qualified name (too many dotted names)"), ref.location);
    if (parts == 4 && ref.names[0] != session_.identity().database)
        throw at(Error(sqlstate::feature_not_supported, "cross-database references are not implemented: {}.{}.{}.{}", ref.names[0], ref.names[1],
                       ref.names[2], ref.names[3]), ref.location);
    const std::string_view schema = parts >= 3 ? ref.names[parts - 3] : std::string_view();
    const std::string_view relation = ref.names[parts - 2], name = ref.names[parts - 1];
    int levels = 0;
    Scope* where = nullptr;
    const Scope::Item* item = find_item(schema, relation, scope, levels, where, ref.location);
    if (item == nullptr) missing_relation(relation, scope, ref.location);
    const RangeEntry& entry = *where->query->range_table[static_cast<std::size_t>(item->entry)];
    Expr* found = nullptr;
    for (std::size_t i = 0; i < entry.columns.size(); ++i) {
        if (entry.columns[i].name != name) continue;
        if (found != nullptr) throw at(Error(sqlstate::ambiguous_column, "column reference \"{}\" is ambiguous", name), ref.location);
        found = column_of(*where, levels, item->entry, static_cast<int>(i), ref.location);
    }
    if (found == nullptr) missing_column(relation, name, scope, ref.location);
    return found;
}

void Analyzer::missing_relation(std::string_view name, Scope& inner, int location) {
    // Perhaps the relation is there under an alias, or where it cannot be seen.
    for (Scope* scope = &inner; scope != nullptr; scope = scope->parent) {
        for (const RangeEntry* entry : scope->query->range_table) {
            const bool by_alias = entry->name == name && entry->kind != RangeEntry::Kind::join;
            const bool by_relation = entry->relation != nullptr && entry->has_alias && entry->relation_name == name;
            if (!by_alias && !by_relation) continue;
            Error error(sqlstate::undefined_table, "invalid reference to FROM-clause entry for table \"{}\"", name);
            error.report().hint = by_relation && !by_alias
                ? fmt::format("Perhaps you meant to reference the table alias \"{}\".", entry->name)
                : fmt::format("There is an entry for table \"{}\", but it cannot be referenced from this part of the query.", name);
            throw at(error, location);
        }
    }
    throw at(Error(sqlstate::undefined_table, "missing FROM-clause entry for table \"{}\"", name), location);
}

void Analyzer::missing_column(std::string_view relation, std::string_view name, Scope& inner, int location) {
    Error error = relation.empty() ? Error(sqlstate::undefined_column, "column \"{}\" does not exist", name)
                                   : Error(sqlstate::undefined_column, "column {}.{} does not exist", relation, name);
    Nearest nearest;
    const RangeEntry* hidden = nullptr;
    for (Scope* scope = &inner; scope != nullptr; scope = scope->parent) {
        for (const RangeEntry* entry : scope->query->range_table) {
            if (entry->kind == RangeEntry::Kind::join) continue;
            const int penalty = relation.empty() ? 0 : distance(relation, entry->name, Nearest::k_farthest);
            for (std::size_t i = 0; i < entry->columns.size(); ++i) {
                if (entry->columns[i].name == name && penalty == 0 && hidden == nullptr) hidden = entry;
                nearest.consider(*entry, i, name, penalty);
            }
        }
    }
    if (hidden != nullptr) {
        error.report().hint = fmt::format("There is a column named \"{}\" in table \"{}\", but it cannot be referenced from this part of the query.",
                                          name, hidden->name);
    } else if (nearest.found.size() == 1 || nearest.found.size() == 2) {
        const auto shown = [](const auto& of) { return fmt::format("\"{}.{}\"", of.first->name, of.first->columns[of.second].name); };
        error.report().hint = nearest.found.size() == 1
            ? fmt::format("Perhaps you meant to reference the column {}.", shown(nearest.found[0]))
            : fmt::format("Perhaps you meant to reference the column {} or the column {}.", shown(nearest.found[0]), shown(nearest.found[1]));
    }
    throw at(error, location);
}

// ---------------------------------------------------------------- what a column is called

// How sure the name is: 0 not at all, 1 the name of a type or of CASE, 2 a column or function.
int Analyzer::figure_name(const ast::Node* node, std::string& name) {
    if (node == nullptr) return 0;
    const auto sure = [&](std::string_view found) { name = found; return 2; };
    switch (node->kind) {
        case ast::Kind::column_ref: {
            const auto& ref = ast::as<ast::ColumnRef>(node);
            return ref.star || ref.names.empty() ? 0 : sure(ref.names.back());
        }
        case ast::Kind::indirection: {
            const auto& e = ast::as<ast::Indirection>(node);
            for (std::size_t i = e.steps.size(); i-- > 0;)
                if (const auto* step = ast::maybe<ast::Name>(e.steps[i])) return sure(step->text);
            return figure_name(e.arg, name);
        }
        case ast::Kind::function_call: return sure(ast::as<ast::FunctionCall>(node).names.back());
        case ast::Kind::operator_expr: return ast::as<ast::OperatorExpr>(node).form == ast::OperatorExpr::Form::nullif ? sure("nullif") : 0;
        case ast::Kind::type_cast: {
            const auto& cast = ast::as<ast::TypeCast>(node);
            const int strength = figure_name(cast.arg, name);
            if (strength > 1) return strength;
            name = cast.type->names.back();
            return 1;
        }
        case ast::Kind::collate: return figure_name(ast::as<ast::Collate>(node).arg, name);
        case ast::Kind::grouping_call: return sure("grouping");
        case ast::Kind::sublink: {
            const auto& link = ast::as<ast::SubLink>(node);
            if (link.form == ast::SubLink::Form::exists) return sure("exists");
            if (link.form == ast::SubLink::Form::array) return sure("array");
            if (link.form != ast::SubLink::Form::scalar) return 0;
            const auto* select = ast::maybe<ast::Select>(link.select);
            while (select != nullptr && select->set_operator != ast::SetOperator::none) select = select->left;
            if (select == nullptr || select->targets.empty()) return 0;
            const auto& target = ast::as<ast::Target>(select->targets[0]);
            return target.name.empty() ? figure_name(target.value, name) : sure(target.name);
        }
        case ast::Kind::case_expr: {
            const int strength = figure_name(ast::as<ast::CaseExpr>(node).otherwise, name);
            if (strength > 1) return strength;
            name = "case";
            return 1;
        }
        case ast::Kind::array_expr: return sure("array");
        case ast::Kind::row_expr: return sure("row");
        case ast::Kind::coalesce: return sure("coalesce");
        case ast::Kind::min_max: return sure(ast::as<ast::MinMax>(node).greatest ? "greatest" : "least");
        case ast::Kind::sql_value: {
            static constexpr std::string_view names[] = {"current_date", "current_time", "current_time", "current_timestamp", "current_timestamp",
                                                         "localtime", "localtime", "localtimestamp", "localtimestamp", "current_role", "current_user",
                                                         "user", "session_user", "current_catalog", "current_schema"};
            return sure(names[static_cast<int>(ast::as<ast::SqlValue>(node).op)]);
        }
        default: return 0;
    }
}

std::string Analyzer::figure_name(const ast::Node* node) {
    std::string name;
    return figure_name(node, name) == 0 ? "?column?" : name;
}

}  // namespace forklore
