/// \file
/// How a worker has ended, and what the postmaster makes of it.
#pragma once

#include <chrono>

namespace forklore::exercise {

/// Whoever asks for this interval is not started again.
inline constexpr std::chrono::seconds k_never{-1};

/// What the postmaster knows when a worker has ended.
struct End {
    int status = 0;         ///< how, as waitpid gave it
    bool held = false;      ///< it held something that is shared: a lock, say, or a slot that it was filling
    bool left = true;       ///< it has given back what it had, and said so in its slot
    bool unwanted = false;  ///< somebody has asked for its end, for good
    std::chrono::seconds interval = k_never;  ///< that it shall rest when it has given up; or k_never
};

/// What is left of it in shared memory.
enum class Remains {
    nothing,  ///< nothing
    whole,    ///< something that an undertaker can clear away, and nobody else notices
    broken,   ///< nobody knows: all must go, and everything that is shared is made anew
};

/// What becomes of the worker.
enum class Next {
    forget,         ///< its slot is free
    rest,           ///< it starts again after its interval
    start_at_once,  ///< it starts again as soon as there is a server that it can start in
};

/// The first question: what does this end mean for the others? \param end it
Remains what_remains(const End& end);

/// The second one: what does it mean for the worker? \param end it
Next what_follows(const End& end);

}  // namespace forklore::exercise
