// What EXPLAIN says of each kind of step.
#include <algorithm>

#include "base/error.hpp"
#include "queries/analyze/analyzer.hpp"
#include "queries/analyze/deparse.hpp"
#include "queries/explain_tree.hpp"
#include "queries/functions/quoting.hpp"
#include "queries/relation.hpp"

namespace forklore {

namespace {

ExplainProperty said(std::string label, std::string value) { return {std::move(label), {std::move(value)}, false, true}; }
ExplainProperty number(std::string label, std::string value) { return {std::move(label), {std::move(value)}, false, false}; }

class Describer {
public:
    Describer(const ExplainOptions& options, const Measures* measures) : options_(options), measures_(measures) {}

    ExplainNode node(const Plan& plan, std::string_view relationship) {
        // A step that only gives other names is not worth a line.
        const Plan* shown = &plan;
        while (shown->kind == PlanKind::subquery_scan && shown->filter == nullptr) shown = shown->children[0];
        const Plan& p = *shown;
        ExplainNode n;
        name(p, n, relationship);
        figures(p, n);
        if (options_.verbose) output(plan, n);
        details(p, n);
        inner_plans(p, n);
        for (std::size_t i = 0; i < p.children.size(); ++i) n.children.push_back(node(*p.children[i], relation_to_parent(p, i)));
        return n;
    }

private:
    static std::string_view relation_to_parent(const Plan& parent, std::size_t child) {
        switch (parent.kind) {
            case PlanKind::append: return "Member";
            case PlanKind::subquery_scan: return "Subquery";
            default: return child == 0 ? "Outer" : "Inner";
        }
    }

    // The title, and what the other formats have in its place.
    void name(const Plan& p, ExplainNode& n, std::string_view relationship) {
        std::string type;
        std::vector<ExplainProperty> first, last;
        const std::string alias = p.entry == nullptr ? "" : p.entry->name;
        const std::string shown_alias = alias.empty() ? "" : quote_identifier(alias);
        const auto scan = [&](const char* label, std::string of, const std::string& schema) {
            n.title = type + " on " + (options_.verbose && !schema.empty() ? schema + "." : "") + quote_identifier(of) + (of == alias ? "" : " " + shown_alias);
            last.push_back(said(label, of));
            if (options_.verbose && !schema.empty()) last.push_back(said("Schema", schema));
            last.push_back(said("Alias", alias));
        };
        switch (p.kind) {
            case PlanKind::result: type = "Result"; break;
            case PlanKind::values:
                type = "Values Scan";
                n.title = type + " on " + shown_alias;
                last.push_back(said("Alias", alias));
                break;
            case PlanKind::scan:
                type = "Seq Scan";
                scan("Relation Name", p.entry->relation->name(), p.entry->relation->schema());
                break;
            case PlanKind::function_scan: {
                type = "Function Scan";
                const auto* call = maybe<CallExpr>(static_cast<const FunctionScanPlan&>(p).functions[0].expr);
                if (call != nullptr) {
                    scan("Function Name", call->function->name, "pg_catalog");
                } else {
                    n.title = type + " on " + shown_alias;
                    last.push_back(said("Alias", alias));
                }
                break;
            }
            case PlanKind::subquery_scan:
                type = "Subquery Scan";
                n.title = type + " on " + shown_alias;
                last.push_back(said("Alias", alias));
                break;
            case PlanKind::cte_scan: {
                type = "CTE Scan";
                const auto& scanned = static_cast<const CommonTablePlan&>(p);
                scan("CTE Name", scanned.table->name, "");
                break;
            }
            case PlanKind::work_table_scan:
                type = "WorkTable Scan";
                scan("CTE Name", static_cast<const CommonTablePlan&>(p).table->name, "");
                break;
            case PlanKind::project_set: type = "ProjectSet"; break;
            case PlanKind::nested_loop:
            case PlanKind::hash_join: {
                static constexpr std::string_view kinds[] = {"Inner", "Left", "Full", "Right"};
                const auto join = static_cast<std::size_t>(static_cast<const JoinPlan&>(p).type);
                const bool hash = p.kind == PlanKind::hash_join;
                type = hash ? "Hash Join" : "Nested Loop";
                n.title = fmt::format("{}{}{}", hash ? "Hash" : "Nested Loop", join == 0 ? "" : fmt::format(" {}", kinds[join]), hash || join != 0 ? " Join" : "");
                last.push_back(said("Join Type", std::string(kinds[join])));
                break;
            }
            case PlanKind::aggregate: {
                type = "Aggregate";
                const bool plain = static_cast<const AggregatePlan&>(p).plain;
                n.title = plain ? "Aggregate" : "HashAggregate";
                first = {said("Strategy", plain ? "Plain" : "Hashed"), said("Partial Mode", "Simple")};
                break;
            }
            case PlanKind::sort: type = "Sort"; break;
            case PlanKind::unique: type = "Unique"; break;
            case PlanKind::limit: type = "Limit"; break;
            case PlanKind::append: type = "Append"; break;
            case PlanKind::set_operation: {
                type = "SetOp";
                const auto& s = static_cast<const SetOperationPlan&>(p);
                const std::string command = fmt::format("{}{}", s.intersect ? "Intersect" : "Except", s.all ? " All" : "");
                n.title = "HashSetOp " + command;
                first.push_back(said("Strategy", "Hashed"));
                last.push_back(said("Command", command));
                break;
            }
            case PlanKind::window: type = "WindowAgg"; break;
            case PlanKind::recursive_union: type = "Recursive Union"; break;
        }
        if (n.title.empty()) n.title = type;
        n.identity.push_back(said("Node Type", type));
        n.identity.insert(n.identity.end(), first.begin(), first.end());
        if (!relationship.empty()) n.identity.push_back(said("Parent Relationship", std::string(relationship)));
        if (!note_.empty()) {
            n.notes = note_;
            n.identity.push_back(said("Subplan Name", note_[0]));
            note_.clear();
        }
        n.identity.push_back(number("Parallel Aware", "false"));
        n.identity.push_back(number("Async Capable", "false"));
        n.identity.insert(n.identity.end(), last.begin(), last.end());
    }

    void figures(const Plan& p, ExplainNode& n) {
        if (options_.costs) {
            n.figures = fmt::format("  (cost={:.2f}..{:.2f} rows={:.0f} width={})", p.startup_cost, p.total_cost, p.rows, p.width);
            n.numbers = {number("Startup Cost", fmt::format("{:.2f}", p.startup_cost)), number("Total Cost", fmt::format("{:.2f}", p.total_cost)),
                         number("Plan Rows", fmt::format("{:.0f}", p.rows)), number("Plan Width", fmt::format("{}", p.width))};
        }
        if (measures_ != nullptr) actual(p, n);
        if (p.kind == PlanKind::append) n.numbers.push_back(number("Subplans Removed", "0"));
    }

    void actual(const Plan& p, ExplainNode& n) {
        const StepMeasure m = measured(p);
        if (m.loops == 0) {
            n.figures += " (never executed)";
            if (options_.timing)
                n.numbers.push_back(number("Actual Startup Time", "0.000")), n.numbers.push_back(number("Actual Total Time", "0.000"));
            n.numbers.push_back(number("Actual Rows", "0"));
            n.numbers.push_back(number("Actual Loops", "0"));
            return;
        }
        const auto loops = static_cast<double>(m.loops);
        const std::string first = fmt::format("{:.3f}", static_cast<double>(m.startup_us) / 1000 / loops);
        const std::string total = fmt::format("{:.3f}", static_cast<double>(m.total_us) / 1000 / loops);
        const std::string rows = fmt::format("{:.0f}", m.rows / loops);
        if (options_.timing) {
            n.numbers.push_back(number("Actual Startup Time", first));
            n.numbers.push_back(number("Actual Total Time", total));
        }
        n.numbers.push_back(number("Actual Rows", rows));
        n.numbers.push_back(number("Actual Loops", fmt::format("{}", m.loops)));
        n.figures += options_.timing ? fmt::format(" (actual time={}..{} rows={} loops={})", first, total, rows, m.loops)
                                     : fmt::format(" (actual rows={} loops={})", rows, m.loops);
    }

    StepMeasure measured(const Plan& p) const {
        const auto found = measures_->find(&p);
        return found == measures_->end() ? StepMeasure{} : found->second;
    }

    DeparseContext names(const Plan& p, bool qualify) const { return {p.query, qualify}; }
    // Columns carry their relation's name where there are several.
    bool several(const Plan& p) const { return p.query != nullptr && p.query->range_table.size() > 1; }

    void output(const Plan& p, ExplainNode& n) {
        if (p.outputs.empty()) return;
        ExplainProperty all{"Output", {}, true, true};
        for (const Expr* e : p.outputs) all.values.push_back(shown_key(e, p, several(p)));
        n.details.push_back(std::move(all));
    }

    void details(const Plan& p, ExplainNode& n) {
        const bool qualify = several(p) || options_.verbose;
        const auto keys = [&](const char* label, const auto& list, auto&& show) {
            ExplainProperty all{label, {}, true, true};
            for (const auto& one : list) all.values.push_back(show(one));
            if (!all.values.empty()) n.details.push_back(std::move(all));
        };
        const auto plain = [&](const Expr* e) { return shown_key(e, p, qualify); };
        switch (p.kind) {
            case PlanKind::function_scan:
                if (options_.verbose) {
                    std::string calls;
                    for (const RangeFunctionCall& function : static_cast<const FunctionScanPlan&>(p).functions)
                        calls += (calls.empty() ? "" : ", ") + deparse(function.expr, names(p, true));
                    n.details.push_back(said("Function Call", calls));
                }
                break;
            case PlanKind::aggregate: keys("Group Key", static_cast<const AggregatePlan&>(p).groups, plain); break;
            case PlanKind::sort:
                keys("Sort Key", static_cast<const SortPlan&>(p).keys, [&](const SortKey& key) {
                    std::string text = shown_key(key.expr, p, qualify);
                    if (key.descending) text += " DESC";
                    if (key.nulls_first != key.descending) text += key.nulls_first ? " NULLS FIRST" : " NULLS LAST";
                    return text;
                });
                break;
            case PlanKind::hash_join: {
                const auto& join = static_cast<const JoinPlan&>(p);
                std::string condition;
                for (std::size_t i = 0; i < join.left_keys.size(); ++i)
                    condition += fmt::format("{}({} = {})", i == 0 ? "" : " AND ", deparse(join.left_keys[i], names(p, true)), deparse(join.right_keys[i], names(p, true)));
                n.details.push_back(said("Hash Cond", join.left_keys.size() > 1 ? "(" + condition + ")" : condition));
                [[fallthrough]];
            }
            case PlanKind::nested_loop:
                if (const Expr* condition = static_cast<const JoinPlan&>(p).condition; condition != nullptr)
                    n.details.push_back(said("Join Filter", deparse(condition, names(p, true))));
                break;
            default: break;
        }
        if (p.empty) n.details.push_back(said("One-Time Filter", "false"));
        else if (p.filter != nullptr) {
            const bool once = p.kind == PlanKind::result && (p.one_time_filter || p.children.empty());
            n.details.push_back(said(once ? "One-Time Filter" : "Filter", deparse(p.filter, names(p, once ? qualify : options_.verbose || p.kind == PlanKind::subquery_scan))));
            if (measures_ != nullptr && !once)
                if (const StepMeasure m = measured(p); m.filtered > m.rows)
                    n.details.push_back(number("Rows Removed by Filter", fmt::format("{:.0f}", (m.filtered - m.rows) / static_cast<double>(std::max<std::int64_t>(m.loops, 1)))));
        }
    }

    // What a step below has computed is a column here; it stands in parentheses to tell it from what is computed here.
    static std::string shown_key(const Expr* e, const Plan& p, bool qualify) {
        const std::string text = deparse(e, {p.query, qualify});
        if (e->kind == ExprKind::column || p.children.empty()) return text;
        const std::vector<Expr*>& below = p.children[0]->outputs;
        return std::ranges::find(below, e) == below.end() ? text : "(" + text + ")";
    }

    // Plans of WITH queries, where their first reader stands, and of sub-selects.
    void inner_plans(const Plan& p, ExplainNode& n) {
        if (p.kind == PlanKind::cte_scan) {
            const auto& scan = static_cast<const CommonTablePlan&>(p);
            if (scan.definition != nullptr && std::ranges::find(shown_, scan.definition) == shown_.end()) {
                shown_.push_back(scan.definition);
                note_ = {"CTE " + scan.table->name};
                n.children.push_back(node(*scan.definition, "InitPlan"));
            }
        }
        const auto visit = [&](const Expr* e) {
            contains(e, [&](const Expr& x) {
                if (x.kind != ExprKind::sublink) return false;
                const auto& link = static_cast<const SubLinkExpr&>(x);
                if (link.plan == nullptr || std::ranges::find(shown_, link.plan) != shown_.end()) return false;
                shown_.push_back(link.plan);
                note_ = {fmt::format("{} {}", link.depends || !link.left.empty() ? "SubPlan" : "InitPlan", ++subplans_)};
                n.children.push_back(node(*link.plan, link.depends || !link.left.empty() ? "SubPlan" : "InitPlan"));
                return false;
            });
        };
        if (p.filter != nullptr) visit(p.filter);
        for (const Expr* e : p.outputs) visit(e);
    }

    const ExplainOptions& options_;
    const Measures* measures_;
    std::vector<const Plan*> shown_;
    std::vector<std::string> note_;
    int subplans_ = 0;
};

}  // namespace

ExplainNode describe_plan(const Plan& plan, const ExplainOptions& options, const Measures* measures) {
    return Describer(options, measures).node(plan, {});
}

}  // namespace forklore
