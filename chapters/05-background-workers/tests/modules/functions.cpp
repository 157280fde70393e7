// Functions that SQL can have by CREATE FUNCTION.
#include "background_workers/c_functions.hpp"
#include "background_workers/module.hpp"
#include "base/log.hpp"

//! [add-one]
static std::int32_t add_one(std::int32_t number) { return number + 1; }
FORKLORE_FUNCTION(add_one);
//! [add-one]

static std::int32_t twice(std::int32_t number) { return 2 * number; }
FORKLORE_FUNCTION(twice);

static std::string join(std::string_view left, std::optional<std::string_view> right) {
    return std::string(left) + "-" + std::string(right.value_or("nothing"));
}
FORKLORE_FUNCTION(join);

extern "C" void no_function() {}

FORKLORE_MODULE("functions", "1") {
    forklore::log_line(forklore::sqlstate::successful_completion, "functions are loaded");
}
