// Calls abort in its entry.
#include <cstdlib>

#include "background_workers/module.hpp"

FORKLORE_MODULE("aborter", "1") { std::abort(); }
