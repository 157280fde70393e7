/// \file
/// The registry of settings: who may change which setting, whose word counts more, what to put back when a
/// transaction ends.
///
/// It is made in the postmaster and inherited by fork; each process has its own copy from then on.
///
/// Counterpart in PostgreSQL: guc.c.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/setting.hpp"
#include "base/settings_file.hpp"

namespace forklore {

/// How long a change lasts.
enum class SettingScope : std::uint8_t {
    session,  ///< SET: until the session ends; undone when the transaction rolls back
    local,    ///< SET LOCAL: until the transaction ends
};

/// The registry of one process.
class Settings {
public:
    Settings();
    ~Settings();
    Settings(const Settings&) = delete;
    Settings& operator=(const Settings&) = delete;

    /// Takes in a setting and runs its hooks on its first value. A placeholder of that name is replaced: what
    /// it was set to becomes the setting's value, or is dropped with a WARNING when the setting does not take
    /// it.
    /// \param setting a global object; its name must be new.
    void add(SettingBase& setting);

    /// Says that all names with this prefix are defined: placeholders for others are removed with a WARNING,
    /// and new ones are refused. Counterpart in PostgreSQL: MarkGUCPrefixReserved().
    /// \param prefix what stands before the dot.
    void reserve_prefix(std::string_view prefix);

    /// Forgets a setting of a module that could not be loaded after all: what was said of it stays as a placeholder.
    /// \param setting from add(); it may come back.
    void remove(SettingBase& setting);

    /// Looks a setting up.
    /// \param name in any case.
    /// \return null when there is none.
    SettingBase* find(std::string_view name) const;

    /// Looks a setting up. Throws Error 42704 `unrecognized configuration parameter "x"`.
    /// \param name in any case.
    SettingBase& get(std::string_view name) const;

    /// All settings, sorted by name without regard to case.
    const std::vector<SettingBase*>& all() const;

    /// Changes a setting, as far as context and source allow. The source also tells who asks: `session` and
    /// `client` are the client's user; `file`, `command_line` and `environment` are the operator before the
    /// server starts; `default_value` and `override_value` are the server itself, which may change anything.
    ///
    /// Throws Error 42704 (unknown), 42602 (a placeholder's name that is none), 22023 (value), 55P02
    /// (`parameter "x" cannot be changed now` and its like), 42501 (superusers only).
    /// \param name in any case; a name with a dot that nobody defined becomes a placeholder.
    /// \param value text; none for DEFAULT.
    /// \param source where it comes from.
    /// \param scope how long it lasts (source session only).
    /// \param superuser whether whoever asks is one; matters where the source is a person (session, client, the
    /// commands of ALTER ROLE and ALTER DATABASE).
    void set(std::string_view name, std::optional<std::string_view> value, SettingSource source,
             SettingScope scope = SettingScope::session, bool superuser = false);

    /// RESET name: back to what it was when the session began. Throws as set() does.
    /// \param name in any case.
    /// \param superuser whether whoever asks is one.
    void reset(std::string_view name, bool superuser = false);

    /// RESET ALL
    void reset_all();

    /// Applies a file. A line that cannot be understood or names an unknown setting makes the whole file
    /// ignored; a value that is refused makes only that line ignored. Settings that need a restart are logged
    /// and marked pending; settings that have gone from the file go back to their default.
    ///
    /// The process that loads a file at start is the server's first; others that load it later (its children)
    /// say what happens at DEBUG2 only, so that it is not logged once for each.
    /// \param path the settings file.
    /// \param at_start true before the server runs: then anything wrong is logged and throws Fatal F0000.
    /// Otherwise it is logged only.
    /// \return whether all of it was applied.
    bool load_file(const std::string& path, bool at_start);

    /// \name Transactions
    /// Levels nest: 1 is the transaction, deeper ones are savepoints.
    /// \{

    /// Enters a (sub)transaction.
    void begin_level();

    /// Leaves it.
    /// \param commit false puts back what was changed in it; true keeps SET, and undoes SET LOCAL when the
    /// level is 1.
    void end_level(bool commit);
    /// \}

    /// Settings with `report_to_client` whose text differs from what was last taken, each once with its final
    /// value. The first call of a session gives them all. Costs nothing when nothing changed.
    /// \return name and value, sorted by name.
    std::vector<std::pair<std::string_view, std::string>> take_changes_to_report();

    /// A number that grows with every change of any setting: whoever keeps something made from settings sees
    /// by it when to look again.
    std::uint64_t generation() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The registry of this process.
Settings& settings();

}  // namespace forklore
