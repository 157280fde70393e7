// Coercion of expressions.
#include <algorithm>

#include "queries/analyze/analyzer.hpp"

namespace forklore {

namespace {

// A literal that means another time whenever it is read.
bool depends_on_now(const Type& type, std::string_view text) {
    switch (type.oid) {
        case k_timetz: return true;
        case k_date: case k_timestamp: case k_timestamptz: case k_time: break;
        default: return type.element != 0 && depends_on_now(registry().type(type.element), text);
    }
    std::string lower(text);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    for (const std::string_view word : {"now", "today", "tomorrow", "yesterday"})
        if (lower.find(word) != lower.npos) return true;
    return false;
}

}  // namespace

CallExpr* Analyzer::make_call(const Function* function, std::vector<Expr*> args, const Type* result, CallForm form, int location) {
    auto* call = make<CallExpr>(result, location);
    call->function = function;
    call->form = form;
    for (const Expr* arg : args) call->argument_types.push_back(arg->type);
    call->args = std::move(args);
    return call;
}

Expr* Analyzer::read_literal(const ConstantExpr& literal, const Type* target, std::int32_t typmod) {
    if (literal.value.is_null) return null_constant(target, literal.location);
    const std::string_view text = literal.value.view();
    if (depends_on_now(*target, text)) repeatable_ = false;
    try {
        return constant(target, target->input({pool_.arena(), *target, typmod}, text), literal.location);
    } catch (Error& error) {
        if (error.report().position == 0) error.report().position = position(literal.location);
        throw;
    }
}

void Analyzer::resolve_parameter(ParameterExpr& parameter, const Type* target, int location) {
    const Type*& known = parameters_[static_cast<std::size_t>(parameter.number) - 1];
    if (known == nullptr || known->oid == k_unknown) {
        known = target;
    } else if (known != target) {
        throw at(Error(sqlstate::ambiguous_parameter, "inconsistent types deduced for parameter ${}", parameter.number)
                     .detail(fmt::format("{} versus {}", known->sql_name, target->sql_name)), location);
    }
    parameter.type = target;
}

Expr* Analyzer::coerce(Expr* e, const Type* target, std::int32_t typmod, CastContext context, CallForm form, int location) {
    const Type* source = e->type;
    if (source == target) return e;
    if (target->oid == k_any || target->oid == k_any_element || target->oid == k_any_non_array || target->oid == k_any_compatible ||
        target->oid == k_any_compatible_non_array)
        return e;
    if ((target->oid == k_any_array || target->oid == k_any_compatible_array) && source->oid != k_unknown) return e;
    if (source->oid == k_unknown) {
        if (const auto* literal = maybe<ConstantExpr>(e)) {
            // Only interval's input needs the modifier; other types are cut to length afterwards, as any value is.
            return read_literal(*literal, target, target->oid == k_interval ? typmod : -1);
        }
        if (auto* parameter = maybe<ParameterExpr>(e); parameter != nullptr && infer_) {
            resolve_parameter(*parameter, target, e->location);
            return e;
        }
    }
    const Function* function = nullptr;
    switch (find_coercion(*source, *target, context, function)) {
        case CoercionPath::relabel: {
            auto* relabel = make<RelabelExpr>(target, location);
            relabel->arg = e;
            relabel->form = form;
            return relabel;
        }
        case CoercionPath::function: {
            std::vector<Expr*> args{e};
            if (function->arguments.size() >= 2) {
                Datum value;
                value.int4 = typmod;
                value.is_null = false;
                args.push_back(constant(builtin(k_int4), value, -1));
            }
            if (function->arguments.size() >= 3) args.push_back(boolean_constant(context == CastContext::explicit_, -1));
            return make_call(function, std::move(args), target, form, location);
        }
        case CoercionPath::via_text: {
            auto* cast = make<ViaTextExpr>(target, location);
            cast->arg = e;
            cast->form = form;
            return cast;
        }
        case CoercionPath::array: {
            const Type* from = builtin(source->element);
            const Type* to = builtin(target->element);
            auto* cast = make<ArrayCoerceExpr>(target, location);
            cast->arg = e;
            cast->form = form;
            cast->element = make<CaseTestExpr>(from, location);
            cast->each = coerce(cast->element, to, typmod, context, form, location);
            if (maybe<RelabelExpr>(cast->each) != nullptr) {
                auto* relabel = make<RelabelExpr>(target, location);
                relabel->arg = e;
                relabel->form = form;
                return relabel;
            }
            return cast;
        }
        case CoercionPath::none: break;
    }
    throw at(Error(sqlstate::cannot_coerce, "cannot cast type {} to {}", source->sql_name, target->sql_name), location);
}

// Cuts (or checks) a value to the length or precision that a type modifier gives.
Expr* Analyzer::coerce_length(Expr* e, const Type* target, std::int32_t typmod, CastContext context, CallForm form, int location, bool) {
    if (typmod < 0 || e->typmod == typmod) return e;
    const Cast* cast = registry().find_cast(target->oid, target->oid);
    if (cast == nullptr || cast->function == 0) {
        const Type* element = target->element != 0 ? registry().find_type(target->element) : nullptr;
        if (element == nullptr || element->array != target->oid || registry().find_cast(element->oid, element->oid) == nullptr) {
            e->typmod = typmod;
            return e;
        }
        auto* each = make<ArrayCoerceExpr>(target, location);
        each->arg = e;
        each->form = form;
        each->element = make<CaseTestExpr>(element, location);
        each->each = coerce_length(each->element, element, typmod, context, form, location);
        each->typmod = typmod;
        return each;
    }
    const Function* function = registry().find_function(cast->function);
    Datum value;
    value.int4 = typmod;
    value.is_null = false;
    std::vector<Expr*> args{e, constant(builtin(k_int4), value, -1)};
    if (function->arguments.size() >= 3) args.push_back(boolean_constant(context == CastContext::explicit_, -1));
    CallExpr* call = make_call(function, std::move(args), target, form, location);
    call->typmod = typmod;
    return call;
}

Expr* Analyzer::coerce_to(Expr* e, const Type* target, std::int32_t typmod, CastContext context, CallForm form, int location) {
    if (!can_coerce(e->type, target, context)) return nullptr;
    Expr* result = coerce(e, target, typmod, context, form, location);
    return coerce_length(result, target, typmod, context, form, location);
}

Expr* Analyzer::coerce_to_boolean(Expr* e, std::string_view construct) {
    if (e->type->oid == k_bool) return e;
    Expr* coerced = coerce_to(e, builtin(k_bool), -1, CastContext::assignment, CallForm::implicit_cast, -1);
    if (coerced == nullptr)
        throw at(Error(sqlstate::datatype_mismatch, "argument of {} must be type {}, not type {}", construct, "boolean", e->type->sql_name), start_of(e));
    return coerced;
}

Expr* Analyzer::coerce_to_specific(Expr* e, Oid type, std::string_view construct) {
    if (e->type->oid == type) return e;
    Expr* coerced = coerce_to(e, builtin(type), -1, CastContext::assignment, CallForm::implicit_cast, -1);
    if (coerced == nullptr)
        throw at(Error(sqlstate::datatype_mismatch, "argument of {} must be type {}, not type {}", construct, builtin(type)->sql_name, e->type->sql_name),
                 start_of(e));
    return coerced;
}

const Type* Analyzer::select_common(std::span<Expr* const> exprs, std::string_view construct) {
    std::vector<const Type*> types;
    for (const Expr* e : exprs) types.push_back(e->type);
    std::size_t failed = 0;
    const Type* common = common_type(types, &failed);
    if (common != nullptr) return common;
    // Which two do not go together: the one that failed, and what was chosen until then.
    const Type* before = common_type(std::span(types).first(failed));
    throw at(Error(sqlstate::datatype_mismatch, "{} types {} and {} cannot be matched", construct, before->sql_name, types[failed]->sql_name),
             start_of(exprs[failed]));
}

std::int32_t Analyzer::common_typmod(std::span<Expr* const> exprs, const Type* type) {
    std::int32_t typmod = -1;
    for (std::size_t i = 0; i < exprs.size(); ++i) {
        if (exprs[i]->type != type) return -1;
        if (i == 0) typmod = exprs[i]->typmod;
        else if (typmod != exprs[i]->typmod) return -1;
    }
    return typmod;
}

Expr* Analyzer::coerce_to_common(Expr* e, const Type* target, std::string_view construct) {
    if (e->type == target) return e;
    if (!can_coerce(e->type, target, CastContext::implicit))
        throw at(Error(sqlstate::cannot_coerce, "{} could not convert type {} to {}", construct, e->type->sql_name, target->sql_name), start_of(e));
    return coerce(e, target, -1, CastContext::implicit, CallForm::implicit_cast, e->location);
}

}  // namespace forklore
