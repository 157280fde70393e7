#include "connections/saslprep.hpp"

#include <stringprep.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace forklore {

//! [saslprep]
std::string saslprep(std::string_view password) {
    std::string plain(password);
    if (std::all_of(plain.begin(), plain.end(), [](char c) { return static_cast<signed char>(c) > 0; })) return plain;
    char* made = nullptr;
    const int status = stringprep_profile(plain.c_str(), &made, "SASLprep", STRINGPREP_NO_UNASSIGNED);
    const std::unique_ptr<char, decltype(&std::free)> owner(made, std::free);
    return status == STRINGPREP_OK && *made != '\0' ? made : plain;
}
//! [saslprep]

}  // namespace forklore
