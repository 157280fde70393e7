/// \file
/// Backslashes in strings as the settings standard_conforming_strings, backslash_quote and escape_string_warning want
/// them. The grammar library knows only the defaults.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace forklore {

/// A query text in which every '…' has been written as E'…', because standard_conforming_strings is off.
class EscapedText {
public:
    /// Warns of each string with an escape in it, unless escape_string_warning is off; throws Error 0A000 for U&'…' and
    /// 22P06 for `\'` when backslash_quote is off.
    /// \param text of a query
    explicit EscapedText(std::string_view text);
    const std::string& text() const { return text_; }  ///< what the grammar reads
    /// Where a byte of text() stood in the text as it came. \param offset in text(); negative: unknown, and stays so
    int original(int offset) const;

private:
    std::string text_;
    std::vector<std::size_t> inserted_;  // where in text_ the letter and its blank stand
};

/// Whether backslash_quote is off, so that `\'` is no quote.
bool backslash_quotes_refused();

/// Throws Error 22P06 for `\'` in an E'…'. For a text that is not escaped; EscapedText does it itself. \param text of a query
void refuse_backslash_quotes(std::string_view text);

}  // namespace forklore
