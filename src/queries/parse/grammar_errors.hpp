/// \file
/// What the grammar library does not say of an error.
#pragma once

#include <string_view>

#include "base/error.hpp"

namespace forklore {

/// The SQLSTATE: the library gives the message only. Nearly all are syntax errors. \param message of the library
SqlState state_of_grammar_error(std::string_view message);

/// The hint, of the few messages that have one. \param message of the library
std::string_view hint_of_grammar_error(std::string_view message);

/// The byte at which a character begins. \param text UTF-8 \param character from 1 \return -1 for character 0, which stands for none
int byte_at(std::string_view text, int character);

}  // namespace forklore
