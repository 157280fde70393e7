#include "queries/execute/step.hpp"

#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "queries/parse/stack_depth.hpp"

namespace forklore {

namespace {

class FilterStep final : public Step {
public:
    FilterStep(StepPtr child, EvaluatorPtr condition, EvalContext& context) : child_(std::move(child)), condition_(std::move(condition)), context_(context) {}
    void open() override { child_->open(); }
    void close() noexcept override { child_->close(); }
    bool next(Batch& to) override {
        if (!child_->next(to)) return false;
        condition_->select(context_, to, to.rows, kept_);
        to.rows = kept_.rows();
        return true;
    }

private:
    StepPtr child_;
    EvaluatorPtr condition_;
    EvalContext& context_;
    RowList kept_;
};

class ProjectStep final : public Step {
public:
    ProjectStep(StepPtr child, std::vector<EvaluatorPtr> outputs, EvalContext& context)
        : child_(std::move(child)), outputs_(std::move(outputs)), columns_(outputs_.size()), context_(context) {}
    void open() override { child_->open(); }
    void close() noexcept override { child_->close(); }
    void bound(std::int64_t rows) override { child_->bound(rows); }
    bool next(Batch& to) override {
        if (!child_->next(to)) return false;
        for (std::size_t i = 0; i < outputs_.size(); ++i) columns_[i] = outputs_[i]->evaluate(context_, to, to.rows);
        to.columns = columns_;
        return true;
    }

private:
    StepPtr child_;
    std::vector<EvaluatorPtr> outputs_;
    std::vector<Column> columns_;
    EvalContext& context_;
};

StepPtr make_bare(const Plan& plan, StepMaker& maker, EvalContext& context) {
    switch (plan.kind) {
        case PlanKind::result: return make_result_step(plan, maker, context);
        case PlanKind::values: return make_values_step(static_cast<const ValuesPlan&>(plan), maker, context);
        case PlanKind::scan: return make_scan_step(static_cast<const ScanPlan&>(plan), maker, context);
        case PlanKind::function_scan: return make_function_scan_step(static_cast<const FunctionScanPlan&>(plan), maker, context);
        // The same rows, known under other names.
        case PlanKind::subquery_scan: return maker.make(*plan.children[0], context);
        case PlanKind::cte_scan:
        case PlanKind::work_table_scan: return make_common_table_step(static_cast<const CommonTablePlan&>(plan), maker, context);
        case PlanKind::project_set: return make_project_set_step(static_cast<const ProjectSetPlan&>(plan), maker, context);
        case PlanKind::nested_loop: return make_nested_loop_step(static_cast<const JoinPlan&>(plan), maker, context);
        case PlanKind::hash_join: return make_hash_join_step(static_cast<const JoinPlan&>(plan), maker, context);
        case PlanKind::aggregate: return make_aggregate_step(static_cast<const AggregatePlan&>(plan), maker, context);
        case PlanKind::sort: return make_sort_step(static_cast<const SortPlan&>(plan), maker, context);
        case PlanKind::unique: return make_unique_step(static_cast<const UniquePlan&>(plan), maker, context);
        case PlanKind::limit: return make_limit_step(static_cast<const LimitPlan&>(plan), maker, context);
        case PlanKind::append: return make_append_step(plan, maker, context);
        case PlanKind::set_operation: return make_set_operation_step(static_cast<const SetOperationPlan&>(plan), maker, context);
        case PlanKind::window: return make_window_step(static_cast<const WindowPlan&>(plan), maker, context);
        case PlanKind::recursive_union: return make_recursive_union_step(static_cast<const RecursiveUnionPlan&>(plan), maker, context);
    }
    throw Error(sqlstate::internal_error, "unrecognized plan step {}", static_cast<int>(plan.kind));
}

}  // namespace

StepPtr StepMaker::make(const Plan& plan, EvalContext& context) {
    check_stack_depth();
    StepPtr step = make_bare(plan, *this, context);
    Compiler compile = compiler(plan.raw);
    if (plan.filter != nullptr) step = std::make_unique<FilterStep>(std::move(step), compile.compile(plan.filter), context);
    if (plan.outputs != plan.raw) step = std::make_unique<ProjectStep>(std::move(step), compile.compile(plan.outputs), context);
    return step;
}

}  // namespace forklore
