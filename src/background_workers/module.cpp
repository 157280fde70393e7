#include "background_workers/module.hpp"

#include <map>

#include "base/settings.hpp"

namespace forklore {

namespace {

//! [module-prefixes]
// Who has which prefix of settings.
std::map<std::string, std::string, std::less<>>& prefixes() {
    static std::map<std::string, std::string, std::less<>> taken;
    return taken;
}
//! [module-prefixes]

//! [text-of]
template <std::size_t size>
std::string text_of(const FixedText<size>& text) {
    return {text.begin(), std::find(text.begin(), text.end(), '\0')};
}
//! [text-of]

}  // namespace

//! [module-construct]
Module::Module(const ModuleBlock& block, std::string file, bool preloading)
    : name_(text_of(block.name)),
      version_(text_of(block.version)),
      file_(std::move(file)),
      preloading_(preloading) {}

void Module::require_preloading() const {
    if (!preloading_)
        throw Error(sqlstate::object_not_in_prerequisite_state,
                    "module \"{}\" must be loaded via \"shared_preload_libraries\"", name_);
}
//! [module-construct]

//! [module-settings]
void Module::add(SettingBase& setting) {
    const std::string_view name = setting.info().name;
    if (name.find('.') == std::string_view::npos)
        throw Error(sqlstate::invalid_name, "a module's parameter needs a prefix: \"{}\"", name);
    if (!preloading_ && setting.info().context == SettingContext::postmaster)
        throw Error(sqlstate::cant_change_runtime_param,
                    "parameter \"{}\" can only be defined while the server starts", name)
            .hint(fmt::format("Add \"{}\" to \"shared_preload_libraries\" and restart the server.", name_));
    settings().add(setting);
    undo_.push_back([&setting] { settings().remove(setting); });
}

void Module::reserve_setting_prefix(std::string_view prefix) {
    const auto [taken, is_new] = prefixes().try_emplace(std::string(prefix), name_);
    if (!is_new)
        throw Error(sqlstate::duplicate_object,
                    "parameter prefix \"{}\" is already reserved by module \"{}\"", prefix, taken->second);
    undo_.push_back([prefix = std::string(prefix)] { prefixes().erase(prefix); });
    reserved_.emplace_back(prefix);
}
//! [module-settings]

//! [module-sql]
const Function& Module::add(Function function) {
    for (const Function* other : registry().functions(function.name))
        if (other->arguments == function.arguments)
            throw Error(sqlstate::duplicate_function,
                        "function \"{}\" already exists with same argument types", function.name);
    const Function& kept = registry().add(std::move(function));
    undo_.push_back([&kept] { registry().remove(kept); });
    return kept;
}

void Module::add(std::unique_ptr<Relation> view) {
    const Relation& kept = *view;
    if (registry().find_relation(kept.schema(), kept.name()) != nullptr)
        throw Error(sqlstate::duplicate_table, "relation \"{}\" already exists", kept.name());
    registry().add(std::move(view));
    undo_.push_back([&kept] { registry().remove(kept); });
}
//! [module-sql]

//! [module-take-back]
void Module::take_back() noexcept {
    for (auto undo = undo_.rbegin(); undo != undo_.rend(); ++undo) (*undo)();
    undo_.clear();
}

void Module::settle() {
    undo_.clear();
    for (const std::string& prefix : reserved_) settings().reserve_prefix(prefix);
}
//! [module-take-back]

}  // namespace forklore
