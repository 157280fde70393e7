/// \file
/// What EXPLAIN has to say about a plan, before it is put into one of the formats.
#pragma once

#include <string>
#include <vector>

#include "queries/execute/measure.hpp"
#include "queries/explain_options.hpp"
#include "queries/plan/plan.hpp"

namespace forklore {

/// Something said about a step: a label and a value, or several.
struct ExplainProperty {
    std::string label;                ///< "Sort Key"
    std::vector<std::string> values;  ///< as texts
    bool is_list = false;             ///< a list, even if it has one value
    bool quoted = true;               ///< false: a number or true, false
};

/// A step as EXPLAIN shows it.
struct ExplainNode {
    std::string title;                        ///< text format: "Function Scan on generate_series g"
    std::vector<std::string> notes;           ///< text format: heads above it ("CTE w", "SubPlan 2")
    std::vector<ExplainProperty> identity;    ///< other formats: "Node Type" and what tells it apart
    std::vector<ExplainProperty> numbers;     ///< other formats: costs and what was measured
    std::string figures;                      ///< text format: the same
    std::vector<ExplainProperty> details;     ///< all formats: keys, filters, …
    std::vector<ExplainNode> children;        ///< those of WITH and sub-selects first
};

/// The whole answer.
struct ExplainAnswer {
    ExplainNode top;                          ///< the plan
    std::vector<ExplainProperty> before;      ///< "Planning Time"
    std::vector<ExplainProperty> after;       ///< "Execution Time"
    bool analyzed = false;                    ///< other formats then name triggers: there are none
};

/// Describes a plan. \param plan the top step \param options what to show \param measures of a run; null: it was not run
ExplainNode describe_plan(const Plan& plan, const ExplainOptions& options, const Measures* measures);

/// The answer in its format: a line each in format text, else one text. \param answer what to say \param format how
std::vector<std::string> format_explain(const ExplainAnswer& answer, ExplainFormat format);

}  // namespace forklore
