/// \file
/// The options of EXPLAIN.
#pragma once

#include "queries/parse/ast.hpp"

namespace forklore {

/// How EXPLAIN writes.
enum class ExplainFormat : std::uint8_t { text, xml, json, yaml };

/// What EXPLAIN does and shows.
struct ExplainOptions {
    ExplainFormat format = ExplainFormat::text;  ///< FORMAT
    bool analyze = false;   ///< ANALYZE: run it
    bool verbose = false;   ///< VERBOSE
    bool costs = true;      ///< COSTS
    bool timing = false;    ///< TIMING; as ANALYZE unless told
    bool summary = false;   ///< SUMMARY; as ANALYZE unless told
};

/// Reads the options. Throws Error 42601 for one that does not exist or a value that is no Boolean, 22023 for a format
/// that does not exist or an option that makes sense with ANALYZE only. \param command the statement \param text the whole text, for positions
ExplainOptions read_explain_options(const ast::Explain& command, std::string_view text);

/// The format alone, as far as it can be known before the statement runs: it decides the result's type. \param command the statement
ExplainFormat explain_format(const ast::Explain& command);

}  // namespace forklore
