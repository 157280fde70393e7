#include "queries/functions/quoting.hpp"

#include <algorithm>
#include <array>

#include "queries/functions/families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/functions/output_text.hpp"

namespace forklore {

namespace {

// Words that the grammar does not take as a plain name everywhere, in order.
constexpr std::string_view k_keywords[] = {
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "between", "bigint",
    "binary", "bit", "boolean", "both", "case", "cast", "char", "character", "check", "coalesce", "collate", "collation",
    "column", "concurrently", "constraint", "create", "cross", "current_catalog", "current_date", "current_role",
    "current_schema", "current_time", "current_timestamp", "current_user", "dec", "decimal", "default", "deferrable",
    "desc", "distinct", "do", "else", "end", "except", "exists", "extract", "false", "fetch", "float", "for", "foreign",
    "freeze", "from", "full", "grant", "greatest", "group", "grouping", "having", "ilike", "in", "initially", "inner",
    "inout", "int", "integer", "intersect", "interval", "into", "is", "isnull", "join", "lateral", "leading", "least",
    "left", "like", "limit", "localtime", "localtimestamp", "national", "natural", "nchar", "none", "normalize", "not",
    "notnull", "null", "nullif", "numeric", "offset", "on", "only", "or", "order", "out", "outer", "overlaps", "overlay",
    "placing", "position", "precision", "primary", "real", "references", "returning", "right", "row", "select",
    "session_user", "setof", "similar", "smallint", "some", "substring", "symmetric", "table", "tablesample", "then",
    "time", "timestamp", "to", "trailing", "treat", "trim", "true", "union", "unique", "user", "using", "values",
    "varchar", "variadic", "verbose", "when", "where", "window", "with", "xmlattributes", "xmlconcat", "xmlelement",
    "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmltable"};

bool needs_no_quotes(std::string_view name) {
    auto begins = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
    if (name.empty() || !begins(name[0])) return false;
    auto continues = [&](char c) { return begins(c) || (c >= '0' && c <= '9'); };
    return std::all_of(name.begin(), name.end(), continues) &&
           !std::binary_search(std::begin(k_keywords), std::end(k_keywords), name);
}

/// Between two marks, which are doubled inside.
void append_quoted(std::string& to, std::string_view text, char mark) {
    to += mark;
    for (char c : text) {
        if (c == mark) to += c;
        to += c;
    }
    to += mark;
}

std::string quote_any(EvalContext& context, const CallSite& site, Datum value) {
    return quote_literal(cast_to_text(context, *site.arguments[0], value));
}

std::string quote_nullable(std::optional<std::string_view> text) { return text ? quote_literal(*text) : "NULL"; }

std::string quote_any_nullable(EvalContext& context, const CallSite& site, std::optional<Datum> value) {
    return value ? quote_any(context, site, *value) : "NULL";
}

}  // namespace

std::string quote_identifier(std::string_view name) {
    if (needs_no_quotes(name)) return std::string(name);
    std::string result;
    append_quoted(result, name, '"');
    return result;
}

std::string quote_literal(std::string_view text) {
    std::string result;
    if (text.find('\\') == std::string_view::npos) {
        append_quoted(result, text, '\'');
        return result;
    }
    std::string doubled;
    for (char c : text) {
        if (c == '\\') doubled += c;
        doubled += c;
    }
    result = "E";
    append_quoted(result, doubled, '\'');
    return result;
}

void register_quoting(Registry& to) {
    constexpr auto k_stable = Volatility::stable;
    to.add(function<quote_identifier>("quote_ident", 1282));
    to.add(function<quote_literal>("quote_literal", 1283));
    to.add(function<quote_any>("quote_literal", 1285, {.volatility = k_stable, .arguments = {k_any_element}}));
    to.add(function<quote_nullable>("quote_nullable", 1289));
    to.add(function<quote_any_nullable>("quote_nullable", 1290, {.volatility = k_stable, .arguments = {k_any_element}}));
}

}  // namespace forklore
