// One thing at a time, and then everything is looked at again. It waits only in a round in which nothing was done: then nobody but those who have news has touched the
// latch since the look. A letter that is delivered may have cost a wake-up that was meant for something else, so no wait may follow it.
#include "carrier.hpp"

namespace forklore::exercise {

void carry_letters(PostOffice& office) {
    for (;;) {
        if (office.told_to_end()) return;
        if (office.settings_have_changed()) office.read_settings();
        if (!office.there_is_a_letter()) {
            office.wait();
            continue;
        }
        try {
            office.deliver_a_letter();
        } catch (const std::exception& error) {
            office.log(error);
        }
    }
}

}  // namespace forklore::exercise
