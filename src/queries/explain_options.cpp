#include "queries/explain_options.hpp"

#include <optional>

#include "base/error.hpp"
#include "base/setting.hpp"
#include "queries/parse/grammar.hpp"
#include "queries/utility.hpp"

namespace forklore {

namespace {

std::optional<ExplainFormat> format_of(std::string_view name) {
    if (name == "text") return ExplainFormat::text;
    if (name == "xml") return ExplainFormat::xml;
    if (name == "json") return ExplainFormat::json;
    if (name == "yaml") return ExplainFormat::yaml;
    return {};
}

// Options take only the plain words for yes and no, and 0 and 1.
bool yes_or_no(const ast::Option& option) {
    if (option.value == nullptr) return true;
    const std::string text = option_text(option);
    const auto is = [&](std::string_view word) { return compare_setting_names(text, word) == 0; };
    if (is("true") || is("on") || text == "1") return true;
    if (is("false") || is("off") || text == "0") return false;
    throw Error(sqlstate::syntax_error, "{} requires a Boolean value", option.option);
}

}  // namespace

ExplainOptions read_explain_options(const ast::Explain& command, std::string_view text) {
    ExplainOptions options;
    std::optional<bool> timing, summary;
    bool wal = false;
    for (const ast::Node* node : command.options) {
        const auto& option = ast::as<ast::Option>(node);
        const std::string_view name = option.option;
        const int position = character_position(text, option.location);
        if (name == "analyze") options.analyze = yes_or_no(option);
        else if (name == "verbose") options.verbose = yes_or_no(option);
        else if (name == "costs") options.costs = yes_or_no(option);
        // There are no blocks to count, and nothing differs from the defaults of planning.
        else if (name == "buffers" || name == "settings") yes_or_no(option);
        else if (name == "wal") wal = yes_or_no(option);
        else if (name == "timing") timing = yes_or_no(option);
        else if (name == "summary") summary = yes_or_no(option);
        else if (name == "format") {
            if (option.value == nullptr) throw Error(sqlstate::syntax_error, "{} requires a parameter", name);
            const std::string wanted = option_text(option);
            const auto format = format_of(wanted);
            if (!format) throw Error(sqlstate::invalid_parameter_value, "unrecognized value for EXPLAIN option \"{}\": \"{}\"", name, wanted).position(position);
            options.format = *format;
        } else {
            throw Error(sqlstate::syntax_error, "unrecognized EXPLAIN option \"{}\"", name).position(position);
        }
    }
    if (wal && !options.analyze) throw Error(sqlstate::invalid_parameter_value, "EXPLAIN option WAL requires ANALYZE");
    if (timing.value_or(false) && !options.analyze) throw Error(sqlstate::invalid_parameter_value, "EXPLAIN option TIMING requires ANALYZE");
    options.timing = timing.value_or(options.analyze);
    options.summary = summary.value_or(options.analyze);
    return options;
}

ExplainFormat explain_format(const ast::Explain& command) {
    ExplainFormat format = ExplainFormat::text;
    for (const ast::Node* node : command.options) {
        const auto& option = ast::as<ast::Option>(node);
        if (option.option == "format" && option.value != nullptr) format = format_of(option_text(option)).value_or(ExplainFormat::text);
    }
    return format;
}

}  // namespace forklore
