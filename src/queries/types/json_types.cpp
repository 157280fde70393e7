// The rows of the types json and jsonb, and the order of jsonb.
#include "base/error.hpp"
#include "queries/builtins.hpp"
#include "queries/functions/json_families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/jsonb.hpp"
#include "queries/types/utf8.hpp"

namespace forklore {

namespace {

Datum json_in(const TypeContext& context, std::string_view text) {
    JsonHandler nobody;
    parse_json(text, nobody, nullptr);
    return Datum(context.arena.copy(text));
}
void json_out(const TypeContext&, Datum value, ByteWriter& to) { to.append(value.view()); }
Datum json_receive(const TypeContext& context, ByteReader& from) {
    const std::string_view text = from.take(from.rest().size());
    utf8_check(text);
    return json_in(context, text);
}

constexpr std::int8_t k_wire_version = 1;

Datum jsonb_in(const TypeContext& context, std::string_view text) { return Datum(parse_jsonb(context.arena, text)); }
void jsonb_out(const TypeContext&, Datum value, ByteWriter& to) { append_jsonb(JsonbView(value.view()), to); }
Datum jsonb_receive(const TypeContext& context, ByteReader& from) {
    const int version = static_cast<unsigned char>(from.take(1)[0]);
    if (version != k_wire_version) throw Error(sqlstate::internal_error, "unsupported jsonb version number {}", version);
    const std::string_view text = from.take(from.rest().size());
    utf8_check(text);
    return jsonb_in(context, context.arena.copy(text));
}
void jsonb_send(const TypeContext& context, Datum value, ByteWriter& to) {
    to.put(k_wire_version);
    jsonb_out(context, value, to);
}

Type row(Oid oid, std::string name, Oid array) {
    Type type;
    type.oid = oid;
    type.name = std::move(name);
    type.category = 'U';
    type.array = array;
    type.by_reference = true;
    return type;
}

}  // namespace

template <>
struct Ordering<Jsonb> {
    static int order(const Jsonb& a, const Jsonb& b) { return compare_jsonb(JsonbView(a.bytes), JsonbView(b.bytes)); }
    static bool equal(const Jsonb& a, const Jsonb& b) { return order(a, b) == 0; }
    static bool less(const Jsonb& a, const Jsonb& b) { return order(a, b) < 0; }
    static bool greater(const Jsonb& a, const Jsonb& b) { return 0 < order(a, b); }
};

void register_json(Registry& to) {
    Type json = row(k_json, "json", k_json_array);
    json.input = json_in;
    json.output = json_out;
    json.receive = json_receive;
    json.send = json_out;
    to.add(std::move(json));
}

void register_jsonb(Registry& to) {
    Type jsonb = row(k_jsonb, "jsonb", k_jsonb_array);
    jsonb.input = jsonb_in;
    jsonb.output = jsonb_out;
    jsonb.receive = jsonb_receive;
    jsonb.send = jsonb_send;
    jsonb.compare = [](const Type&, const Datum& a, const Datum& b) { return compare_jsonb(JsonbView(a.view()), JsonbView(b.view())); };
    jsonb.hash = [](const Type&, const Datum& value) { return hash_jsonb(JsonbView(value.view())); };
    to.add(std::move(jsonb));
    to.add(Cast{.source = k_json, .target = k_jsonb, .context = CastContext::assignment, .via_text = true});
    to.add(Cast{.source = k_jsonb, .target = k_json, .context = CastContext::assignment, .via_text = true});
    add_comparisons<Jsonb>(to, "jsonb_", "jsonb_", {4043, 4038, 4039, 4041, 4040, 4042}, {3240, 3241, 3242, 3244, 3243, 3245});
    to.add(function<[](Jsonb a, Jsonb b) { return static_cast<std::int32_t>(Ordering<Jsonb>::order(a, b)); }>("jsonb_cmp", 4044));
    register_json_access(to);
    register_jsonb_access(to);
    register_jsonb_editing(to);
    register_json_building(to);
}

}  // namespace forklore
