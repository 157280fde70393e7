#include "queries/parse/stack_depth.hpp"

#include <cstdint>

#include "base/error.hpp"

namespace forklore {

namespace {
std::uintptr_t g_base = 0;
std::size_t g_limit = 2 * 1024 * 1024;
}  // namespace

void set_stack_base() noexcept { g_base = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)); }

void set_stack_limit(std::size_t bytes) noexcept { g_limit = bytes; }

void report_stack_depth_exceeded() {
    throw Error(sqlstate::statement_too_complex, "stack depth limit exceeded")
        .hint(fmt::format("Increase the configuration parameter \"max_stack_depth\" (currently {}kB), after ensuring the "
                          "platform's stack depth limit is adequate.", g_limit / 1024));
}

void check_stack_depth() {
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    const std::size_t grown = g_base > here ? g_base - here : here - g_base;
    if (grown > g_limit && g_base != 0) report_stack_depth_exceeded();
}

}  // namespace forklore
