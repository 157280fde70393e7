/// \file
/// Settings: named, typed, documented values that an operator or a client may change.
///
/// A layer defines its settings as global objects and adds them to the process's one registry, before anything is
/// read from a file:
/// \code
/// IntSetting work_mem{{.name = "work_mem", .context = SettingContext::user, .unit = SettingUnit::kilobytes,
///                      .category = "Resource Usage / Memory", .description = "Sets …"}, 4096, 64, max};
/// settings().add(work_mem);
/// … work_mem.value() …                    // a plain load
/// \endcode
/// All other changes go through `settings()`: they know where a value came from (its source), who may change it
/// (its context) and what to put back when a transaction ends.
///
/// The registry is made in the postmaster and inherited by fork; each process has its own copy from then on.
///
/// Counterpart in PostgreSQL: guc.c.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace forklore {

/// Who may change a setting, and when. Names as in pg_settings.context.
enum class SettingContext : std::uint8_t { internal, postmaster, sighup, superuser_backend, backend, superuser, user };

/// Where a value came from, weakest first; a weaker source never overrides a stronger one. Names as in pg_settings.source.
enum class SettingSource : std::uint8_t {
    default_value, environment, file, command_line, database, user, client, override_value, session
};

/// Unit of a numeric setting's stored value. Input may use any unit of the same kind ("64MB", "1min").
enum class SettingUnit : std::uint8_t { none, bytes, kilobytes, blocks_8kb, megabytes, milliseconds, seconds, minutes };

/// How long a change lasts.
enum class SettingScope : std::uint8_t {
    session,  ///< SET: until the session ends; undone when the transaction rolls back
    local,    ///< SET LOCAL: until the transaction ends
};

/// What a setting is, apart from its type and value.
struct SettingInfo {
    std::string_view name;                                ///< as SHOW spells it; compared without regard to case
    SettingContext context = SettingContext::user;        ///< who may change it
    SettingUnit unit = SettingUnit::none;                 ///< unit of the stored value
    std::string_view category = {};                       ///< pg_settings.category
    std::string_view description = {};                    ///< pg_settings.short_desc: one sentence
    std::string_view extra_description = {};              ///< pg_settings.extra_desc
    bool report_to_client = false;                        ///< send ParameterStatus when it changes
    bool hide_from_show_all = false;                      ///< leave it out of SHOW ALL and pg_settings
    bool superuser_only = false;                          ///< value visible to superusers (and pg_read_all_settings) only
    bool keep_on_reset_all = false;                       ///< RESET ALL leaves it alone
};

/// A setting of any type, seen as text. Not copyable; lives as long as the process.
class SettingBase {
public:
    virtual ~SettingBase() = default;
    SettingBase(const SettingBase&) = delete;
    SettingBase& operator=(const SettingBase&) = delete;

    const SettingInfo& info() const { return info_; }             ///< what it is
    SettingSource source() const { return source_; }              ///< where the present value came from
    const std::string& source_file() const { return source_file_; }  ///< file it was read from, or empty
    int source_line() const { return source_line_; }              ///< line in that file, from 1; 0 for none
    bool pending_restart() const { return pending_restart_; }     ///< the file says something else, which waits for a restart

    virtual std::string_view type_name() const = 0;               ///< "bool", "integer", "real", "string", "enum"
    virtual std::string show() const = 0;                         ///< as SHOW prints it ("4MB", "on")
    virtual std::string setting_text() const = 0;                 ///< as pg_settings.setting prints it (no unit: "4096")
    virtual std::string boot_text() const = 0;                    ///< pg_settings.boot_val
    virtual std::string reset_text() const = 0;                   ///< pg_settings.reset_val
    virtual std::optional<std::string> min_text() const { return {}; }  ///< pg_settings.min_val
    virtual std::optional<std::string> max_text() const { return {}; }  ///< pg_settings.max_val
    virtual std::vector<std::string> enum_values() const { return {}; } ///< pg_settings.enumvals, shown values only

protected:
    /// \param info what it is.
    explicit SettingBase(SettingInfo info) : info_(info) {}

private:
    friend class Settings;
    /// Turns text into a value and keeps it as candidate; throws Error 22023 (or what the check hook throws). Empty optional = boot value.
    virtual void parse(const std::optional<std::string_view>& text) = 0;
    virtual void accept() = 0;              ///< candidate becomes the value (runs the assign hook)
    virtual void accept_as_reset() = 0;     ///< candidate becomes the value that RESET returns to
    virtual void restore_reset() = 0;       ///< value := reset value
    virtual std::shared_ptr<const void> save() const = 0;            ///< snapshot of the value for roll-back
    virtual void restore(const std::shared_ptr<const void>& saved) = 0;  ///< puts a snapshot back

    SettingInfo info_;
    SettingSource source_ = SettingSource::default_value;
    SettingSource reset_source_ = SettingSource::default_value;
    std::string source_file_;
    int source_line_ = 0;
    bool pending_restart_ = false;
};

/// A setting of type T. `check` may change or refuse (throw Error) a candidate; `assign` acts on an accepted one and must not throw.
template <typename T>
class Setting : public SettingBase {
public:
    using Check = std::function<void(T& candidate)>;        ///< see class
    using Assign = std::function<void(const T& value)>;     ///< see class
    using Show = std::function<std::string(const T& value)>;  ///< replaces the default text of SHOW

    /// The present value: a plain load.
    const T& value() const { return value_; }

    /// \name Hooks
    /// Set once, before the setting is added to the registry.
    /// \{
    Setting& on_check(Check hook) { check_ = std::move(hook); return *this; }    ///< \param hook see class \return itself
    Setting& on_assign(Assign hook) { assign_ = std::move(hook); return *this; } ///< \param hook see class \return itself
    Setting& on_show(Show hook) { show_ = std::move(hook); return *this; }       ///< \param hook see class \return itself
    /// \}

protected:
    /// \param info what it is. \param boot the value when nothing else is said.
    Setting(SettingInfo info, T boot) : SettingBase(info), value_(boot), boot_(boot), reset_(boot), candidate_(boot) {}

    T value_, boot_, reset_, candidate_;
    Check check_;
    Assign assign_;
    Show show_;

private:
    void accept() override { value_ = candidate_; if (assign_) assign_(value_); }
    void accept_as_reset() override { reset_ = candidate_; }
    void restore_reset() override { value_ = reset_; if (assign_) assign_(value_); }
    std::shared_ptr<const void> save() const override { return std::make_shared<T>(value_); }
    void restore(const std::shared_ptr<const void>& saved) override {
        value_ = *static_cast<const T*>(saved.get());
        if (assign_) assign_(value_);
    }
};

/// on/off; accepts on, off, true, false, yes, no, 1, 0 and unambiguous beginnings.
class BoolSetting : public Setting<bool> {
public:
    BoolSetting(SettingInfo info, bool boot);  ///< \param info what it is \param boot first value
    std::string_view type_name() const override { return "bool"; }
    std::string show() const override;
    std::string setting_text() const override;
    std::string boot_text() const override;
    std::string reset_text() const override;
private:
    void parse(const std::optional<std::string_view>& text) override;
};

/// A 32-bit integer with range and unit.
class IntSetting : public Setting<std::int32_t> {
public:
    /// \param info what it is \param boot first value, in info.unit \param min smallest \param max largest
    IntSetting(SettingInfo info, std::int32_t boot, std::int32_t min, std::int32_t max);
    std::string_view type_name() const override { return "integer"; }
    std::string show() const override;
    std::string setting_text() const override;
    std::string boot_text() const override;
    std::string reset_text() const override;
    std::optional<std::string> min_text() const override;
    std::optional<std::string> max_text() const override;
private:
    void parse(const std::optional<std::string_view>& text) override;
    std::int32_t min_, max_;
};

/// A floating-point number with range and unit.
class RealSetting : public Setting<double> {
public:
    RealSetting(SettingInfo info, double boot, double min, double max);  ///< \param info what it is \param boot first value \param min smallest \param max largest
    std::string_view type_name() const override { return "real"; }
    std::string show() const override;
    std::string setting_text() const override;
    std::string boot_text() const override;
    std::string reset_text() const override;
    std::optional<std::string> min_text() const override;
    std::optional<std::string> max_text() const override;
private:
    void parse(const std::optional<std::string_view>& text) override;
    double min_, max_;
};

/// A text.
class StringSetting : public Setting<std::string> {
public:
    StringSetting(SettingInfo info, std::string boot);  ///< \param info what it is \param boot first value
    std::string_view type_name() const override { return "string"; }
    std::string show() const override;
    std::string setting_text() const override;
    std::string boot_text() const override;
    std::string reset_text() const override;
private:
    void parse(const std::optional<std::string_view>& text) override;
};

/// One of several words; the value is the word's number, an enumerator of the layer's own.
class EnumSetting : public Setting<int> {
public:
    /// One permitted word.
    struct Option {
        std::string_view word;  ///< as written
        int value;              ///< what it means
        bool hidden = false;    ///< accepted but not listed
    };
    /// \param info what it is \param boot first value \param options permitted words, first spelling of a value is shown
    EnumSetting(SettingInfo info, int boot, std::vector<Option> options);
    /// The value as an enumerator. \tparam E the layer's enum.
    template <typename E> E as() const { return static_cast<E>(value()); }
    std::string_view type_name() const override { return "enum"; }
    std::string show() const override;
    std::string setting_text() const override;
    std::string boot_text() const override;
    std::string reset_text() const override;
    std::vector<std::string> enum_values() const override;
private:
    void parse(const std::optional<std::string_view>& text) override;
    std::string word(int value) const;
    std::vector<Option> options_;
};

/// What a settings file holds: one line `name = 'value'` (the equals sign is optional) with its place.
struct SettingLine {
    std::string name, value, file;  ///< as written; value without its quotes
    int line = 0;                   ///< from 1
};

/// Reads a settings file in PostgreSQL's syntax, following include, include_if_exists and include_dir.
/// \param path the file. \return its lines in order.
/// Throws Error 58P01/42601 naming file and line when it cannot be read or understood.
std::vector<SettingLine> read_settings_file(const std::string& path);

/// The registry of one process.
class Settings {
public:
    Settings();
    ~Settings();

    void add(SettingBase& setting);  ///< \param setting a global object; its name must be new
    SettingBase* find(std::string_view name);  ///< null when unknown \param name any case
    SettingBase& get(std::string_view name);   ///< throws Error 42704 `unrecognized configuration parameter "x"` \param name any case
    std::vector<SettingBase*> all();           ///< sorted by name as PostgreSQL sorts them

    /// Changes a setting, as far as context and source allow.
    /// \param name any case; a name with a dot that nobody defined becomes a placeholder.
    /// \param value text; empty optional = DEFAULT.
    /// \param source where it comes from. \param scope how long it lasts (source session only).
    /// \param superuser whether whoever asks is one.
    /// Throws Error 42704, 22023, 55P02 (`parameter "x" cannot be changed now`), 42501.
    void set(std::string_view name, std::optional<std::string_view> value, SettingSource source,
             SettingScope scope = SettingScope::session, bool superuser = true);

    void reset(std::string_view name, bool superuser = true);  ///< RESET name \param name any case \param superuser whether whoever asks is one
    void reset_all();                                          ///< RESET ALL

    /// Applies a file: as one, or (when any line is wrong) not at all. At run time, settings that need a restart are
    /// logged and marked pending. Settings gone from the file go back to their default.
    /// \param path the settings file. \param at_start true before the server runs: errors throw. Otherwise they are
    /// logged, and the return value is false. \return whether it was applied.
    bool load_file(const std::string& path, bool at_start);

    /// \name Transactions
    /// Levels nest: 1 is the transaction, deeper ones are savepoints.
    /// \{
    void begin_level();             ///< enters a (sub)transaction
    void end_level(bool commit);    ///< leaves it \param commit false puts back what was changed; true keeps SET, undoes SET LOCAL at level 1
    /// \}

    /// Settings with `report_to_client` whose text differs from what was last taken, each once: (name, value).
    std::vector<std::pair<std::string, std::string>> take_changes_to_report();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The registry of this process.
Settings& settings();

}  // namespace forklore
