// Reset, look, wait. A job that is brought after the look sets a latch that nobody resets before the wait, so there is no sleep. A
// job that is brought before the look is found, whatever becomes of the latch.
#include "worker.hpp"

namespace forklore::exercise {

void work(Desk& desk) {
    for (;;) {
        desk.latch.reset();
        while (desk.there_is_a_job()) desk.do_a_job();
        desk.latch.wait();
    }
}

}  // namespace forklore::exercise
