/// \file
/// The grammar: PostgreSQL's own, by libpg_query.
#pragma once

#include <span>
#include <string_view>

#include "base/arena.hpp"
#include "queries/parse/ast.hpp"

namespace forklore {

/// Takes a text apart. Throws Error 42601 (and a few others that the grammar knows) with the character position;
/// 54001 for nesting that the parser could not survive.
/// Notices and warnings about the text (a name that is cut, a backslash where none should be) are said.
/// \param text UTF-8 without NUL; \param arena where the tree lives. \param said set when something may have been said,
/// which must then be said again when the text comes again.
/// \return the statements, in order; none for an empty text.
std::span<const ast::Statement> parse_text(std::string_view text, Arena& arena, bool& said);

/// The character, from 1, at a byte of a text: how errors give positions. \param text UTF-8 \param byte offset; negative: 0 is returned
int character_position(std::string_view text, int byte);

}  // namespace forklore
