#include "background_workers/c_functions.hpp"

#include <sys/stat.h>

#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <vector>

#include "background_workers/modules.hpp"
#include "background_workers/worker_slots.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "connections/access_file.hpp"

namespace forklore {

namespace {

//! [c-function-known]
constexpr const char* k_file = "./c_functions";  // in the data directory, where every process works
constexpr std::string_view k_head =
    "# Made by CREATE FUNCTION ... LANGUAGE C: name, arguments, result, volatility, strict, library, "
    "symbol.\n";

// A definition, and what became of it in this process.
struct Known {
    std::string line;  // of the file
    CFunction definition;
    const Function* registered;      // what SQL calls
    const Function* code = nullptr;  // what the library has; null until it is first called
};

std::map<Oid, Known>& known() {
    static std::map<Oid, Known> all;
    return all;
}

struct stat seen_file {};  // what known() was made of
//! [c-function-known]

//! [c-function-code]
std::string described(std::span<const Oid> arguments, Oid result) {
    std::string text = "(";
    for (const Oid argument : arguments)
        text += (text.size() == 1 ? "" : ", ") + registry().type(argument).sql_name;
    return text + ") returns " + registry().type(result).sql_name;
}

// The library's function behind a definition.
const Function& find_code(const CFunction& definition) {
    using Describe = const Function* (*)();
    const auto describe =
        reinterpret_cast<Describe>(modules().find_symbol(definition.library, definition.symbol, "forklore_function_"));
    const Function& code = *describe();
    if (code.arguments != definition.arguments || code.result != definition.result)
        throw Error(sqlstate::invalid_function_definition,
                    "function \"{}\" in library \"{}\" is of another type", definition.symbol,
                    definition.library)
            .detail(fmt::format("It is {}, not {}.", described(code.arguments, code.result),
                                described(definition.arguments, definition.result)));
    return code;
}

// Stands for every one of them: the first call loads the library.
void call_c_function(EvalContext& context, const CallSite& site, const Column* arguments, Rows rows,
                     Datum* result) {
    const auto found = known().find(site.function->oid);
    if (found == known().end())
        throw Error(sqlstate::undefined_function, "function \"{}\" has been dropped", site.function->name);
    Known& one = found->second;
    if (one.code == nullptr) one.code = &find_code(one.definition);
    one.code->kernel(context, site, arguments, rows, result);
}

void make_known(const std::string& line, const CFunction& definition) {
    Function function;
    function.name = definition.name;
    function.arguments = definition.arguments;
    function.result = definition.result;
    function.strict = definition.strict;
    function.volatility = definition.volatility;
    function.kernel = call_c_function;
    const Function& kept = registry().add(std::move(function));
    known().emplace(kept.oid, Known{line, definition, &kept});
}

void forget(Oid oid) {
    registry().remove(*known().at(oid).registered);
    known().erase(oid);
}
//! [c-function-code]

//! [c-function-lines]
// Words of a line, with tabs between. None holds a tab or the end of a line: see create_c_function().
std::string line_of(const CFunction& function) {
    std::string types;
    for (const Oid argument : function.arguments)
        types += (types.empty() ? "" : ",") + registry().type(argument).name;
    return fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}", function.name, types,
                       registry().type(function.result).name, static_cast<char>(function.volatility),
                       function.strict ? "strict" : "", function.library, function.symbol);
}

std::optional<Oid> type_of_word(const std::string& word) {
    const Type* type = registry().find_type(word);
    return type == nullptr ? std::nullopt : std::optional(type->oid);
}

std::optional<CFunction> function_of(const std::string& line) {
    std::istringstream words(line);
    CFunction function;
    std::string arguments, result, volatility, strict, one;
    for (std::string* word :
         {&function.name, &arguments, &result, &volatility, &strict, &function.library, &function.symbol})
        if (!std::getline(words, *word, '\t')) return {};
    std::istringstream types(arguments);
    while (std::getline(types, one, ',')) {
        const std::optional<Oid> type = type_of_word(one);
        if (!type) return {};
        function.arguments.push_back(*type);
    }
    const std::optional<Oid> type = type_of_word(result);
    if (!type || volatility.size() != 1) return {};
    function.result = *type;
    function.volatility = static_cast<Volatility>(volatility.front());
    function.strict = strict == "strict";
    return function;
}
//! [c-function-lines]

//! [c-function-file]
// When the file was last changed, and which one it is: all zeros when there is none.
struct stat look_at_file() {
    struct stat now {};
    if (stat(k_file, &now) == 0) return now;
    if (errno != ENOENT)
        throw Error(code_for_errno(errno), "could not stat file \"{}\": {}", k_file, errno_text(errno));
    return {};
}

bool is_same(const struct stat& a, const struct stat& b) {
    return a.st_ino == b.st_ino && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
           a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

// All its lines. A file that cannot be read is not an empty one: that throws.
std::vector<std::string> file_lines(const struct stat& now) {
    std::vector<std::string> lines;
    if (now.st_ino == 0) return lines;
    std::istringstream text(read_text(k_file));
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
}

// Under the lock: the file without one function and with the definition of another. Lines that mean nothing to this process may mean something
// to a later one, so they stay. When the file is written, this process follows it.
void change_file(const Function* without, const CFunction* with) {
    std::string text;
    for (const std::string& line : file_lines(look_at_file()))
        if (without == nullptr || line != known().at(without->oid).line) text += line + '\n';
    if (text.empty()) text = k_head;
    if (with != nullptr) text += line_of(*with) + '\n';
    replace_file(k_file, text, 0600);
    read_c_functions();
    worker_slots().tell_postmaster();
}

// The function that is in the way of a definition, if any.
const Function* namesake(const CFunction& function) {
    for (const Function* other : registry().functions(function.name))
        if (other->arguments == function.arguments) return other;
    return nullptr;
}

// The one whose place a definition is to take; null when nobody has it. Throws when it cannot be had.
const Function* replaced_by(const CFunction& function, bool replace) {
    read_c_functions();
    const Function* other = namesake(function);
    if (other != nullptr && (!replace || !known().contains(other->oid)))
        throw Error(sqlstate::duplicate_function, "function \"{}\" already exists with same argument types",
                    function.name);
    if (other != nullptr && other->result != function.result)
        throw Error(sqlstate::invalid_function_definition, "cannot change return type of existing function");
    return other;
}
//! [c-function-file]

}  // namespace

//! [create-c-function]
void read_c_functions() {
    const struct stat now = look_at_file();
    if (is_same(now, seen_file)) return;
    std::set<std::string> lines;
    for (const std::string& line : file_lines(now))
        if (!line.empty() && line.front() != '#') lines.insert(line);
    for (auto at = known().begin(); at != known().end();) {
        const auto one = at++;
        if (lines.erase(one->second.line) == 0) forget(one->first);
    }
    for (const std::string& line : lines) {  // those that are new
        if (const std::optional<CFunction> function = function_of(line);
            function && namesake(*function) == nullptr)
            make_known(line, *function);
        else
            log_line(sqlstate::config_file_error, "a line of file \"{}\" is ignored: {}", k_file + 2, line);
    }
    seen_file = now;
}

void follow_c_functions() {
    static std::string told;  // once, however often it looks
    try {
        read_c_functions();
        told.clear();
    } catch (const Error& error) {
        if (told != error.what()) log_line(error.report().code, "{}", told = error.what());
    }
}

void create_c_function(const CFunction& function, bool replace) {
    for (const std::string* text : {&function.name, &function.library, &function.symbol})
        if (text->find_first_of("\t\n") != text->npos || text->starts_with('#'))
            throw Error(sqlstate::invalid_function_definition, "a function in C cannot be called \"{}\"",
                        *text);
    replaced_by(function, replace);
    find_code(function);  // before others have to wait for us: what its library does when it is loaded may take long
    const UniqueFd locked = lock_directory(".");
    change_file(replaced_by(function, replace), &function);
}

void drop_c_function(const Function& function) {
    const UniqueFd locked = lock_directory(".");
    CFunction wanted;
    wanted.name = function.name;
    wanted.arguments = function.arguments;
    read_c_functions();
    const Function* found = namesake(wanted);
    if (found == nullptr) return;  // another session was faster
    if (!known().contains(found->oid))
        throw Error(sqlstate::dependent_objects_still_exist,
                    "cannot drop function {} because it is required by the database system", wanted.name);
    change_file(found, nullptr);
}
//! [create-c-function]

}  // namespace forklore
