// Who is cancelled rings, whether it was told something or not.
#include "bell.hpp"

#include <sched.h>

#include <algorithm>
#include <cerrno>

namespace forklore::exercise {

void (*at_moment)(Moment, int) = nullptr;

namespace {
void moment(Moment which, int me) {
    if (at_moment != nullptr) at_moment(which, me);
}
void sleep_on(sem_t& semaphore) {
    while (sem_wait(&semaphore) != 0 && errno == EINTR) {
    }
}

// Keeps the queue while it lives. For a few instructions.
class Guard {
public:
    explicit Guard(Bell& bell) : bell_(bell) {
        while (bell_.guarded.exchange(true)) ::sched_yield();
    }
    ~Guard() { bell_.guarded.store(false); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

private:
    Bell& bell_;
};
}  // namespace

void Bell::initialise() {
    for (sem_t& semaphore : wake_up) sem_init(&semaphore, 1, 0);
}

bool Bell::queued(int who) {
    const Guard guard(*this);
    return std::find(queue, queue + length, who) != queue + length;
}

void Bell::enter(int me) {
    const Guard guard(*this);
    queue[length++] = me;
}

// Returns whether it was there.
bool Bell::take_out(int who) {
    const Guard guard(*this);
    int* const end = queue + length;
    int* const at = std::find(queue, end, who);
    if (at == end) return false;
    std::copy(at + 1, end, at);
    --length;
    return true;
}

void Bell::leave(int me) {
    if (take_out(me)) return;
    // Somebody has taken us out, so a wake-up is there or on its way. It must not end our next sleep.
    sleep_on(wake_up[me]);
}

void Bell::wait_until(int me, const std::function<bool()>& ready) {
    // In the queue first, and then the look: what changes after the look will wake us.
    enter(me);
    moment(Moment::queued, me);
    while (!ready()) {
        sleep_on(wake_up[me]);
        moment(Moment::woken, me);
        if (cancelled[me].exchange(false)) {
            leave(me);
            ring();
            throw Cancelled();
        }
        enter(me);
        moment(Moment::queued, me);
    }
    leave(me);
}

void Bell::ring() {
    int first;
    {
        const Guard guard(*this);
        if (length == 0) return;
        first = queue[0];
        std::copy(queue + 1, queue + length, queue);
        --length;
    }
    sem_post(&wake_up[first]);
}

void Bell::cancel(int who) {
    if (!cancelled[who].exchange(true)) sem_post(&wake_up[who]);
}

}  // namespace forklore::exercise
