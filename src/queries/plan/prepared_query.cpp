#include "queries/plan/prepared_query.hpp"

#include "queries/analyze/analyzer.hpp"
#include "queries/plan/planner.hpp"
#include "queries/relation.hpp"

namespace forklore {

std::shared_ptr<PreparedQuery> analyze_query(std::string_view text, const ast::Select& select, std::span<const Oid> declared, bool infer,
                                             Session& session) {
    auto prepared = std::make_shared<PreparedQuery>();
    Analyzer analyzer(text, prepared->pool, session, declared, infer);
    prepared->query = analyzer.analyze(select);
    prepared->parameters = analyzer.parameter_types();
    prepared->repeatable = analyzer.repeatable();
    prepared->columns = describe_targets(*prepared->query);
    return prepared;
}

void plan_query(PreparedQuery& prepared) {
    Planner planner(prepared.pool);
    prepared.plan = planner.plan(*prepared.query);
    prepared.slots = planner.slots();
    prepared.known_early = planner.known_early();
}

std::vector<ResultColumn> describe_targets(const Query& query) {
    std::vector<ResultColumn> columns;
    for (const TargetEntry& target : query.targets) {
        if (target.hidden) continue;
        ResultColumn column{target.name, target.expr->type->oid, target.expr->type->length, target.expr->typmod, 0, 0};
        const auto* source = maybe<ColumnExpr>(target.expr);
        if (source != nullptr && source->levels_up == 0) {
            const RangeEntry& entry = *query.range_table[static_cast<std::size_t>(source->relation)];
            if (entry.relation != nullptr) {
                column.relation = entry.relation->oid();
                column.attribute = static_cast<std::int16_t>(source->column + 1);
            }
        }
        columns.push_back(std::move(column));
    }
    return columns;
}

}  // namespace forklore
