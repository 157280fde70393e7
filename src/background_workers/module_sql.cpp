#include "background_workers/module_sql.hpp"

#include <filesystem>

#include "background_workers/modules.hpp"
#include "queries/functions/list_source.hpp"

namespace forklore {

namespace {

//! [loaded-modules]
std::unique_ptr<RowSource> open_loaded_modules(EvalContext&, const CallSite&, std::span<const Datum>) {
    auto rows = std::make_unique<ListSource>(3);
    const auto text = [&](const std::string& value) { return Datum(rows->arena().copy(value)); };
    modules().for_each([&](const Module& module) {
        rows->add({text(module.name()), text(module.version()),
                   text(std::filesystem::path(module.file()).filename())});
    });
    return rows;
}
//! [loaded-modules]

}  // namespace

//! [register-module-sql]
void register_module_sql(Registry& to) {
    Function loaded;
    loaded.name = "pg_get_loaded_modules";
    loaded.kind = FunctionKind::set_returning;
    loaded.result = k_record;
    loaded.volatility = Volatility::volatile_;
    loaded.open = open_loaded_modules;
    loaded.out_columns = {{"module_name", k_text}, {"version", k_text}, {"file_name", k_text}};
    to.add(std::move(loaded));
}
//! [register-module-sql]

}  // namespace forklore
