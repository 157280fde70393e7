/// \file
/// The search path: in which schemas a name without schema is looked for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace forklore {

class Relation;
class Session;

/// Whether a schema exists. \param name exact
bool schema_exists(std::string_view name);

/// The schemas of `search_path` that exist, in order, `$user` replaced. \param session whose path \param implicit
/// whether pg_catalog, which is searched first unless the path says otherwise, is listed too
std::vector<std::string> search_path(Session& session, bool implicit);

/// The relation that a name means, or null. \param session whose search path counts \param schema empty: look along
/// the path \param name exact
Relation* find_relation(Session& session, std::string_view schema, std::string_view name);

}  // namespace forklore
