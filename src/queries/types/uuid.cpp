#include "queries/types/uuid.hpp"

#include <span>

#include "base/error.hpp"
#include "queries/builtins.hpp"
#include "queries/functions/encodings.hpp"
#include "queries/functions/operators.hpp"
#include "queries/functions/random.hpp"
#include "queries/types/hash.hpp"

namespace forklore {

namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

std::array<char, k_uuid_size> parse_uuid(std::string_view text) {
    std::array<char, k_uuid_size> bytes{};
    std::string_view rest = text;
    bool braces = !rest.empty() && rest[0] == '{';
    if (braces) rest.remove_prefix(1);
    bool good = true;
    for (std::size_t i = 0; good && i < k_uuid_size; ++i) {
        good = rest.size() >= 2 && hex_digit(rest[0]) >= 0 && hex_digit(rest[1]) >= 0;
        if (!good) break;
        bytes[i] = static_cast<char>(hex_digit(rest[0]) << 4 | hex_digit(rest[1]));
        rest.remove_prefix(2);
        if (i % 2 == 1 && i < k_uuid_size - 1 && !rest.empty() && rest[0] == '-') rest.remove_prefix(1);
    }
    if (good && braces) {
        good = !rest.empty() && rest[0] == '}';
        if (good) rest.remove_prefix(1);
    }
    if (!good || !rest.empty())
        throw Error(sqlstate::invalid_text_representation, "invalid input syntax for type uuid: \"{}\"", text);
    return bytes;
}

/// Uuids are ordered as sequences of bytes.
template <>
struct Ordering<Uuid, Uuid> {
    static bool equal(Uuid a, Uuid b) { return a.bytes == b.bytes; }
    static bool less(Uuid a, Uuid b) { return a.bytes < b.bytes; }
    static bool greater(Uuid a, Uuid b) { return a.bytes > b.bytes; }
};

namespace {

Datum uuid_in(const TypeContext& context, std::string_view text) {
    auto bytes = parse_uuid(text);
    return Datum(context.arena.copy({bytes.data(), bytes.size()}));
}

void uuid_out(const TypeContext&, Datum value, ByteWriter& to) {
    constexpr std::size_t k_text = 2 * k_uuid_size + 4;
    char* at = to.extend(k_text);
    for (std::size_t i = 0; i < k_uuid_size; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
        put_hex(static_cast<unsigned char>(value.bytes[i]), at);
        at += 2;
    }
}

Datum uuid_receive(const TypeContext& context, ByteReader& from) {
    return Datum(context.arena.copy(from.take(k_uuid_size)));
}
void uuid_send(const TypeContext&, Datum value, ByteWriter& to) { to.append(value.view()); }
int uuid_compare(const Type&, const Datum& a, const Datum& b) { return a.view().compare(b.view()); }
std::uint64_t uuid_hash(const Type&, const Datum& value) { return hash_bytes(value.view()); }

/// Version 4 of RFC 4122: all bits random but six.
Uuid random_uuid(EvalContext& context) {
    auto bytes = context.arena.make_array<unsigned char>(k_uuid_size);
    fill_with_secret_bytes(bytes);
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
    return {{reinterpret_cast<const char*>(bytes.data()), bytes.size()}};
}

std::int32_t uuid_order(Uuid a, Uuid b) {
    int order = a.bytes.compare(b.bytes);
    return order < 0 ? -1 : order > 0;
}

}  // namespace

void register_uuid(Registry& to) {
    to.add(Type{.oid = k_uuid, .name = "uuid", .sql_name = "", .length = 16, .array = k_uuid_array,
                .by_reference = true, .input = uuid_in, .output = uuid_out, .receive = uuid_receive,
                .send = uuid_send, .compare = uuid_compare, .hash = uuid_hash});
    add_comparisons<Uuid>(to, "uuid_", "uuid_", {2956, 2959, 2954, 2955, 2958, 2957},
                          {2972, 2973, 2974, 2976, 2975, 2977});
    to.add(function<uuid_order>("uuid_cmp", 2960));
    to.add(function<random_uuid>("gen_random_uuid", 3432, {.volatility = Volatility::volatile_}));
}

}  // namespace forklore
