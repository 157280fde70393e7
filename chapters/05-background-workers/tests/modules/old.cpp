// Made for another server. Not even its constructors may run.
#include <cstdlib>

#include "background_workers/module.hpp"

#ifndef OLD_VERSION
#define OLD_VERSION "0.0.9"
#define OLD_ABI forklore::k_abi
#endif

[[gnu::section(".forklore_module"), gnu::used]] extern const forklore::ModuleBlock forklore_module_block = {
    forklore::fixed_text<16>(forklore::k_module_magic), forklore::fixed_text<16>(OLD_VERSION),
    forklore::fixed_text<112>(OLD_ABI), forklore::fixed_text<64>("old"), forklore::fixed_text<32>("1")};

namespace {
[[gnu::constructor]] void runs() { std::abort(); }
}  // namespace

extern "C" void forklore_module_entry(forklore::Module&) {}
