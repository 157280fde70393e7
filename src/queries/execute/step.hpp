/// \file
/// Step: a step of a plan at work. Rows are pulled through it, a batch at a time.
///
/// The idea is from Volcano (Graefe 1994), with batches in place of rows.
///
/// Memory: a step's rows are valid until its next call. Who owns the arena of an EvalContext resets it before it
/// pulls; a step that pulls several batches before it answers (a sort) gives its child a context of its own.
#pragma once

#include <memory>

#include "queries/execute/evaluator.hpp"
#include "queries/plan/plan.hpp"

namespace forklore {

/// A step at work.
class Step : public RowSource {
public:
    virtual void open() = 0;                      ///< begins, or begins again
    virtual void close() noexcept {}              ///< gives up what only a run needs
    virtual void bound(std::int64_t rows) { (void)rows; }  ///< nobody will ask for more rows than that \param rows how many
};
using StepPtr = std::unique_ptr<Step>;  ///< owns a step and all below it

/// What the steps of one plan share while they are made.
struct StepMaker {
    Frame& frame;  ///< must outlive the steps

    /// The step of a plan with all below it. \param plan must outlive it. \param context for what it hands up; must outlive it.
    StepPtr make(const Plan& plan, EvalContext& context);
    /// The same, for a step that computes expressions for all rows before it answers: if they have effects, its input
    /// comes row by row. \param arguments the expressions \param plan the input's \param context as for make()
    StepPtr make_for(std::span<Expr* const> arguments, const Plan& plan, EvalContext& context);
    Compiler compiler(std::span<Expr* const> input) { return Compiler(frame, input); }  ///< for expressions over some input \param input its columns
};

/// A context of its own for a child that is pulled several times between two answers.
struct ChildContext {
    Arena arena;  ///< for the values the child computes; its user resets it
    EvalContext context{arena};  ///< what the child is made with
};

/// Whether computing an expression does more than give its value: it has a volatile function in it, sub-selects
/// included. \param e may be null
bool has_effects(const Expr* e);
/// Whether one of them does. \param list the expressions
bool have_effects(std::span<Expr* const> list);

/// Gives up the rows of WITH queries when a run has ended. \param frame of the run
void release_shared_rows(Frame& frame) noexcept;

/// \name Makers of the single kinds
/// Each makes the bare step, without the filter and projection that make() puts around it.
/// \{
StepPtr make_result_step(const Plan& plan, StepMaker& maker, EvalContext& context);
StepPtr make_values_step(const ValuesPlan& plan, StepMaker& maker, EvalContext& context);
StepPtr make_scan_step(const ScanPlan& plan, StepMaker& maker, EvalContext& context);
StepPtr make_function_scan_step(const FunctionScanPlan& plan, StepMaker& maker, EvalContext& context);
StepPtr make_project_set_step(const ProjectSetPlan& plan, StepMaker& maker, EvalContext& context);
StepPtr make_limit_step(const LimitPlan& plan, StepMaker& maker, EvalContext& context);
StepPtr make_append_step(const Plan& plan, StepMaker& maker, EvalContext& context);
StepPtr make_unique_step(const UniquePlan& plan, StepMaker& maker, EvalContext& context);
StepPtr make_sort_step(const SortPlan& plan, StepMaker& maker, EvalContext& context);
StepPtr make_nested_loop_step(const JoinPlan& plan, StepMaker& maker, EvalContext& context);
StepPtr make_hash_join_step(const JoinPlan& plan, StepMaker& maker, EvalContext& context);
StepPtr make_aggregate_step(const AggregatePlan& plan, StepMaker& maker, EvalContext& context);
StepPtr make_set_operation_step(const SetOperationPlan& plan, StepMaker& maker, EvalContext& context);
StepPtr make_common_table_step(const CommonTablePlan& plan, StepMaker& maker, EvalContext& context);
StepPtr make_recursive_union_step(const RecursiveUnionPlan& plan, StepMaker& maker, EvalContext& context);
StepPtr make_window_step(const WindowPlan& plan, StepMaker& maker, EvalContext& context);
/// \}

}  // namespace forklore
