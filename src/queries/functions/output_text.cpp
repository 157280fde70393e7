#include "queries/functions/output_text.hpp"

#include "queries/type_oids.hpp"
#include "queries/types/text.hpp"

namespace forklore {

std::string_view output_text(EvalContext& context, const Type& type, const Datum& value) {
    if (type.oid == k_text || type.oid == k_varchar || type.oid == k_unknown) return value.view();
    ByteWriter text;
    type.output(TypeContext{context.arena, type}, value, text);
    return context.arena.copy(text.view());
}

std::string_view cast_to_text(EvalContext& context, const Type& type, const Datum& value) {
    if (type.oid == k_bool) return value.boolean ? "true" : "false";
    if (type.oid == k_bpchar) return trim_blanks(value.view());
    return output_text(context, type, value);
}

}  // namespace forklore
