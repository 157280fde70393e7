#include "background_workers/modules.hpp"

#include <dlfcn.h>
#include <sys/stat.h>

#include <algorithm>

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
    struct stat found {};
    if (stat(path.c_str(), &found) != 0)
        throw Error(code_for_errno(errno), "could not access file \"{}\": {}", path, errno_text(errno));
    for (Loaded& one : loaded_)
        if (one.device == found.st_dev && one.inode == found.st_ino) return one;
    const std::optional<ModuleBlock> block = read_module_block(path);
    if (block) require_same_abi(path, *block);
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr)
        throw Error(sqlstate::internal_error, "could not load library \"{}\": {}", path, dlerror());
    const auto entry = reinterpret_cast<Entry>(dlsym(handle, k_module_entry));
    if (!block || entry == nullptr)
        throw Error(sqlstate::internal_error, "incompatible library \"{}\": it has no entry", path);
    // One that fails stays in memory, where its exception is still used, and may be tried again.
    auto module = std::make_unique<Module>(*block, path, preloading_);
    run_entry(entry, *module);
    say(Severity::debug1, sqlstate::successful_completion, "loaded library \"{}\"", file);
    return loaded_.emplace_back(Loaded{found.st_dev, found.st_ino, handle, std::move(module)});
}
//! [load]

//! [find-symbol]
void* Modules::find_symbol(std::string_view library, std::string_view function, std::string_view prefix) {
    const Loaded& loaded = open(library);
    void* found = dlsym(loaded.handle, (std::string(prefix) + std::string(function)).c_str());
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
