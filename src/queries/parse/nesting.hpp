/// \file
/// A look at a query text before the grammar sees it: how deep could its tree become?
#pragma once

#include <string_view>

namespace forklore {

/// Throws Error 54001 when the text's parse tree could be deeper than the grammar library's stack allows. It reads
/// the text once, token by token; a short text is never looked at.
///
/// The grammar's own stack bounds nesting that needs a closing token (10,000 levels, "memory exhausted"). What it
/// does not bound are chains: `1+1+1…`, `x::a::b…`, UNION and JOIN without end, each link one level deeper. The
/// estimate adds up the tokens that can lengthen a chain, and starts afresh where the grammar makes a flat list.
/// \param text UTF-8
void refuse_deep_nesting(std::string_view text);

}  // namespace forklore
