#include "background_workers/preload.hpp"

#include <optional>
#include <string>
#include <vector>

#include "background_workers/modules.hpp"
#include "base/log.hpp"

namespace forklore {

namespace setting {
//! [preload-settings]
constexpr std::string_view k_preloading = "Client Connection Defaults / Shared Library Preloading";

StringSetting dynamic_library_path{
    {.name = "dynamic_library_path",
     .context = SettingContext::superuser,
     .category = "Client Connection Defaults / Other Defaults",
     .description = "Sets the path for dynamically loadable modules.",
     .extra_description = "If a dynamically loadable module needs to be opened and the specified "
                          "name does not have a directory component (i.e., the name does not contain "
                          "a slash), the system will search this path for the specified file.",
     .superuser_only = true},
    "$libdir"};
StringSetting shared_preload_libraries{{.name = "shared_preload_libraries",
                                        .context = SettingContext::postmaster,
                                        .category = k_preloading,
                                        .description = "Lists shared libraries to preload into server.",
                                        .superuser_only = true},
                                       ""};
StringSetting session_preload_libraries{
    {.name = "session_preload_libraries",
     .context = SettingContext::superuser,
     .category = k_preloading,
     .description = "Lists shared libraries to preload into each backend.",
     .superuser_only = true},
    ""};
StringSetting local_preload_libraries{
    {.name = "local_preload_libraries",
     .context = SettingContext::user,
     .category = k_preloading,
     .description = "Lists unprivileged shared libraries to preload into each backend."},
    ""};
//! [preload-settings]
}  // namespace setting

namespace {

//! [split-libraries]
// Takes a list of names apart: commas between, blanks around, quotation marks where a name holds either. None for bad syntax.
std::optional<std::vector<std::string>> split_libraries(std::string_view list) {
    constexpr std::string_view k_blank = " \t\n\r\f\v";
    std::vector<std::string> names;
    const auto skip_blanks = [&] {
        list.remove_prefix(std::min(list.find_first_not_of(k_blank), list.size()));
    };
    for (skip_blanks(); !list.empty() || !names.empty();) {
        std::string name;
        bool quoted = false;
        if (list.starts_with('"')) {
            quoted = true;
            for (std::size_t i = 1;; ++i) {
                if (i == list.size()) return {};
                if (list[i] == '"' && !list.substr(i + 1).starts_with('"')) {
                    list.remove_prefix(i + 1);
                    break;
                }
                if (list[i] == '"') ++i;  // two of them are one that belongs to the name
                name += list[i];
            }
        } else {
            name = list.substr(0, list.find(','));
            list.remove_prefix(name.size());
            name.resize(name.find_last_not_of(k_blank) + 1);
        }
        if (name.empty() && !quoted) return {};
        names.push_back(std::move(name));
        skip_blanks();
        if (list.empty()) break;
        if (!list.starts_with(',')) return {};
        list.remove_prefix(1);
        skip_blanks();
    }
    return names;
}
//! [split-libraries]

//! [load-libraries]
void load_libraries(const StringSetting& list, bool restricted) {
    if (list.value().empty()) return;
    const std::optional<std::vector<std::string>> names = split_libraries(list.value());
    if (!names) {
        log_line(sqlstate::syntax_error, "invalid list syntax in parameter \"{}\"", list.info().name);
        return;
    }
    for (const std::string& name : *names)
        modules().load(
            restricted && name.find('/') == name.npos ? std::string(k_plugins_directory) + name : name,
            !restricted);
}
//! [load-libraries]

}  // namespace

//! [preloading]
void define_preload_settings(Settings& to) {
    using namespace setting;
    for (SettingBase* setting :
         std::initializer_list<SettingBase*>{&dynamic_library_path, &shared_preload_libraries,
                                             &session_preload_libraries, &local_preload_libraries})
        to.add(*setting);
}

void preload_shared_libraries() {
    modules().set_preloading(true);
    load_libraries(setting::shared_preload_libraries, false);
    modules().set_preloading(false);
}

void preload_session_libraries() {
    load_libraries(setting::session_preload_libraries, false);
    load_libraries(setting::local_preload_libraries, true);
}
//! [preloading]

}  // namespace forklore
