// EXPLAIN: how a statement would be run, or has been.
#include "base/clock.hpp"
#include "base/error.hpp"
#include "queries/explain_tree.hpp"
#include "queries/type_oids.hpp"
#include "queries/utility.hpp"

namespace forklore {

namespace {

ExplainProperty milliseconds(std::string label, std::int64_t microseconds) {
    return {std::move(label), {fmt::format("{:.3f}", static_cast<double>(microseconds) / 1000)}, false, false};
}

}  // namespace

std::vector<ResultColumn> describe_explain(const ast::Explain& command) {
    ResultColumn column = text_column("QUERY PLAN");
    if (explain_format(command) == ExplainFormat::json) column.type = k_json;
    if (explain_format(command) == ExplainFormat::xml) column.type = k_xml;
    return {column};
}

void run_explain(Session::Impl& my, const UtilityStatement& statement, const ast::Explain& command, OurPortal& portal) {
    const ExplainOptions options = read_explain_options(command, statement.whole_text());
    const auto* prepared = ast::maybe<ast::Execute>(command.query);
    const StatementPtr inner = prepared != nullptr ? my.find_prepared(prepared->statement) : statement.inner();
    const auto& query = static_cast<const QueryStatement&>(*inner);

    ExplainAnswer answer;
    const std::int64_t before_planning = monotonic_us();
    const std::shared_ptr<PreparedQuery> planned = query.planned(my.session);
    if (options.summary) answer.before.push_back(milliseconds("Planning Time", monotonic_us() - before_planning));

    Measures measures;
    if (options.analyze || prepared != nullptr) {
        Execution run(planned, options.analyze ? &measures : nullptr);
        if (prepared != nullptr) bind_arguments(my, statement, *prepared, query, run);
        if (options.analyze) {
            const std::int64_t begin = monotonic_us();
            my.block.note_query();
            run.start(&my.session);
            Batch batch;
            while (run.next(batch)) {}
            if (options.summary) answer.after.push_back(milliseconds("Execution Time", monotonic_us() - begin));
        }
        run.finish();
    }
    answer.analyzed = options.analyze;
    answer.top = describe_plan(*planned->plan, options, options.analyze ? &measures : nullptr);
    const std::span<const ResultColumn> columns = statement.columns();
    portal.store = std::make_unique<RowStore>(std::vector<ResultColumn>(columns.begin(), columns.end()));
    for (const std::string& line : format_explain(answer, options.format)) portal.store->add_text({line});
}

}  // namespace forklore
