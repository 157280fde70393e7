#include "base/error.hpp"
#include "queries/execute/step.hpp"

namespace forklore {

StepPtr make_window_step(const WindowPlan&, StepMaker&, EvalContext&) {
    throw Error(sqlstate::feature_not_supported, "window functions are not supported yet");
}

}  // namespace forklore
