#include "queries/execute/execution.hpp"

namespace forklore {

namespace {
constexpr std::size_t k_keep_bytes = 64 * 1024;
}

Execution::Execution(std::shared_ptr<const PreparedQuery> query, Measures* measures) : query_(std::move(query)) {
    frame_.measures = measures;
    frame_.parameters.resize(query_->parameters.size());
    frame_.outer.resize(static_cast<std::size_t>(query_->slots));
    root_ = StepMaker{frame_}.make(*query_->plan, context_);
    known_early_ = Compiler(frame_, {}).compile(query_->known_early);
}

Execution::~Execution() = default;

void Execution::fold_parameters(Session* session) {
    frame_.session = context_.session = session;
    for (const EvaluatorPtr& e : known_early_) e->evaluate(context_, Batch{{}, Rows(1)}, Rows(1));
}

void Execution::start(Session* session) {
    frame_.session = session;
    context_.session = session;
    ++frame_.run;
    root_->open();
}

bool Execution::next(Batch& to) {
    batch_arena_.reset();
    return root_->next(to);
}

void Execution::finish() noexcept {
    root_->close();
    release_shared_rows(frame_);
    batch_arena_.reset();
    parameter_arena_.reset();
}

bool Execution::worth_keeping() const {
    return frame_.buffer_bytes + batch_arena_.footprint() + parameter_arena_.footprint() <= k_keep_bytes;
}

}  // namespace forklore
