#include "queries/types/text.hpp"

#include <charconv>
#include <cstring>

#include "base/error.hpp"
#include "queries/builtins.hpp"
#include "queries/functions/families.hpp"
#include "queries/types/hash.hpp"
#include "queries/types/utf8.hpp"

namespace forklore {

Name to_name(std::string_view text) { return {utf8_clip(text, k_name_length)}; }

namespace {

// ---------------------------------------------------------------- length limits

// A typmod of char(n) and varchar(n) is n + 4: PostgreSQL counts the four bytes of a length word.
constexpr std::int32_t k_length_word = 4;
constexpr std::int32_t k_max_length = 10 * 1024 * 1024;

std::int32_t length_typmod(std::span<const std::string_view> words, std::string_view type) {
    std::int32_t length = 0;
    if (words.size() != 1) throw Error(sqlstate::invalid_parameter_value, "invalid type modifier");
    auto [end, error] = std::from_chars(words[0].data(), words[0].data() + words[0].size(), length);
    if (error != std::errc{} || end != words[0].data() + words[0].size())
        throw Error(sqlstate::invalid_parameter_value, "invalid type modifier");
    if (length < 1) throw Error(sqlstate::invalid_parameter_value, "length for type {} must be at least 1", type);
    if (length > k_max_length)
        throw Error(sqlstate::invalid_parameter_value, "length for type {} cannot exceed {}", type, k_max_length);
    return length + k_length_word;
}

std::int32_t varchar_typmod_in(std::span<const std::string_view> words) { return length_typmod(words, "varchar"); }
std::int32_t bpchar_typmod_in(std::span<const std::string_view> words) { return length_typmod(words, "char"); }

std::string length_typmod_out(std::int32_t typmod) {
    return typmod > k_length_word ? fmt::format("({})", typmod - k_length_word) : std::string();
}

/// Cuts what is too long: blanks silently, anything else when the cast is explicit. \return a view of `text`
std::string_view limit_length(std::string_view text, std::int32_t typmod, bool is_explicit, std::string_view type) {
    if (typmod < k_length_word) return text;
    std::size_t limit = static_cast<std::size_t>(typmod - k_length_word);
    if (text.size() <= limit) return text;
    std::size_t cut = utf8_offset(text, limit);
    if (!is_explicit && text.find_first_not_of(' ', cut) != std::string_view::npos)
        throw Error(sqlstate::string_data_right_truncation, "value too long for type {}({})", type, limit);
    return text.substr(0, cut);
}

VarChar varchar_limit(VarChar value, std::int32_t typmod, bool is_explicit) {
    return {limit_length(value.bytes, typmod, is_explicit, "character varying")};
}

std::string_view bpchar_fit(Arena& arena, std::string_view text, std::int32_t typmod, bool is_explicit) {
    if (typmod < k_length_word) return text;
    text = limit_length(text, typmod, is_explicit, "character");
    std::size_t want = static_cast<std::size_t>(typmod - k_length_word);
    std::size_t have = utf8_count(text);
    if (have >= want) return text;
    std::size_t size = text.size() + (want - have);
    char* to = static_cast<char*>(arena.allocate_bytes(size, 1));
    std::memcpy(to, text.data(), text.size());
    std::memset(to + text.size(), ' ', size - text.size());
    return {to, size};
}

BpChar bpchar_limit(EvalContext& context, BpChar value, std::int32_t typmod, bool is_explicit) {
    return {bpchar_fit(context.arena, value.bytes, typmod, is_explicit)};
}

// ---------------------------------------------------------------- input and output

Datum text_in(const TypeContext& context, std::string_view text) { return Datum(context.arena.copy(text)); }
void text_out(const TypeContext&, Datum value, ByteWriter& to) { to.append(value.view()); }

Datum varchar_in(const TypeContext& context, std::string_view text) {
    return Datum(context.arena.copy(limit_length(text, context.typmod, false, "character varying")));
}

Datum bpchar_in(const TypeContext& context, std::string_view text) {
    return Datum(bpchar_fit(context.arena, context.arena.copy(text), context.typmod, false));
}

Datum name_in(const TypeContext& context, std::string_view text) {
    return Datum(context.arena.copy(to_name(text).bytes));
}

Datum name_receive(const TypeContext& context, ByteReader& from) {
    std::string_view text = from.take(from.rest().size());
    if (text.size() > k_name_length)
        throw Error(sqlstate::name_too_long, "identifier too long")
            .detail(fmt::format("Identifier must be less than {} characters.", k_name_length + 1));
    return Datum(context.arena.copy(text));
}

/// Any of these types from the wire: the same bytes as in text.
template <Datum (*input)(const TypeContext&, std::string_view)>
Datum receive_text(const TypeContext& context, ByteReader& from) {
    std::string_view bytes = from.take(from.rest().size());
    utf8_check(bytes);
    return input(context, bytes);
}

/// A byte that is no ASCII character is written as \ooo.
char text_to_char(std::string_view text) {
    auto octal = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '7'; };
    if (text.size() == 4 && text[0] == '\\' && octal(1) && octal(2) && octal(3))
        return static_cast<char>((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
    return text.empty() ? '\0' : text[0];
}

Datum char_in(const TypeContext& context, std::string_view text) {
    return SqlType<char>::put(context.arena, text_to_char(text));
}

/// Text of a "char" in `to`, at most four bytes. \return how many
std::size_t format_char(char value, char* to) {
    auto byte = static_cast<unsigned char>(value);
    if (byte == 0) return 0;
    if (byte < 0x80) {
        to[0] = value;
        return 1;
    }
    to[0] = '\\';
    for (int i = 1; i <= 3; ++i) to[i] = static_cast<char>('0' + (byte >> (9 - 3 * i) & 7));
    return 4;
}

void char_out(const TypeContext&, Datum value, ByteWriter& to) {
    char text[4];
    to.append({text, format_char(value.character, text)});
}
Datum char_receive(const TypeContext& context, ByteReader& from) {
    return SqlType<char>::put(context.arena, from.get<char>());
}
void char_send(const TypeContext&, Datum value, ByteWriter& to) { to.put_char(value.character); }

// ---------------------------------------------------------------- order

int text_compare(const Type&, const Datum& a, const Datum& b) { return compare_text(a.view(), b.view()); }
std::uint64_t text_hash(const Type&, const Datum& value) { return hash_bytes(value.view()); }
int bpchar_compare(const Type&, const Datum& a, const Datum& b) {
    return compare_text(trim_blanks(a.view()), trim_blanks(b.view()));
}
std::uint64_t bpchar_hash(const Type&, const Datum& value) { return hash_bytes(trim_blanks(value.view())); }
int char_compare(const Type&, const Datum& a, const Datum& b) {
    return int(static_cast<unsigned char>(a.character)) - int(static_cast<unsigned char>(b.character));
}
std::uint64_t char_hash(const Type&, const Datum& value) {
    return hash_number(static_cast<unsigned char>(value.character));
}

// ---------------------------------------------------------------- casts

std::string_view char_to_text(EvalContext& context, char value) {
    char text[4];
    return context.arena.copy({text, format_char(value, text)});
}

char int4_to_char(std::int32_t value) {
    if (value < -128 || value > 127) throw Error(sqlstate::numeric_value_out_of_range, "\"char\" out of range");
    return static_cast<char>(value);
}

void add_casts(Registry& to) {
    constexpr auto k_implicit = CastContext::implicit;
    constexpr auto k_assignment = CastContext::assignment;
    constexpr auto k_explicit = CastContext::explicit_;
    auto same_bytes = [&](Oid source, Oid target) {
        to.add(Cast{.source = source, .target = target, .context = k_implicit});
    };
    same_bytes(k_text, k_bpchar);
    same_bytes(k_text, k_varchar);
    same_bytes(k_varchar, k_text);
    same_bytes(k_varchar, k_bpchar);

    add_cast(to, function<bpchar_limit>("bpchar", 668), k_implicit);
    add_cast(to, function<varchar_limit>("varchar", 669), k_implicit);

    add_cast(to, function<[](BpChar a) { return trim_blanks(a.bytes); }>("text", 401), k_implicit);
    to.add(Cast{.source = k_bpchar, .target = k_varchar, .function = 401, .context = k_implicit});

    add_cast(to, function<[](Name a) { return a.bytes; }>("text", 406), k_implicit);
    add_cast(to, function<[](Name a) { return BpChar{a.bytes}; }>("bpchar", 408), k_assignment);
    add_cast(to, function<[](Name a) { return VarChar{a.bytes}; }>("varchar", 1401), k_assignment);
    add_cast(to, function<to_name>("name", 407), k_implicit);
    add_cast(to, function<[](BpChar a) { return to_name(trim_blanks(a.bytes)); }>("name", 409), k_implicit);
    add_cast(to, function<[](VarChar a) { return to_name(a.bytes); }>("name", 1400), k_implicit);

    add_cast(to, function<char_to_text>("text", 946), k_implicit);
    to.add(Cast{.source = k_char, .target = k_varchar, .function = 946, .context = k_assignment});
    add_cast(to, function<[](EvalContext& context, char a) { return BpChar{char_to_text(context, a)}; }>("bpchar", 860),
             k_assignment);
    add_cast(to, function<text_to_char>("char", 944), k_assignment);
    to.add(Cast{.source = k_varchar, .target = k_char, .function = 944, .context = k_assignment});
    to.add(Cast{.source = k_bpchar, .target = k_char, .function = 944, .context = k_assignment});
    add_cast(to, function<int4_to_char>("char", 78), k_explicit);
    add_cast(to, function<[](char a) { return std::int32_t{static_cast<signed char>(a)}; }>("int4", 77), k_explicit);

    add_cast(to, function<[](bool a) { return std::string_view(a ? "true" : "false"); }>("text", 2971), k_assignment);
    to.add(Cast{.source = k_bool, .target = k_bpchar, .function = 2971, .context = k_assignment});
    to.add(Cast{.source = k_bool, .target = k_varchar, .function = 2971, .context = k_assignment});
}

}  // namespace

void register_text(Registry& to) {
    to.add(Type{.oid = k_text, .name = "text", .sql_name = "", .category = 'S', .preferred = true,
                .array = k_text_array, .by_reference = true, .input = text_in, .output = text_out,
                .receive = receive_text<text_in>, .send = text_out, .compare = text_compare, .hash = text_hash});
    to.add(Type{.oid = k_varchar, .name = "varchar", .sql_name = "character varying", .category = 'S',
                .array = k_varchar_array, .by_reference = true, .input = varchar_in, .output = text_out,
                .receive = receive_text<varchar_in>, .send = text_out, .compare = text_compare, .hash = text_hash,
                .typmod_in = varchar_typmod_in, .typmod_out = length_typmod_out});
    to.add(Type{.oid = k_bpchar, .name = "bpchar", .sql_name = "character", .category = 'S', .array = k_bpchar_array,
                .by_reference = true, .input = bpchar_in, .output = text_out, .receive = receive_text<bpchar_in>,
                .send = text_out, .compare = bpchar_compare, .hash = bpchar_hash, .typmod_in = bpchar_typmod_in,
                .typmod_out = length_typmod_out});
    to.add(Type{.oid = k_name, .name = "name", .sql_name = "", .length = 64, .category = 'S', .element = k_char,
                .array = k_name_array, .by_reference = true, .input = name_in, .output = text_out,
                .receive = name_receive, .send = text_out, .compare = text_compare, .hash = text_hash});
    to.add(Type{.oid = k_char, .name = "char", .sql_name = "\"char\"", .length = 1, .category = 'Z',
                .array = k_char_array, .input = char_in, .output = char_out, .receive = char_receive,
                .send = char_send, .compare = char_compare, .hash = char_hash});
    add_casts(to);
    register_text_operators(to);
    register_text_functions(to);
    register_text_case(to);
    register_text_format(to);
    register_quoting(to);
    register_like(to);
    register_regular_expressions(to);
    register_number_to_char(to);
    register_to_number(to);
    register_text_aggregates(to);
}

}  // namespace forklore
