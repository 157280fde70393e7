#include "queries/parse/grammar_errors.hpp"

namespace forklore {

SqlState state_of_grammar_error(std::string_view message) {
    if (message.starts_with("invalid Unicode") || message.starts_with("invalid hexadecimal")) return sqlstate::invalid_escape_sequence;
    if (message.starts_with("unsafe use of \\'")) return sqlstate::nonstandard_use_of_escape_character;
    if (message.starts_with("invalid byte sequence")) return sqlstate::character_not_in_repertoire;
    if (message.find("not supported") != message.npos || message.find("not implemented") != message.npos ||
        message.find("not yet implemented") != message.npos)
        return sqlstate::feature_not_supported;
    if (message.starts_with("out of memory")) return sqlstate::out_of_memory;
    if (message.starts_with("Failed to")) return sqlstate::insufficient_resources;
    return sqlstate::syntax_error;
}

std::string_view hint_of_grammar_error(std::string_view message) {
    if (message == "subquery in FROM must have an alias") return "For example, FROM (SELECT ...) [AS] foo.";
    if (message == "VALUES in FROM must have an alias") return "For example, FROM (VALUES ...) [AS] foo.";
    if (message.starts_with("unsafe use of \\'")) return "Use '' to write quotes in strings. \\' is insecure in client-only encodings.";
    return {};
}

int byte_at(std::string_view text, int character) {
    if (character <= 0) return -1;
    std::size_t byte = 0;
    for (int seen = 1; seen < character && byte < text.size(); ++seen)
        do ++byte;
        while (byte < text.size() && (static_cast<unsigned char>(text[byte]) & 0xC0) == 0x80);
    return static_cast<int>(byte);
}

}  // namespace forklore
