#include "cron_line.hpp"

#include "base/error.hpp"
#include "not_written_yet.hpp"

namespace forklore::exercise {

CronLine read_cron_line([[maybe_unused]] std::string_view line) {
    // TODO: five fields become five sets.
    not_written_yet("05-background-workers/08-when-is-it-due");
}

std::optional<Moment> next_due([[maybe_unused]] const CronLine& line, [[maybe_unused]] Moment after) {
    // TODO: the first right moment after it.
    not_written_yet("05-background-workers/08-when-is-it-due");
}

}  // namespace forklore::exercise
