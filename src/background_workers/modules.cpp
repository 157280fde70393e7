#include "background_workers/modules.hpp"

#include <dlfcn.h>
#include <link.h>

#include <cstring>

#include "background_workers/c_functions.hpp"
#include "background_workers/module_file.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "lwlocks/lw_lock.hpp"

namespace forklore {

namespace {

//! [run-entry]
using Entry = void (*)(Module&);

// What an entry may throw, as an error of ours. The exception itself may be of a type that only the module knows.
[[noreturn]] void entry_failed(const Module& module) {
    try {
        throw;
    } catch (Error& error) {
        std::string& context = error.report().context;
        context += fmt::format("{}loading module \"{}\"", context.empty() ? "" : "\n", module.name());
        throw;
    } catch (const std::exception& error) {
        throw Error(sqlstate::external_routine_exception, "module \"{}\" could not be loaded: {}",
                    module.name(), error.what());
    } catch (...) {
        throw Error(sqlstate::external_routine_exception,
                    "module \"{}\" could not be loaded: unknown exception", module.name());
    }
}

void run_entry(Entry entry, Module& module) {
    try {
        const auto held = detail::self.lock_count;
        entry(module);
        if (detail::self.lock_count != held) {
            release_all_lw_locks();
            throw Error(sqlstate::external_routine_exception,
                        "module \"{}\" has kept a lock that it took while it was loaded", module.name());
        }
    } catch (...) {
        module.take_back();
        entry_failed(module);
    }
    module.settle();
}
//! [run-entry]

//! [own-symbol]
// What a library itself exports under a name. The loader would look into those that it needs as well, and find a `malloc` in each.
void* own_symbol(void* handle, const std::string& name) {
    void* const found = dlsym(handle, name.c_str());
    link_map *library = nullptr, *finder = nullptr;
    Dl_info symbol;
    if (found == nullptr || dlinfo(handle, RTLD_DI_LINKMAP, &library) != 0 ||
        dladdr1(found, &symbol, reinterpret_cast<void**>(&finder), RTLD_DL_LINKMAP) == 0)
        return nullptr;
    return finder == library ? found : nullptr;
}
//! [own-symbol]

}  // namespace

//! [load]
void Modules::load(std::string_view file, bool superuser) {
    if (!superuser &&
        (!file.starts_with(k_plugins_directory) || file.find('/', k_plugins_directory.size()) != file.npos))
        throw Error(sqlstate::insufficient_privilege, "access to library \"{}\" is not allowed", file);
    open(file);
}

Modules::Loaded& Modules::open(std::string_view file) {
    const std::string path = find_library(file);
    const auto known_as = [&](Loaded& one) -> Loaded& { return one.names.insert({path, std::string(file)}), one; };
    // Its file may have been replaced since, or be gone. What is loaded stays.
    for (Loaded& one : loaded_)
        if (one.names.contains(path)) return known_as(one);
    if (path.find('/') == path.npos)  // the loader has a search path of its own
        throw Error(code_for_errno(ENOENT), "could not access file \"{}\": {}", path, errno_text(ENOENT));
    const std::optional<ModuleBlock> block = read_module_block(path);
    if (block) require_same_abi(path, *block);
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr)
        throw Error(sqlstate::internal_error, "could not load library \"{}\": {}", path, dlerror());
    for (Loaded& one : loaded_)
        if (one.handle == handle) return known_as(one);
    const void* loaded_block = own_symbol(handle, k_module_block);
    const auto entry = reinterpret_cast<Entry>(own_symbol(handle, k_module_entry));
    if (!block || loaded_block == nullptr || entry == nullptr)
        throw Error(sqlstate::internal_error, "incompatible library \"{}\": it has no entry", path);
    if (std::memcmp(loaded_block, &*block, sizeof *block) != 0)
        throw Error(sqlstate::internal_error, "could not load library \"{}\": its file has been replaced meanwhile", path);
    // One that fails stays in memory, where its exception is still used, and may be tried again.
    auto module = std::make_unique<Module>(*block, path, preloading_);
    run_entry(entry, *module);
    say(Severity::debug1, sqlstate::successful_completion, "loaded library \"{}\"", file);
    return known_as(loaded_.emplace_back(Loaded{{}, handle, std::move(module)}));
}
//! [load]

//! [find-symbol]
void* Modules::find_symbol(std::string_view library, std::string_view function, std::string_view prefix) {
    const Loaded& loaded = open(library);
    void* found = own_symbol(loaded.handle, std::string(prefix) + std::string(function));
    if (found == nullptr)
        throw Error(sqlstate::undefined_function, "could not find function \"{}\" in file \"{}\"", function,
                    loaded.module->file());
    return found;
}

void Modules::create_function(const CFunction& function, bool replace) { create_c_function(function, replace); }
void Modules::drop_function(const Function& function) { drop_c_function(function); }

Modules& modules() {
    static Modules the_modules;
    return the_modules;
}
//! [find-symbol]

}  // namespace forklore
