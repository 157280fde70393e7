#include "queries/parse/long_names.hpp"

#include <string>

#include "base/log.hpp"
#include "queries/parse/identifiers.hpp"
#include "queries/parse/lexer.hpp"

namespace forklore {

namespace {

bool in_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
}

// A name that is too long covers one of the bytes 63, 127, … and reaches 63 bytes from there to the left and right
// together. Between double quotes anything may be part of a name.
bool may_have_long_name(std::string_view text) {
    constexpr std::size_t k_cut = k_max_identifier + 1;
    if (text.size() < k_cut) return false;
    for (std::size_t at = k_max_identifier; at < text.size(); at += k_cut) {
        if (!in_name(text[at])) continue;
        std::size_t begin = at, end = at + 1;
        while (begin > 0 && in_name(text[begin - 1])) --begin;
        while (end < text.size() && in_name(text[end])) ++end;
        if (end - begin >= k_cut) return true;
    }
    return text.find('"') != text.npos;
}

std::string name_of(std::string_view token, Token::Kind kind) {
    std::string name;
    if (kind == Token::Kind::word) {
        for (const char c : token) name += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    } else if (token.size() > 2 && token[0] == '"') {
        for (std::size_t i = 1; i + 1 < token.size(); ++i) {
            name += token[i];
            if (token[i] == '"') ++i;
        }
    }
    return name;
}

}  // namespace

bool notice_long_names(std::string_view text, std::size_t end) {
    if (!may_have_long_name(text)) return false;
    bool said = false;
    Lexer lexer(text);
    Token token;
    while (lexer.next(token) && token.begin <= end) {
        if (token.kind != Token::Kind::word && token.kind != Token::Kind::quoted_name) continue;
        if (token.end - token.begin <= k_max_identifier) continue;
        const std::string name = name_of(text.substr(token.begin, token.end - token.begin), token.kind);
        if (name.size() <= k_max_identifier) continue;
        say(Severity::notice, sqlstate::name_too_long, "identifier \"{}\" will be truncated to \"{}\"", name, clip(name, k_max_identifier));
        said = true;
    }
    return said;
}

}  // namespace forklore
