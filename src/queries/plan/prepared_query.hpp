/// \file
/// PreparedQuery: all that is known of a query before its parameters are.
#pragma once

#include <memory>
#include <vector>

#include "queries/parse/ast.hpp"
#include "queries/plan/plan.hpp"
#include "queries/session.hpp"

namespace forklore {

/// A query, analysed and perhaps planned, with everything that it is made of.
struct PreparedQuery {
    NodePool pool;                       ///< owns all nodes
    Query* query = nullptr;              ///< what it means
    Plan* plan = nullptr;                ///< how it is run; null until plan_query()
    std::vector<Expr*> known_early;      ///< what only the parameters decide: computed when they are bound
    int slots = 0;                       ///< how many values are handed down from query to sub-query
    std::vector<ResultColumn> columns;   ///< of the result
    std::vector<Oid> parameters;         ///< types of $1, $2, …
    bool repeatable = true;              ///< false: literals in it depend on the time of analysis ('now'), so it must not be cached
};

/// Analyses. Errors carry positions in the text.
/// \param text the whole query text. \param select the statement. \param declared types of parameters, 0: infer.
/// \param infer whether there may be parameters beyond the declared ones. \param session whose search path and settings count.
std::shared_ptr<PreparedQuery> analyze_query(std::string_view text, const ast::Select& select, std::span<const Oid> declared, bool infer,
                                             Session& session);

/// Plans. Constants are folded here, so `1/0` fails: PostgreSQL accepts it in Parse and refuses it in Bind, and so do we.
/// After an error the query is half planned and of no use any more. \param prepared analysed
void plan_query(PreparedQuery& prepared);

/// What a query's targets look like to a client. \param query analysed
std::vector<ResultColumn> describe_targets(const Query& query);

}  // namespace forklore
