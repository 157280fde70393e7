/// \file
/// Execution: a plan being run. It keeps its memory, so that running the same plan again costs no allocation.
#pragma once

#include <memory>

#include "queries/execute/step.hpp"
#include "queries/plan/prepared_query.hpp"

namespace forklore {

/// A run of a prepared query; may be started again when it has ended.
class Execution {
public:
    /// \param query planned \param measures is told what each step does; must outlive this; null: nobody asks
    explicit Execution(std::shared_ptr<const PreparedQuery> query, Measures* measures = nullptr);
    ~Execution();
    Execution(const Execution&) = delete;
    Execution& operator=(const Execution&) = delete;

    Arena& parameter_arena() { return parameter_arena_; }          ///< where parameter values live; emptied by finish()
    std::vector<Datum>& parameters() { return frame_.parameters; } ///< to be filled before start()
    void fold_parameters(Session* session);  ///< computes what the parameters alone decide, for its errors \param session whose query it is
    void start(Session* session);   ///< begins \param session whose query it is
    bool next(Batch& to);           ///< the next rows; false at the end
    EvalContext& context() { return context_; }  ///< results live in its arena until next()
    void finish() noexcept;         ///< gives up what only a run needs
    bool worth_keeping() const;     ///< whether it is small enough to be kept for the next run
    const PreparedQuery* query() const { return query_.get(); }  ///< what it runs

private:
    std::shared_ptr<const PreparedQuery> query_;
    Frame frame_;
    Arena parameter_arena_{256}, batch_arena_;
    EvalContext context_{batch_arena_};
    StepPtr root_;
    std::vector<EvaluatorPtr> known_early_;
};

}  // namespace forklore
