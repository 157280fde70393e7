// What is not reset cannot be reset at the wrong time.
#include "worker.hpp"

namespace forklore::exercise {

void work(Desk& desk) {
    for (;;) {
        while (desk.there_is_a_job()) desk.do_a_job();
        desk.latch.wait();
    }
}

}  // namespace forklore::exercise
