/// \file
/// convert_from, convert_to and convert: text in another encoding than UTF-8.
#include <array>
#include <string>

#include "base/error.hpp"
#include "queries/functions/encodings.hpp"
#include "queries/functions/families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/bytea.hpp"
#include "queries/types/text.hpp"
#include "queries/types/utf8.hpp"

namespace forklore {

namespace {

enum class Encoding { sql_ascii, utf8, latin1 };

/// An encoding by any of its names, in any case; dashes and underscores do not count.
std::optional<Encoding> find_encoding(std::string_view name) {
    std::string plain;
    for (char c : name)
        if (c != '-' && c != '_') plain += c;
    static constexpr std::pair<std::string_view, Encoding> k_names[] = {
        {"utf8", Encoding::utf8}, {"unicode", Encoding::utf8}, {"latin1", Encoding::latin1},
        {"iso88591", Encoding::latin1}, {"sqlascii", Encoding::sql_ascii}};
    for (auto [known, encoding] : k_names)
        if (equal_ignoring_case(plain, known)) return encoding;
    return std::nullopt;
}

Encoding encoding_of(std::string_view name, const char* role) {
    if (std::optional<Encoding> found = find_encoding(name)) return *found;
    throw Error(sqlstate::invalid_parameter_value, "invalid {} encoding name \"{}\"", role, name);
}

std::string_view latin1_to_utf8(Arena& arena, std::string_view bytes) {
    char* to = static_cast<char*>(arena.allocate_bytes(bytes.size() * 2, 1));
    std::size_t size = 0;
    for (char c : bytes) {
        if (c == '\0')
            throw Error(sqlstate::character_not_in_repertoire, "invalid byte sequence for encoding \"LATIN1\": 0x00");
        size += utf8_put(static_cast<unsigned char>(c), to + size);
    }
    return {to, size};
}

std::string_view utf8_to_latin1(Arena& arena, std::string_view text) {
    char* to = static_cast<char*>(arena.allocate_bytes(text.size(), 1));
    std::size_t size = 0;
    while (!text.empty()) {
        std::string_view one = text.substr(0, utf8_length(text[0]));
        char32_t c = utf8_take(text);
        if (c > 0xff) {
            std::string bytes;
            for (char byte : one) bytes += fmt::format("{}0x{:02x}", bytes.empty() ? "" : " ", static_cast<unsigned char>(byte));
            throw Error(sqlstate::untranslatable_character,
                        "character with byte sequence {} in encoding \"UTF8\" has no equivalent in encoding \"LATIN1\"", bytes);
        }
        to[size++] = static_cast<char>(c);
    }
    return {to, size};
}

/// From one encoding to another. SQL_ASCII is bytes of unknown meaning: they pass as they are.
Bytea convert_between(Arena& arena, Bytea value, Encoding from, Encoding to) {
    if (from == Encoding::utf8) utf8_check(value.bytes);
    if (from == Encoding::latin1 && to == Encoding::utf8) return {latin1_to_utf8(arena, value.bytes)};
    if (from == Encoding::utf8 && to == Encoding::latin1) return {utf8_to_latin1(arena, value.bytes)};
    if (to == Encoding::utf8) utf8_check(value.bytes);
    return value;
}

Bytea convert(EvalContext& context, Bytea value, Name from, Name to) {
    return convert_between(context.arena, value, encoding_of(from.bytes, "source"), encoding_of(to.bytes, "destination"));
}
std::string_view convert_from(EvalContext& context, Bytea value, Name from) {
    return convert_between(context.arena, value, encoding_of(from.bytes, "source"), Encoding::utf8).bytes;
}
Bytea convert_to(EvalContext& context, std::string_view text, Name to) {
    return convert_between(context.arena, Bytea{text}, Encoding::utf8, encoding_of(to.bytes, "destination"));
}

/// Characters of a text in another encoding.
std::int32_t length_in(Bytea value, Name name) {
    std::optional<Encoding> encoding = find_encoding(name.bytes);
    if (!encoding) throw Error(sqlstate::invalid_parameter_value, "invalid encoding name \"{}\"", name.bytes);
    if (*encoding != Encoding::utf8) return static_cast<std::int32_t>(value.bytes.size());
    utf8_check(value.bytes);
    return static_cast<std::int32_t>(utf8_count(value.bytes));
}

}  // namespace

void register_character_sets(Registry& to) {
    const Declared stable{.volatility = Volatility::stable};
    to.add(function<convert>("convert", 1813, stable));
    to.add(function<convert_from>("convert_from", 1714, stable));
    to.add(function<convert_to>("convert_to", 1717, stable));
    to.add(function<length_in>("length", 1713, stable));
}

}  // namespace forklore
