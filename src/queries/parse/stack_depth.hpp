/// \file
/// A bound for recursion: an error instead of a crash when an expression is nested too deeply.
///
/// Counterpart in PostgreSQL: check_stack_depth() in tcop/postgres.c.
#pragma once

#include <cstddef>

namespace forklore {

/// Remembers the present stack frame as the outermost one. Called when a session begins.
void set_stack_base() noexcept;

/// Sets how far the stack may grow from there; the setting `max_stack_depth` calls it. \param bytes the limit
void set_stack_limit(std::size_t bytes) noexcept;

/// Throws Error 54001 `stack depth limit exceeded`.
[[noreturn]] void report_stack_depth_exceeded();

/// Throws Error 54001 when the stack has grown beyond the limit. To be called by every function that may recurse as
/// deep as a client likes.
void check_stack_depth();

}  // namespace forklore
