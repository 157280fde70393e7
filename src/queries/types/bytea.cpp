#include "queries/types/bytea.hpp"

#include "queries/builtins.hpp"
#include "queries/functions/encodings.hpp"
#include "queries/functions/families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/hash.hpp"
#include "queries/types/type_settings.hpp"

namespace forklore {

/// Byteas are ordered as sequences of bytes.
template <>
struct Ordering<Bytea, Bytea> {
    static bool equal(Bytea a, Bytea b) { return a.bytes == b.bytes; }
    static bool less(Bytea a, Bytea b) { return a.bytes < b.bytes; }
    static bool greater(Bytea a, Bytea b) { return a.bytes > b.bytes; }
};

namespace {

/// Either form may come in, whatever the setting says about going out.
Datum bytea_in(const TypeContext& context, std::string_view text) {
    if (text.substr(0, 2) == "\\x") return Datum(hex_decode(context.arena, text.substr(2)));
    return Datum(escape_decode(context.arena, text));
}

void bytea_out(const TypeContext&, Datum value, ByteWriter& to) {
    if (bytea_output.as<ByteaOutput>() == ByteaOutput::hex) {
        char* at = to.extend(2 + value.size * std::size_t{2});
        *at++ = '\\';
        *at++ = 'x';
        for (char c : value.view()) {
            put_hex(static_cast<unsigned char>(c), at);
            at += 2;
        }
        return;
    }
    // Here, unlike in encode(…, 'escape'), all that is not printable is escaped.
    for (char c : value.view()) {
        auto byte = static_cast<unsigned char>(c);
        if (c == '\\') {
            to.append("\\\\");
        } else if (byte < 0x20 || byte > 0x7e) {
            const char octal[4] = {'\\', static_cast<char>('0' + (byte >> 6)), static_cast<char>('0' + (byte >> 3 & 7)),
                                   static_cast<char>('0' + (byte & 7))};
            to.append({octal, 4});
        } else {
            to.put_char(c);
        }
    }

}

Datum bytea_receive(const TypeContext& context, ByteReader& from) {
    return Datum(context.arena.copy(from.take(from.rest().size())));
}
void bytea_send(const TypeContext&, Datum value, ByteWriter& to) { to.append(value.view()); }
int bytea_compare(const Type&, const Datum& a, const Datum& b) { return a.view().compare(b.view()); }
std::uint64_t bytea_hash(const Type&, const Datum& value) { return hash_bytes(value.view()); }

std::int32_t bytea_order(Bytea a, Bytea b) {
    int order = a.bytes.compare(b.bytes);
    return order < 0 ? -1 : order > 0;
}

}  // namespace

void register_bytea(Registry& to) {
    to.add(Type{.oid = k_bytea, .name = "bytea", .sql_name = "", .array = k_bytea_array, .by_reference = true,
                .input = bytea_in, .output = bytea_out, .receive = bytea_receive, .send = bytea_send,
                .compare = bytea_compare, .hash = bytea_hash});
    add_comparisons<Bytea>(to, "bytea", "bytea", {1948, 1953, 1949, 1950, 1951, 1952},
                           {1955, 1956, 1957, 1958, 1959, 1960});
    to.add(function<bytea_order>("byteacmp", 1954));
    register_bytea_functions(to);
    register_bytea_like(to);
    register_bytea_aggregates(to);
    register_character_sets(to);
}

}  // namespace forklore
