/// \file
/// Functions for SQL that are written in C++ and lie in a library: CREATE FUNCTION … LANGUAGE C.
///
/// A module says which of its functions can be had so:
/// \code
/// static std::int32_t add_one(std::int32_t number) { return number + 1; }
/// FORKLORE_FUNCTION(add_one);
/// \endcode
/// and `create function add_one(integer) returns integer as 'counter', 'add_one' language c` makes it known to SQL. The library is loaded by
/// whichever process first calls it. There are no catalogs yet: what was made is kept in a small file of the data directory, at once and
/// outside of transactions, and is known to the session that made it and to all that begin later.
///
/// Counterpart in PostgreSQL: fmgr.c and dfmgr.c (fmgr_info_C_lang, PG_FUNCTION_INFO_V1); the definitions are in pg_proc.
#pragma once

#include "queries/declare.hpp"
#include "queries/libraries.hpp"

namespace forklore {

//! [c-function-macro]
/// Lets SQL have a function by CREATE FUNCTION. \param name of a C++ function, see function()
#define FORKLORE_FUNCTION(name)                                                                      \
    extern "C" [[gnu::visibility("default")]] const forklore::Function* forklore_function_##name() { \
        static const forklore::Function described = forklore::function<name>(#name, 0);              \
        return &described;                                                                           \
    }                                                                                                \
    static_assert(true)
//! [c-function-macro]

//! [c-functions]
/// CREATE FUNCTION: keeps a definition. Throws what Libraries::create_function() throws. \param function all that was said \param replace
/// whether it may take another's place
void create_c_function(const CFunction& function, bool replace);

/// DROP FUNCTION: forgets a definition. Throws Error 2BP01 when it was not made by create_c_function(). \param function which
void drop_c_function(const Function& function);

/// Makes this process know what is in the file, if that is not what it knows already: in each session before it begins, for instance. Throws
/// Error when the file cannot be read; then this process knows what it knew.
void read_c_functions();

/// The same in the postmaster whenever it looks around, so that its children inherit it. What is wrong is logged, and tried again the next time.
void follow_c_functions();
//! [c-functions]

}  // namespace forklore
