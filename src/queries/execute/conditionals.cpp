// Expressions that look at some of their parts for some rows only: AND, OR, CASE, COALESCE, and those that pick one.
#include "base/error.hpp"
#include "queries/execute/evaluator.hpp"

namespace forklore {

namespace {

Datum boolean(bool value) {
    Datum d;
    d.boolean = value;
    d.is_null = false;
    return d;
}

// AND (OR): a part is looked at for the rows whose answer is not false (true) yet.
class AndOrEvaluator final : public Evaluator {
public:
    AndOrEvaluator(bool is_and, std::vector<EvaluatorPtr> args, Frame& frame) : is_and_(is_and), args_(std::move(args)), results_(frame) {}

    Column evaluate(EvalContext& context, const Batch& input, Rows rows) override {
        Datum* const result = results_.for_rows(rows);
        const bool decisive = !is_and_;
        rows.each([&](std::uint32_t row) { result[row] = boolean(is_and_); });
        Rows open = rows;
        for (std::size_t i = 0; i < args_.size() && !open.empty(); ++i) {
            const Column arg = args_[i]->evaluate(context, input, open);
            RowList& next = i % 2 == 0 ? even_ : odd_;
            next.clear();
            open.each([&](std::uint32_t row) {
                const Datum& value = arg[row];
                if (!value.is_null && value.boolean == decisive) {
                    result[row] = value;
                } else {
                    if (value.is_null) result[row] = Datum{};
                    next.add(row);
                }
            });
            open = next.rows();
        }
        return {result, 1};
    }

    void select(EvalContext& context, const Batch& input, Rows rows, RowList& to) override {
        if (!is_and_) return Evaluator::select(context, input, rows, to);
        Rows open = rows;
        for (std::size_t i = 0; i < args_.size(); ++i) {
            RowList& next = i + 1 == args_.size() ? to : i % 2 == 0 ? even_ : odd_;
            args_[i]->select(context, input, open, next);
            open = next.rows();
            if (open.empty()) return to.clear();
        }
    }

private:
    bool is_and_;
    std::vector<EvaluatorPtr> args_;
    Results results_;
    RowList even_, odd_;
};

class NotEvaluator final : public Evaluator {
public:
    NotEvaluator(EvaluatorPtr arg, Frame& frame) : arg_(std::move(arg)), results_(frame) {}
    Column evaluate(EvalContext& context, const Batch& input, Rows rows) override {
        const Column arg = arg_->evaluate(context, input, rows);
        Datum* const result = results_.for_rows(rows);
        rows.each([&](std::uint32_t row) { result[row] = arg[row].is_null ? Datum{} : boolean(!arg[row].boolean); });
        return {result, 1};
    }

private:
    EvaluatorPtr arg_;
    Results results_;
};

class CaseEvaluator final : public Evaluator {
public:
    struct When {
        EvaluatorPtr condition, result;
    };
    CaseEvaluator(EvaluatorPtr test, std::unique_ptr<ValueCell> cell, std::vector<When> whens, EvaluatorPtr otherwise, Frame& frame)
        : test_(std::move(test)), cell_(std::move(cell)), whens_(std::move(whens)), otherwise_(std::move(otherwise)), results_(frame) {}

    Column evaluate(EvalContext& context, const Batch& input, Rows rows) override {
        Datum* const result = results_.for_rows(rows);
        if (test_ != nullptr) cell_->column = test_->evaluate(context, input, rows);
        Rows open = rows;
        for (std::size_t i = 0; i < whens_.size() && !open.empty(); ++i) {
            const Column condition = whens_[i].condition->evaluate(context, input, open);
            RowList& rest = i % 2 == 0 ? even_ : odd_;
            rest.clear();
            yes_.clear();
            open.each([&](std::uint32_t row) { (!condition[row].is_null && condition[row].boolean ? yes_ : rest).add(row); });
            if (yes_.count() > 0) take(*whens_[i].result, context, input, yes_.rows(), result);
            open = rest.rows();
        }
        if (!open.empty()) take(*otherwise_, context, input, open, result);
        return {result, 1};
    }

private:
    static void take(Evaluator& from, EvalContext& context, const Batch& input, Rows rows, Datum* to) {
        const Column values = from.evaluate(context, input, rows);
        rows.each([&](std::uint32_t row) { to[row] = values[row]; });
    }
    EvaluatorPtr test_;
    std::unique_ptr<ValueCell> cell_;
    std::vector<When> whens_;
    EvaluatorPtr otherwise_;
    Results results_;
    RowList even_, odd_, yes_;
};

class CoalesceEvaluator final : public Evaluator {
public:
    CoalesceEvaluator(std::vector<EvaluatorPtr> args, Frame& frame) : args_(std::move(args)), results_(frame) {}
    Column evaluate(EvalContext& context, const Batch& input, Rows rows) override {
        Datum* const result = results_.for_rows(rows);
        rows.each([&](std::uint32_t row) { result[row] = Datum{}; });
        Rows open = rows;
        for (std::size_t i = 0; i < args_.size() && !open.empty(); ++i) {
            const Column arg = args_[i]->evaluate(context, input, open);
            RowList& rest = i % 2 == 0 ? even_ : odd_;
            rest.clear();
            open.each([&](std::uint32_t row) {
                if (arg[row].is_null) rest.add(row);
                else result[row] = arg[row];
            });
            open = rest.rows();
        }
        return {result, 1};
    }

private:
    std::vector<EvaluatorPtr> args_;
    Results results_;
    RowList even_, odd_;
};

class MinMaxEvaluator final : public Evaluator {
public:
    MinMaxEvaluator(bool greatest, const Type& type, std::vector<EvaluatorPtr> args, Frame& frame)
        : greatest_(greatest), type_(type), args_(std::move(args)), results_(frame) {}
    Column evaluate(EvalContext& context, const Batch& input, Rows rows) override {
        Datum* const result = results_.for_rows(rows);
        rows.each([&](std::uint32_t row) { result[row] = Datum{}; });
        for (const EvaluatorPtr& evaluator : args_) {
            const Column arg = evaluator->evaluate(context, input, rows);
            rows.each([&](std::uint32_t row) {
                const Datum& value = arg[row];
                if (value.is_null) return;
                if (result[row].is_null) {
                    result[row] = value;
                    return;
                }
                const int order = type_.compare(type_, value, result[row]);
                if (greatest_ ? order > 0 : order < 0) result[row] = value;
            });
        }
        return {result, 1};
    }

private:
    bool greatest_;
    const Type& type_;
    std::vector<EvaluatorPtr> args_;
    Results results_;
};

// (a, b) < (c, d): the first unequal pair decides; a null on the way leaves it open.
class RowComparisonEvaluator final : public Evaluator {
public:
    RowComparisonEvaluator(bool or_equal, std::vector<EvaluatorPtr> strict, std::vector<EvaluatorPtr> equal, Frame& frame)
        : or_equal_(or_equal), strict_(std::move(strict)), equal_(std::move(equal)), results_(frame) {}
    Column evaluate(EvalContext& context, const Batch& input, Rows rows) override {
        Datum* const result = results_.for_rows(rows);
        Rows open = rows;
        for (std::size_t i = 0; i < strict_.size() && !open.empty(); ++i) {
            const Column equal = equal_[i]->evaluate(context, input, open);
            RowList& rest = i % 2 == 0 ? even_ : odd_;
            rest.clear();
            decided_.clear();
            open.each([&](std::uint32_t row) {
                if (equal[row].is_null) result[row] = Datum{};
                else (equal[row].boolean ? rest : decided_).add(row);
            });
            if (decided_.count() > 0) {
                const Column strict = strict_[i]->evaluate(context, input, decided_.rows());
                decided_.rows().each([&](std::uint32_t row) { result[row] = strict[row]; });
            }
            open = rest.rows();
        }
        open.each([&](std::uint32_t row) { result[row] = boolean(or_equal_); });
        return {result, 1};
    }

private:
    bool or_equal_;
    std::vector<EvaluatorPtr> strict_, equal_;
    Results results_;
    RowList even_, odd_, decided_;
};

}  // namespace

EvaluatorPtr Compiler::compile_conditional(const Expr* e) {
    switch (e->kind) {
        case ExprKind::boolean: {
            const auto& op = *static_cast<const BooleanOp*>(e);
            if (op.op == BooleanOp::Op::not_) return std::make_unique<NotEvaluator>(compile(op.args[0]), frame_);
            return std::make_unique<AndOrEvaluator>(op.op == BooleanOp::Op::and_, compile(op.args), frame_);
        }
        case ExprKind::case_: {
            const auto& c = *static_cast<const CaseWhenExpr*>(e);
            auto cell = std::make_unique<ValueCell>();
            if (c.test_value != nullptr) bind(c.test_value, cell.get());
            std::vector<CaseEvaluator::When> whens;
            for (const auto& [condition, result] : c.whens) whens.push_back({compile(condition), compile(result)});
            return std::make_unique<CaseEvaluator>(c.test == nullptr ? nullptr : compile(c.test), std::move(cell), std::move(whens),
                                                   compile(c.otherwise), frame_);
        }
        case ExprKind::coalesce: return std::make_unique<CoalesceEvaluator>(compile(static_cast<const CoalesceExpr*>(e)->args), frame_);
        case ExprKind::min_max: {
            const auto& m = *static_cast<const MinMaxExpr*>(e);
            return std::make_unique<MinMaxEvaluator>(m.greatest, *m.type, compile(m.args), frame_);
        }
        default: {
            const auto& r = *static_cast<const RowComparisonExpr*>(e);
            return std::make_unique<RowComparisonEvaluator>(r.or_equal, compile(r.strict), compile(r.equal), frame_);
        }
    }
}

}  // namespace forklore
