#include "queries/search_path.hpp"

#include <algorithm>

#include "base/settings.hpp"
#include "queries/parse/identifiers.hpp"
#include "queries/query_settings.hpp"
#include "queries/relation.hpp"
#include "queries/session.hpp"

namespace forklore {

bool schema_exists(std::string_view name) { return name == "pg_catalog" || name == "public" || name == "information_schema"; }

std::vector<std::string> search_path(Session& session, bool implicit) {
    std::vector<std::string> written, path;
    split_identifiers(search_path_setting.value(), written);
    for (std::string& name : written) {
        if (name == "$user") name = session.identity().user;
        if (schema_exists(name) && std::ranges::find(path, name) == path.end()) path.push_back(std::move(name));
    }
    if (implicit && std::ranges::find(path, "pg_catalog") == path.end()) path.insert(path.begin(), "pg_catalog");
    return path;
}

Relation* find_relation(Session& session, std::string_view schema, std::string_view name) {
    if (!schema.empty()) return registry().find_relation(schema, name);
    if (Relation* found = registry().find_relation("pg_catalog", name)) {
        // The usual case, unless the path puts another schema first.
        if (search_path_setting.value().find("pg_catalog") == std::string::npos) return found;
    }
    for (const std::string& in : search_path(session, true))
        if (Relation* found = registry().find_relation(in, name)) return found;
    return nullptr;
}

}  // namespace forklore
