// TODO: now and then this worker does not end when it is told to. Find out when, and mend it.
#include "carrier.hpp"

namespace forklore::exercise {

void carry_letters(PostOffice& office) {
    for (;;) {
        if (office.told_to_end()) return;
        if (office.settings_have_changed()) office.read_settings();
        while (office.there_is_a_letter()) {
            try {
                office.deliver_a_letter();
            } catch (const std::exception& error) {
                office.log(error);
            }
        }
        office.wait();
    }
}

}  // namespace forklore::exercise
