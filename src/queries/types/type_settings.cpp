#include "queries/types/type_settings.hpp"

namespace forklore {

IntSetting extra_float_digits{
    {.name = "extra_float_digits",
     .category = "Client Connection Defaults / Locale and Formatting",
     .description = "Sets the number of digits displayed for floating-point values.",
     .extra_description = "Zero or less rounds to that many digits beside the type's own precision; more than zero "
                          "gives the shortest text that reads back as the same value."},
    1, -15, 3};

EnumSetting bytea_output{{.name = "bytea_output",
                          .category = "Client Connection Defaults / Statement Behavior",
                          .description = "Sets the output format for bytea."},
                         static_cast<int>(ByteaOutput::hex),
                         {{"escape", static_cast<int>(ByteaOutput::escape)},
                          {"hex", static_cast<int>(ByteaOutput::hex)}}};

void define_type_settings() {
    settings().add(extra_float_digits);
    settings().add(bytea_output);
}

}  // namespace forklore
