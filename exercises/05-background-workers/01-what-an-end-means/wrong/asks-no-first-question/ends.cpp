// The exit status, and the signal if there was one.
#include "ends.hpp"

#include <sys/wait.h>

#include <csignal>

namespace forklore::exercise {

namespace {

bool exited(const End& end, int with) { return WEXITSTATUS(end.status) == with; }
bool died_of(const End& end, int signal) { return WTERMSIG(end.status) == signal; }

}  // namespace

Remains what_remains(const End& end) {
    const bool by_itself = exited(end, 0) || exited(end, 1);
    const bool from_outside = died_of(end, SIGKILL) || died_of(end, SIGTERM);
    if (end.held || !(by_itself || from_outside)) return Remains::broken;
    return end.left ? Remains::nothing : Remains::whole;
}

Next what_follows(const End& end) {
    if (exited(end, 0)) return Next::forget;  // it has finished
    if (end.unwanted || end.interval == k_never) return Next::forget;
    return exited(end, 1) ? Next::rest : Next::start_at_once;
}

}  // namespace forklore::exercise
