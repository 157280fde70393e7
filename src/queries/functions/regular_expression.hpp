/// \file
/// RegularExpression: a compiled pattern, and the few recently used ones that are kept.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "queries/functions/regex_syntax.hpp"

namespace forklore {

/// A compiled pattern. Matching takes time proportional to the text.
class RegularExpression {
public:
    /// A compiled pattern, from the cache when it was used lately. Throws what translate_regex throws.
    /// \param pattern the pattern \param flags how to read it \return valid until a later call has pushed it out: use it
    /// before calling again, or keep the pointer
    static std::shared_ptr<const RegularExpression> compile(std::string_view pattern, RegexFlags flags);

    /// Parts of a text: the whole match, then each group; none for a group that took no part.
    using Match = std::vector<std::optional<std::string_view>>;

    bool matches(std::string_view text) const;  ///< whether it matches anywhere \param text any text
    /// Looks for a match. \param text any text \param start bytes to skip; what is before them still counts for \\y and ^
    /// \param match the parts found, views of `text` \return whether
    bool search(std::string_view text, std::size_t start, Match& match) const;
    int groups() const;  ///< number of capturing groups

    RegularExpression(std::string_view pattern, RegexFlags flags);  ///< use compile() \param pattern see there \param flags see there
    ~RegularExpression();
    RegularExpression(const RegularExpression&) = delete;
    RegularExpression& operator=(const RegularExpression&) = delete;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace forklore
