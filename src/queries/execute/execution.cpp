#include "queries/execute/execution.hpp"

namespace forklore {

namespace {
constexpr std::size_t k_keep_bytes = 64 * 1024;
}

Execution::Execution(const PreparedQuery& query) {
    frame_.parameters.resize(query.parameters.size());
    root_ = make_step(*query.plan, frame_, context_);
}

Execution::~Execution() = default;

void Execution::start(Session* session) {
    frame_.session = session;
    context_.session = session;
    root_->open();
}

bool Execution::next(Batch& to) {
    batch_arena_.reset();
    return root_->next(to);
}

void Execution::finish() noexcept {
    root_->close();
    batch_arena_.reset();
    parameter_arena_.reset();
}

bool Execution::worth_keeping() const {
    return root_->footprint() + batch_arena_.footprint() + parameter_arena_.footprint() <= k_keep_bytes;
}

}  // namespace forklore
