/// \file
/// From what an expression means back to SQL: what EXPLAIN shows.
///
/// Counterpart in PostgreSQL: utils/adt/ruleutils.c.
#pragma once

#include <string>

#include "queries/analyze/query.hpp"

namespace forklore {

/// How columns are named.
struct DeparseContext {
    const Query* query = nullptr;  ///< whose range table the columns refer to
    bool qualify = false;          ///< `relation.column` instead of `column`
};

/// An expression as SQL. Casts that nobody wrote are not shown. \param e the expression \param context names of columns
std::string deparse(const Expr* e, const DeparseContext& context);

}  // namespace forklore
