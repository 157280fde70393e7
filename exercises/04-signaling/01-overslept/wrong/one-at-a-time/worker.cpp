// Is woken once for each job, and does one.
#include "worker.hpp"

namespace forklore::exercise {

void work(Desk& desk) {
    for (;;) {
        desk.latch.reset();
        if (desk.there_is_a_job()) desk.do_a_job();
        desk.latch.wait();
    }
}

}  // namespace forklore::exercise
