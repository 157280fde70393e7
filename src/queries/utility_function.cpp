// CREATE FUNCTION and DROP FUNCTION. There are no catalogs yet: functions that are written in C are kept by whoever loads their libraries.
#include <algorithm>

#include "base/log.hpp"
#include "queries/analyze/analyzer.hpp"
#include "queries/libraries.hpp"
#include "queries/parse/grammar.hpp"
#include "queries/registry.hpp"
#include "queries/utility.hpp"

namespace forklore {

namespace {

// The last part of a name. A schema may be given, but all functions are found without one.
std::string_view name_of(ast::Names names) {
    if (names.size() > 1 && names.front() != "public" && names.front() != "pg_catalog")
        throw Error(sqlstate::invalid_schema_name, "schema \"{}\" does not exist", names.front());
    return names.back();
}

std::vector<Oid> types_of(Analyzer& analyzer, ast::NodeList names) {
    std::vector<Oid> types;
    std::int32_t typmod = -1;
    for (const ast::Node* name : names) types.push_back(analyzer.type_of(ast::as<ast::TypeName>(name), typmod)->oid);
    return types;
}

std::string described(std::string_view name, std::span<const Oid> arguments) {
    std::string text(name);
    text += '(';
    for (const Oid argument : arguments) {
        if (text.back() != '(') text += ", ";
        text += registry().type(argument).sql_name;
    }
    return text + ')';
}

// The options, each said once at most. \return the language, empty when none was said
std::string read_options(const UtilityStatement& statement, ast::NodeList options, CFunction& to) {
    std::string language;
    std::vector<std::string_view> said;
    for (const ast::Node* node : options) {
        const auto& option = ast::as<ast::Option>(node);
        if (std::ranges::find(said, option.option) != said.end())
            throw Error(sqlstate::syntax_error, "conflicting or redundant options")
                .position(character_position(statement.whole_text(), option.location));
        said.push_back(option.option);
        if (option.option == "language") language = option_text(option);
        else if (option.option == "volatility") to.volatility = static_cast<Volatility>(option_text(option).front());
        else if (option.option == "strict") to.strict = option_text(option) == "on";
        else if (option.option == "as") {
            const auto& names = ast::as<ast::List>(option.value).items;
            to.library = ast::as<ast::Name>(names.front()).text;
            to.symbol = names.size() > 1 ? std::string(ast::as<ast::Name>(names.back()).text) : to.name;
        } else if (option.option != "cost" && option.option != "parallel" && option.option != "leakproof")
            refuse_unsupported(fmt::format("{} in CREATE FUNCTION", option.option));
    }
    return language;
}

}  // namespace

void run_create_function(Session::Impl& my, const UtilityStatement& statement, const ast::CreateFunction& command) {
    my.block.refuse_in_block("CREATE FUNCTION");
    CFunction function;
    function.name = name_of(command.names);
    const std::string language = read_options(statement, command.options, function);
    if (language.empty()) throw Error(sqlstate::invalid_function_definition, "no language specified");
    if (language != "c") {
        if (language == "sql" || language == "internal" || language == "plpgsql") refuse_unsupported("CREATE FUNCTION in language " + language);
        throw Error(sqlstate::undefined_object, "language \"{}\" does not exist", language);
    }
    if (!my.identity.superuser) throw Error(sqlstate::insufficient_privilege, "permission denied for language c");
    if (function.library.empty()) throw Error(sqlstate::invalid_function_definition, "no function body specified");
    if (command.result == nullptr) throw Error(sqlstate::invalid_function_definition, "function result type must be specified");
    if (!command.plain || ast::as<ast::TypeName>(command.result).set_of)
        refuse_unsupported("anything but plain arguments and one result of a function in C");
    NodePool pool;
    Analyzer analyzer(statement.whole_text(), pool, my.session, {}, false);
    function.arguments = types_of(analyzer, command.arguments);
    function.result = types_of(analyzer, {&command.result, 1}).front();
    libraries()->create_function(function, command.replace);
}

void run_drop_function(Session::Impl& my, const UtilityStatement& statement, const ast::DropFunction& command) {
    my.block.refuse_in_block("DROP FUNCTION");
    if (command.count != 1) refuse_unsupported("DROP FUNCTION of several functions");
    if (!my.identity.superuser) throw Error(sqlstate::insufficient_privilege, "must be superuser to drop a function");
    const std::string_view name = name_of(command.names);
    NodePool pool;
    Analyzer analyzer(statement.whole_text(), pool, my.session, {}, false);
    const std::vector<Oid> arguments = types_of(analyzer, command.arguments);
    std::vector<const Function*> found;
    for (const Function* one : registry().functions(name))
        if (command.by_name || one->arguments == arguments) found.push_back(one);
    if (found.size() > 1)
        throw Error(sqlstate::ambiguous_function, "function name \"{}\" is not unique", name)
            .hint("Specify the argument list to select the function unambiguously.");
    if (!found.empty()) return libraries()->drop_function(*found.front());
    if (command.if_exists)
        return say(Severity::notice, sqlstate::successful_completion, "function {} does not exist, skipping", described(name, arguments));
    if (command.by_name) throw Error(sqlstate::undefined_function, "could not find a function named \"{}\"", name);
    throw Error(sqlstate::undefined_function, "function {} does not exist", described(name, arguments));
}

}  // namespace forklore
