/// \file
/// Regular expressions as PostgreSQL writes them, translated to RE2's syntax.
///
/// Understood are PostgreSQL's "advanced" regular expressions with their escapes, classes, bounds, embedded options
/// and lazy quantifiers. RE2 matches in time proportional to the text, whatever the pattern, and so has no
/// back-references and no look-around: these are refused with 0A000. Other differences:
/// - which of several matches at one place is taken: with greedy quantifiers only, the longest, as PostgreSQL; with
///   lazy ones, what they ask for one by one (PostgreSQL decides by the first one for the whole pattern first);
/// - which part of a match a group gets when there are several ways, and that a group in a loop keeps what an earlier
///   round gave it;
/// - \\m and \\M (and [[:<:]], [[:>:]]) match at both ends of a word, as \\y does, and a word there is of ASCII letters;
/// - collating elements are single characters; the old "basic" syntax (option b) is refused.
#pragma once

#include <string>
#include <string_view>

namespace forklore {

/// How a pattern is to be read; PostgreSQL's flags, each by its letter.
struct RegexFlags {
    bool ignore_case = false;           ///< i
    bool dot_excludes_newline = false;  ///< n, p: neither . nor [^…] matches a newline
    bool lines = false;                 ///< n, w: ^ and $ match at lines' ends
    bool expanded = false;              ///< x: white space and # remarks mean nothing
    bool literal = false;               ///< q: no character has a special meaning
    bool basic = false;                 ///< b: the old syntax

    /// Sets or unsets what a letter stands for. \param letter one of bceimnpqstwx \return false for any other
    bool apply(char letter);
    friend bool operator==(const RegexFlags&, const RegexFlags&) = default;
};

/// A translated pattern.
struct Re2Pattern {
    std::string text;          ///< in RE2's syntax, with Unicode classes
    bool ignore_case = false;  ///< for RE2's options
    bool longest = true;       ///< the longest match is wanted
};

/// Translates a pattern. Throws Error 2201B as PostgreSQL does, or 0A000 for what RE2 cannot do.
/// \param pattern the pattern, with embedded options if it has any \param flags how to read it
Re2Pattern translate_regex(std::string_view pattern, RegexFlags flags);

}  // namespace forklore
