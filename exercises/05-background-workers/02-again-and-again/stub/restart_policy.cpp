#include "background_workers/restart_policy.hpp"

#include "not_written_yet.hpp"

namespace forklore {

RestartPolicy::Duration RestartPolicy::failed([[maybe_unused]] Duration lived,
                                              [[maybe_unused]] Duration asked) {
    // TODO: count the failure, and say how long the worker shall rest.
    not_written_yet("05-background-workers/02-again-and-again");
}

}  // namespace forklore
