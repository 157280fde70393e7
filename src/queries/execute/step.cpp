#include "queries/execute/step.hpp"

#include <algorithm>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "queries/analyze/analyzer.hpp"
#include "queries/execute/row_errors.hpp"
#include "queries/parse/stack_depth.hpp"
#include "queries/plan/planner.hpp"

namespace forklore {

namespace {

class FilterStep final : public Step {
public:
    FilterStep(StepPtr child, EvaluatorPtr condition, EvalContext& context) : child_(std::move(child)), condition_(std::move(condition)), context_(context) {}
    void open() override {
        errors_.clear();
        child_->open();
    }
    void close() noexcept override {
        errors_.clear();
        child_->close();
    }
    bool next(Batch& to) override {
        errors_.rethrow();
        if (!child_->next(to)) return false;
        errors_.settle(to.rows, [&](Rows rows) { condition_->select(context_, to, rows, kept_); });
        to.rows = kept_.rows();
        return true;
    }

private:
    StepPtr child_;
    EvaluatorPtr condition_;
    EvalContext& context_;
    RowErrors errors_;
    RowList kept_;
};

class ProjectStep final : public Step {
public:
    ProjectStep(StepPtr child, std::vector<EvaluatorPtr> outputs, EvalContext& context)
        : child_(std::move(child)), outputs_(std::move(outputs)), columns_(outputs_.size()), context_(context) {}
    void open() override {
        errors_.clear();
        child_->open();
    }
    void close() noexcept override {
        errors_.clear();
        child_->close();
    }
    void bound(std::int64_t rows) override { child_->bound(rows); }
    bool next(Batch& to) override {
        errors_.rethrow();
        if (!child_->next(to)) return false;
        to.rows = errors_.settle(to.rows, [&](Rows rows) {
            for (std::size_t i = 0; i < outputs_.size(); ++i) columns_[i] = outputs_[i]->evaluate(context_, to, rows);
        });
        to.columns = columns_;
        return true;
    }

private:
    StepPtr child_;
    std::vector<EvaluatorPtr> outputs_;
    std::vector<Column> columns_;
    EvalContext& context_;
    RowErrors errors_;
};

// Hands up the rows of its child one by one. What stands above has effects beyond its values (random(), pg_sleep(),
// set_config()): they happen row by row, from the filter to the last column, and for no row that nobody asks for.
class SingleRowsStep final : public Step {
public:
    explicit SingleRowsStep(Frame& frame) : frame_(frame) {}
    EvalContext& child_context() { return below_.context; }
    void set_child(StepPtr child) { child_ = std::move(child); }
    void open() override {
        below_.context.session = frame_.session;
        at_ = 0;
        batch_.rows = Rows(0);
        child_->open();
    }
    void close() noexcept override {
        child_->close();
        below_.arena.reset();
    }
    void bound(std::int64_t rows) override { child_->bound(rows); }
    bool next(Batch& to) override {
        while (at_ >= batch_.rows.count()) {
            at_ = 0;
            batch_.rows = Rows(0);
            below_.arena.reset();
            if (!child_->next(batch_)) return false;
        }
        row_ = static_cast<std::uint16_t>(batch_.rows[at_++]);
        to = {batch_.columns, Rows(&row_, 1)};
        return true;
    }

private:
    Frame& frame_;
    ChildContext below_;
    StepPtr child_;
    Batch batch_;
    std::uint32_t at_ = 0;
    std::uint16_t row_ = 0;
};

// Takes the time of a step and counts its rows: around all of it, or around what its filter reads.
class MeasuredStep final : public Step {
public:
    MeasuredStep(StepPtr step, StepMeasure& to, bool before_filter) : step_(std::move(step)), to_(to), before_filter_(before_filter) {}
    void open() override {
        if (!before_filter_) ++to_.loops, first_ = true;
        const std::int64_t begin = monotonic_us();
        step_->open();
        took(begin);
    }
    void close() noexcept override { step_->close(); }
    void bound(std::int64_t rows) override { step_->bound(rows); }
    bool next(Batch& to) override {
        const std::int64_t begin = monotonic_us();
        const bool more = step_->next(to);
        took(begin);
        if (more && before_filter_) to_.filtered += to.rows.count();
        if (more && !before_filter_) to_.rows += to.rows.count();
        if (!before_filter_ && (!more || !to.rows.empty())) first_ = false;
        return more;
    }

private:
    void took(std::int64_t begin) {
        if (before_filter_) return;
        const std::int64_t spent = monotonic_us() - begin;
        to_.total_us += spent;
        if (first_) to_.startup_us += spent;
    }
    StepPtr step_;
    StepMeasure& to_;
    bool before_filter_, first_ = false;
};

template <typename F>
StepPtr make_single_rows(Frame& frame, F&& make_child) {
    auto rows = std::make_unique<SingleRowsStep>(frame);
    rows->set_child(make_child(rows->child_context()));
    return rows;
}

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

bool has_effects(const Expr* e) {
    return contains(e, [](const Expr& x) {
        if (x.kind == ExprKind::call) return static_cast<const CallExpr&>(x).function->volatility == Volatility::volatile_;
        if (x.kind != ExprKind::sublink) return false;
        bool inside = false;
        walk_query(*static_cast<const SubLinkExpr&>(x).query, 0, [&](Expr*& y, int) {
            inside = inside || (y->kind == ExprKind::call && static_cast<CallExpr*>(y)->function->volatility == Volatility::volatile_);
        });
        return inside;
    });
}

bool have_effects(std::span<Expr* const> list) { return std::ranges::any_of(list, has_effects); }

StepPtr StepMaker::make(const Plan& plan, EvalContext& context) {
    check_stack_depth();
    const bool projects = plan.outputs != plan.raw;
    const bool one_row = plan.kind == PlanKind::result && plan.children.empty();
    StepPtr step;
    if (!one_row && (has_effects(plan.filter) || (projects && have_effects(plan.outputs))))
        step = make_single_rows(frame, [&](EvalContext& below) { return make_bare(plan, *this, below); });
    else
        step = make_bare(plan, *this, context);
    StepMeasure* const measure = frame.measures == nullptr ? nullptr : &(*frame.measures)[&plan];
    Compiler compile = compiler(plan.raw);
    if (measure != nullptr && plan.filter != nullptr) step = std::make_unique<MeasuredStep>(std::move(step), *measure, true);
    if (plan.filter != nullptr) step = std::make_unique<FilterStep>(std::move(step), compile.compile(plan.filter), context);
    if (projects) step = std::make_unique<ProjectStep>(std::move(step), compile.compile(plan.outputs), context);
    if (measure != nullptr) step = std::make_unique<MeasuredStep>(std::move(step), *measure, false);
    return step;
}

StepPtr StepMaker::make_for(std::span<Expr* const> arguments, const Plan& plan, EvalContext& context) {
    if (!have_effects(arguments)) return make(plan, context);
    return make_single_rows(frame, [&](EvalContext& below) { return make(plan, below); });
}

}  // namespace forklore
