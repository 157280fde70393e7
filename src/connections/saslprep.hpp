/// \file
/// SASLprep: one password, however it was typed.
///
/// Two keyboards may make the same word of different code points: an é of one piece or of two, a space that does not
/// break a line. Client and server both bring a password into one form before they compute with it.
///
/// Source: RFC 4013. Counterpart in PostgreSQL: saslprep.c.
#pragma once

#include <string>
#include <string_view>

namespace forklore {

/// The prepared form of a password. One that has none, since it is not UTF-8 or holds what the RFC prohibits, is left as
/// it is, as PostgreSQL does on both sides. \param password as it was typed.
std::string saslprep(std::string_view password);

}  // namespace forklore
