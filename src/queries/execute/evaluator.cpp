#include "queries/execute/evaluator.hpp"

#include "base/error.hpp"

namespace forklore {

namespace {

class ConstantEvaluator final : public Evaluator {
public:
    explicit ConstantEvaluator(Datum value) : value_(value) {}
    Column evaluate(EvalContext&, const Batch&, Rows) override { return {&value_, 0}; }

private:
    Datum value_;
};

}  // namespace

EvaluatorPtr Compiler::compile(const Expr* e) {
    if (const auto* constant = maybe<ConstantExpr>(e)) return std::make_unique<ConstantEvaluator>(constant->value);
    throw Error(sqlstate::feature_not_supported, "this expression is not supported");
}

}  // namespace forklore
