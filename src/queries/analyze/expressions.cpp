// Expressions of all kinds but operators and calls.
#include <algorithm>
#include <charconv>
#include <limits>

#include "queries/analyze/analyzer.hpp"
#include "queries/parse/grammar.hpp"
#include "queries/parse/stack_depth.hpp"
#include "queries/session_impl.hpp"

namespace forklore {

Analyzer::Analyzer(std::string_view text, NodePool& pool, Session& session, std::span<const Oid> declared, bool infer)
    : text_(text), pool_(pool), session_(session), declared_parameters_(declared.size()), infer_(infer) {
    for (const Oid oid : declared) {
        const Type* type = oid == 0 ? nullptr : registry().find_type(oid);
        if (oid != 0 && type == nullptr) throw Error(sqlstate::undefined_object, "type with OID {} does not exist", oid);
        parameters_.push_back(type != nullptr && type->oid == k_unknown ? nullptr : type);
    }
}

int Analyzer::position(int location) const { return character_position(text_, location); }

Error Analyzer::at(Error error, int location) const {
    if (error.report().position == 0) error.report().position = position(location);
    return error;
}

ConstantExpr* Analyzer::constant(const Type* type, Datum value, int location) {
    auto* e = make<ConstantExpr>(type, location);
    e->value = value;
    return e;
}

ConstantExpr* Analyzer::null_constant(const Type* type, int location) { return constant(type, Datum{}, location); }

Expr* Analyzer::boolean_constant(bool value, int location) {
    Datum datum;
    datum.boolean = value;
    datum.is_null = false;
    return constant(builtin(k_bool), datum, location);
}

// Sets where an expression stands while it is analysed.
class Analyzer::ClauseGuard {
public:
    ClauseGuard(Scope& scope, Clause clause) : scope_(scope), before_(scope.clause) { scope.clause = clause; }
    ~ClauseGuard() { scope_.clause = before_; }
    ClauseGuard(const ClauseGuard&) = delete;
    ClauseGuard& operator=(const ClauseGuard&) = delete;

private:
    Scope& scope_;
    Clause before_;
};

Expr* Analyzer::expression(const ast::Node* node, Scope& scope, Clause clause) {
    const ClauseGuard guard(scope, clause);
    return expr(node, scope);
}

// This function, and those that come back to it for a part that may be nested deeply, keep their frames small: what
// they do with the parts is done by others, after the parts are known.
Expr* Analyzer::expr(const ast::Node* node, Scope& scope) {
    check_stack_depth();
    switch (node->kind) {
        case ast::Kind::constant: return literal(ast::as<ast::Constant>(node));
        case ast::Kind::column_ref: return column_ref(ast::as<ast::ColumnRef>(node), scope);
        case ast::Kind::param_ref: return parameter(ast::as<ast::ParamRef>(node));
        case ast::Kind::operator_expr: return operator_expr(ast::as<ast::OperatorExpr>(node), scope);
        case ast::Kind::boolean_expr: return boolean_expr(ast::as<ast::BooleanExpr>(node), scope);
        case ast::Kind::type_cast: return type_cast(ast::as<ast::TypeCast>(node), scope);
        case ast::Kind::function_call: return function_call(ast::as<ast::FunctionCall>(node), scope);
        case ast::Kind::sublink: return sublink(ast::as<ast::SubLink>(node), scope);
        case ast::Kind::case_expr: return case_expr(ast::as<ast::CaseExpr>(node), scope);
        case ast::Kind::coalesce: return coalesce(ast::as<ast::Coalesce>(node), scope);
        case ast::Kind::min_max: return min_max(ast::as<ast::MinMax>(node), scope);
        case ast::Kind::sql_value: return sql_value(ast::as<ast::SqlValue>(node));
        case ast::Kind::array_expr: return array_expr(ast::as<ast::ArrayExpr>(node), scope, nullptr, nullptr, -1);
        case ast::Kind::indirection: return indirection(ast::as<ast::Indirection>(node), scope);
        case ast::Kind::row_expr: return row_expr(ast::as<ast::RowExpr>(node), scope);
        case ast::Kind::collate: return collate(ast::as<ast::Collate>(node), scope);
        case ast::Kind::null_test:
        case ast::Kind::boolean_test: return test_expr(node, scope);
        default: refuse_expr(node);
    }
}

Expr* Analyzer::test_expr(const ast::Node* node, Scope& scope) {
    if (const auto* test = ast::maybe<ast::NullTest>(node)) {
        auto* e = make<NullTestExpr>(builtin(k_bool), node->location);
        e->arg = expr(test->arg, scope);
        e->is_not = test->is_not;
        return e;
    }
    using Test = ast::BooleanTest::Test;
    const auto& test = ast::as<ast::BooleanTest>(node);
    static constexpr std::string_view names[] = {"IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE", "IS UNKNOWN", "IS NOT UNKNOWN"};
    auto* e = make<BooleanTestExpr>(builtin(k_bool), node->location);
    e->arg = coerce_to_boolean(expr(test.arg, scope), names[static_cast<int>(test.test)]);
    e->of = test.test <= Test::is_not_true    ? BooleanTestExpr::Of::true_
            : test.test <= Test::is_not_false ? BooleanTestExpr::Of::false_
                                              : BooleanTestExpr::Of::unknown;
    e->is_not = test.test == Test::is_not_true || test.test == Test::is_not_false || test.test == Test::is_not_unknown;
    return e;
}

void Analyzer::refuse_expr(const ast::Node* node) {
    switch (node->kind) {
        case ast::Kind::set_to_default: throw at(Error(sqlstate::syntax_error, "DEFAULT is not allowed in this context"), node->location);
        case ast::Kind::grouping_call: throw at(Error(sqlstate::feature_not_supported, "GROUPING is not supported yet"), node->location);
        case ast::Kind::unsupported:
            throw at(Error(sqlstate::feature_not_supported, "{} is not supported yet", ast::as<ast::Unsupported>(node).what), node->location);
        default: throw Error(sqlstate::internal_error, "unrecognized node kind {}", static_cast<int>(node->kind));
    }
}

Expr* Analyzer::literal(const ast::Constant& c) {
    using Form = ast::Constant::Form;
    Datum value;
    value.is_null = false;
    switch (c.form) {
        case Form::null: return null_constant(builtin(k_unknown), c.location);
        case Form::boolean: return boolean_constant(c.boolean, c.location);
        case Form::integer:
            value.int4 = c.integer;
            return constant(builtin(k_int4), value, c.location);
        case Form::number: {
            std::int64_t number = 0;
            const auto [end, error] = std::from_chars(c.text.data(), c.text.data() + c.text.size(), number);
            if (error == std::errc{} && end == c.text.data() + c.text.size()) {
                // The grammar gives the smallest int4 this way, with its sign.
                if (number == std::numeric_limits<std::int32_t>::min()) {
                    value.int4 = std::numeric_limits<std::int32_t>::min();
                    return constant(builtin(k_int4), value, c.location);
                }
                value.int8 = number;
                return constant(builtin(k_int8), value, c.location);
            }
            return read_literal(*constant(builtin(k_unknown), Datum(c.text), c.location), builtin(k_numeric), -1);
        }
        case Form::string: return constant(builtin(k_unknown), Datum(pool_.arena().copy(c.text)), c.location);
        case Form::bits: throw at(Error(sqlstate::feature_not_supported, "type bit is not supported yet"), c.location);
    }
    return nullptr;
}

Expr* Analyzer::parameter(const ast::ParamRef& ref) {
    const auto index = static_cast<std::size_t>(ref.number) - 1;
    // Those before it must be told as well, and Bind can give no more than this.
    constexpr std::size_t k_most = 65535, k_most_as_postgresql_counts = 268'435'455;
    if (ref.number <= 0 || index >= k_most_as_postgresql_counts || (!infer_ && index >= declared_parameters_))
        throw at(Error(sqlstate::undefined_parameter, "there is no parameter ${}", ref.number), ref.location);
    if (index >= k_most) {
        const auto known = std::ranges::find_if(parameters_, [](const Type* type) { return type == nullptr || type->oid == k_unknown; });
        throw_untold_parameter(static_cast<std::size_t>(known - parameters_.begin()));
    }
    if (index >= parameters_.size()) parameters_.resize(index + 1, nullptr);
    if (parameters_[index] == nullptr) parameters_[index] = builtin(k_unknown);
    auto* e = make<ParameterExpr>(parameters_[index], ref.location);
    e->number = ref.number;
    parameter_nodes_.push_back(e);
    return e;
}

// An expression that turns out to be one we have already is dropped; what its parameters are does not matter any more.
void Analyzer::forget_parameters(const Expr* dropped) {
    contains(dropped, [&](const Expr& e) {
        if (e.kind == ExprKind::parameter) std::erase(parameter_nodes_, static_cast<const ParameterExpr*>(&e));
        return false;
    });
}

void Analyzer::throw_untold_parameter(std::size_t index) {
    throw Error(sqlstate::indeterminate_datatype, "could not determine data type of parameter ${}", index + 1);
}

std::vector<Oid> Analyzer::parameter_types() {
    std::vector<Oid> types;
    // A parameter that was mentioned before something told its type: all mentions must agree.
    for (const ParameterExpr* node : parameter_nodes_) {
        const Type* known = parameters_[static_cast<std::size_t>(node->number) - 1];
        if (node->type != known)
            throw at(Error(sqlstate::ambiguous_parameter, "could not determine data type of parameter ${}", node->number), node->location);
    }
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        if (parameters_[i] == nullptr || parameters_[i]->oid == k_unknown)
            throw_untold_parameter(i);
        types.push_back(parameters_[i]->oid);
    }
    return types;
}

Expr* Analyzer::boolean_expr(const ast::BooleanExpr& node, Scope& scope) {
    using Op = ast::BooleanExpr::Op;
    auto* e = make<BooleanOp>(builtin(k_bool), node.location);
    e->op = node.op == Op::and_ ? BooleanOp::Op::and_ : node.op == Op::or_ ? BooleanOp::Op::or_ : BooleanOp::Op::not_;
    const std::string_view name = node.op == Op::and_ ? "AND" : node.op == Op::or_ ? "OR" : "NOT";
    for (const ast::Node* arg : node.args) e->args.push_back(coerce_to_boolean(expr(arg, scope), name));
    return e;
}

Expr* Analyzer::all_of(std::vector<Expr*> args, int location) {
    if (args.size() == 1) return args[0];
    auto* e = make<BooleanOp>(builtin(k_bool), location);
    e->args = std::move(args);
    return e;
}

Expr* Analyzer::case_expr(const ast::CaseExpr& node, Scope& scope) {
    auto* e = make<CaseWhenExpr>(nullptr, node.location);
    CaseTestExpr* stand_in = nullptr;
    const Expr* last_set = scope.last_set;
    if (node.arg != nullptr) {
        e->test = expr(node.arg, scope);
        // A literal under test is a text: its comparisons must all see the same.
        if (e->test->type->oid == k_unknown) e->test = coerce_to_common(e->test, builtin(k_text), "CASE");
        stand_in = make<CaseTestExpr>(e->test->type, -1);
        stand_in->typmod = e->test->typmod;
        e->test_value = stand_in;
    }
    std::vector<Expr*> results;
    for (const ast::When& when : node.whens) {
        Expr* condition = expr(when.condition, scope);
        if (stand_in != nullptr) {
            static constexpr std::string_view equal[] = {"="};
            condition = operation(equal, stand_in, condition, when.location);
        }
        condition = coerce_to_boolean(condition, "CASE/WHEN");
        results.push_back(expr(when.result, scope));
        e->whens.emplace_back(condition, results.back());
    }
    e->otherwise = node.otherwise != nullptr ? expr(node.otherwise, scope) : null_constant(builtin(k_unknown), -1);
    results.insert(results.begin(), e->otherwise);
    e->type = select_common(results, "CASE");
    e->otherwise = coerce_to_common(e->otherwise, e->type, "CASE/ELSE");
    for (auto& [condition, result] : e->whens) result = coerce_to_common(result, e->type, "CASE/WHEN");
    if (scope.last_set != last_set)
        throw at(Error(sqlstate::feature_not_supported, "set-returning functions are not allowed in CASE")
                     .hint("You might be able to move the set-returning function into a LATERAL FROM item."), scope.last_set->location);
    results.clear();
    for (auto& [condition, result] : e->whens) results.push_back(result);
    results.push_back(e->otherwise);
    e->typmod = common_typmod(results, e->type);
    return e;
}

Expr* Analyzer::coalesce(const ast::Coalesce& node, Scope& scope) {
    auto* e = make<CoalesceExpr>(nullptr, node.location);
    const Expr* last_set = scope.last_set;
    for (const ast::Node* arg : node.args) e->args.push_back(expr(arg, scope));
    e->type = select_common(e->args, "COALESCE");
    for (Expr*& arg : e->args) arg = coerce_to_common(arg, e->type, "COALESCE");
    if (scope.last_set != last_set)
        throw at(Error(sqlstate::feature_not_supported, "set-returning functions are not allowed in COALESCE")
                     .hint("You might be able to move the set-returning function into a LATERAL FROM item."), scope.last_set->location);
    e->typmod = common_typmod(e->args, e->type);
    return e;
}

Expr* Analyzer::min_max(const ast::MinMax& node, Scope& scope) {
    const std::string_view name = node.greatest ? "GREATEST" : "LEAST";
    auto* e = make<MinMaxExpr>(nullptr, node.location);
    e->greatest = node.greatest;
    for (const ast::Node* arg : node.args) e->args.push_back(expr(arg, scope));
    e->type = select_common(e->args, name);
    for (Expr*& arg : e->args) arg = coerce_to_common(arg, e->type, name);
    if (e->type->compare == nullptr)
        throw at(Error(sqlstate::undefined_function, "could not identify a comparison function for type {}", e->type->sql_name), node.location);
    e->typmod = common_typmod(e->args, e->type);
    return e;
}

// ---------------------------------------------------------------- types

const Type* Analyzer::type_of(const ast::TypeName& name, std::int32_t& typmod) {
    typmod = name.typmod;
    const auto written = [&] {
        std::string text = dotted(name.names);
        for (int i = 0; i < name.dimensions; ++i) text += "[]";
        return text;
    };
    if (name.percent_type) throw at(Error(sqlstate::feature_not_supported, "%TYPE is not supported yet"), name.location);
    const bool in_catalog = name.names.size() == 1 || (name.names.size() == 2 && name.names[0] == "pg_catalog");
    const Type* type = in_catalog ? registry().find_type(name.names.back()) : nullptr;
    if (type != nullptr && name.dimensions > 0) type = type->array != 0 ? registry().find_type(type->array) : nullptr;
    if (type == nullptr) throw at(Error(sqlstate::undefined_object, "type \"{}\" does not exist", written()), name.location);
    if (name.typmods.empty()) return type;

    const Type* modified = name.dimensions > 0 ? builtin(type->element) : type;
    if (modified->typmod_in == nullptr)
        throw at(Error(sqlstate::syntax_error, "type modifier is not allowed for type \"{}\"", written()), name.location);
    std::vector<std::string> words;
    for (const ast::Node* node : name.typmods) {
        if (const auto* c = ast::maybe<ast::Constant>(node); c != nullptr && c->form != ast::Constant::Form::null) {
            words.push_back(c->form == ast::Constant::Form::integer ? std::to_string(c->integer) : std::string(c->text));
        } else if (const auto* column = ast::maybe<ast::ColumnRef>(node); column != nullptr && column->names.size() == 1) {
            words.emplace_back(column->names[0]);
        } else {
            throw at(Error(sqlstate::syntax_error, "type modifiers must be simple constants or identifiers"), name.location);
        }
    }
    const std::vector<std::string_view> views(words.begin(), words.end());
    try {
        typmod = modified->typmod_in(views);
    } catch (Error& error) {
        if (error.report().position == 0) error.report().position = position(name.location);
        throw;
    }
    return type;
}

Expr* Analyzer::type_cast(const ast::TypeCast& cast, Scope& scope) {
    std::int32_t typmod = -1;
    const Type* target = cast_target(cast, typmod);
    const auto* array = ast::maybe<ast::ArrayExpr>(cast.arg);
    const Type* element = target->element != 0 ? registry().find_type(target->element) : nullptr;
    const bool of_elements = array != nullptr && element != nullptr && element->array == target->oid;
    return finish_cast(cast, of_elements ? array_expr(*array, scope, target, element, typmod) : expr(cast.arg, scope), target, typmod);
}

const Type* Analyzer::cast_target(const ast::TypeCast& cast, std::int32_t& typmod) {
    const Type* target = type_of(*cast.type, typmod);
    if (cast.type->set_of) throw at(Error(sqlstate::feature_not_supported, "type cast to SETOF is not supported"), cast.location);
    return target;
}

Expr* Analyzer::finish_cast(const ast::TypeCast& cast, Expr* arg, const Type* target, std::int32_t typmod) {
    const int location = cast.location >= 0 ? cast.location : cast.type->location;
    Expr* result = coerce_to(arg, target, typmod, CastContext::explicit_, CallForm::explicit_cast, location);
    if (result == nullptr)
        throw at(Error(sqlstate::cannot_coerce, "cannot cast type {} to {}", arg->type->sql_name, target->sql_name), location);
    return result;
}

Expr* Analyzer::collate(const ast::Collate& node, Scope& scope) {
    Expr* e = expr(node.arg, scope);
    const std::string_view name = node.names.back();
    const bool known = name == "default" || name == "C" || name == "POSIX" || name == "ucs_basic";
    if (!known || (node.names.size() > 1 && node.names[0] != "pg_catalog"))
        throw at(Error(sqlstate::undefined_object, "collation \"{}\" for encoding \"UTF8\" does not exist", name), node.location);
    if (e->type->category != 'S' && e->type->oid != k_unknown)
        throw at(Error(sqlstate::datatype_mismatch, "collations are not supported by type {}", e->type->sql_name), node.location);
    // All of these order texts by code point, as everything here does.
    return e;
}

// ---------------------------------------------------------------- arrays

Expr* Analyzer::array_expr(const ast::ArrayExpr& node, Scope& scope, const Type* array_type, const Type* element_type, std::int32_t typmod) {
    auto* e = make<ArrayMakeExpr>(nullptr, node.location);
    for (const ast::Node* item : node.elements) {
        // A nested ARRAY[…] gets the outer one's type.
        if (const auto* inner = ast::maybe<ast::ArrayExpr>(item)) {
            e->elements.push_back(array_expr(*inner, scope, array_type, element_type, typmod));
            e->nested = true;
        } else {
            e->elements.push_back(expr(item, scope));
            if (e->elements.back()->type->element != 0 && e->elements.back()->type->length == -1) e->nested = true;
        }
    }
    const Type* cast_to = nullptr;
    if (array_type != nullptr) {
        cast_to = e->nested ? array_type : element_type;
    } else {
        if (e->elements.empty())
            throw at(Error(sqlstate::indeterminate_datatype, "cannot determine type of empty array")
                         .hint("Explicitly cast to the desired type, for example ARRAY[]::integer[]."), node.location);
        const Type* common = select_common(e->elements, "ARRAY");
        if (e->nested) {
            array_type = common;
            element_type = common->element != 0 ? registry().find_type(common->element) : nullptr;
            if (element_type == nullptr)
                throw at(Error(sqlstate::undefined_object, "could not find element type for data type {}", common->sql_name), node.location);
        } else {
            element_type = common;
            array_type = common->array != 0 ? registry().find_type(common->array) : nullptr;
            if (array_type == nullptr)
                throw at(Error(sqlstate::undefined_object, "could not find array type for data type {}", common->sql_name), node.location);
        }
        cast_to = common;
    }
    for (Expr*& element : e->elements) {
        if (element->type != cast_to) {
            Expr* coerced = coerce_to(element, cast_to, typmod, CastContext::explicit_, CallForm::explicit_cast, element->location);
            if (coerced == nullptr)
                throw at(Error(sqlstate::cannot_coerce, "cannot cast type {} to {}", element->type->sql_name, cast_to->sql_name), element->location);
            element = coerced;
        } else if (typmod >= 0) {
            element = coerce_length(element, cast_to, typmod, CastContext::explicit_, CallForm::explicit_cast, element->location);
        }
    }
    e->type = array_type;
    e->element_type = element_type;
    e->typmod = typmod;
    return e;
}

// ---------------------------------------------------------------- fields of records

// What is known of a record's fields, from where it is made; none of another value, or of a record that tells nothing.
std::vector<RangeColumn> Analyzer::fields_of(const Expr* e, Scope& scope) {
    check_stack_depth();
    std::vector<RangeColumn> fields;
    if (const auto* row = maybe<RowMakeExpr>(e)) {
        for (std::size_t i = 0; i < row->fields.size(); ++i)
            fields.push_back({i < row->names.size() ? row->names[i] : fmt::format("f{}", i + 1), row->fields[i]->type, row->fields[i]->typmod});
    } else if (const auto* call = maybe<CallExpr>(e)) {
        for (const OutColumn& column : call->function->out_columns) fields.push_back({column.name, builtin(column.type), -1});
    } else if (const auto* column = maybe<ColumnExpr>(e)) {
        Scope* where = &scope;
        for (int level = 0; level < column->levels_up && where != nullptr; ++level) where = where->parent;
        if (where == nullptr || where->query == nullptr) return fields;
        const RangeEntry& entry = *where->query->range_table[static_cast<std::size_t>(column->relation)];
        const auto number = static_cast<std::size_t>(column->column);
        Scope inside;
        inside.parent = where;
        inside.query = entry.common_table != nullptr ? entry.common_table->query : entry.query;
        if (inside.query == nullptr) return fields;
        std::size_t seen = 0;
        for (const TargetEntry& target : inside.query->targets)
            if (!target.hidden && seen++ == number) return fields_of(target.expr, inside);
    }
    return fields;
}

Expr* Analyzer::field(Expr* record, std::size_t number, const RangeColumn& of, int location) {
    if (auto* row = maybe<RowMakeExpr>(record)) return row->fields[number];
    auto* e = make<FieldExpr>(of.type, location);
    e->typmod = of.typmod;
    e->record = record;
    e->field = static_cast<std::uint32_t>(number);
    return e;
}

Expr* Analyzer::field_named(Expr* record, std::string_view name, Scope& scope, int location) {
    if (record->type->oid != k_record)
        throw at(Error(sqlstate::wrong_object_type, "column notation .{} applied to type {}, which is not a composite type", name, record->type->sql_name),
                 location);
    const std::vector<RangeColumn> fields = fields_of(record, scope);
    for (std::size_t i = 0; i < fields.size(); ++i)
        if (fields[i].name == name) return field(record, i, fields[i], location);
    if (fields.empty()) throw Error(sqlstate::wrong_object_type, "record type has not been registered");
    throw at(Error(sqlstate::undefined_column, "could not identify column \"{}\" in record data type", name), location);
}

// (record).* in a select list.
void Analyzer::expand_record(const ast::Indirection& node, Scope& scope, std::vector<TargetEntry>& to) {
    ast::Indirection without_star = node;
    without_star.steps = node.steps.first(node.steps.size() - 1);
    Expr* record = without_star.steps.empty() ? expression(node.arg, scope, Clause::select_list) : expression(&without_star, scope, Clause::select_list);
    if (record->type->oid != k_record) throw Error(sqlstate::wrong_object_type, "type {} is not composite", record->type->sql_name);
    const std::vector<RangeColumn> fields = fields_of(record, scope);
    if (fields.empty()) throw Error(sqlstate::wrong_object_type, "record type has not been registered");
    for (std::size_t i = 0; i < fields.size(); ++i) to.push_back({field(record, i, fields[i], record->location), fields[i].name});
}

Expr* Analyzer::indirection(const ast::Indirection& node, Scope& scope) {
    Expr* result = expr(node.arg, scope);
    SubscriptExpr* subscript = nullptr;
    for (const ast::Node* step : node.steps) {
        if (step->kind == ast::Kind::star) throw at(Error(sqlstate::feature_not_supported, "row expansion via \"*\" is not supported here"), node.location);
        if (const auto* name = ast::maybe<ast::Name>(step)) {
            result = field_named(result, name->text, scope, node.location);
            continue;
        }
        const auto& part = ast::as<ast::Subscript>(step);
        if (subscript == nullptr) {
            const Type* element = result->type->element != 0 ? registry().find_type(result->type->element) : nullptr;
            if (element == nullptr)
                throw at(Error(sqlstate::datatype_mismatch, "cannot subscript type {} because it does not support subscripting", result->type->sql_name),
                         result->location);
            subscript = make<SubscriptExpr>(element, node.location);
            subscript->array = result;
            subscript->typmod = result->typmod;
            result = subscript;
        }
        const auto bound = [&](const ast::Node* written) -> Expr* {
            if (written == nullptr) return nullptr;
            Expr* e = expr(written, scope);
            Expr* coerced = coerce_to(e, builtin(k_int4), -1, CastContext::assignment, CallForm::implicit_cast, -1);
            if (coerced == nullptr) throw at(Error(sqlstate::datatype_mismatch, "array subscript must have type integer"), e->location);
            return coerced;
        };
        subscript->slice = subscript->slice || part.slice;
        subscript->lower.push_back(part.slice ? bound(part.lower) : nullptr);
        subscript->upper.push_back(bound(part.upper));
        if (subscript->upper.size() > 6)
            throw Error(sqlstate::program_limit_exceeded, "number of array dimensions ({}) exceeds the maximum allowed (6)", subscript->upper.size());
    }
    if (subscript != nullptr && subscript->slice) {
        // In a slice a single subscript means 1:n.
        for (std::size_t i = 0; i < subscript->upper.size(); ++i) {
            const auto& part = ast::as<ast::Subscript>(node.steps[i]);
            if (part.slice) continue;
            Datum one;
            one.int4 = 1;
            one.is_null = false;
            subscript->lower[i] = constant(builtin(k_int4), one, -1);
        }
        subscript->type = subscript->array->type;
    }
    return result;
}

// ---------------------------------------------------------------- rows, sub-selects, bare functions

Expr* Analyzer::row_expr(const ast::RowExpr& node, Scope& scope) {
    auto* e = make<RowMakeExpr>(builtin(k_record), node.location);
    for (const ast::Node* item : node.args) {
        if (const auto* ref = ast::maybe<ast::ColumnRef>(item); ref != nullptr && ref->star) {
            std::vector<TargetEntry> expanded;
            expand_star(*ref, scope, expanded);
            for (const TargetEntry& target : expanded) e->fields.push_back(target.expr);
        } else {
            e->fields.push_back(expr(item, scope));
        }
    }
    for (std::size_t i = 0; i < e->fields.size(); ++i) {
        // What stays unknown in a row is text for whoever reads it.
        if (e->fields[i]->type->oid == k_unknown && node.location >= 0) continue;
        e->names.push_back(fmt::format("f{}", i + 1));
    }
    return e;
}

Expr* Analyzer::sublink(const ast::SubLink& link, Scope& scope) {
    using Form = ast::SubLink::Form;
    if (scope.clause == Clause::execute) throw at(Error(sqlstate::feature_not_supported, "cannot use subquery in EXECUTE parameter"), link.location);
    scope.query->has_sublinks = true;
    auto* e = make<SubLinkExpr>(nullptr, link.location);
    e->query = select(ast::as<ast::Select>(link.select), &scope);
    std::vector<const TargetEntry*> columns;
    for (const TargetEntry& target : e->query->targets)
        if (!target.hidden) columns.push_back(&target);
    const auto one_column = [&] {
        if (columns.size() != 1) throw at(Error(sqlstate::syntax_error, "subquery must return only one column"), link.location);
    };
    switch (link.form) {
        case Form::exists:
            e->form = SubLinkExpr::Form::exists;
            e->type = builtin(k_bool);
            return e;
        case Form::scalar:
            one_column();
            e->form = SubLinkExpr::Form::scalar;
            e->type = columns[0]->expr->type;
            e->typmod = columns[0]->expr->typmod;
            return e;
        case Form::array: {
            one_column();
            e->form = SubLinkExpr::Form::array;
            // An array of arrays has the same type, with a dimension more.
            const Type* of = columns[0]->expr->type;
            const bool nested = of->element != 0 && of->length == -1;
            e->type = nested ? of : of->array != 0 ? registry().find_type(of->array) : nullptr;
            if (e->type == nullptr) throw at(Error(sqlstate::undefined_object, "could not find array type for data type {}", of->sql_name), link.location);
            return e;
        }
        case Form::any:
        case Form::all: {
            e->form = link.form == Form::any ? SubLinkExpr::Form::any : SubLinkExpr::Form::all;
            e->type = builtin(k_bool);
            Expr* left = expr(link.test, scope);
            if (auto* row = maybe<RowMakeExpr>(left)) e->left = row->fields;
            else e->left.push_back(left);
            if (columns.size() > e->left.size()) throw at(Error(sqlstate::syntax_error, "subquery has too many columns"), link.location);
            if (columns.size() < e->left.size()) throw at(Error(sqlstate::syntax_error, "subquery has too few columns"), link.location);
            const std::string_view name = link.names.empty() ? std::string_view("=") : operator_name(link.names, link.location);
            e->equality = link.form == Form::any && name == "=";
            std::vector<Expr*> lefts, rights;
            for (std::size_t i = 0; i < columns.size(); ++i) {
                e->inputs.push_back(make<CaseTestExpr>(columns[i]->expr->type, e->left[i]->location));
                rights.push_back(e->inputs.back());
                // A literal or untyped parameter takes the type of what it is compared with.
                if (e->left[i]->type->oid == k_unknown) {
                    Choice choice = Choice::none;
                    const Operator* op = choose_operator(name, e->left[i]->type, columns[i]->expr->type, choice);
                    if (op != nullptr) e->left[i] = coerce(e->left[i], builtin(op->left), -1, CastContext::implicit, CallForm::implicit_cast, -1);
                }
                e->left_values.push_back(make<CaseTestExpr>(e->left[i]->type, e->left[i]->location));
                e->left_values.back()->typmod = e->left[i]->typmod;
                lefts.push_back(e->left_values.back());
            }
            e->comparison = lefts.size() == 1 ? apply_operator(name, lefts[0], rights[0], link.location) : row_operation(name, lefts, rights, link.location);
            if (e->comparison->type->oid != k_bool)
                throw at(Error(sqlstate::datatype_mismatch, "row comparison operator must yield type boolean, not type {}", e->comparison->type->sql_name),
                         link.location);
            return e;
        }
        default: throw at(Error(sqlstate::feature_not_supported, "this form of sub-select is not supported yet"), link.location);
    }
}

Expr* Analyzer::sql_value(const ast::SqlValue& value) {
    using Op = ast::SqlValue::Op;
    // The functions of time are casts of the transaction's time.
    const auto time = [&](Oid type) {
        Expr* e = call("now", {}, value.location);
        e = coerce(e, builtin(type), value.typmod, CastContext::explicit_, CallForm::implicit_cast, value.location);
        return coerce_length(e, builtin(type), value.typmod, CastContext::implicit, CallForm::implicit_cast, value.location);
    };
    switch (value.op) {
        case Op::current_date: return time(k_date);
        case Op::current_time:
        case Op::current_time_n: return time(k_timetz);
        case Op::current_timestamp:
        case Op::current_timestamp_n: return time(k_timestamptz);
        case Op::localtime:
        case Op::localtime_n: return time(k_time);
        case Op::localtimestamp:
        case Op::localtimestamp_n: return time(k_timestamp);
        case Op::current_role:
        case Op::current_user:
        case Op::user: return call("current_user", {}, value.location);
        case Op::session_user: return call("session_user", {}, value.location);
        case Op::current_catalog: return call("current_database", {}, value.location);
        case Op::current_schema: return call("current_schema", {}, value.location);
    }
    return nullptr;
}

// ---------------------------------------------------------------- looking at expressions

int start_of(const Expr* e) {
    int start = e->location;
    switch (e->kind) {
        case ExprKind::call: case ExprKind::boolean: case ExprKind::relabel: case ExprKind::via_text: case ExprKind::array_coerce:
        case ExprKind::distinct: case ExprKind::nullif: case ExprKind::null_test: case ExprKind::boolean_test: case ExprKind::array_comparison:
        case ExprKind::subscript: case ExprKind::field:
            check_stack_depth();
            for_each_child(const_cast<Expr&>(*e), [&](Expr*& child) {
                const int at = start_of(child);
                if (at >= 0 && (start < 0 || at < start)) start = at;
            });
            break;
        default: break;
    }
    return start;
}

bool contains(const Expr* e, const std::function<bool(const Expr&)>& test) {
    if (e == nullptr) return false;
    check_stack_depth();
    if (test(*e)) return true;
    bool found = false;
    for_each_child(const_cast<Expr&>(*e), [&](Expr*& child) { found = found || contains(child, test); });
    return found;
}

namespace {

bool same_list(const std::vector<Expr*>& a, const std::vector<Expr*>& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (!same_expr(a[i], b[i])) return false;
    return true;
}

bool same_datum(const Type& type, const Datum& a, const Datum& b) {
    if (a.is_null || b.is_null) return a.is_null == b.is_null;
    if (type.by_reference) return a.view() == b.view();
    if (type.length == 1) return a.boolean == b.boolean;
    if (type.length == 2) return a.int2 == b.int2;
    if (type.length == 4) return a.int4 == b.int4;
    return a.int8 == b.int8;
}

}  // namespace

bool same_expr(const Expr* a, const Expr* b) {
    if (a == b) return true;
    if (a == nullptr || b == nullptr || a->kind != b->kind || a->type != b->type) return false;
    check_stack_depth();
    // What is not a child must be equal; then the children are compared one by one.
    switch (a->kind) {
        case ExprKind::constant:
            return same_datum(*a->type, static_cast<const ConstantExpr*>(a)->value, static_cast<const ConstantExpr*>(b)->value);
        case ExprKind::parameter: return static_cast<const ParameterExpr*>(a)->number == static_cast<const ParameterExpr*>(b)->number;
        case ExprKind::column: {
            const auto& x = *static_cast<const ColumnExpr*>(a);
            const auto& y = *static_cast<const ColumnExpr*>(b);
            return x.relation == y.relation && x.column == y.column && x.levels_up == y.levels_up;
        }
        case ExprKind::outer: return static_cast<const OuterExpr*>(a)->slot == static_cast<const OuterExpr*>(b)->slot;
        case ExprKind::case_test: return true;  // the surroundings are compared too: they stand for the same
        case ExprKind::call: {
            const auto& x = *static_cast<const CallExpr*>(a);
            const auto& y = *static_cast<const CallExpr*>(b);
            return x.function == y.function && same_list(x.args, y.args);
        }
        case ExprKind::boolean:
            if (static_cast<const BooleanOp*>(a)->op != static_cast<const BooleanOp*>(b)->op) return false;
            break;
        case ExprKind::case_: {
            const auto& x = *static_cast<const CaseWhenExpr*>(a);
            const auto& y = *static_cast<const CaseWhenExpr*>(b);
            if ((x.test == nullptr) != (y.test == nullptr) || x.whens.size() != y.whens.size()) return false;
            break;
        }
        case ExprKind::min_max:
            if (static_cast<const MinMaxExpr*>(a)->greatest != static_cast<const MinMaxExpr*>(b)->greatest) return false;
            break;
        case ExprKind::null_test:
            if (static_cast<const NullTestExpr*>(a)->is_not != static_cast<const NullTestExpr*>(b)->is_not) return false;
            break;
        case ExprKind::boolean_test: {
            const auto& x = *static_cast<const BooleanTestExpr*>(a);
            const auto& y = *static_cast<const BooleanTestExpr*>(b);
            if (x.of != y.of || x.is_not != y.is_not) return false;
            break;
        }
        case ExprKind::subscript: {
            const auto& x = *static_cast<const SubscriptExpr*>(a);
            const auto& y = *static_cast<const SubscriptExpr*>(b);
            return x.slice == y.slice && same_expr(x.array, y.array) && same_list(x.lower, y.lower) && same_list(x.upper, y.upper);
        }
        case ExprKind::aggregate: {
            const auto& x = *static_cast<const AggregateExpr*>(a);
            const auto& y = *static_cast<const AggregateExpr*>(b);
            if (x.function != y.function || x.distinct != y.distinct || x.levels_up != y.levels_up || x.order_by.size() != y.order_by.size() ||
                (x.filter == nullptr) != (y.filter == nullptr))
                return false;
            for (std::size_t i = 0; i < x.order_by.size(); ++i)
                if (x.order_by[i].descending != y.order_by[i].descending || x.order_by[i].nulls_first != y.order_by[i].nulls_first) return false;
            break;
        }
        case ExprKind::window: {
            const auto& x = *static_cast<const WindowExpr*>(a);
            const auto& y = *static_cast<const WindowExpr*>(b);
            if (x.function != y.function || x.window != y.window || (x.filter == nullptr) != (y.filter == nullptr)) return false;
            break;
        }
        case ExprKind::field:
            if (static_cast<const FieldExpr*>(a)->field != static_cast<const FieldExpr*>(b)->field) return false;
            break;
        case ExprKind::row_comparison:
            if (static_cast<const RowComparisonExpr*>(a)->or_equal != static_cast<const RowComparisonExpr*>(b)->or_equal) return false;
            break;
        case ExprKind::array_comparison:
            if (static_cast<const ArrayComparisonExpr*>(a)->any != static_cast<const ArrayComparisonExpr*>(b)->any) return false;
            break;
        case ExprKind::sublink: return false;
        default: break;
    }
    std::vector<const Expr*> xs, ys;
    for_each_child(const_cast<Expr&>(*a), [&](Expr*& child) { xs.push_back(child); });
    for_each_child(const_cast<Expr&>(*b), [&](Expr*& child) { ys.push_back(child); });
    if (xs.size() != ys.size()) return false;
    for (std::size_t i = 0; i < xs.size(); ++i)
        if (!same_expr(xs[i], ys[i])) return false;
    return true;
}

}  // namespace forklore
