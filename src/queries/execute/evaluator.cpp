#include "queries/execute/evaluator.hpp"

#include "base/error.hpp"
#include "queries/execute/records.hpp"
#include "queries/parse/stack_depth.hpp"
#include "queries/type_oids.hpp"

namespace forklore {

void Results::grow(std::size_t n) {
    frame_.buffer_bytes += (n - values_.size()) * sizeof(Datum);
    values_.resize(n);
}

void Evaluator::select(EvalContext& context, const Batch& input, Rows rows, RowList& to) {
    const Column column = evaluate(context, input, rows);
    to.clear();
    rows.each([&](std::uint32_t row) {
        const Datum& value = column[row];
        if (!value.is_null && value.boolean) to.add(row);
    });
}

namespace {

class ConstantEvaluator final : public Evaluator {
public:
    explicit ConstantEvaluator(Datum value) : value_(value) {}
    Column evaluate(EvalContext&, const Batch&, Rows) override { return {&value_, 0}; }

private:
    Datum value_;
};

class ParameterEvaluator final : public Evaluator {
public:
    ParameterEvaluator(const std::vector<Datum>& from, std::size_t index) : from_(from), index_(index) {}
    Column evaluate(EvalContext&, const Batch&, Rows) override { return {&from_[index_], 0}; }

private:
    const std::vector<Datum>& from_;
    std::size_t index_;
};

class ColumnEvaluator final : public Evaluator {
public:
    explicit ColumnEvaluator(std::size_t index) : index_(index) {}
    Column evaluate(EvalContext&, const Batch& input, Rows) override { return input.columns[index_]; }

private:
    std::size_t index_;
};

class CellEvaluator final : public Evaluator {
public:
    explicit CellEvaluator(const ValueCell& cell) : cell_(cell) {}
    Column evaluate(EvalContext&, const Batch&, Rows) override { return cell_.column; }

private:
    const ValueCell& cell_;
};

class CallEvaluator final : public Evaluator {
public:
    CallEvaluator(const CallExpr& call, std::vector<EvaluatorPtr> args, Frame& frame)
        : function_(*call.function), types_(call.argument_types), args_(std::move(args)), columns_(args_.size()), results_(frame) {
        site_.function = call.function;
        site_.result = call.type;
        site_.arguments = types_;
        site_.typmod = call.typmod;
        site_.variadic_array = call.variadic_array;
    }
    Column evaluate(EvalContext& context, const Batch& input, Rows rows) override {
        bool same = function_.volatility != Volatility::volatile_;
        for (std::size_t i = 0; i < args_.size(); ++i) {
            columns_[i] = args_[i]->evaluate(context, input, rows);
            same = same && columns_[i].stride == 0;
        }
        if (rows.empty()) return {results_.for_count(0), 1};
        if (same) {
            // One value stands for all rows.
            Datum* const result = results_.for_count(1);
            function_.kernel(context, site_, columns_.data(), Rows(1), result);
            return {result, 0};
        }
        Datum* const result = results_.for_rows(rows);
        function_.kernel(context, site_, columns_.data(), rows, result);
        return {result, 1};
    }

private:
    const Function& function_;
    std::vector<const Type*> types_;
    CallSite site_;
    std::vector<EvaluatorPtr> args_;
    std::vector<Column> columns_;
    Results results_;
};

// A function of each value of one argument, null in null out is not assumed.
template <typename F>
class EachEvaluator final : public Evaluator {
public:
    EachEvaluator(EvaluatorPtr arg, Frame& frame, F f) : arg_(std::move(arg)), results_(frame), f_(std::move(f)) {}
    Column evaluate(EvalContext& context, const Batch& input, Rows rows) override {
        const Column arg = arg_->evaluate(context, input, rows);
        if (rows.empty()) return {results_.for_count(0), 1};
        if (arg.stride == 0) {
            Datum* const result = results_.for_count(1);
            result[0] = f_(context, arg[0]);
            return {result, 0};
        }
        Datum* const result = results_.for_rows(rows);
        rows.each([&](std::uint32_t row) { result[row] = f_(context, arg[row]); });
        return {result, 1};
    }

private:
    EvaluatorPtr arg_;
    Results results_;
    F f_;
};

template <typename F>
EvaluatorPtr each(EvaluatorPtr arg, Frame& frame, F f) {
    return std::make_unique<EachEvaluator<F>>(std::move(arg), frame, std::move(f));
}

Datum boolean(bool value) {
    Datum d;
    d.boolean = value;
    d.is_null = false;
    return d;
}

// IS DISTINCT FROM and NULLIF: equality, looked at with nulls in mind.
class EqualityEvaluator final : public Evaluator {
public:
    enum class Kind { distinct, nullif };
    EqualityEvaluator(Kind kind, const CallExpr& call, std::vector<EvaluatorPtr> args, Frame& frame)
        : kind_(kind), function_(*call.function), types_(call.argument_types), args_(std::move(args)), results_(frame) {
        site_.function = call.function;
        site_.result = call.type;
        site_.arguments = types_;
    }
    Column evaluate(EvalContext& context, const Batch& input, Rows rows) override {
        const Column columns[2] = {args_[0]->evaluate(context, input, rows), args_[1]->evaluate(context, input, rows)};
        Datum* const result = results_.for_rows(rows);
        both_.clear();
        rows.each([&](std::uint32_t row) {
            const bool left = columns[0][row].is_null, right = columns[1][row].is_null;
            if (!left && !right) both_.add(row);
            else result[row] = kind_ == Kind::distinct ? boolean(left != right) : columns[0][row];
        });
        if (both_.count() > 0) function_.kernel(context, site_, columns, both_.rows(), result);
        both_.rows().each([&](std::uint32_t row) {
            const bool equal = !result[row].is_null && result[row].boolean;
            result[row] = kind_ == Kind::distinct ? boolean(!equal) : equal ? Datum{} : columns[0][row];
        });
        return {result, 1};
    }

private:
    Kind kind_;
    const Function& function_;
    std::vector<const Type*> types_;
    CallSite site_;
    std::vector<EvaluatorPtr> args_;
    Results results_;
    RowList both_;
};

std::string_view text_of(EvalContext& context, const Type& type, std::int32_t typmod, const Datum& value) {
    thread_local ByteWriter writer;
    writer.clear();
    type.output({context.arena, type, typmod}, value, writer);
    const std::string_view copy = context.arena.copy(writer.view());
    writer.release_beyond(64 * 1024);
    return copy;
}

}  // namespace

// What a step below has computed already is taken from there: first the very same node, then one that means the same.
EvaluatorPtr Compiler::computed_below(const Expr* e) const {
    if (e->kind == ExprKind::constant || e->kind == ExprKind::parameter || e->kind == ExprKind::case_test) return nullptr;
    for (std::size_t i = 0; i < input_.size(); ++i)
        if (input_[i] == e) return std::make_unique<ColumnEvaluator>(i);
    for (std::size_t i = 0; i < input_.size(); ++i)
        if (input_[i]->kind == e->kind && same_expr(input_[i], e)) return std::make_unique<ColumnEvaluator>(i);
    return nullptr;
}

// Goes down as deep as the expression is nested: what each kind needs is in functions of their own.
EvaluatorPtr Compiler::compile(const Expr* e) {
    check_stack_depth();
    if (EvaluatorPtr below = computed_below(e)) return below;
    switch (e->kind) {
        case ExprKind::call: return compile_call(*static_cast<const CallExpr*>(e));
        case ExprKind::relabel: return compile(static_cast<const RelabelExpr*>(e)->arg);
        case ExprKind::via_text: case ExprKind::null_test: case ExprKind::boolean_test: case ExprKind::field: return compile_of_one(e);
        case ExprKind::distinct: {
            const auto& call = *static_cast<const CallExpr*>(static_cast<const DistinctExpr*>(e)->equal);
            return std::make_unique<EqualityEvaluator>(EqualityEvaluator::Kind::distinct, call, compile(call.args), frame_);
        }
        case ExprKind::nullif: {
            const auto& call = *static_cast<const CallExpr*>(static_cast<const NullIfExpr*>(e)->equal);
            return std::make_unique<EqualityEvaluator>(EqualityEvaluator::Kind::nullif, call, compile(call.args), frame_);
        }
        case ExprKind::boolean: case ExprKind::case_: case ExprKind::coalesce: case ExprKind::min_max: case ExprKind::row_comparison:
            return compile_conditional(e);
        case ExprKind::array: case ExprKind::array_comparison: case ExprKind::subscript: case ExprKind::array_coerce: case ExprKind::row:
            return compile_array(e);
        case ExprKind::sublink: return compile_sublink(*static_cast<const SubLinkExpr*>(e));
        default: return compile_leaf(e);
    }
}

EvaluatorPtr Compiler::compile_leaf(const Expr* e) {
    switch (e->kind) {
        case ExprKind::constant: return std::make_unique<ConstantEvaluator>(static_cast<const ConstantExpr*>(e)->value);
        case ExprKind::parameter:
            return std::make_unique<ParameterEvaluator>(frame_.parameters, static_cast<std::size_t>(static_cast<const ParameterExpr*>(e)->number) - 1);
        case ExprKind::outer:
            return std::make_unique<ParameterEvaluator>(frame_.outer, static_cast<std::size_t>(static_cast<const OuterExpr*>(e)->slot));
        case ExprKind::case_test: return std::make_unique<CellEvaluator>(*cells_.at(static_cast<const CaseTestExpr*>(e)));
        default: throw Error(sqlstate::internal_error, "an expression refers to something that its plan step does not get");
    }
}

EvaluatorPtr Compiler::compile_call(const CallExpr& call) {
    if (call.function->kernel == nullptr) throw Error(sqlstate::feature_not_supported, "function {} cannot be called here", call.function->name);
    return std::make_unique<CallEvaluator>(call, compile(call.args), frame_);
}

EvaluatorPtr Compiler::compile_of_one(const Expr* e) {
    if (e->kind == ExprKind::via_text) {
        const auto& cast = *static_cast<const ViaTextExpr*>(e);
        const Type* from = cast.arg->type;
        const Type* to = cast.type;
        const std::int32_t typmod = cast.arg->typmod;
        return each(compile(cast.arg), frame_, [=](EvalContext& context, const Datum& value) {
            return value.is_null ? Datum{} : to->input({context.arena, *to}, text_of(context, *from, typmod, value));
        });
    }
    if (e->kind == ExprKind::null_test) {
        const auto& test = *static_cast<const NullTestExpr*>(e);
        const bool is_not = test.is_not;
        return each(compile(test.arg), frame_, [is_not](EvalContext&, const Datum& value) { return boolean(value.is_null != is_not); });
    }
    if (e->kind == ExprKind::field) {
        const auto& of = *static_cast<const FieldExpr*>(e);
        const std::uint32_t number = of.field;
        const Type* type = of.type;
        return each(compile(of.record), frame_, [number, type](EvalContext&, const Datum& value) {
            if (value.is_null) return Datum{};
            // A union may have brought records of several makes together.
            const RecordView record(value.view());
            if (number >= record.count() || &record.type(number) != type)
                throw Error(sqlstate::datatype_mismatch, "attribute {} has wrong type", number + 1);
            return record[number];
        });
    }
    const auto& test = *static_cast<const BooleanTestExpr*>(e);
    const auto of = test.of;
    const bool is_not = test.is_not;
    return each(compile(test.arg), frame_, [of, is_not](EvalContext&, const Datum& value) {
        const bool is = of == BooleanTestExpr::Of::unknown ? value.is_null
                                                           : !value.is_null && value.boolean == (of == BooleanTestExpr::Of::true_);
        return boolean(is != is_not);
    });
}

std::vector<EvaluatorPtr> Compiler::compile(std::span<Expr* const> list) {
    std::vector<EvaluatorPtr> evaluators;
    evaluators.reserve(list.size());
    for (const Expr* e : list) evaluators.push_back(compile(e));
    return evaluators;
}

Datum evaluate_once(const Expr* e, Arena& arena, Session* session) {
    Frame frame;
    frame.session = session;
    EvalContext context{arena, session};
    const EvaluatorPtr evaluator = Compiler(frame, {}).compile(e);
    Datum value = evaluator->evaluate(context, Batch{{}, Rows(1)}, Rows(1))[0];
    if (!value.is_null && value.size != 0) value = Datum(arena.copy(value.view()));
    return value;
}

}  // namespace forklore
