// EXPLAIN: a plan as text.
#include "base/clock.hpp"
#include "base/error.hpp"
#include "queries/plan/planner.hpp"
#include "queries/relation.hpp"
#include "queries/utility.hpp"

namespace forklore {

namespace {

struct Options {
    bool analyze = false, costs = true, timing = true, summary = false, summary_said = false;
};

std::string title(const Plan& plan) {
    const std::string name = plan.entry == nullptr || plan.entry->name.empty() ? "" : plan.entry->name;
    switch (plan.kind) {
        case PlanKind::result: return "Result";
        case PlanKind::values: return fmt::format("Values Scan on \"{}\"", name);
        case PlanKind::scan: {
            const std::string& relation = plan.entry->relation->name();
            return relation == name ? fmt::format("Seq Scan on {}", relation) : fmt::format("Seq Scan on {} {}", relation, name);
        }
        case PlanKind::function_scan: {
            const auto* call = maybe<CallExpr>(static_cast<const FunctionScanPlan&>(plan).functions[0].expr);
            const std::string function = call == nullptr ? name : call->function->name;
            return function == name ? fmt::format("Function Scan on {}", function) : fmt::format("Function Scan on {} {}", function, name);
        }
        case PlanKind::subquery_scan: return name.empty() ? "Subquery Scan" : fmt::format("Subquery Scan on {}", name.starts_with('*') ? '"' + name + '"' : name);
        case PlanKind::cte_scan: return fmt::format("CTE Scan on {}", name);
        case PlanKind::work_table_scan: return fmt::format("WorkTable Scan on {}", name);
        case PlanKind::project_set: return "ProjectSet";
        case PlanKind::nested_loop:
        case PlanKind::hash_join: {
            static constexpr std::string_view kinds[] = {"", " Left", " Full", " Right"};
            const auto type = static_cast<std::size_t>(static_cast<const JoinPlan&>(plan).type);
            if (plan.kind == PlanKind::hash_join) return fmt::format("Hash{} Join", kinds[type]);
            return type == 0 ? "Nested Loop" : fmt::format("Nested Loop{} Join", kinds[type]);
        }
        case PlanKind::aggregate: return static_cast<const AggregatePlan&>(plan).plain ? "Aggregate" : "HashAggregate";
        case PlanKind::sort: return "Sort";
        case PlanKind::unique: return "Unique";
        case PlanKind::limit: return "Limit";
        case PlanKind::append: return "Append";
        case PlanKind::set_operation: {
            const auto& s = static_cast<const SetOperationPlan&>(plan);
            return fmt::format("HashSetOp {}{}", s.intersect ? "Intersect" : "Except", s.all ? " All" : "");
        }
        case PlanKind::window: return "WindowAgg";
        case PlanKind::recursive_union: return "Recursive Union";
    }
    return "???";
}

class Writer {
public:
    Writer(RowStore& to, const Options& options) : to_(to), options_(options) {}

    void plan(const Plan& plan, int depth, std::string_view measured) {
        // A step that only gives other names is not worth a line.
        const Plan* shown = &plan;
        while (shown->kind == PlanKind::subquery_scan && shown->filter == nullptr) shown = shown->children[0];
        std::string line(static_cast<std::size_t>(depth == 0 ? 0 : depth * 6 - 4), ' ');
        if (depth > 0) line += "->  ";
        line += title(*shown);
        if (options_.costs)
            line += fmt::format("  (cost={:.2f}..{:.2f} rows={:.0f} width={})", shown->startup_cost, shown->total_cost, shown->rows, shown->width);
        line += measured;
        to_.add_text({line});
        const std::string indent(static_cast<std::size_t>(depth * 6 + 2), ' ');
        if (shown->one_time_filter || shown->empty) to_.add_text({indent + (shown->empty ? "One-Time Filter: false" : "One-Time Filter: (…)")});
        for (const Plan* child : shown->children) this->plan(*child, depth + 1, {});
    }

private:
    RowStore& to_;
    const Options& options_;
};

class Discarded : public RowReceiver {
public:
    void rows(EvalContext&, const Batch& batch) override { count += batch.rows.count(); }
    std::int64_t count = 0;
};

}  // namespace

void run_explain(Session::Impl& my, const UtilityStatement& statement, const ast::Explain& command, OurPortal& portal) {
    Options options;
    for (const ast::Node* node : command.options) {
        const auto& option = ast::as<ast::Option>(node);
        const std::string text = option_text(option);
        const bool yes = option.value == nullptr || parse_bool(text).value_or(true);
        if (option.option == "analyze") options.analyze = yes;
        else if (option.option == "costs") options.costs = yes;
        else if (option.option == "timing") options.timing = yes;
        else if (option.option == "summary") options.summary = yes, options.summary_said = true;
        else if (option.option == "format") {
            if (text != "text") throw Error(sqlstate::feature_not_supported, "EXPLAIN in format {} is not supported yet", text);
        } else if (option.option != "verbose" && option.option != "buffers" && option.option != "settings" && option.option != "wal") {
            throw Error(sqlstate::syntax_error, "unrecognized EXPLAIN option \"{}\"", option.option);
        }
    }
    const auto& query = static_cast<const QueryStatement&>(*statement.inner());
    portal.store = std::make_unique<RowStore>(std::vector<ResultColumn>{text_column("QUERY PLAN")});
    Writer writer(*portal.store, options);
    if (!options.analyze) return writer.plan(*query.planned(my.session)->plan, 0, {});

    const std::int64_t begin = monotonic_us();
    auto run = query.take_execution(my.session);
    run->start(&my.session);
    std::int64_t rows = 0;
    Batch batch;
    while (run->next(batch)) rows += batch.rows.count();
    run->finish();
    const double milliseconds = static_cast<double>(monotonic_us() - begin) / 1000;
    query.give_back(std::move(run));
    writer.plan(*query.planned(my.session)->plan, 0, options.timing ? fmt::format(" (actual time=0.000..{:.3f} rows={} loops=1)", milliseconds, rows)
                                                       : fmt::format(" (actual rows={} loops=1)", rows));
    if (!options.summary_said || options.summary) portal.store->add_text({fmt::format("Execution Time: {:.3f} ms", milliseconds)});
}

}  // namespace forklore
