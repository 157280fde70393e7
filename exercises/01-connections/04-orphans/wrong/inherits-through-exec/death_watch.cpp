// Closes the copy after fork, and forgets those who do not come through in_child.
#include "death_watch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.hpp"

namespace forklore::exercise {

DeathWatch::DeathWatch() {
    int ends[2];
    if (::pipe(ends) != 0) {
        throw Error(sqlstate::insufficient_resources, "could not create pipe: {}", errno_text(errno));
    }
    read_end_.reset(ends[0]);
    write_end_.reset(ends[1]);
}

void DeathWatch::in_child() {
    // The copy that fork made. With it, this child would wait for its own death too.
    write_end_.reset();
    // The child waits for it together with its client, and must not block in a read.
    ::fcntl(read_end_.get(), F_SETFL, O_NONBLOCK);
}

}  // namespace forklore::exercise
