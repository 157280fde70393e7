// Operators and the syntax that stands for them: IN, BETWEEN, ANY, IS DISTINCT FROM, row comparison.
#include "queries/analyze/analyzer.hpp"
#include "queries/query_settings.hpp"

namespace forklore {

namespace {

bool is_null_literal(const ast::Node* node) {
    const auto* c = ast::maybe<ast::Constant>(node);
    return c != nullptr && c->form == ast::Constant::Form::null;
}

// x = NULL as IS NULL, for those who asked for it.
bool compares_with_null(const ast::OperatorExpr& e) {
    return e.form == ast::OperatorExpr::Form::plain && transform_null_equals_setting.value() && e.names.size() == 1 && e.names[0] == "=" &&
           (is_null_literal(e.left) || is_null_literal(e.right));
}

// Whether the sides are to be analysed by themselves, and then the operator applied to them.
bool is_plain(const ast::OperatorExpr& e) {
    if (e.form != ast::OperatorExpr::Form::plain || e.left == nullptr) return false;
    if (ast::maybe<ast::RowExpr>(e.left) != nullptr && ast::maybe<ast::RowExpr>(e.right) != nullptr) return false;
    return !compares_with_null(e);
}

[[noreturn]] void throw_no_operator(std::string_view name, const Expr* left, const Expr* right, Choice choice, int position) {
    const std::string signature = left == nullptr ? fmt::format("{} {}", name, right->type->sql_name)
                                                  : fmt::format("{} {} {}", left->type->sql_name, name, right->type->sql_name);
    if (choice == Choice::ambiguous)
        throw Error(sqlstate::ambiguous_function, "operator is not unique: {}", signature)
            .hint("Could not choose a best candidate operator. You might need to add explicit type casts.")
            .position(position);
    throw Error(sqlstate::undefined_function, "operator does not exist: {}", signature)
        .hint(left == nullptr ? "No operator matches the given name and argument type. You might need to add an explicit type cast."
                              : "No operator matches the given name and argument types. You might need to add explicit type casts.")
        .position(position);
}

}  // namespace

std::string_view Analyzer::operator_name(ast::Names names, int) {
    return names.back();
}

CallExpr* Analyzer::apply_operator(std::string_view name, Expr* left, Expr* right, int location) {
    Choice choice = Choice::none;
    const Operator* op = choose_operator(name, left == nullptr ? nullptr : left->type, right->type, choice);
    if (op == nullptr) throw_no_operator(name, left, right, choice, position(location));
    std::vector<Expr*> args;
    std::vector<const Type*> actual, declared;
    if (left != nullptr) {
        args.push_back(left);
        declared.push_back(builtin(op->left));
    }
    args.push_back(right);
    declared.push_back(builtin(op->right));
    for (const Expr* arg : args) actual.push_back(arg->type);
    const Function* function = registry().find_function(op->function);
    const Type* result = nullptr;
    try {
        result = resolve_polymorphism(actual, declared, builtin(function->result));
    } catch (Error& error) {
        throw at(error, location);
    }
    for (std::size_t i = 0; i < args.size(); ++i)
        args[i] = coerce(args[i], declared[i], -1, CastContext::implicit, CallForm::implicit_cast, -1);
    CallExpr* call = make_call(function, std::move(args), result, CallForm::operator_, location);
    call->op = op;
    return call;
}

Expr* Analyzer::operation(ast::Names names, Expr* left, Expr* right, int location) {
    if (names.size() > 1 && names[0] != "pg_catalog") throw_no_operator(dotted(names), left, right, Choice::none, position(location));
    return apply_operator(names.back(), left, right, location);
}

Expr* Analyzer::operator_expr(const ast::OperatorExpr& e, Scope& scope) {
    return is_plain(e) ? operator_chain(e, scope) : special_operator(e, scope);
}

// a + b + c leans to the left, and may do so for thousands of terms: that side is walked, not descended into.
Expr* Analyzer::operator_chain(const ast::OperatorExpr& last, Scope& scope) {
    std::vector<const ast::OperatorExpr*> chain{&last};
    for (;;) {
        const auto* next = ast::maybe<ast::OperatorExpr>(chain.back()->left);
        if (next == nullptr || !is_plain(*next)) break;
        chain.push_back(next);
    }
    Expr* left = expr(chain.back()->left, scope);
    for (; !chain.empty(); chain.pop_back()) {
        Expr* right = expr(chain.back()->right, scope);
        left = operation(chain.back()->names, left, right, chain.back()->location);
    }
    return left;
}

Expr* Analyzer::special_operator(const ast::OperatorExpr& e, Scope& scope) {
    using Form = ast::OperatorExpr::Form;
    switch (e.form) {
        case Form::in: return in_list(e, scope);
        case Form::between:
        case Form::not_between:
        case Form::between_symmetric:
        case Form::not_between_symmetric: return between(e, scope);
        case Form::any:
        case Form::all: {
            Expr* left = expr(e.left, scope);
            Expr* right = expr(e.right, scope);
            return array_operation(operator_name(e.names, e.location), e.form == Form::any, left, right, e.location);
        }
        case Form::distinct:
        case Form::not_distinct: {
            const bool negate = e.form == Form::not_distinct;
            // Compared with NULL it is a null test.
            if (is_null_literal(e.left) || is_null_literal(e.right)) {
                auto* test = make<NullTestExpr>(builtin(k_bool), e.location);
                test->arg = expr(is_null_literal(e.right) ? e.left : e.right, scope);
                test->is_not = !negate;
                return test;
            }
            Expr* left = expr(e.left, scope);
            Expr* right = expr(e.right, scope);
            return distinct_from(left, right, negate, e.location);
        }
        case Form::nullif: {
            Expr* left = expr(e.left, scope);
            Expr* right = expr(e.right, scope);
            CallExpr* equal = apply_operator("=", left, right, e.location);
            if (equal->type->oid != k_bool)
                throw at(Error(sqlstate::datatype_mismatch, "NULLIF requires = operator to yield boolean"), e.location);
            auto* nullif = make<NullIfExpr>(equal->args[0]->type, e.location);
            nullif->equal = equal;
            nullif->typmod = equal->args[0]->typmod;
            return nullif;
        }
        default: break;
    }
    if (e.left != nullptr && compares_with_null(e)) {
        auto* test = make<NullTestExpr>(builtin(k_bool), e.location);
        test->arg = expr(is_null_literal(e.right) ? e.left : e.right, scope);
        return test;
    }
    if (const auto* row = ast::maybe<ast::RowExpr>(e.left)) {
        if (const auto* other = ast::maybe<ast::RowExpr>(e.right)) {
            auto* left = static_cast<RowMakeExpr*>(row_expr(*row, scope));
            auto* right = static_cast<RowMakeExpr*>(row_expr(*other, scope));
            return row_operation(operator_name(e.names, e.location), left->fields, right->fields, e.location);
        }
    }
    Expr* left = e.left == nullptr ? nullptr : expr(e.left, scope);
    Expr* right = expr(e.right, scope);
    return operation(e.names, left, right, e.location);
}

Expr* Analyzer::distinct_from(Expr* left, Expr* right, bool negate, int location) {
    Expr* result = nullptr;
    auto* left_row = maybe<RowMakeExpr>(left);
    auto* right_row = maybe<RowMakeExpr>(right);
    if (left_row != nullptr && right_row != nullptr) {
        if (left_row->fields.size() != right_row->fields.size())
            throw at(Error(sqlstate::syntax_error, "unequal number of entries in row expressions"), location);
        auto* any = make<BooleanOp>(builtin(k_bool), location);
        any->op = BooleanOp::Op::or_;
        for (std::size_t i = 0; i < left_row->fields.size(); ++i)
            any->args.push_back(distinct_from(left_row->fields[i], right_row->fields[i], false, location));
        result = any->args.size() == 1 ? any->args[0] : any->args.empty() ? boolean_constant(false, location) : any;
    } else {
        auto* distinct = make<DistinctExpr>(builtin(k_bool), location);
        distinct->equal = apply_operator("=", left, right, location);
        if (distinct->equal->type->oid != k_bool)
            throw at(Error(sqlstate::datatype_mismatch, "IS DISTINCT FROM requires = operator to yield boolean"), location);
        result = distinct;
    }
    if (!negate) return result;
    auto* no = make<BooleanOp>(builtin(k_bool), location);
    no->op = BooleanOp::Op::not_;
    no->args.push_back(result);
    return no;
}

Expr* Analyzer::array_operation(std::string_view name, bool any, Expr* left, Expr* right, int location) {
    const Type* element = nullptr;
    if (right->type->oid == k_unknown) {
        element = right->type;
    } else {
        element = right->type->element != 0 && right->type->length == -1 ? registry().find_type(right->type->element) : nullptr;
        if (element == nullptr)
            throw at(Error(sqlstate::wrong_object_type, "op ANY/ALL (array) requires array on right side"), location);
    }
    auto* e = make<ArrayComparisonExpr>(builtin(k_bool), location);
    e->any = any;
    Choice choice = Choice::none;
    const Operator* op = choose_operator(name, left->type, element, choice);
    if (op == nullptr) {
        auto* shown = make<CaseTestExpr>(element, location);
        throw_no_operator(name, left, shown, choice, position(location));
    }
    std::vector<const Type*> actual{left->type, element}, declared{builtin(op->left), builtin(op->right)};
    resolve_polymorphism(actual, declared, builtin(op->result));
    if (op->result != k_bool)
        throw at(Error(sqlstate::wrong_object_type, "op ANY/ALL (array) requires operator to yield boolean"), location);
    if (declared[1]->array == 0)
        throw at(Error(sqlstate::undefined_object, "could not find array type for data type {}", declared[1]->sql_name), location);
    e->left = coerce(left, declared[0], -1, CastContext::implicit, CallForm::implicit_cast, -1);
    e->array = coerce(right, builtin(declared[1]->array), -1, CastContext::implicit, CallForm::implicit_cast, -1);
    e->left_value = make<CaseTestExpr>(declared[0], left->location);
    e->element = make<CaseTestExpr>(declared[1], location);
    CallExpr* comparison = make_call(registry().find_function(op->function), {e->left_value, e->element}, builtin(k_bool), CallForm::operator_, location);
    comparison->op = op;
    e->comparison = comparison;
    return e;
}

Expr* Analyzer::in_list(const ast::OperatorExpr& node, Scope& scope) {
    const bool negate = node.names.back() == "<>";
    const std::string_view name = negate ? "<>" : "=";
    Expr* left = expr(node.left, scope);
    auto* left_row = maybe<RowMakeExpr>(left);
    std::vector<Expr*> constant_like, others, all{left};
    for (const ast::Node* item : ast::as<ast::List>(node.right).items) {
        Expr* e = expr(item, scope);
        const bool has_columns = contains(e, [](const Expr& x) { return x.kind == ExprKind::column || x.kind == ExprKind::sublink; });
        (has_columns ? others : constant_like).push_back(e);
        all.push_back(e);
    }
    std::vector<Expr*> tests;
    // Several constants make one comparison with an array of them.
    if (constant_like.size() > 1 && left_row == nullptr) {
        std::vector<const Type*> types{left->type};
        for (const Expr* e : constant_like) types.push_back(e->type);
        const Type* common = common_type(types);
        if (common != nullptr && common->oid != k_record && common->array != 0) {
            auto* array = make<ArrayMakeExpr>(builtin(common->array), -1);
            array->element_type = common;
            for (Expr* e : constant_like) array->elements.push_back(coerce_to_common(e, common, "IN"));
            tests.push_back(array_operation(name, !negate, left, array, node.location));
            constant_like.clear();
        }
    }
    others.insert(others.begin(), constant_like.begin(), constant_like.end());
    for (Expr* e : others) {
        auto* row = maybe<RowMakeExpr>(e);
        Expr* test = left_row != nullptr && row != nullptr ? row_operation(name, left_row->fields, row->fields, node.location)
                                                           : apply_operator(name, left, e, node.location);
        tests.push_back(coerce_to_boolean(test, "IN"));
    }
    if (tests.size() == 1) return tests[0];
    auto* e = make<BooleanOp>(builtin(k_bool), node.location);
    e->op = negate ? BooleanOp::Op::and_ : BooleanOp::Op::or_;
    e->args = std::move(tests);
    return e;
}

Expr* Analyzer::between(const ast::OperatorExpr& node, Scope& scope) {
    using Form = ast::OperatorExpr::Form;
    const ast::NodeList bounds = ast::as<ast::List>(node.right).items;
    const int location = node.location;
    const auto test = [&](std::string_view name, const ast::Node* bound) -> Expr* {
        Expr* left = expr(node.left, scope);
        return apply_operator(name, left, expr(bound, scope), location);
    };
    const auto both = [&](BooleanOp::Op op, Expr* a, Expr* b) -> Expr* {
        auto* e = make<BooleanOp>(builtin(k_bool), location);
        e->op = op;
        e->args = {coerce_to_boolean(a, op == BooleanOp::Op::and_ ? "AND" : "OR"), coerce_to_boolean(b, op == BooleanOp::Op::and_ ? "AND" : "OR")};
        return e;
    };
    // From left to right, as C++ would not do by itself: what the first comparison tells of a parameter's type holds for
    // the others.
    const auto pair = [&](BooleanOp::Op op, std::string_view first, const ast::Node* a, std::string_view second, const ast::Node* b) {
        Expr* left = test(first, a);
        return both(op, left, test(second, b));
    };
    using Op = BooleanOp::Op;
    const ast::Node *low = bounds[0], *high = bounds[1];
    switch (node.form) {
        case Form::between: return pair(Op::and_, ">=", low, "<=", high);
        case Form::not_between: return pair(Op::or_, "<", low, ">", high);
        case Form::between_symmetric: {
            Expr* first = pair(Op::and_, ">=", low, "<=", high);
            return both(Op::or_, first, pair(Op::and_, ">=", high, "<=", low));
        }
        default: {
            Expr* first = pair(Op::or_, "<", low, ">", high);
            return both(Op::and_, first, pair(Op::or_, "<", high, ">", low));
        }
    }
}

Expr* Analyzer::row_operation(std::string_view name, const std::vector<Expr*>& left, const std::vector<Expr*>& right, int location) {
    if (left.size() != right.size()) throw at(Error(sqlstate::syntax_error, "unequal number of entries in row expressions"), location);
    if (left.empty()) throw at(Error(sqlstate::feature_not_supported, "cannot compare rows of zero length"), location);
    const auto compare = [&](std::string_view op) {
        std::vector<Expr*> tests;
        for (std::size_t i = 0; i < left.size(); ++i) {
            tests.push_back(apply_operator(op, left[i], right[i], location));
            if (tests.back()->type->oid != k_bool)
                throw at(Error(sqlstate::datatype_mismatch, "row comparison operator must yield type boolean, not type {}", tests.back()->type->sql_name), location);
        }
        return tests;
    };
    if (left.size() == 1) return compare(name)[0];
    if (name == "=" || name == "<>") {
        auto* e = make<BooleanOp>(builtin(k_bool), location);
        e->op = name == "=" ? BooleanOp::Op::and_ : BooleanOp::Op::or_;
        e->args = compare(name);
        return e;
    }
    if (name != "<" && name != "<=" && name != ">" && name != ">=")
        throw at(Error(sqlstate::feature_not_supported, "could not determine interpretation of row comparison operator {}", name)
                     .hint("Row comparison operators must be associated with btree operator families."), location);
    auto* e = make<RowComparisonExpr>(builtin(k_bool), location);
    e->or_equal = name.size() == 2;
    e->strict = compare(name.substr(0, 1));
    e->equal = compare("=");
    return e;
}

}  // namespace forklore
