// Looks once more before it waits.
#include "carrier.hpp"

namespace forklore::exercise {

void carry_letters(PostOffice& office) {
    for (;;) {
        if (office.settings_have_changed()) office.read_settings();
        while (!office.told_to_end() && office.there_is_a_letter()) {
            try {
                office.deliver_a_letter();
            } catch (const std::exception& error) {
                office.log(error);
            }
        }
        if (office.told_to_end()) return;
        office.wait();
    }
}

}  // namespace forklore::exercise
