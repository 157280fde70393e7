/// \file
/// Evaluator: an expression made ready to be computed for many rows at once.
#pragma once

#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "queries/analyze/expression.hpp"
#include "queries/execute/measure.hpp"
#include "queries/registry.hpp"

namespace forklore {

struct CommonTable;
class SharedRows;

/// What is fixed while a query runs: parameters, and values handed down by outer queries.
struct Frame {
    std::vector<Datum> parameters;   ///< $1, $2, …
    std::vector<Datum> outer;        ///< slots for columns of outer queries and of the left side of lateral joins
    Session* session = nullptr;      ///< whose query it is
    std::size_t buffer_bytes = 0;    ///< memory that evaluators and steps keep from run to run
    std::unordered_map<const CommonTable*, std::shared_ptr<SharedRows>> shared_rows;  ///< rows of WITH queries that several steps read
    Measures* measures = nullptr;    ///< EXPLAIN ANALYZE: what each step does; null as a rule
    std::uint64_t run = 0;           ///< grows with every start: what was computed for an earlier run is stale
};

/// A growing array of results, reused from batch to batch.
class Results {
public:
    explicit Results(Frame& frame) : frame_(frame) {}  ///< \param frame is told how much memory it takes
    /// Room for these rows. \param rows as they will be written \return the array
    Datum* for_rows(Rows rows) { return for_count(rows.empty() ? 0 : rows[rows.count() - 1] + 1); }
    /// Room for the first n rows. \param n how many \return the array
    Datum* for_count(std::size_t n) {
        if (n > values_.size()) grow(n);
        return values_.data();
    }

private:
    void grow(std::size_t n);
    Frame& frame_;
    std::vector<Datum> values_;
};

/// A list of row numbers, reused from batch to batch.
class RowList {
public:
    void clear() { count_ = 0; }                                   ///< empties it
    /// Adds a row. \param row greater than those before
    void add(std::uint32_t row) {
        if (numbers_.empty()) numbers_.resize(k_batch_rows);
        numbers_[count_++] = static_cast<std::uint16_t>(row);
    }
    Rows rows() const { return Rows(numbers_.data(), count_); }    ///< as Rows; valid while this is not changed
    std::uint32_t count() const { return count_; }                 ///< how many

private:
    std::vector<std::uint16_t> numbers_;
    std::uint32_t count_ = 0;
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
    /// For booleans: the rows for which it is true. \param context where results go. \param input the batch.
    /// \param rows which of its rows. \param to set to those for which it is true
    virtual void select(EvalContext& context, const Batch& input, Rows rows, RowList& to);
};
using EvaluatorPtr = std::unique_ptr<Evaluator>;  ///< owns an evaluator and those of its operands

/// Where a CaseTestExpr finds its value while it is evaluated.
struct ValueCell {
    Column column;  ///< the values; set before each evaluation
};

/// Makes evaluators for expressions over the outputs of a plan step.
class Compiler {
public:
    /// \param frame must outlive the evaluators. \param input what the columns of a batch are.
    Compiler(Frame& frame, std::span<Expr* const> input) : frame_(frame), input_(input) {}
    /// An evaluator. \param e the expression
    EvaluatorPtr compile(const Expr* e);
    /// Evaluators of several. \param list the expressions
    std::vector<EvaluatorPtr> compile(std::span<Expr* const> list);
    Frame& frame() { return frame_; }  ///< what is fixed while the query runs

    /// Ties a stand-in to the cell that holds its value. \param stand_in part of an expression to be compiled \param cell must outlive the evaluator
    void bind(const CaseTestExpr* stand_in, const ValueCell* cell) { cells_[stand_in] = cell; }

private:
    EvaluatorPtr computed_below(const Expr* e) const;
    EvaluatorPtr compile_leaf(const Expr* e);
    EvaluatorPtr compile_call(const CallExpr& call);
    EvaluatorPtr compile_of_one(const Expr* e);
    EvaluatorPtr compile_array(const Expr* e);
    EvaluatorPtr compile_conditional(const Expr* e);
    EvaluatorPtr compile_sublink(const SubLinkExpr& e);

    Frame& frame_;
    std::span<Expr* const> input_;
    std::unordered_map<const CaseTestExpr*, const ValueCell*> cells_;
};

/// Computes an expression that depends on no rows, once. The value lives in the arena.
/// \param e the expression \param arena where to \param session may be null
Datum evaluate_once(const Expr* e, Arena& arena, Session* session);

}  // namespace forklore
