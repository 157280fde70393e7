// Made from other headers of the same version.
#include "base/version.hpp"
#define OLD_VERSION forklore::k_forklore_version
#define OLD_ABI "headers 0123456789abcdef, C++ ABI 1017.1"
#include "old.cpp"
