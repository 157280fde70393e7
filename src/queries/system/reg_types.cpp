// regtype and regproc: OIDs that read as names.
#include <charconv>

#include "base/error.hpp"
#include "queries/builtins.hpp"
#include "queries/type_oids.hpp"
#include "queries/types/array_type.hpp"

namespace forklore {

namespace {

// The function that reads arrays has no SQL declaration here, but drivers recognise array types by it.
constexpr Oid k_array_in = 750;

Datum oid_datum(Oid oid) {
    Datum d;
    d.oid = oid;
    d.is_null = false;
    return d;
}

bool read_number(std::string_view text, Oid& to) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
    return error == std::errc{} && end == text.data() + text.size();
}

std::string_view without_schema(std::string_view name) {
    return name.starts_with("pg_catalog.") ? name.substr(11) : name;
}

Datum regtype_in(const TypeContext&, std::string_view text) {
    Oid oid = 0;
    if (text == "-") return oid_datum(0);
    if (read_number(text, oid)) return oid_datum(oid);
    const std::string_view name = without_schema(text);
    if (const Type* type = registry().find_type(name)) return oid_datum(type->oid);
    for (const auto& type : registry().all_types())
        if (type->sql_name == name) return oid_datum(type->oid);
    throw Error(sqlstate::undefined_object, "type \"{}\" does not exist", text);
}

void regtype_out(const TypeContext&, Datum value, ByteWriter& to) {
    if (value.oid == 0) return to.append("-");
    const Type* type = registry().find_type(value.oid);
    to.append(type != nullptr ? type->sql_name : std::to_string(value.oid));
}

Datum regproc_in(const TypeContext&, std::string_view text) {
    Oid oid = 0;
    if (text == "-") return oid_datum(0);
    if (read_number(text, oid)) return oid_datum(oid);
    const std::string_view name = without_schema(text);
    if (name == "array_in") return oid_datum(k_array_in);
    const auto found = registry().functions(name);
    if (found.empty()) throw Error(sqlstate::undefined_function, "function \"{}\" does not exist", text);
    if (found.size() > 1) throw Error(sqlstate::ambiguous_function, "more than one function named \"{}\"", text);
    return oid_datum(found[0]->oid);
}

void regproc_out(const TypeContext&, Datum value, ByteWriter& to) {
    if (value.oid == 0) return to.append("-");
    if (value.oid == k_array_in) return to.append("array_in");
    const Function* function = registry().find_function(value.oid);
    to.append(function != nullptr ? function->name : std::to_string(value.oid));
}

void add(Registry& to, Oid oid, Oid array, std::string name, Datum (*input)(const TypeContext&, std::string_view),
         void (*output)(const TypeContext&, Datum, ByteWriter&)) {
    // In all but its text it is an oid.
    Type type = to.type(k_oid);
    type.oid = oid;
    type.array = array;
    type.name = type.sql_name = std::move(name);
    type.preferred = true;
    type.input = input;
    type.output = output;
    if (to.find_type(oid) == nullptr) to.add(std::move(type));
    if (to.find_type(array) == nullptr) to.add(array_type_of(to.type(oid)));
    to.add(Cast{.source = oid, .target = k_oid, .context = CastContext::implicit});
    to.add(Cast{.source = k_oid, .target = oid, .context = CastContext::implicit});
}

}  // namespace

void register_reg_types(Registry& to) {
    add(to, k_regtype, k_regtype_array, "regtype", regtype_in, regtype_out);
    add(to, k_regproc, k_regproc_array, "regproc", regproc_in, regproc_out);
}

}  // namespace forklore
