#include "not_written_yet.hpp"
#include "street.hpp"

namespace forklore::exercise {

std::size_t place([[maybe_unused]] Layout layout, [[maybe_unused]] int process) {
    // TODO: bytes from the beginning of the street.
    not_written_yet("03-lwlocks/05-good-fences");
}

double measure([[maybe_unused]] Layout layout) {
    // TODO: all processes at work, from the same moment on; what a pair takes of a processor's time.
    not_written_yet("03-lwlocks/05-good-fences");
}

std::vector<Round> measure_rounds() {
    // TODO: both layouts, round by round.
    not_written_yet("03-lwlocks/05-good-fences");
}

Verdict verdict([[maybe_unused]] const std::vector<Round>& rounds) {
    // TODO: which one costs more, if that can be told.
    not_written_yet("03-lwlocks/05-good-fences");
}

}  // namespace forklore::exercise
