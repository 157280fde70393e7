// TODO: now and then the worker sleeps beside a job. Find out when, and mend it.
#include "worker.hpp"

namespace forklore::exercise {

void work(Desk& desk) {
    for (;;) {
        while (desk.there_is_a_job()) desk.do_a_job();
        desk.latch.reset();
        desk.latch.wait();
    }
}

}  // namespace forklore::exercise
