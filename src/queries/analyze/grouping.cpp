// In a grouped query only what is the same for a whole group may be selected.
#include "queries/analyze/analyzer.hpp"
#include "queries/parse/stack_depth.hpp"

namespace forklore {

namespace {

class GroupingCheck {
public:
    GroupingCheck(const Query& query, std::string_view text) : query_(query), text_(text) {}

    // `depth`: how many sub-queries deep we are.
    void check(const Expr* e, int depth) {
        if (e == nullptr) return;
        check_stack_depth();
        if (e->kind == ExprKind::aggregate && static_cast<const AggregateExpr*>(e)->levels_up == depth) return;
        if (depth == 0)
            for (const int target : query_.group_by)
                if (same_expr(e, query_.targets[static_cast<std::size_t>(target)].expr)) return;
        if (e->kind == ExprKind::column) {
            const auto& column = static_cast<const ColumnExpr&>(*e);
            if (column.levels_up != depth || is_grouped(column)) return;
            const RangeEntry& entry = *query_.range_table[static_cast<std::size_t>(column.relation)];
            const std::string name = fmt::format("{}.{}", entry.name, entry.columns[static_cast<std::size_t>(column.column)].name);
            Error error = depth == 0
                ? Error(sqlstate::grouping_error, "column \"{}\" must appear in the GROUP BY clause or be used in an aggregate function", name)
                : Error(sqlstate::grouping_error, "subquery uses ungrouped column \"{}\" from outer query", name);
            error.report().position = column.location;
            throw error;
        }
        if (e->kind == ExprKind::sublink) check(*static_cast<const SubLinkExpr*>(e)->query, depth + 1);
        for_each_child(const_cast<Expr&>(*e), [&](Expr*& child) { check(child, depth); });
    }

private:
    bool is_grouped(const ColumnExpr& column) const {
        for (const int target : query_.group_by) {
            const auto* group = maybe<ColumnExpr>(query_.targets[static_cast<std::size_t>(target)].expr);
            if (group != nullptr && group->relation == column.relation && group->column == column.column) return true;
        }
        return false;
    }

    void check(const Query& query, int depth) {
        for (const TargetEntry& target : query.targets) check(target.expr, depth);
        check(query.where, depth);
        check(query.having, depth);
        check(query.limit, depth);
        check(query.offset, depth);
        for (const RangeEntry* entry : query.range_table) {
            if (entry->query != nullptr) check(*entry->query, depth + 1);
            for (const RangeFunctionCall& function : entry->functions) check(function.expr, depth);
            for (const auto& row : entry->rows)
                for (const Expr* e : row) check(e, depth);
        }
        for (const FromItem* item : query.from) check(*item, depth);
    }
    void check(const FromItem& item, int depth) {
        if (!item.is_join) return;
        check(item.condition, depth);
        check(*item.left, depth);
        check(*item.right, depth);
    }

    const Query& query_;
    std::string_view text_;
};

}  // namespace

void Analyzer::check_grouping(Scope& scope) {
    const Query& query = *scope.query;
    GroupingCheck check(query, text_);
    try {
        for (const TargetEntry& target : query.targets) check.check(target.expr, 0);
        check.check(query.having, 0);
        for (const Window& window : query.windows) {
            for (const SortKey& key : window.partition_by) check.check(key.expr, 0);
            for (const SortKey& key : window.order_by) check.check(key.expr, 0);
        }
    } catch (Error& error) {
        // It gave the byte; the client wants the character.
        if (error.code() == sqlstate::grouping_error) error.report().position = position(error.report().position);
        throw;
    }
}

}  // namespace forklore
