#include "queries/execute/step.hpp"

#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "queries/plan/plan.hpp"

namespace forklore {

namespace {

// One row of expressions.
class ResultStep final : public Step {
public:
    ResultStep(const Plan& plan, Frame& frame, EvalContext& context) : context_(context), columns_(plan.outputs.size()) {
        Compiler compiler(frame, {}, 1);
        for (const Expr* e : plan.outputs) outputs_.push_back(compiler.compile(e));
    }
    void open() override { done_ = false; }
    bool next(Batch& to) override {
        if (done_) return false;
        done_ = true;
        check_for_interrupts();
        const Batch nothing{{}, Rows(1)};
        for (std::size_t i = 0; i < outputs_.size(); ++i) columns_[i] = outputs_[i]->evaluate(context_, nothing, Rows(1));
        to = {columns_, Rows(1)};
        return true;
    }

private:
    EvalContext& context_;
    std::vector<EvaluatorPtr> outputs_;
    std::vector<Column> columns_;
    bool done_ = true;
};

}  // namespace

std::unique_ptr<Step> make_step(const Plan& plan, Frame& frame, EvalContext& context) {
    switch (plan.kind) {
        case PlanKind::result: return std::make_unique<ResultStep>(plan, frame, context);
        default: throw Error(sqlstate::feature_not_supported, "this plan is not supported");
    }
}

}  // namespace forklore
