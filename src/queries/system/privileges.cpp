// Who may do what: has_table_privilege() and its kin, pg_has_role().
//
// There are no grants yet. A superuser may do everything; everybody else has what PostgreSQL gives to PUBLIC from the
// beginning: to read the catalogs, to connect, to call functions, to use types and schemas.
#include <algorithm>

#include "base/error.hpp"
#include "base/settings.hpp"
#include "queries/analyze/analyzer.hpp"
#include "queries/builtins.hpp"
#include "queries/declare.hpp"
#include "queries/parse/grammar.hpp"
#include "queries/parse/identifiers.hpp"
#include "queries/relation.hpp"
#include "queries/search_path.hpp"
#include "queries/session_impl.hpp"
#include "queries/type_oids.hpp"

namespace forklore {

namespace {

constexpr Oid k_default_tablespace = 1663, k_global_tablespace = 1664;
constexpr std::pair<std::string_view, Oid> k_schemas[] = {{"pg_catalog", 11}, {"public", 2200}, {"information_schema", 13000}};
constexpr std::pair<std::string_view, Oid> k_languages[] = {{"internal", 12}, {"c", 13}, {"sql", 14}};

Session& session_of(EvalContext& context) {
    if (context.session == nullptr) throw Error(sqlstate::internal_error, "this function needs a session");
    return *context.session;
}

// ---------------------------------------------------------------- privileges

/// A privilege on some kind of object.
struct Privilege {
    std::string_view name;  // in upper case
    bool is_public;         // everybody has it
};
using Privileges = std::initializer_list<Privilege>;

std::string upper_trimmed(std::string_view text) {
    const auto is_blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    std::string upper(text);
    for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return upper;
}

// Whether a list asks for something that PUBLIC has; one of them is enough. Throws 22023 for a word that is none.
bool asks_for_public(std::string_view list, Privileges known, std::string_view option = " WITH GRANT OPTION") {
    bool any = false;
    for (std::size_t at = 0; at <= list.size();) {
        const std::size_t comma = std::min(list.find(',', at), list.size());
        const std::string_view written = list.substr(at, comma - at);
        std::string word = upper_trimmed(written);
        const bool with_option = word.ends_with(option);
        if (with_option) word.resize(word.size() - option.size());
        const auto found = std::ranges::find(known, std::string_view(word), &Privilege::name);
        if (found == known.end()) {
            std::string_view shown = written;
            while (shown.starts_with(' ')) shown.remove_prefix(1);
            while (shown.ends_with(' ')) shown.remove_suffix(1);
            throw Error(sqlstate::invalid_parameter_value, "unrecognized privilege type: \"{}\"", shown);
        }
        any = any || (found->is_public && !with_option);
        at = comma + 1;
    }
    return any;
}

// ---------------------------------------------------------------- roles

/// Somebody who may have a privilege.
struct Role {
    bool superuser = false;
};

Role this_role(EvalContext& context) { return {session_of(context).identity().superuser}; }

Role find_role(EvalContext& context, std::string_view name) {
    if (name == session_of(context).identity().user) return this_role(context);
    throw Error(sqlstate::undefined_object, "role \"{}\" does not exist", name);
}
Role find_grantee(EvalContext& context, std::string_view name) { return name == "public" ? Role{} : find_role(context, name); }
Role find_grantee(EvalContext& context, Oid oid) { return oid == k_first_superuser_oid ? this_role(context) : Role{}; }

// ---------------------------------------------------------------- objects

std::vector<std::string> name_parts(std::string_view text) {
    std::vector<std::string> parts;
    std::string list(text);
    bool quoted = false;
    for (char& c : list) {
        if (c == '"') quoted = !quoted;
        if (c == '.' && !quoted) c = ',';
    }
    if (!split_identifiers(list, parts) || parts.empty()) throw Error(sqlstate::invalid_name, "invalid name syntax");
    return parts;
}

Relation* relation_named(EvalContext& context, std::string_view text) {
    std::vector<std::string> parts = name_parts(text);
    if (parts.size() > 2 && parts[parts.size() - 3] != session_of(context).identity().database)
        throw Error(sqlstate::feature_not_supported, "cross-database references are not implemented: \"{}\"", text);
    const std::string schema = parts.size() >= 2 ? parts[parts.size() - 2] : "";
    if (!schema.empty() && !schema_exists(schema)) throw Error(sqlstate::undefined_schema, "schema \"{}\" does not exist", schema);
    Relation* found = find_relation(session_of(context), schema, parts.back());
    if (found == nullptr) throw Error(sqlstate::undefined_table, "relation \"{}\" does not exist", text);
    return found;
}

Relation* relation_with(Oid oid) {
    for (const auto& relation : registry().all_relations())
        if (relation->oid() == oid) return relation.get();
    return nullptr;
}

template <typename List>
Oid named_among(const List& list, std::string_view name, const SqlState& code, std::string_view kind) {
    for (const auto& [known, oid] : list)
        if (known == name) return oid;
    throw Error(code, "{} \"{}\" does not exist", kind, name);
}
template <typename List>
bool has_oid(const List& list, Oid oid) {
    return std::ranges::any_of(list, [&](const auto& one) { return one.second == oid; });
}

// A type as it is written in a cast.
const Type* type_named(EvalContext& context, std::string_view text) {
    Arena arena;
    NodePool pool;
    const std::string query = "select null::" + std::string(text);
    const ast::TypeName* name = nullptr;
    try {
        bool said = false;
        const auto statements = parse_text(query, arena, said);
        const auto* select = statements.size() == 1 ? ast::maybe<ast::Select>(statements[0].node) : nullptr;
        const auto* target = select == nullptr || select->targets.size() != 1 ? nullptr : ast::maybe<ast::Target>(select->targets[0]);
        const auto* cast = target == nullptr ? nullptr : ast::maybe<ast::TypeCast>(target->value);
        name = cast == nullptr ? nullptr : cast->type;
    } catch (const Error&) {
    }
    if (name == nullptr) throw Error(sqlstate::syntax_error, "invalid type name \"{}\"", text);
    std::int32_t typmod = -1;
    try {
        return Analyzer(query, pool, session_of(context), {}, false).type_of(*name, typmod);
    } catch (Error& error) {
        error.report().position = 0;
        throw;
    }
}

// A function with its argument types, as in `abs(integer)`.
const Function* function_named(EvalContext& context, std::string_view text) {
    const std::size_t open = text.find('(');
    if (open == text.npos) throw Error(sqlstate::invalid_text_representation, "expected a left parenthesis");
    if (!text.ends_with(')')) throw Error(sqlstate::invalid_text_representation, "expected a right parenthesis");
    const std::string name = name_parts(text.substr(0, open)).back();
    std::vector<Oid> arguments;
    std::string_view rest = text.substr(open + 1, text.size() - open - 2);
    while (!upper_trimmed(rest).empty()) {
        // A comma inside parentheses belongs to a type.
        std::size_t end = 0;
        for (int depth = 0; end < rest.size() && (depth > 0 || rest[end] != ','); ++end) depth += rest[end] == '(' ? 1 : rest[end] == ')' ? -1 : 0;
        arguments.push_back(type_named(context, rest.substr(0, end))->oid);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    for (const Function* function : registry().functions(name))
        if (function->arguments == arguments) return function;
    throw Error(sqlstate::undefined_function, "function \"{}\" does not exist", text);
}

// ---------------------------------------------------------------- the functions

// A kind of object: how one is found by name (throws when it is not there) and by OID, and what can be had on it.
struct Tables {
    static constexpr std::string_view name = "has_table_privilege";
    static void find(EvalContext& context, std::string_view text) { relation_named(context, text); }
    static bool exists(Oid oid) { return relation_with(oid) != nullptr; }
    static bool asks(std::string_view list) {
        return asks_for_public(list, {{"SELECT", true}, {"INSERT", false}, {"UPDATE", false}, {"DELETE", false}, {"TRUNCATE", false},
                                      {"REFERENCES", false}, {"TRIGGER", false}, {"RULE", false}});
    }
};
bool asks_for_columns(std::string_view list) {
    return asks_for_public(list, {{"SELECT", true}, {"INSERT", false}, {"UPDATE", false}, {"REFERENCES", false}});
}
struct AnyColumns : Tables {
    static constexpr std::string_view name = "has_any_column_privilege";
    static bool asks(std::string_view list) { return asks_for_columns(list); }
};
struct Sequences {
    static constexpr std::string_view name = "has_sequence_privilege";
    static void find(EvalContext& context, std::string_view text) {
        throw Error(sqlstate::wrong_object_type, "\"{}\" is not a sequence", relation_named(context, text)->name());
    }
    static bool exists(Oid oid) {
        if (const Relation* relation = relation_with(oid)) throw Error(sqlstate::wrong_object_type, "\"{}\" is not a sequence", relation->name());
        return false;
    }
    static bool asks(std::string_view list) { return asks_for_public(list, {{"USAGE", false}, {"SELECT", false}, {"UPDATE", false}}); }
};
struct Databases {
    static constexpr std::string_view name = "has_database_privilege";
    static void find(EvalContext& context, std::string_view text) {
        if (text != session_of(context).identity().database) throw Error(sqlstate::undefined_database, "database \"{}\" does not exist", text);
    }
    static bool exists(Oid oid) { return oid == k_first_database_oid; }
    static bool asks(std::string_view list) {
        return asks_for_public(list, {{"CREATE", false}, {"TEMPORARY", true}, {"TEMP", true}, {"CONNECT", true}});
    }
};
struct Schemas {
    static constexpr std::string_view name = "has_schema_privilege";
    static void find(EvalContext&, std::string_view text) { named_among(k_schemas, text, sqlstate::undefined_schema, "schema"); }
    static bool exists(Oid oid) { return has_oid(k_schemas, oid); }
    static bool asks(std::string_view list) { return asks_for_public(list, {{"CREATE", false}, {"USAGE", true}}); }
};
struct Functions {
    static constexpr std::string_view name = "has_function_privilege";
    static void find(EvalContext& context, std::string_view text) { function_named(context, text); }
    static bool exists(Oid oid) { return registry().find_function(oid) != nullptr; }
    static bool asks(std::string_view list) { return asks_for_public(list, {{"EXECUTE", true}}); }
};
struct Types {
    static constexpr std::string_view name = "has_type_privilege";
    static void find(EvalContext& context, std::string_view text) { type_named(context, text); }
    static bool exists(Oid oid) { return registry().find_type(oid) != nullptr; }
    static bool asks(std::string_view list) { return asks_for_public(list, {{"USAGE", true}}); }
};
struct Languages {
    static constexpr std::string_view name = "has_language_privilege";
    static void find(EvalContext&, std::string_view text) { named_among(k_languages, text, sqlstate::undefined_object, "language"); }
    static bool exists(Oid oid) { return has_oid(k_languages, oid); }
    static bool asks(std::string_view list) { return asks_for_public(list, {{"USAGE", true}}); }
};
struct Tablespaces {
    static constexpr std::string_view name = "has_tablespace_privilege";
    static void find(EvalContext&, std::string_view text) {
        if (text != "pg_default" && text != "pg_global") throw Error(sqlstate::undefined_object, "tablespace \"{}\" does not exist", text);
    }
    static bool exists(Oid oid) { return oid == k_default_tablespace || oid == k_global_tablespace; }
    static bool asks(std::string_view list) { return asks_for_public(list, {{"CREATE", false}}); }
};

template <typename Kind, typename Who>
bool by_name(EvalContext& context, Who who, std::string_view object, std::string_view list) {
    const Role role = find_grantee(context, who);
    Kind::find(context, object);
    return Kind::asks(list) || role.superuser;
}
template <typename Kind, typename Who>
Datum by_oid(EvalContext& context, Who who, Oid object, std::string_view list) {
    const Role role = find_grantee(context, who);
    const bool asked = Kind::asks(list);
    if (!Kind::exists(object)) return {};
    return SqlType<bool>::put(context.arena, asked || role.superuser);
}
template <typename Kind>
bool mine_by_name(EvalContext& context, std::string_view object, std::string_view list) {
    Kind::find(context, object);
    return Kind::asks(list) || this_role(context).superuser;
}
template <typename Kind>
Datum mine_by_oid(EvalContext& context, Oid object, std::string_view list) {
    return by_oid<Kind>(context, k_first_superuser_oid, object, list);
}

// The six forms of each: for a role by name or OID, or for the current one; for an object by name or OID.
template <typename Kind>
void add_forms(Registry& to, const std::array<Oid, 6>& oids) {
    const std::string name(Kind::name);
    const auto declared = [](std::vector<Oid> arguments) {
        return Declared{.volatility = Volatility::stable, .arguments = std::move(arguments), .result = k_bool};
    };
    to.add(function<by_name<Kind, std::string_view>>(name, oids[0], declared({k_name, k_text, k_text})));
    to.add(function<by_oid<Kind, std::string_view>>(name, oids[1], declared({k_name, k_oid, k_text})));
    to.add(function<by_name<Kind, Oid>>(name, oids[2], declared({k_oid, k_text, k_text})));
    to.add(function<by_oid<Kind, Oid>>(name, oids[3], declared({k_oid, k_oid, k_text})));
    to.add(function<mine_by_name<Kind>>(name, oids[4], declared({k_text, k_text})));
    to.add(function<mine_by_oid<Kind>>(name, oids[5], declared({k_oid, k_text})));
}

// ---------------------------------------------------------------- columns

bool may_read_column(EvalContext& context, std::string_view table, std::string_view column, std::string_view list) {
    const Relation* relation = relation_named(context, table);
    if (std::ranges::find(relation->columns(), column, &ColumnInfo::name) == relation->columns().end())
        throw Error(sqlstate::undefined_column, "column \"{}\" of relation \"{}\" does not exist", column, relation->name());
    return asks_for_columns(list) || this_role(context).superuser;
}
Datum may_read_column_number(EvalContext& context, std::string_view table, std::int16_t column, std::string_view list) {
    const Relation* relation = relation_named(context, table);
    const bool asked = asks_for_columns(list);
    if (column < 1 || static_cast<std::size_t>(column) > relation->columns().size()) return {};
    return SqlType<bool>::put(context.arena, asked || this_role(context).superuser);
}

// ---------------------------------------------------------------- roles and settings

bool is_member(EvalContext& context, std::string_view role, std::string_view list) {
    find_role(context, role);
    asks_for_public(list, {{"USAGE", true}, {"MEMBER", true}}, " WITH ADMIN OPTION");
    // Everybody is a member of himself, and nobody of anybody else.
    return true;
}
bool is_member_with(EvalContext& context, Oid role, std::string_view list) {
    asks_for_public(list, {{"USAGE", true}, {"MEMBER", true}}, " WITH ADMIN OPTION");
    return role == k_first_superuser_oid || this_role(context).superuser;
}
bool other_is_member(EvalContext& context, std::string_view who, std::string_view role, std::string_view list) {
    find_role(context, who);
    return is_member(context, role, list);
}

bool may_set(EvalContext& context, std::string_view name, std::string_view list) {
    const SettingBase* setting = settings().find(name);
    const bool free = setting == nullptr || setting->info().context == SettingContext::user;
    return asks_for_public(list, {{"SET", free}, {"ALTER SYSTEM", false}}) || this_role(context).superuser;
}

}  // namespace

void register_privileges(Registry& to) {
    add_forms<Tables>(to, {1922, 1923, 1924, 1925, 1926, 1927});
    add_forms<AnyColumns>(to, {3024, 3025, 3026, 3027, 3028, 3029});
    add_forms<Sequences>(to, {2181, 2182, 2183, 2184, 2185, 2186});
    add_forms<Databases>(to, {2250, 2251, 2252, 2253, 2254, 2255});
    add_forms<Schemas>(to, {2268, 2269, 2270, 2271, 2272, 2273});
    add_forms<Functions>(to, {2256, 2257, 2258, 2259, 2260, 2261});
    add_forms<Types>(to, {3138, 3139, 3140, 3141, 3142, 3143});
    add_forms<Languages>(to, {2262, 2263, 2264, 2265, 2266, 2267});
    add_forms<Tablespaces>(to, {2390, 2391, 2392, 2393, 2394, 2395});
    constexpr Volatility k_stable = Volatility::stable;
    to.add(function<may_read_column>("has_column_privilege", 3020, {.volatility = k_stable}));
    to.add(function<may_read_column_number>("has_column_privilege", 3021, {.volatility = k_stable, .result = k_bool}));
    to.add(function<may_set>("has_parameter_privilege", 6207, {.volatility = k_stable}));
    to.add(function<is_member>("pg_has_role", 2709, {.volatility = k_stable, .arguments = {k_name, k_text}}));
    to.add(function<is_member_with>("pg_has_role", 2710, {.volatility = k_stable}));
    to.add(function<other_is_member>("pg_has_role", 2705, {.volatility = k_stable, .arguments = {k_name, k_name, k_text}}));
}

}  // namespace forklore
