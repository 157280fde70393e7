/// \file
/// The text types: text, varchar(n), char(n) (bpchar), name and "char".
///
/// A bpchar is kept with its trailing blanks, which count for nothing in comparisons and get lost on the way to text.
/// A name is at most 63 bytes.
#pragma once

#include <string_view>

#include "queries/functions/operators.hpp"

namespace forklore {

using VarChar = BytesOf<k_varchar>;  ///< varchar
using BpChar = BytesOf<k_bpchar>;    ///< char(n)
using Name = BytesOf<k_name>;        ///< name

/// Longest name in bytes.
inline constexpr std::size_t k_name_length = 63;

/// Without trailing blanks. \param text any text
constexpr std::string_view trim_blanks(std::string_view text) {
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

/// Text as a name: cut at 63 bytes, between characters. \param text any text
Name to_name(std::string_view text);

/// Order of bytes, which for UTF-8 is the order of code points: collation C.
/// \param a left \param b right \return below zero, zero or above
inline int compare_text(std::string_view a, std::string_view b) { return a.compare(b); }

/// char(n): trailing blanks do not count.
template <>
struct Ordering<BpChar, BpChar> {
    static bool equal(BpChar a, BpChar b) { return trim_blanks(a.bytes) == trim_blanks(b.bytes); }   ///< = \param a left \param b right
    static bool less(BpChar a, BpChar b) { return trim_blanks(a.bytes) < trim_blanks(b.bytes); }     ///< < \param a left \param b right
    static bool greater(BpChar a, BpChar b) { return less(b, a); }                                   ///< > \param a left \param b right
};

/// "char": one byte, without sign.
template <>
struct Ordering<char, char> {
    static bool equal(char a, char b) { return a == b; }                                                        ///< = \param a left \param b right
    static bool less(char a, char b) { return static_cast<unsigned char>(a) < static_cast<unsigned char>(b); }  ///< < \param a left \param b right
    static bool greater(char a, char b) { return less(b, a); }                                                  ///< > \param a left \param b right
};

}  // namespace forklore
