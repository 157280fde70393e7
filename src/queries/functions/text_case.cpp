#include "queries/functions/text_case.hpp"

#include <clocale>
#include <cwctype>

#include "queries/functions/families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/functions/text_room.hpp"
#include "queries/types/utf8.hpp"

namespace forklore {

namespace {

/// The process itself stays in locale C; a system without C.UTF-8 knows the case of ASCII letters only.
locale_t unicode_locale() {
    static const locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return locale;
}

constexpr bool is_ascii(char32_t c) { return c < 0x80; }
constexpr bool is_ascii_lower(char32_t c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_ascii_upper(char32_t c) { return c >= 'A' && c <= 'Z'; }

/// Applies a mapping to every character. \param map from code point to code point, called in order
template <typename Map>
std::string_view map_characters(Arena& arena, std::string_view text, Map map) {
    TextRoom room(arena, text.size() + 4);
    while (!text.empty()) {
        if (is_ascii(static_cast<unsigned char>(text[0]))) {
            room.put(static_cast<char>(map(static_cast<unsigned char>(text[0]))));
            text.remove_prefix(1);
            continue;
        }
        char bytes[4];
        room.append({bytes, utf8_put(map(utf8_take(text)), bytes)});
    }
    return room.finish();
}

}  // namespace

char32_t to_upper(char32_t c) {
    if (is_ascii(c)) return is_ascii_lower(c) ? c - 'a' + 'A' : c;
    return unicode_locale() == nullptr ? c : static_cast<char32_t>(::towupper_l(static_cast<std::wint_t>(c), unicode_locale()));
}

char32_t to_lower(char32_t c) {
    if (is_ascii(c)) return is_ascii_upper(c) ? c - 'A' + 'a' : c;
    return unicode_locale() == nullptr ? c : static_cast<char32_t>(::towlower_l(static_cast<std::wint_t>(c), unicode_locale()));
}

bool is_alphanumeric(char32_t c) {
    if (is_ascii(c)) return is_ascii_lower(c) || is_ascii_upper(c) || (c >= '0' && c <= '9');
    return unicode_locale() != nullptr && ::iswalnum_l(static_cast<std::wint_t>(c), unicode_locale()) != 0;
}

std::string_view upper(Arena& arena, std::string_view text) { return map_characters(arena, text, to_upper); }
std::string_view lower(Arena& arena, std::string_view text) { return map_characters(arena, text, to_lower); }

std::string_view initcap(Arena& arena, std::string_view text) {
    bool in_word = false;
    return map_characters(arena, text, [&](char32_t c) {
        char32_t result = in_word ? to_lower(c) : to_upper(c);
        in_word = is_alphanumeric(c);
        return result;
    });
}

void register_text_case(Registry& to) {
    using Text = std::string_view;
    to.add(function<[](EvalContext& context, Text text) { return upper(context.arena, text); }>("upper", 871));
    to.add(function<[](EvalContext& context, Text text) { return lower(context.arena, text); }>("lower", 870));
    to.add(function<[](EvalContext& context, Text text) { return initcap(context.arena, text); }>("initcap", 872));
}

}  // namespace forklore
