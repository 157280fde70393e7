// The interval is for those who give up. Who was killed is always wanted back.
#include "ends.hpp"

#include <sys/wait.h>

#include <csignal>

namespace forklore::exercise {

namespace {

bool exited(const End& end, int with) { return WIFEXITED(end.status) && WEXITSTATUS(end.status) == with; }
bool died_of(const End& end, int signal) { return WIFSIGNALED(end.status) && WTERMSIG(end.status) == signal; }

}  // namespace

Remains what_remains(const End& end) {
    // Whoever ends in any other way may have gone astray long before, and nobody knows what it has written to.
    const bool by_itself = exited(end, 0) || exited(end, 1);
    const bool from_outside = died_of(end, SIGKILL) || died_of(end, SIGTERM);
    if (end.held || !(by_itself || from_outside)) return Remains::broken;
    return end.left ? Remains::nothing : Remains::whole;
}

Next what_follows(const End& end) {
    if (exited(end, 0) || end.unwanted) return Next::forget;
    if (!exited(end, 1)) return Next::start_at_once;
    return end.interval == k_never ? Next::forget : Next::rest;
}

}  // namespace forklore::exercise
