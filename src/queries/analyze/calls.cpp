// Calls of functions, aggregates and window functions.
#include <algorithm>
#include <limits>

#include "queries/analyze/analyzer.hpp"
#include "queries/query_settings.hpp"

namespace forklore {

namespace {

constexpr std::size_t k_most_arguments = 100;

}  // namespace

std::string_view clause_name(Clause clause) {
    switch (clause) {
        case Clause::from_subselect:
        case Clause::from_function: return "FROM";
        case Clause::join: return "JOIN/ON";
        case Clause::where: return "WHERE";
        case Clause::having: return "HAVING";
        case Clause::filter: return "FILTER";
        case Clause::window_partition: return "window PARTITION BY";
        case Clause::window_order: return "window ORDER BY";
        case Clause::window_frame: return "window ROWS";
        case Clause::group_by: return "GROUP BY";
        case Clause::order_by: return "ORDER BY";
        case Clause::distinct_on: return "DISTINCT ON";
        case Clause::limit: return "LIMIT";
        case Clause::offset: return "OFFSET";
        case Clause::values: return "VALUES";
        case Clause::execute: return "EXECUTE";
        default: return "SELECT";
    }
}

std::string Analyzer::signature(std::string_view name, std::span<Expr* const> args) {
    std::string text = fmt::format("{}(", name);
    for (std::size_t i = 0; i < args.size(); ++i) text += fmt::format("{}{}", i == 0 ? "" : ", ", args[i]->type->sql_name);
    return text + ")";
}

const Candidate* Analyzer::find_function(std::string_view name, const std::vector<Expr*>& args, bool spread, std::vector<Candidate>& candidates,
                                         Choice& choice) {
    candidates = function_candidates(name, args.size(), spread);
    std::vector<const Type*> actual;
    for (const Expr* arg : args) actual.push_back(arg->type);
    for (const Candidate& candidate : candidates) {
        if (candidate.arguments == actual) {
            choice = Choice::found;
            return &candidate;
        }
    }
    choice = choose_candidate(actual, candidates);
    return choice == Choice::found ? candidates.data() : nullptr;
}

// Converts the arguments to what the chosen function wants, and finds the result type.
void Analyzer::prepare_arguments(const Candidate& chosen, std::vector<Expr*>& args, std::vector<const Type*>& types, const Type*& result, int location) {
    const Function& function = *chosen.function;
    std::vector<const Type*> actual, declared = chosen.arguments;
    for (const Expr* arg : args) actual.push_back(arg->type);
    try {
        result = resolve_polymorphism(actual, declared, builtin(function.result));
    } catch (Error& error) {
        throw at(error, location);
    }
    for (std::size_t i = 0; i < args.size(); ++i)
        args[i] = coerce(args[i], declared[i], -1, CastContext::implicit, CallForm::implicit_cast, -1);
    if (chosen.variadic_spread && function.arguments.back() != k_any) {
        const std::size_t first = function.arguments.size() - 1;
        auto* array = make<ArrayMakeExpr>(nullptr, args[first]->location);
        array->element_type = declared[first];
        array->type = declared[first]->array != 0 ? registry().find_type(declared[first]->array) : nullptr;
        if (array->type == nullptr)
            throw at(Error(sqlstate::undefined_object, "could not find array type for data type {}", declared[first]->sql_name), location);
        array->elements.assign(args.begin() + static_cast<std::ptrdiff_t>(first), args.end());
        args.resize(first);
        args.push_back(array);
    }
    // Arguments left out are told as nulls.
    for (std::size_t i = 0; i < chosen.defaults_used; ++i)
        args.push_back(null_constant(builtin(function.arguments[args.size()]), -1));
    for (const Expr* arg : args) types.push_back(arg->type);
}

Expr* Analyzer::call(std::string_view name, std::vector<Expr*> args, int location, CallForm form) {
    std::vector<Candidate> candidates;
    Choice choice = Choice::none;
    const Candidate* chosen = find_function(name, args, true, candidates, choice);
    if (chosen == nullptr)
        throw at(Error(sqlstate::undefined_function, "function {} does not exist", signature(name, args))
                     .hint("No function matches the given name and argument types. You might need to add explicit type casts."), location);
    std::vector<const Type*> types;
    const Type* result = nullptr;
    prepare_arguments(*chosen, args, types, result, location);
    return make_call(chosen->function, std::move(args), result, form, location);
}

Expr* Analyzer::function_call(const ast::FunctionCall& node, Scope& scope) {
    std::vector<Expr*> args;
    for (const ast::Node* arg : node.args) {
        if (const auto* named = ast::maybe<ast::NamedArgument>(arg)) args.push_back(expr(named->arg, scope));
        else args.push_back(expr(arg, scope));
    }
    return finish_call(node, std::move(args), scope);
}

Expr* Analyzer::finish_call(const ast::FunctionCall& node, std::vector<Expr*> args, Scope& scope) {
    if (args.size() > k_most_arguments)
        throw at(Error(sqlstate::too_many_arguments, "cannot pass more than {} arguments to a function", k_most_arguments), node.location);
    const std::string written = dotted(node.names);
    const std::string_view name = node.names.back();
    bool named_arguments = false;
    for (const ast::Node* arg : node.args) named_arguments = named_arguments || arg->kind == ast::Kind::named_argument;

    std::vector<Candidate> candidates;
    Choice choice = Choice::none;
    const Candidate* chosen = nullptr;
    const bool in_catalog = node.names.size() == 1 || (node.names.size() == 2 && node.names[0] == "pg_catalog");
    if (in_catalog && !named_arguments) {
        // An exact match first, then a cast written as a call (`text(5)`), then the best of the rest.
        candidates = function_candidates(name, args.size(), !node.variadic);
        std::vector<const Type*> actual;
        for (const Expr* arg : args) actual.push_back(arg->type);
        for (const Candidate& candidate : candidates)
            if (candidate.arguments == actual) chosen = &candidate;
        if (chosen == nullptr && args.size() == 1 && node.order_by.empty() && !node.star && !node.distinct && node.over == nullptr) {
            const Type* target = registry().find_type(name);
            const Function* function = nullptr;
            if (target != nullptr && target->kind == 'b') {
                const CoercionPath path = actual[0]->oid == k_unknown ? CoercionPath::relabel : find_coercion(*actual[0], *target, CastContext::explicit_, function);
                if (path == CoercionPath::relabel || path == CoercionPath::via_text)
                    return coerce(args[0], target, -1, CastContext::explicit_, CallForm::explicit_cast, node.location);
            }
        }
        if (chosen == nullptr) {
            choice = choose_candidate(actual, candidates);
            if (choice == Choice::found) chosen = candidates.data();
        }
    } else if (node.names.size() == 2 && node.names[0] != "pg_catalog" && node.names[0] != "public" && node.names[0] != "information_schema") {
        throw at(Error(sqlstate::undefined_schema, "schema \"{}\" does not exist", node.names[0]), node.location);
    }
    if (chosen == nullptr) {
        std::string shown = written + "(";
        for (std::size_t i = 0; i < args.size(); ++i) {
            if (i > 0) shown += ", ";
            if (const auto* named = ast::maybe<ast::NamedArgument>(node.args[i])) shown += fmt::format("{} => ", named->name);
            shown += args[i]->type->sql_name;
        }
        shown += ")";
        if (choice == Choice::ambiguous)
            throw at(Error(sqlstate::ambiguous_function, "function {} is not unique", shown)
                         .hint("Could not choose a best candidate function. You might need to add explicit type casts."), node.location);
        throw at(Error(sqlstate::undefined_function, "function {} does not exist", shown)
                     .hint(node.order_by.size() > 0
                               ? "No aggregate function matches the given name and argument types. Perhaps you misplaced ORDER BY; ORDER BY "
                                 "must appear after all regular arguments of the aggregate."
                               : "No function matches the given name and argument types. You might need to add explicit type casts."),
                 node.location);
    }

    const Function& function = *chosen->function;
    const auto refuse = [&](std::string_view what) {
        throw at(Error(sqlstate::wrong_object_type, "{} specified, but {} is not an aggregate function", what, written), node.location);
    };
    const bool is_aggregate = function.kind == FunctionKind::aggregate;
    const bool is_window = function.kind == FunctionKind::window;
    if (!is_aggregate) {
        if (node.star) throw at(Error(sqlstate::wrong_object_type, "{}(*) specified, but {} is not an aggregate function", written, written), node.location);
        if (node.distinct) refuse("DISTINCT");
        if (node.within_group) refuse("WITHIN GROUP");
        if (!node.order_by.empty()) refuse("ORDER BY");
        if (node.filter != nullptr) refuse("FILTER");
        if (node.over != nullptr && !is_window)
            throw at(Error(sqlstate::wrong_object_type, "OVER specified, but {} is not a window function nor an aggregate function", written), node.location);
        if (is_window && node.over == nullptr)
            throw at(Error(sqlstate::wrong_object_type, "window function {} requires an OVER clause", written), node.location);
    } else {
        if (node.within_group) throw at(Error(sqlstate::wrong_object_type, "{} is not an ordered-set aggregate, so it cannot have WITHIN GROUP", written), node.location);
        if (args.empty() && !node.star)
            throw at(Error(sqlstate::wrong_object_type, "{}(*) must be used to call a parameterless aggregate function", written), node.location);
    }
    std::vector<const Type*> types;
    const Type* result = nullptr;
    const Candidate kept = *chosen;
    prepare_arguments(kept, args, types, result, node.location);
    if (node.over != nullptr) return window_call(node, kept, std::move(args), result, std::move(types), scope);
    if (is_aggregate) return aggregate(node, kept, std::move(args), result, std::move(types), scope);

    const bool variadic_array = node.variadic && function.arguments.back() == k_any;
    if (variadic_array && types.back()->category != 'A' && types.back()->oid != k_unknown)
        throw at(Error(sqlstate::datatype_mismatch, "VARIADIC argument must be an array"), node.location);
    CallExpr* call = make_call(&function, std::move(args), result, CallForm::call, node.location);
    call->variadic_array = variadic_array;
    if (call->returns_set()) check_set_returning(scope, call, node.location);
    return call;
}

void Analyzer::check_set_returning(Scope& scope, const Expr* e, int location) {
    const auto refuse = [&](std::string_view where) {
        throw at(Error(sqlstate::feature_not_supported, "set-returning functions are not allowed in {}", where), location);
    };
    switch (scope.clause) {
        case Clause::select_list: scope.has_sets = true; break;
        case Clause::group_by:
        case Clause::order_by:
        case Clause::distinct_on: scope.has_sets = true; break;
        case Clause::from_function:
            // At the top it is what FROM is for; below the top it is refused there, where the top is known.
            break;
        case Clause::join: refuse("JOIN conditions"); break;
        case Clause::window_partition:
        case Clause::window_order:
        case Clause::window_frame: refuse("window definitions"); break;
        case Clause::values: scope.has_sets = true; break;
        default: refuse(clause_name(scope.clause));
    }
    scope.last_set = e;
}

void Analyzer::check_aggregate_allowed(Scope& scope, int location) {
    const auto refuse = [&](std::string_view where) {
        throw at(Error(sqlstate::grouping_error, "aggregate functions are not allowed in {}", where), location);
    };
    switch (scope.clause) {
        case Clause::select_list:
        case Clause::having:
        case Clause::order_by:
        case Clause::distinct_on:
        case Clause::window_partition:
        case Clause::window_order: break;
        case Clause::join: refuse("JOIN conditions"); break;
        case Clause::from_subselect: refuse("FROM clause of their own query level"); break;
        case Clause::from_function: refuse("functions in FROM"); break;
        default: refuse(clause_name(scope.clause));
    }
}

void Analyzer::check_window_allowed(Scope& scope, int location) {
    const auto refuse = [&](std::string_view where) {
        throw at(Error(sqlstate::windowing_error, "window functions are not allowed in {}", where), location);
    };
    switch (scope.clause) {
        case Clause::select_list:
        case Clause::order_by:
        case Clause::distinct_on: break;
        case Clause::join: refuse("JOIN conditions"); break;
        case Clause::from_function: refuse("functions in FROM"); break;
        case Clause::window_partition:
        case Clause::window_order:
        case Clause::window_frame: refuse("window definitions"); break;
        default: refuse(clause_name(scope.clause));
    }
}

Expr* Analyzer::aggregate(const ast::FunctionCall& node, const Candidate& chosen, std::vector<Expr*> args, const Type* result,
                          std::vector<const Type*> types, Scope& scope) {
    auto* e = make<AggregateExpr>(result, node.location);
    e->function = chosen.function;
    e->star = node.star;
    e->distinct = node.distinct;
    e->argument_types = std::move(types);
    e->args = std::move(args);
    if (node.filter != nullptr) e->filter = coerce_to_boolean(expression(node.filter, scope, Clause::filter), "FILTER");
    for (const ast::Node* item : node.order_by) {
        const auto& by = ast::as<ast::SortBy>(item);
        Expr* key = expr(by.value, scope);
        if (key->type->oid == k_unknown) key = coerce(key, builtin(k_text), -1, CastContext::implicit, CallForm::implicit_cast, -1);
        // The same expression as an argument: the same value.
        for (Expr* arg : e->args)
            if (same_expr(arg, key)) key = arg;
        std::vector<SortClause> clause;
        require_order(*key->type, key->location);
        add_sort(clause, by, 0, scope);
        e->order_by.push_back({key, clause[0].descending, clause[0].nulls_first});
    }
    if (e->distinct) {
        for (const Expr* arg : e->args) require_equality(*arg->type, arg->location);
        for (const SortKey& key : e->order_by) {
            bool is_argument = false;
            for (const Expr* arg : e->args) is_argument = is_argument || arg == key.expr;
            if (!is_argument)
                throw at(Error(sqlstate::invalid_column_reference, "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list"),
                         key.expr->location);
        }
    }
    // Whose aggregate is it? That of the innermost query whose columns it looks at.
    int level = std::numeric_limits<int>::max();
    const auto look = [&](const Expr* inside) {
        contains(inside, [&](const Expr& x) {
            if (x.kind == ExprKind::column) level = std::min(level, static_cast<const ColumnExpr&>(x).levels_up);
            // What a sub-select inside looks at is not known here: it counts as this query's.
            if (x.kind == ExprKind::sublink) level = 0;
            if (x.kind == ExprKind::aggregate)
                throw at(Error(sqlstate::grouping_error, "aggregate function calls cannot be nested"), x.location);
            if (x.kind == ExprKind::window)
                throw at(Error(sqlstate::grouping_error, "aggregate function calls cannot contain window function calls"), x.location);
            if (x.kind == ExprKind::call && static_cast<const CallExpr&>(x).returns_set())
                throw at(Error(sqlstate::feature_not_supported, "aggregate function calls cannot contain set-returning function calls")
                             .hint("You might be able to move the set-returning function into a LATERAL FROM item."), x.location);
            return false;
        });
    };
    for (const Expr* arg : e->args) look(arg);
    for (const SortKey& key : e->order_by) look(key.expr);
    look(e->filter);
    Scope* owner = &scope;
    if (level != std::numeric_limits<int>::max())
        for (; e->levels_up < level; ++e->levels_up) owner = owner->parent;
    check_aggregate_allowed(*owner, node.location);
    owner->has_aggregates = true;
    return e;
}

Expr* Analyzer::window_call(const ast::FunctionCall& node, const Candidate& chosen, std::vector<Expr*> args, const Type* result,
                            std::vector<const Type*> types, Scope& scope) {
    check_window_allowed(scope, node.location);
    if (node.distinct) throw at(Error(sqlstate::feature_not_supported, "DISTINCT is not implemented for window functions"), node.location);
    if (!node.order_by.empty())
        throw at(Error(sqlstate::feature_not_supported, "aggregate ORDER BY is not implemented for window functions"), node.location);
    auto* e = make<WindowExpr>(result, node.location);
    e->function = chosen.function;
    e->star = node.star;
    e->argument_types = std::move(types);
    e->args = std::move(args);
    if (node.filter != nullptr) e->filter = coerce_to_boolean(expression(node.filter, scope, Clause::filter), "FILTER");
    for (const Expr* arg : e->args)
        contains(arg, [&](const Expr& x) {
            if (x.kind == ExprKind::window) throw at(Error(sqlstate::windowing_error, "window function calls cannot be nested"), x.location);
            if (x.kind == ExprKind::call && static_cast<const CallExpr&>(x).returns_set())
                throw at(Error(sqlstate::feature_not_supported, "window function calls cannot contain set-returning function calls")
                             .hint("You might be able to move the set-returning function into a LATERAL FROM item."), x.location);
            return false;
        });
    e->window = window_index(*node.over, scope);
    scope.has_windows = true;
    return e;
}

}  // namespace forklore
