#include "background_workers/module.hpp"
#include "not_written_yet.hpp"

FORKLORE_MODULE("egg_timer", "1.0") {
    // TODO: all of it. Take this line away first, then a server with the module starts.
    forklore::not_written_yet("05-background-workers/05-egg-timer");
}
