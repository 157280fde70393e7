#include "queries/builtins.hpp"

#include "queries/query_settings.hpp"
#include "queries/types/datetime_style.hpp"
#include "queries/types/type_settings.hpp"

namespace forklore {

void define_query_settings() {
    register_query_settings();
    define_type_settings();
    define_datetime_settings();
}

void register_builtins(Registry& to) {
    register_pseudo_types(to);
    register_records(to);
    register_booleans(to);
    register_integers(to);
    register_floats(to);
    register_numeric(to);
    register_text(to);
    register_bytea(to);
    register_uuid(to);
    register_dates(to);
    register_intervals(to);
    register_json(to);
    register_jsonb(to);
    register_xml(to);
    register_inet(to);
    register_arrays(to);
    register_object_identifiers(to);
    register_reg_types(to);
    register_system_functions(to);
    register_privileges(to);
    register_system_views(to);
}

}  // namespace forklore
