// Does what there is to do until there is nothing any more, or until something goes wrong.
#include "carrier.hpp"

namespace forklore::exercise {

void carry_letters(PostOffice& office) {
    for (;;) {
        try {
            for (;;) {
                if (office.told_to_end()) return;
                if (office.settings_have_changed()) office.read_settings();
                if (!office.there_is_a_letter()) break;
                office.deliver_a_letter();
            }
        } catch (const std::exception& error) {
            office.log(error);
        }
        office.wait();
    }
}

}  // namespace forklore::exercise
