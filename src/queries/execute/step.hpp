/// \file
/// Step: a step of a plan at work. Rows are pulled through it, a batch at a time.
///
/// The idea is from Volcano (Graefe 1994), with batches in place of rows.
///
/// Memory: an operator's rows are valid until its next call. Who owns the arena of an EvalContext resets it before it
/// pulls; an operator that pulls several batches before it answers (a sort) gives its child a context of its own.
#pragma once

#include <memory>

#include "queries/execute/evaluator.hpp"

namespace forklore {

struct Plan;

/// A step at work.
class Step : public RowSource {
public:
    virtual void open() = 0;               ///< begins, or begins again
    virtual void close() noexcept {}       ///< gives up what only a run needs
    virtual std::size_t footprint() const { return 0; }  ///< bytes kept from run to run
};

/// Makes the operator of a plan step with all below it.
/// \param plan must outlive it. \param frame must outlive it. \param context for what it hands up; must outlive it.
std::unique_ptr<Step> make_step(const Plan& plan, Frame& frame, EvalContext& context);

}  // namespace forklore
