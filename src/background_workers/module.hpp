/// \file
/// Module: what a library is handed when it is loaded, to make itself at home in the server.
///
/// A module is a shared library that begins so:
/// \code
/// #include "background_workers/module.hpp"
///
/// FORKLORE_MODULE("counter", "1.0") {
///     module.add(step);                                     // a setting, a global object
///     module.reserve_setting_prefix("counter");
///     module.add(function<next_number>("next_number", 0));  // a function for SQL
///     module.hook(executor_run_hook, [](const auto& next, auto&... arguments) { … });
/// }
/// \endcode
/// The entry runs once in each process that loads the library. When the postmaster loads it, all processes inherit what came of it.
/// An entry that throws has loaded nothing: what it had added is taken back.
///
/// Counterpart in PostgreSQL: _PG_init, and the calls that are made in it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "background_workers/module_block.hpp"
#include "base/hook.hpp"
#include "queries/declare.hpp"
#include "queries/relation.hpp"

namespace forklore {

//! [module]
class SettingBase;

/// \copydoc module.hpp
class Module {
public:
    /// \param block what it says of itself \param file where it was found \param preloading whether the postmaster loads it before
    /// there is shared memory
    Module(const ModuleBlock& block, std::string file, bool preloading);
    Module(const Module&) = delete;
    Module& operator=(const Module&) = delete;

    const std::string& name() const { return name_; }        ///< what it calls itself
    const std::string& version() const { return version_; }  ///< its own
    const std::string& file() const { return file_; }        ///< path of the library
    bool preloading() const {
        return preloading_;
    }  ///< whether the server starts: shared memory may be asked for, workers registered

    /// For modules that need shared memory or workers of their own. Throws Error 55000 unless the server is starting.
    void require_preloading() const;

    /// Adds a setting; what was set under its name before becomes its value, or is refused with a WARNING. Throws Error XX000 when
    /// there is one of that name, 55P02 when it can only be set before the server starts and that is past. \param setting a global
    /// object, with a name that has a dot
    void add(SettingBase& setting);
    /// Says that all settings with this prefix are known: once the module is loaded, what has been set under another is removed with a WARNING, and
    /// others are refused. Throws Error 42710 when another module has said so. \param prefix what stands before the dot
    void reserve_setting_prefix(std::string_view prefix);
    /// Adds a function for SQL. Throws Error 42723 when there is one of that name and these argument types.
    /// \param function see function() \return the kept one
    const Function& add(Function function);
    /// Adds a view. Throws Error 42P07 when there is one of that name. \param view see SystemView
    void add(std::unique_ptr<Relation> view);
    /// Steps in somewhere. \param where one of the hooks \param link what is called there, see Hook
    template <typename Signature>
    void hook(Hook<Signature>& where, typename Hook<Signature>::Link link) {
        const void* handle = where.add(std::move(link));
        undo_.push_back([&where, handle] { where.remove(handle); });
    }

    /// Takes back all that it has added.
    void take_back() noexcept;
    /// It has come to stay: nothing will be taken back, and its prefixes are its own.
    void settle();

private:
    std::string name_, version_, file_;
    bool preloading_;
    std::vector<std::function<void()>> undo_;
    std::vector<std::string> reserved_;
};
//! [module]

//! [module-macro]
/// Begins a module, and is followed by its entry's body, which has a `Module& module`. One to a library.
/// \param module_name what it calls itself \param module_version its own version
#define FORKLORE_MODULE(module_name, module_version)                          \
    [[gnu::section(".forklore_module"), gnu::used,                            \
      gnu::visibility("default")]] extern const forklore::ModuleBlock         \
        forklore_module_block =                                               \
            forklore::make_module_block(module_name, module_version);         \
    extern "C" [[gnu::visibility("default")]] void forklore_module_entry(     \
        [[maybe_unused]] forklore::Module& module)
//! [module-macro]

}  // namespace forklore
