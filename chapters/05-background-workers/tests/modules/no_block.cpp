// A library that is no module. Its constructors must not run either.
#include <cstdlib>

namespace {
[[gnu::constructor]] void runs() { std::abort(); }
}  // namespace
