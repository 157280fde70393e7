/// \file
/// Evaluator: an expression made ready to be computed for many rows at once.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "queries/analyze/expression.hpp"
#include "queries/registry.hpp"

namespace forklore {

/// What is fixed while a query runs: parameters, and values handed down by outer queries.
struct Frame {
    std::vector<Datum> parameters;   ///< $1, $2, …
    std::vector<Datum> outer;        ///< slots for columns of outer queries and of the left side of lateral joins
    Session* session = nullptr;      ///< whose query it is
};

/// Computes one expression.
class Evaluator {
public:
    virtual ~Evaluator() = default;
    /// The values for some rows; what stands at other rows is undefined. The result is valid until the next call or
    /// until the context's arena is reset.
    /// \param context where results go. \param input the batch that the expression's columns are taken from.
    /// \param rows which of its rows.
    virtual Column evaluate(EvalContext& context, const Batch& input, Rows rows) = 0;
};
using EvaluatorPtr = std::unique_ptr<Evaluator>;

/// Makes evaluators for expressions over the outputs of a plan step.
class Compiler {
public:
    /// \param frame must outlive the evaluators. \param input what the columns of a batch are.
    /// \param capacity rows of a batch at most.
    Compiler(Frame& frame, std::span<Expr* const> input, std::uint32_t capacity) : frame_(frame), input_(input), capacity_(capacity) {}
    /// An evaluator. \param e the expression
    EvaluatorPtr compile(const Expr* e);

private:
    Frame& frame_;
    std::span<Expr* const> input_;
    std::uint32_t capacity_;
};

}  // namespace forklore
