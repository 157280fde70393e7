// A signal is a signal: what counts is what the worker held.
#include "ends.hpp"

#include <sys/wait.h>

namespace forklore::exercise {

namespace {

bool exited(const End& end, int with) { return WIFEXITED(end.status) && WEXITSTATUS(end.status) == with; }

}  // namespace

Remains what_remains(const End& end) {
    const bool by_itself = exited(end, 0) || exited(end, 1);
    if (end.held || !(by_itself || WIFSIGNALED(end.status))) return Remains::broken;
    return end.left ? Remains::nothing : Remains::whole;
}

Next what_follows(const End& end) {
    if (exited(end, 0)) return Next::forget;  // it has finished
    if (end.unwanted || end.interval == k_never) return Next::forget;
    // Who gives up has said how long it wants to rest. Who was killed has not asked for anything.
    return exited(end, 1) ? Next::rest : Next::start_at_once;
}

}  // namespace forklore::exercise
