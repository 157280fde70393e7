/// \file
/// Access files: the common form of hba.conf and of the files that list roles and databases. A line is a list
/// of tokens, a token is one or more words joined by commas, a word may stand in double quotes, `#` begins a
/// comment.
///
/// Counterpart in PostgreSQL: hba.c (next_token, tokenize_auth_file).
#pragma once

#include <string>
#include <vector>

#include "base/unique_fd.hpp"

namespace forklore {

/// One word. Keywords lose their special meaning in quotes.
struct AccessWord {
    std::string text;     ///< without quotes
    bool quoted = false;  ///< began with a quote
    /// Whether it is this keyword, unquoted. \param keyword lower case.
    bool is(std::string_view keyword) const { return !quoted && text == keyword; }
};

/// Words joined by commas.
using AccessToken = std::vector<AccessWord>;

/// A line that is not empty.
struct AccessLine {
    int number = 0;                   ///< in the file, from 1
    std::vector<AccessToken> tokens;  ///< at least one
    std::string text;                 ///< as written
};

/// A whole file. Throws Error F0000 when it cannot be read to its end. \param path the file
std::string read_text(const std::string& path);

/// Takes a text apart. A word `@file` is replaced by the words of that file. \param text the file's contents.
/// \param directory where files named after `@` lie. Throws Error F0000 with the line for a missing quote or
/// file.
std::vector<AccessLine> parse_access_text(std::string_view text, const std::string& directory);

/// Reads and takes apart a file. Throws Error with the reason when it cannot be read. \param path the file.
std::vector<AccessLine> read_access_file(const std::string& path);

/// A word in quotes, so that it reads back as it is. \param word any text without line breaks or double
/// quotes.
std::string quote_access_word(const std::string& word);

/// Replaces a file at once: a reader sees the old contents or the new, also after a crash. \param path the
/// file. \param contents all of it. \param mode permission bits. Throws Error with code_for_errno().
void replace_file(const std::string& path, const std::string& contents, unsigned mode);

/// Holds off others who would replace files of a directory, from before they read until they have written. The lock lasts as long as what is
/// returned; the kernel takes it away itself when its holder is killed. Who waits can be cancelled. \param path the directory. Throws Error
/// with code_for_errno().
UniqueFd lock_directory(const std::string& path);

/// Removes what replace_file() has left in a directory because its process was killed. \param path the directory. Throws as lock_directory(),
/// and std::filesystem::filesystem_error.
void remove_drafts(const std::string& path);

}  // namespace forklore
