#include "queries/functions/number_template.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "queries/types/utf8.hpp"

namespace forklore {

namespace {

using P = NumberPattern;

// Longer words stand before their beginnings. Each may be written in upper or in lower case throughout.
constexpr std::pair<std::string_view, P> k_words[] = {
    {"EEEE", P::scientific}, {"FM", P::fill}, {"MI", P::minus}, {"PL", P::plus}, {"PR", P::brackets}, {"RN", P::roman},
    {"SG", P::plus_minus}, {"SP", P::nothing}, {"TH", P::ordinal}, {",", P::comma}, {".", P::point}, {"0", P::zero},
    {"9", P::nine}, {"B", P::blank_zero}, {"C", P::nothing}, {"D", P::point}, {"G", P::group}, {"L", P::currency},
    {"S", P::sign}, {"V", P::shift}};

bool take_word(std::string_view& text, P& pattern) {
    for (auto [word, meaning] : k_words) {
        if (text.size() < word.size()) continue;
        std::string_view here = text.substr(0, word.size());
        bool upper = here == word;
        bool lower = std::equal(here.begin(), here.end(), word.begin(),
                                [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b); });
        if (!upper && !lower) continue;
        pattern = meaning == P::roman && !upper ? P::roman_lower : meaning == P::ordinal && !upper ? P::ordinal_lower : meaning;
        text.remove_prefix(word.size());
        return true;
    }
    return false;
}

[[noreturn]] void refuse(const char* what) { throw Error(sqlstate::syntax_error, "{}", what); }

}  // namespace

NumberTemplate::NumberTemplate(std::string_view text) {
    bool quoted = false;
    while (!text.empty()) {
        P pattern;
        if (!quoted && take_word(text, pattern)) {
            count(pattern);
            pieces.push_back({pattern});
            continue;
        }
        if (text[0] == '"') {
            quoted = !quoted;
            text.remove_prefix(1);
            continue;
        }
        // A backslash takes the meaning from any character in quotes, and from a quote outside.
        if (text[0] == '\\' && text.size() > 1 && (quoted || text[1] == '"')) text.remove_prefix(1);
        std::size_t size = std::min(utf8_length(text[0]), text.size());
        pieces.push_back({P::text, std::string(text.substr(0, size))});
        text.remove_prefix(size);
    }
    // The first zero's position is needed from 0 on where digits are written.
    if (first_zero > 0) --first_zero;
}

void NumberTemplate::count(P pattern) {
    if (is_scientific && pattern != P::scientific) refuse("\"EEEE\" must be the last pattern used");
    switch (pattern) {
        case P::nine:
            if (has_brackets) refuse("\"9\" must be ahead of \"PR\"");
            ++(has_shift ? shift : has_point ? after : before);
            return;
        case P::zero:
            if (has_brackets) refuse("\"0\" must be ahead of \"PR\"");
            if (!has_zero && !has_point) {
                has_zero = true;
                first_zero = before + 1;
            }
            ++(has_point ? after : before);
            last_zero = before + after;
            return;
        case P::blank_zero:
            if (before == 0 && after == 0 && !has_zero) has_blank_zero = true;
            return;
        case P::point:
            if (has_point) refuse("multiple decimal points");
            if (has_shift) refuse("cannot use \"V\" and decimal point together");
            has_point = true;
            return;
        case P::fill: fill_mode = true; return;
        case P::sign:
            if (has_sign) refuse("cannot use \"S\" twice");
            if (has_plus || has_minus || has_brackets)
                refuse("cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together");
            has_sign = true;
            if (!has_point) {
                fixed_sign = FixedSign::before;
                before_sign = before;
            } else {
                fixed_sign = FixedSign::after;
            }
            return;
        case P::minus:
            if (has_sign) refuse("cannot use \"S\" and \"MI\" together");
            has_minus = true;
            return;
        case P::plus:
            if (has_sign) refuse("cannot use \"S\" and \"PL\" together");
            has_plus = true;
            return;
        case P::plus_minus:
            if (has_sign) refuse("cannot use \"S\" and \"SG\" together");
            has_minus = has_plus = true;
            return;
        case P::brackets:
            if (has_sign || has_plus || has_minus)
                refuse("cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together");
            has_brackets = true;
            return;
        case P::roman:
        case P::roman_lower: is_roman = true; return;
        case P::shift:
            if (has_point) refuse("cannot use \"V\" and decimal point together");
            has_shift = true;
            return;
        case P::scientific:
            if (is_scientific) refuse("cannot use \"EEEE\" twice");
            if (has_blank_zero || fill_mode || has_sign || has_brackets || has_minus || has_plus || is_roman || has_shift)
                throw Error(sqlstate::syntax_error, "\"EEEE\" is incompatible with other formats")
                    .detail("\"EEEE\" may only be used together with digit and decimal point patterns.");
            is_scientific = true;
            return;
        default: return;
    }
}

}  // namespace forklore
