/// \file
/// One setting: a named, typed, documented value that an operator or a client may change.
///
/// A layer defines its settings as global objects and adds them to the process's registry (settings.hpp)
/// before anything is read from a file:
/// \code
/// IntSetting work_mem{{.name = "work_mem", .unit = SettingUnit::kilobytes,
///                      .category = "Resource Usage / Memory", .description = "Sets …"}, 4096, 64};
/// settings().add(work_mem);
/// … work_mem.value() …                    // a plain load
/// \endcode
///
/// Counterpart in PostgreSQL: guc_tables.h.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace forklore {

/// Who may change a setting, and when.
//! [contexts]
enum class SettingContext : std::uint8_t {
    internal,           ///< nobody: it tells how the server was built or what state it is in
    postmaster,         ///< the operator, before the server starts
    sighup,             ///< the operator, in the settings file, at any time
    superuser_backend,  ///< a superuser, when the connection begins
    backend,            ///< any client, when the connection begins
    superuser,          ///< a superuser, at any time
    user                ///< anybody, at any time
};
//! [contexts]

/// Where a value came from, weakest first; a weaker source never overrides a stronger one.
//! [sources]
enum class SettingSource : std::uint8_t {
    default_value,   ///< built in
    environment,     ///< an environment variable of the postmaster
    file,            ///< the settings file
    command_line,    ///< -c name=value
    all_roles,       ///< ALTER ROLE ALL SET
    database,        ///< ALTER DATABASE … SET
    user,            ///< ALTER ROLE … SET
    database_user,   ///< ALTER ROLE … IN DATABASE … SET
    client,          ///< the start-up packet
    override_value,  ///< the server itself, against all of the above
    session          ///< SET
};
//! [sources]

/// Unit of a numeric setting's stored value. Input may use any unit of the same kind ("64MB", "1min").
enum class SettingUnit : std::uint8_t {
    none,
    bytes,
    kilobytes,
    blocks_8kb,
    megabytes,
    milliseconds,
    seconds,
    minutes
};

/// The name as in pg_settings.context ("superuser-backend").
/// \param context to name.
std::string_view context_name(SettingContext context);

/// The name as in pg_settings.source ("configuration file").
/// \param source to name.
std::string_view source_name(SettingSource source);

/// The name as in pg_settings.unit ("8kB"); empty for none.
/// \param unit to name.
std::string_view unit_name(SettingUnit unit);

/// What a setting is, apart from its type and value. The texts must live as long as the setting.
struct SettingInfo {
    std::string_view name = {};                     ///< as SHOW spells it; compared without regard to case
    SettingContext context = SettingContext::user;  ///< who may change it
    SettingUnit unit = SettingUnit::none;           ///< unit of the stored value
    std::string_view category = {};                 ///< pg_settings.category
    std::string_view description = {};              ///< pg_settings.short_desc: one sentence
    std::string_view extra_description = {};        ///< pg_settings.extra_desc
    bool report_to_client = false;                  ///< send ParameterStatus when it changes
    bool hide_from_show_all = false;                ///< leave it out of SHOW ALL and pg_settings
    bool superuser_only = false;     ///< value visible to superusers (and pg_read_all_settings) only
    bool keep_on_reset_all = false;  ///< RESET ALL leaves it alone
};

/// The error for a value that a setting does not take: 22023 `invalid value for parameter "x": "y"`, to be
/// thrown (with a detail or a hint) by check hooks.
/// \param name of the setting.
/// \param value as text.
/// \param where filled in by the compiler.
Error invalid_setting_value(std::string_view name, std::string_view value,
                            SourceLocation where = SourceLocation::current());

/// A setting of any type, seen as text. Not copyable; lives as long as the process. Its value changes through
/// the registry only, which knows where a value came from (its source), who may change it (its context) and
/// what to put back when a transaction ends.
class SettingBase {
public:
    virtual ~SettingBase() = default;
    SettingBase(const SettingBase&) = delete;
    SettingBase& operator=(const SettingBase&) = delete;

    /// What it is.
    const SettingInfo& info() const { return info_; }
    /// Where the present value came from.
    SettingSource source() const { return source_; }
    /// File that the present value was read from, or empty when it came from elsewhere.
    std::string_view source_file() const {
        return source_ == SettingSource::file ? source_file_ : std::string_view();
    }
    /// Line in that file, from 1; 0 for none.
    int source_line() const { return source_ == SettingSource::file ? source_line_ : 0; }
    /// The file says something else, which waits for a restart.
    bool pending_restart() const { return pending_restart_; }
    /// Somebody set a dotted name that nobody has defined, so this stands in until somebody does.
    virtual bool is_placeholder() const { return false; }

    /// "bool", "integer", "real", "string", "enum"
    virtual std::string_view type_name() const = 0;
    /// As SHOW prints it ("4MB", "on").
    virtual std::string show() const = 0;
    /// As pg_settings.setting and ParameterStatus print it: without a unit ("4096").
    virtual std::string setting_text() const = 0;
    /// pg_settings.boot_val
    virtual std::string boot_text() const = 0;
    /// pg_settings.reset_val
    virtual std::string reset_text() const = 0;
    /// pg_settings.min_val
    virtual std::optional<std::string> min_text() const { return {}; }
    /// pg_settings.max_val
    virtual std::optional<std::string> max_text() const { return {}; }
    /// pg_settings.enumvals: shown words only
    virtual std::vector<std::string> enum_values() const { return {}; }

protected:
    /// A value of the setting's own type, kept aside: a candidate, or something to put back later.
    using Value = std::shared_ptr<const void>;

    /// \param info what it is.
    explicit SettingBase(const SettingInfo& info) : info_(info) {}

private:
    friend class Settings;

    virtual Value parse(std::string_view text) const = 0;  // throws what the value or the check hook deserves
    virtual Value boot_value() const = 0;                  // after the check hook
    virtual Value reset_value() const = 0;
    virtual Value present_value() const = 0;
    virtual bool is_present(const Value& value) const = 0;
    virtual void assign(const Value& value) = 0;  // with the assign hook
    virtual void assign_reset(const Value& value) = 0;

    const SettingInfo info_;
    SettingSource source_ = SettingSource::default_value;
    SettingSource reset_source_ = SettingSource::default_value;
    bool pending_restart_ = false;
    int source_line_ = 0;
    std::string source_file_;
};

/// A setting of type T.
/// \tparam T how the value is stored.
template <typename T>
class Setting : public SettingBase {
public:
    /// May change or refuse a candidate (throw Error, see invalid_setting_value()).
    using Check = std::function<void(T& candidate)>;
    /// Acts on an accepted value. Must not throw: it is also called to put an old value back.
    using Assign = std::function<void(const T& value)>;
    /// Replaces the text that SHOW prints.
    using Show = std::function<std::string(const T& value)>;

    /// The present value: a plain load.
    const T& value() const { return value_; }

    /// \name Hooks
    /// Set once, before the setting is added to the registry. Adding it runs them for the first value.
    /// \{

    /// \param hook see Check.
    /// \return itself.
    Setting& on_check(Check hook) {
        check_ = std::move(hook);
        return *this;
    }
    /// \param hook see Assign.
    /// \return itself.
    Setting& on_assign(Assign hook) {
        assign_ = std::move(hook);
        return *this;
    }
    /// \param hook see Show.
    /// \return itself.
    Setting& on_show(Show hook) {
        show_ = std::move(hook);
        return *this;
    }
    /// \}

    std::string show() const override { return show_ ? show_(value_) : format(value_, true); }
    std::string setting_text() const override { return show_ ? show_(value_) : format(value_, false); }
    std::string boot_text() const override { return format(boot_, false); }
    std::string reset_text() const override { return format(reset_, false); }

protected:
    /// \param info what it is.
    /// \param boot the value when nothing else is said.
    Setting(const SettingInfo& info, T boot)
        : SettingBase(info), value_(boot), reset_(boot), boot_(std::move(boot)) {}

private:
    virtual T parse_text(std::string_view text) const = 0;
    virtual std::string format(const T& value, bool with_unit) const = 0;

    Value checked(T candidate) const {
        if (check_) check_(candidate);
        return std::make_shared<const T>(std::move(candidate));
    }
    static const T& typed(const Value& value) { return *static_cast<const T*>(value.get()); }

    Value parse(std::string_view text) const final { return checked(parse_text(text)); }
    Value boot_value() const final { return checked(boot_); }
    Value reset_value() const final { return std::make_shared<const T>(reset_); }
    Value present_value() const final { return std::make_shared<const T>(value_); }
    bool is_present(const Value& value) const final { return value_ == typed(value); }
    // Writes only what differs: memory that a child leaves alone stays shared with its parent.
    void assign(const Value& value) final {
        if (!is_present(value)) value_ = typed(value);
        if (assign_) assign_(value_);
    }
    void assign_reset(const Value& value) final {
        if (!(reset_ == typed(value))) reset_ = typed(value);
    }

    T value_, reset_;
    const T boot_;
    Check check_;
    Assign assign_;
    Show show_;
};

/// on/off; accepts on, off, true, false, yes, no, 1, 0 and unambiguous beginnings.
class BoolSetting final : public Setting<bool> {
public:
    /// \param info what it is.
    /// \param boot first value.
    BoolSetting(const SettingInfo& info, bool boot) : Setting(info, boot) {}
    std::string_view type_name() const override { return "bool"; }

private:
    bool parse_text(std::string_view text) const override;
    std::string format(const bool& value, bool with_unit) const override;
};

/// A 32-bit integer with range and unit.
class IntSetting final : public Setting<std::int32_t> {
public:
    /// \param info what it is.
    /// \param boot first value, in info.unit.
    /// \param min smallest.
    /// \param max largest.
    IntSetting(const SettingInfo& info, std::int32_t boot, std::int32_t min = 0,
               std::int32_t max = std::numeric_limits<std::int32_t>::max())
        : Setting(info, boot), min_(min), max_(max) {}
    std::string_view type_name() const override { return "integer"; }
    std::optional<std::string> min_text() const override { return std::to_string(min_); }
    std::optional<std::string> max_text() const override { return std::to_string(max_); }

private:
    std::int32_t parse_text(std::string_view text) const override;
    std::string format(const std::int32_t& value, bool with_unit) const override;

    const std::int32_t min_, max_;
};

/// A floating-point number with range and unit.
class RealSetting final : public Setting<double> {
public:
    /// \param info what it is.
    /// \param boot first value, in info.unit.
    /// \param min smallest.
    /// \param max largest.
    RealSetting(const SettingInfo& info, double boot, double min = 0,
                double max = std::numeric_limits<double>::max())
        : Setting(info, boot), min_(min), max_(max) {}
    std::string_view type_name() const override { return "real"; }
    std::optional<std::string> min_text() const override;
    std::optional<std::string> max_text() const override;

private:
    double parse_text(std::string_view text) const override;
    std::string format(const double& value, bool with_unit) const override;

    const double min_, max_;
};

/// A text.
class StringSetting : public Setting<std::string> {
public:
    /// \param info what it is.
    /// \param boot first value.
    StringSetting(const SettingInfo& info, std::string boot) : Setting(info, std::move(boot)) {}
    std::string_view type_name() const override { return "string"; }

private:
    std::string parse_text(std::string_view text) const override { return std::string(text); }
    std::string format(const std::string& value, bool) const override { return value; }
};

/// One of several words; the value is the word's number, an enumerator of the layer's own.
class EnumSetting final : public Setting<int> {
public:
    /// One permitted word.
    struct Option {
        std::string_view word;  ///< as written; compared without regard to case
        int value;              ///< what it means
        bool hidden = false;    ///< accepted but not listed
    };
    /// \param info what it is.
    /// \param boot first value.
    /// \param options permitted words; the first spelling of a value is the one that is shown.
    EnumSetting(const SettingInfo& info, int boot, std::vector<Option> options)
        : Setting(info, boot), options_(std::move(options)) {}
    /// The value as an enumerator.
    /// \tparam E the layer's enum.
    template <typename E>
    E as() const {
        return static_cast<E>(value());
    }
    std::string_view type_name() const override { return "enum"; }
    std::vector<std::string> enum_values() const override;

private:
    int parse_text(std::string_view text) const override;
    std::string format(const int& value, bool with_unit) const override;

    const std::vector<Option> options_;
};

/// Whether a text says yes or no: on, off, true, false, yes, no, 1, 0, in any case, and unambiguous
/// beginnings.
/// \param text what was said.
/// \return none when it says neither.
std::optional<bool> parse_bool(std::string_view text);

/// Whether two names of settings are the same: ASCII letters compare without regard to case.
/// \param a one name.
/// \param b the other.
/// \return negative, 0 or positive, for sorting.
int compare_setting_names(std::string_view a, std::string_view b);

}  // namespace forklore
