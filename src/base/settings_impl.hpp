/// \file
/// What the registry of settings is made of. For this floor's own files.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/settings.hpp"

namespace forklore {

/// Stands in for a dotted name that nobody has defined. It is a text without rules.
class Placeholder final : public StringSetting {
public:
    /// \param name as it was first written.
    explicit Placeholder(std::unique_ptr<const std::string> name);
    bool is_placeholder() const override { return true; }

    /// Somebody who is no superuser has set it: it must not become the value of a setting that is theirs alone.
    bool set_by_user = false;

private:
    std::unique_ptr<const std::string> name_;
};

/// See the top of this file.
struct Settings::Impl {
    using Value = SettingBase::Value;  ///< a value kept aside

    /// What an attempt to change a setting came to.
    enum class Outcome {
        changed,    ///< the present value
        unchanged,  ///< but perhaps the value that RESET goes back to
        refused     ///< needs a restart
    };

    /// What SET and SET LOCAL have done to one setting at one level of transaction.
    struct Change {
        /// Which of the two, as far as it still matters.
        enum class Kind { set, local, set_then_local };

        SettingBase* setting;        ///< which
        int level;                   ///< 1 for the transaction, more for savepoints
        Kind kind;                   ///< what was done
        Value prior;                 ///< value from before the level
        SettingSource prior_source;  ///< where that came from
        Value masked;                ///< set_then_local: what SET said, which holds again when SET LOCAL ends
    };

    /// A setting that the client is told about.
    struct Reported {
        SettingBase* setting;             ///< which
        std::optional<std::string> told;  ///< what the client was told last
    };

    std::vector<SettingBase*> sorted;                        ///< all, by name
    std::vector<std::unique_ptr<Placeholder>> placeholders;  ///< those of them that are ours
    std::vector<std::string> reserved_prefixes;              ///< which may not have placeholders
    std::vector<Reported> reported;                          ///< sorted by name
    bool report_needed = false;                              ///< one of them may have changed
    std::uint64_t generation = 0;                            ///< see Settings::generation()
    std::vector<Change> changes;                             ///< levels ascend; one for a setting and level
    int level = 0;                                           ///< of transaction; 0 outside
    pid_t first_process = 0;                                 ///< the one that loaded a file at start

    /// \name The registry (settings.cpp)
    /// The settings by name, and the rule for every change of one.
    /// \{
    std::vector<SettingBase*>::iterator position(std::string_view name);
    SettingBase* find(std::string_view name);
    void insert(SettingBase& setting);
    void add_to_reported(SettingBase& setting);
    Outcome apply(SettingBase& setting, std::optional<std::string_view> text, SettingContext asking,
                  SettingSource source, SettingScope scope);
    void assign(SettingBase& setting, const Value& value, SettingSource source);
    static SettingContext asker(SettingSource source, bool superuser);
    static void check_permission(const SettingInfo& info, SettingContext asking, SettingSource source);
    static Error needs_restart(const SettingInfo& info);
    /// \}

    /// \name Names that nobody has defined (settings_placeholder.cpp)
    /// They may be set all the same, if they have a dot.
    /// \{
    static bool is_custom_name(std::string_view name);
    bool is_reserved(std::string_view name) const;
    SettingBase& find_or_make(std::string_view name);
    void take_over(SettingBase& placeholder, SettingBase& setting);
    Value adopted(const SettingBase& placeholder, const Value& text, SettingSource source,
                  const SettingBase& setting);
    /// \}

    /// \name Transactions (settings_transaction.cpp)
    /// What to put back when one ends.
    /// \{
    Change* change_at_level(const SettingBase& setting, int at);
    void remember(SettingBase& setting, SettingScope scope);
    void replace_prior(const SettingBase& setting, const Value& value, SettingSource source);
    bool end_change(Change& change, bool commit);
    void put_back(SettingBase& setting, const Value& value, SettingSource source);
    /// \}

    /// \name The file (settings_load.cpp)
    /// What is wrong with it is said, not thrown: the server goes on.
    /// \{
    bool is_child() const;
    void report_error(const Error& error) const;
    bool check_names(const std::vector<SettingLine>& lines);
    bool revert_missing(const std::vector<SettingLine>& lines, SettingContext asking);
    bool apply_line(const SettingLine& line, SettingContext asking);
    void forget_file(SettingBase& setting);
    /// \}

    /// Says what reading a file led to.
    /// \param format fmt's format string.
    /// \param args its arguments.
    template <typename... Args>
    void note(fmt::format_string<Args...> format, Args&&... args) const {
        say(is_child() ? Severity::debug2 : Severity::log, sqlstate::successful_completion, format,
            std::forward<Args>(args)...);
    }
};

}  // namespace forklore
