/// \file
/// Modules: the libraries that this process has loaded.
///
/// Each process has its own list, which begins with its parent's: what the postmaster loads, all have. A library is loaded once and stays
/// until the process ends. Before anything of it runs, what its file says of itself is compared with what this server is.
///
/// Counterpart in PostgreSQL: dfmgr.c.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "background_workers/module.hpp"
#include "queries/libraries.hpp"

namespace forklore {

//! [modules]
/// Where libraries lie that everybody may load.
inline constexpr std::string_view k_plugins_directory = "$libdir/plugins/";

/// \copydoc modules.hpp
class Modules final : public Libraries {
public:
    /// Loads a library, unless it is loaded already. Throws Error 58P01 when there is no such file, XX000 when it is no library, no
    /// module or one of another version, 42501 when it is not for everybody and an ordinary user asks, and what the module's entry
    /// throws: then the process is as it was before.
    /// \param file name or path, see find_library() \param superuser whether any library may be loaded
    void load(std::string_view file, bool superuser) override;

    void create_function(const CFunction& function, bool replace) override;
    void drop_function(const Function& function) override;

    /// Finds a function in a library, loading it if need be. Throws as load(), and Error 42883 when there is none of that name.
    /// \param library name or path, see find_library() \param function as the library exports it \param prefix what the library exports
    /// has this in front \return its address in this process
    void* find_symbol(std::string_view library, std::string_view function, std::string_view prefix = {});

    /// Whether the server is starting: modules may ask for shared memory and register workers.
    bool preloading() const { return preloading_; }
    /// \param now whether it is
    void set_preloading(bool now) { preloading_ = now; }

    /// What is loaded, in the order in which it was. \param visit called for each Module
    template <typename Visit>
    void for_each(Visit visit) const {
        for (const Loaded& one : loaded_) visit(*one.module);
    }

private:
    struct Loaded {
        std::set<std::string, std::less<>> names;  // by which it was asked for, and its paths
        void* handle;
        std::unique_ptr<Module> module;
    };
    Loaded& open(std::string_view file);

    std::vector<Loaded> loaded_;
    bool preloading_ = false;
};

/// This process's.
Modules& modules();

/// As Modules::find_symbol(). \param library name or path \param function as the library exports it \return its address in this process
inline void* find_symbol(std::string_view library, std::string_view function) {
    return modules().find_symbol(library, function);
}
//! [modules]

}  // namespace forklore
