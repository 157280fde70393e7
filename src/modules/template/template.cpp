/// \file
/// template: a small module to begin with. Copy the folder, give it a name of its own, and build it against an installed server:
///
///     cmake -S . -B build -DCMAKE_PREFIX_PATH=/where/forklore/is && cmake --build build && cmake --install build
///
/// It has a setting, a function and a view. The server loads it by `LOAD 'template'`, or for everybody by
/// `shared_preload_libraries = 'template'`.
#include "background_workers/module.hpp"
#include "base/settings.hpp"
#include "queries/session.hpp"
#include "queries/view_writer.hpp"

namespace {

using namespace forklore;

// A setting: `set template.greeting = '…'`, or in the settings file.
StringSetting greeting{{.name = "template.greeting",
                        .context = SettingContext::user,
                        .category = "Customized Options",
                        .description = "Sets the word that everybody is greeted with."},
                       "Hello"};

// A function: `select template_greet('you')`. Its types are those of the C++ function.
std::string greet(std::string_view whom) {
    if (whom.empty()) throw Error(sqlstate::invalid_parameter_value, "there is nobody to greet");
    return fmt::format("{}, {}!", greeting.value(), whom);
}

// A view: `select * from template_modules`.
void fill_modules(EvalContext& context, ViewWriter& to) {
    to.row("template", greet(context.session->identity().user));
}

}  // namespace

FORKLORE_MODULE("template", "1.0") {
    module.add(greeting);
    module.reserve_setting_prefix("template");
    module.add(function<greet>("template_greet", 0, {.volatility = Volatility::stable}));
    module.add(std::make_unique<SystemView>("pg_catalog", "template_modules", 0,
                                            std::vector<ColumnInfo>{{"module", k_text}, {"greeting", k_text}},
                                            fill_modules));
}
