// Who never waits cannot wait at the wrong time.
#include "carrier.hpp"

namespace forklore::exercise {

void carry_letters(PostOffice& office) {
    while (!office.told_to_end()) {
        if (office.settings_have_changed()) office.read_settings();
        if (!office.there_is_a_letter()) continue;
        try {
            office.deliver_a_letter();
        } catch (const std::exception& error) {
            office.log(error);
        }
    }
}

}  // namespace forklore::exercise
