/// \file
/// Types and functions under test without a query around them: literals in, text out.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace forklore::test {

/// What a type makes of a literal: its text again, or `ERROR 22007 message|detail|hint`. The binary form is tried on the
/// way: a value that does not survive it says so.
/// \param type name in pg_type, with a modifier perhaps: "timestamp(3)" \param literal the input
std::string shown(std::string_view type, std::string_view literal);

/// The result of a function: rows as `a,b` divided by `;`, null as `null`, errors as above.
/// \param oid which function \param result name of the result's type \param arguments type and literal of each; the literal "\\N" is null
std::string called(unsigned oid, std::string_view result, const std::vector<std::pair<std::string_view, std::string_view>>& arguments);

/// Changes a setting. \param name of the setting \param value its text \return what SHOW says, or the error as above
std::string set(std::string_view name, std::string_view value);

/// A line of a table of expectations.
struct Expectation {
    std::string_view type, literal, text;
};

}  // namespace forklore::test
