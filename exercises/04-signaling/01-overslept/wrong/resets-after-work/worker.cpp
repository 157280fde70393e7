// Once a job has been done, the latch that was set for it can be reset.
#include "worker.hpp"

namespace forklore::exercise {

void work(Desk& desk) {
    for (;;) {
        while (desk.there_is_a_job()) {
            desk.do_a_job();
            desk.latch.reset();
        }
        desk.latch.wait();
    }
}

}  // namespace forklore::exercise
