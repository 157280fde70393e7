#include "queries/builtins.hpp"

#include "queries/query_settings.hpp"

namespace forklore {

void register_builtins(Registry& to) {
    register_query_settings();
    register_pseudo_types(to);
    register_booleans(to);
    register_integers(to);
    register_floats(to);
    register_text(to);
    register_object_identifiers(to);
}

}  // namespace forklore
