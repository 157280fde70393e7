#include "queries/functions/similar.hpp"

#include "base/error.hpp"
#include "queries/functions/families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/utf8.hpp"

namespace forklore {

std::string similar_to_regex(std::string_view pattern, std::optional<std::string_view> given) {
    std::string_view escape = given.value_or("\\");
    if (!escape.empty() && escape.size() != utf8_length(escape[0]))
        throw Error(sqlstate::invalid_escape_sequence, "invalid escape string")
            .hint("Escape string must be empty or one character.");
    std::string regex = "^(?:";
    bool escaped = false, in_brackets = false;
    int separators = 0;
    while (!pattern.empty()) {
        std::string_view one = pattern.substr(0, utf8_length(pattern[0]));
        pattern.remove_prefix(one.size());
        char c = one[0];
        if (escaped) {
            escaped = false;
            if (c == '"' && !in_brackets) {
                // Two separators enclose the part that substring returns. What is before it shall match as little as
                // possible, the part itself as much as possible.
                if (++separators > 2)
                    throw Error(sqlstate::invalid_use_of_escape_character,
                                "SQL regular expression may not contain more than two escape-double-quote separators");
                regex += separators == 1 ? "){1,1}?(" : "){1,1}(?:";
            } else {
                regex += '\\';
                regex += one;
            }
        } else if (!escape.empty() && one == escape) {
            escaped = true;
        } else if (in_brackets) {
            if (c == '\\') regex += '\\';
            regex += one;
            if (c == ']') in_brackets = false;
        } else if (c == '%') {
            regex += ".*";
        } else if (c == '_') {
            regex += '.';
        } else if (c == '(') {
            regex += "(?:";
        } else {
            if (c == '\\' || c == '.' || c == '^' || c == '$') regex += '\\';
            if (c == '[') in_brackets = true;
            regex += one;
        }
    }
    return regex + ")$";
}

void register_similar(Registry& to) {
    using Text = std::string_view;
    using MaybeText = std::optional<Text>;
    to.add(function<[](Text pattern) { return similar_to_regex(pattern); }>("similar_to_escape", 1987));
    to.add(function<[](Text pattern, Text escape) { return similar_to_regex(pattern, escape); }>("similar_to_escape", 1986));
    to.add(function<[](MaybeText pattern, MaybeText escape) {
        return pattern ? std::optional<std::string>(similar_to_regex(*pattern, escape)) : std::nullopt;
    }>("similar_escape", 1623));
}

}  // namespace forklore
