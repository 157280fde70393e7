#include "passage.hpp"

#include "not_written_yet.hpp"

namespace forklore::exercise {

Generation raise([[maybe_unused]] Passage& passage) {
    // TODO: take the next number, and tell whoever has not come so far.
    not_written_yet("04-signaling/05-everybody-has-seen-it");
}

void absorb([[maybe_unused]] Passage& passage, [[maybe_unused]] std::size_t me,
            [[maybe_unused]] const Renew& renew) {
    // TODO: renew, and say how far this process has come.
    not_written_yet("04-signaling/05-everybody-has-seen-it");
}

bool all_have([[maybe_unused]] const Passage& passage, [[maybe_unused]] Generation generation) {
    // TODO: look whether anybody is there who has not come so far.
    not_written_yet("04-signaling/05-everybody-has-seen-it");
}

void enter([[maybe_unused]] Passage& passage, [[maybe_unused]] std::size_t me,
           [[maybe_unused]] const Renew& renew) {
    // TODO: listen, say how far this process has come, and renew: in which order?
    not_written_yet("04-signaling/05-everybody-has-seen-it");
}

}  // namespace forklore::exercise
