#include "base/settings.hpp"

#include <unistd.h>

#include <algorithm>

#include "base/log.hpp"

namespace forklore {

namespace {

// Stands in for a dotted name that nobody has defined. It is a text without rules.
class Placeholder final : public StringSetting {
public:
    explicit Placeholder(std::unique_ptr<const std::string> name)
        : StringSetting({.name = *name, .category = "Customized Options", .hide_from_show_all = true}, ""),
          name_(std::move(name)) {}
    bool is_placeholder() const override { return true; }

    // Somebody who is no superuser has set it: it must not become the value of a setting that is theirs
    // alone.
    bool set_by_user = false;

private:
    std::unique_ptr<const std::string> name_;
};

bool is_identifier(std::string_view text) {
    auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
    };
    auto is_inner = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '$'; };
    return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), is_inner);
}

// Two or more identifiers with dots between.
bool is_custom_name(std::string_view name) {
    std::size_t parts = 0;
    for (;; ++parts) {
        std::size_t dot = name.find('.');
        if (!is_identifier(name.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return parts > 0;
        name.remove_prefix(dot + 1);
    }
}

// Who asks for a change; PostgreSQL's name for it is the GucContext of the caller.
SettingContext asker(SettingSource source, bool superuser) {
    switch (source) {
        case SettingSource::default_value:
        case SettingSource::override_value:
            return SettingContext::internal;
        case SettingSource::environment:
        case SettingSource::file:
        case SettingSource::command_line:
            return SettingContext::postmaster;
        case SettingSource::client:
            return superuser ? SettingContext::superuser_backend : SettingContext::backend;
        case SettingSource::all_roles:
        case SettingSource::database:
        case SettingSource::user:
        case SettingSource::database_user:
        case SettingSource::session:
            break;
    }
    return superuser ? SettingContext::superuser : SettingContext::user;
}

Error cannot_change(const SettingInfo& info, std::string_view how) {
    return Error(sqlstate::cant_change_runtime_param, "parameter \"{}\" cannot be {}", info.name, how);
}

constexpr std::string_view k_without_restart = "changed without restarting the server";

// Throws unless whoever asks may change the setting at this time.
void check_permission(const SettingInfo& info, SettingContext asking, SettingSource source) {
    using enum SettingContext;
    auto permission_denied = [&] {
        return Error(sqlstate::insufficient_privilege, "permission denied to set parameter \"{}\"",
                     info.name);
    };
    if (asking == internal) return;
    switch (info.context) {
        case internal:
            throw cannot_change(info, "changed");
        case postmaster:
            // In a file that is read again it is not an error, but has no effect: see Settings::Impl::apply.
            if (asking == postmaster || asking == sighup) return;
            throw cannot_change(info, k_without_restart);
        case sighup:
            if (asking == postmaster || asking == sighup) return;
            throw cannot_change(info, "changed now");
        case superuser_backend:
            if (asking == backend) throw permission_denied();
            [[fallthrough]];
        case backend:
            if (asking == superuser || asking == user) {
                if (source == SettingSource::client) return;
                throw cannot_change(info, "set after connection start");
            }
            return;
        case superuser:
            if (asking == user || asking == backend) throw permission_denied();
            return;
        case user:
            return;
    }
}

}  // namespace

struct Settings::Impl {
    using Value = SettingBase::Value;

    enum class Outcome {
        changed,    // the present value
        unchanged,  // but perhaps the value that RESET goes back to
        refused     // needs a restart
    };

    // What SET and SET LOCAL have done to one setting at one level of transaction.
    struct Change {
        enum class Kind { set, local, set_then_local };

        SettingBase* setting;
        int level;
        Kind kind;
        Value prior;  // from before the level
        SettingSource prior_source;
        Value masked;  // set_then_local: what SET said, which holds again when SET LOCAL ends
    };

    // A setting that the client is told about, and what it was told last.
    struct Reported {
        SettingBase* setting;
        std::optional<std::string> told;
    };

    std::vector<SettingBase*> sorted;
    std::vector<std::unique_ptr<Placeholder>> placeholders;
    std::vector<std::string> reserved_prefixes;
    std::vector<Reported> reported;
    bool report_needed = false;
    std::uint64_t generation = 0;
    std::vector<Change> changes;  // levels ascend; one entry for a setting and level
    int level = 0;
    pid_t first_process = 0;  // the one that loaded a file at start

    auto position(std::string_view name) {
        return std::lower_bound(sorted.begin(), sorted.end(), name,
                                [](SettingBase* setting, std::string_view n) {
                                    return compare_setting_names(setting->info().name, n) < 0;
                                });
    }

    SettingBase* find(std::string_view name) {
        auto at = position(name);
        return at != sorted.end() && compare_setting_names((*at)->info().name, name) == 0 ? *at : nullptr;
    }

    void insert(SettingBase& setting) {
        sorted.insert(position(setting.info().name), &setting);
        add_to_reported(setting);
    }

    void add_to_reported(SettingBase& setting) {
        if (!setting.info().report_to_client) return;
        auto at = std::find_if(reported.begin(), reported.end(), [&](const Reported& entry) {
            return compare_setting_names(entry.setting->info().name, setting.info().name) > 0;
        });
        reported.insert(at, {&setting, {}});
        report_needed = true;
    }

    bool is_reserved(std::string_view name) const {
        std::string_view prefix = name.substr(0, name.find('.'));
        return std::any_of(
            reserved_prefixes.begin(), reserved_prefixes.end(),
            [&](const std::string& reserved) { return compare_setting_names(reserved, prefix) == 0; });
    }

    // The setting of that name; makes a placeholder when the name may have one.
    SettingBase& find_or_make(std::string_view name) {
        if (SettingBase* known = find(name)) return *known;
        if (name.find('.') == std::string_view::npos) {
            throw Error(sqlstate::undefined_object, "unrecognized configuration parameter \"{}\"", name);
        }
        if (!is_custom_name(name)) {
            throw Error(sqlstate::invalid_name, "invalid configuration parameter name \"{}\"", name)
                .detail("Custom parameter names must be two or more simple identifiers separated by dots.");
        }
        if (is_reserved(name)) {
            throw Error(sqlstate::invalid_name, "invalid configuration parameter name \"{}\"", name)
                .detail(fmt::format("\"{}\" is a reserved prefix.", name.substr(0, name.find('.'))));
        }
        auto owned = std::make_unique<const std::string>(name);
        SettingBase& made = *placeholders.emplace_back(std::make_unique<Placeholder>(std::move(owned)));
        insert(made);
        return made;
    }

    void assign(SettingBase& setting, const Value& value, SettingSource source) {
        setting.assign(value);
        setting.source_ = source;
        ++generation;
        if (setting.info().report_to_client) report_needed = true;
    }

    Change* change_at_level(const SettingBase& setting, int at) {
        for (auto change = changes.rbegin(); change != changes.rend() && change->level >= at; ++change) {
            if (change->setting == &setting && change->level == at) return &*change;
        }
        return nullptr;
    }

    // Gives the place of a placeholder, its values and what is remembered of it, to the setting that it stood
    // for.
    void take_over(SettingBase& placeholder, SettingBase& setting) {
        bool set_by_user = static_cast<Placeholder&>(placeholder).set_by_user;
        auto adopted = [&](const Value& text, SettingSource source) -> Value {
            try {
                check_permission(setting.info(), asker(source, !set_by_user), source);
                return setting.parse(*static_cast<const std::string*>(text.get()));
            } catch (const Error& error) {
                report(error.as(Severity::warning));
                return nullptr;
            }
        };
        *position(setting.info().name) = &setting;
        add_to_reported(setting);
        if (placeholder.reset_source_ != SettingSource::default_value) {
            if (Value value = adopted(placeholder.reset_value(), placeholder.reset_source_)) {
                setting.assign_reset(value);
                setting.reset_source_ = placeholder.reset_source_;
                assign(setting, value, placeholder.reset_source_);
            }
        }
        for (Change& change : changes) {
            if (change.setting != &placeholder) continue;
            change.setting = &setting;
            Value prior = change.prior_source == SettingSource::session
                              ? adopted(change.prior, change.prior_source)
                              : nullptr;
            if (prior == nullptr) change.prior_source = setting.reset_source_;
            change.prior = prior != nullptr ? prior : setting.reset_value();
            if (change.masked != nullptr) change.masked = adopted(change.masked, SettingSource::session);
            if (change.masked == nullptr && change.kind == Change::Kind::set_then_local) {
                change.kind = Change::Kind::local;
            }
        }
        if (placeholder.source_ == SettingSource::session) {
            if (Value value = adopted(placeholder.present_value(), placeholder.source_)) {
                assign(setting, value, placeholder.source_);
            }
        }
        setting.source_file_ = placeholder.source_file_;
        setting.source_line_ = placeholder.source_line_;
        std::erase_if(placeholders, [&](const auto& owned) { return owned.get() == &placeholder; });
    }

    // Notes what to put back when the present level ends.
    void remember(SettingBase& setting, SettingScope scope) {
        if (level == 0) return;
        Change* change = change_at_level(setting, level);
        if (change == nullptr) {
            changes.push_back({&setting, level,
                               scope == SettingScope::local ? Change::Kind::local : Change::Kind::set,
                               setting.present_value(), setting.source(), nullptr});
        } else if (scope == SettingScope::session) {
            change->kind = Change::Kind::set;
            change->masked = nullptr;
        } else if (change->kind == Change::Kind::set) {
            change->kind = Change::Kind::set_then_local;
            change->masked = setting.present_value();
        }
    }

    Outcome apply(SettingBase& setting, std::optional<std::string_view> text, SettingContext asking,
                  SettingSource source, SettingScope scope) {
        const SettingInfo& info = setting.info();
        check_permission(info, asking, source);
        bool reloading = asking == SettingContext::sighup;
        bool of_connection =
            info.context == SettingContext::backend || info.context == SettingContext::superuser_backend;
        // The new value is for connections that begin after this, in processes that come from the first one.
        if (reloading && of_connection && is_child()) return Outcome::unchanged;

        bool to_default = !text && source == SettingSource::default_value;
        // All sources but SET decide what RESET goes back to.
        bool becomes_reset = source < SettingSource::session && (text || to_default);
        bool becomes_present = source >= setting.source_;
        if (!becomes_present && !becomes_reset) return Outcome::unchanged;

        Value value;
        if (text) {
            value = setting.parse(*text);
        } else if (to_default) {
            value = setting.boot_value();
        } else {
            value = setting.reset_value();
            source = setting.reset_source_;
        }
        if (reloading && info.context == SettingContext::postmaster) {
            // What the command line said, it will say again at the next start.
            setting.pending_restart_ = becomes_present && !setting.is_present(value);
            if (!setting.pending_restart_) return Outcome::unchanged;
            report_error(cannot_change(info, k_without_restart));
            return Outcome::refused;
        }
        if (setting.is_placeholder() &&
            (asking == SettingContext::user || asking == SettingContext::backend)) {
            static_cast<Placeholder&>(setting).set_by_user = true;
        }
        // A file that is read again says the same for most settings; each of them would be a page of memory
        // that this process no longer shares with its parent.
        bool same = reloading && setting.source_ == source && setting.is_present(value);
        if (becomes_present && !same) {
            if (!becomes_reset) remember(setting, scope);
            assign(setting, value, source);
        }
        if (becomes_reset) {
            if (setting.reset_source_ <= source) {
                setting.assign_reset(value);
                setting.reset_source_ = source;
            }
            for (Change& change : changes) {
                if (change.setting != &setting || change.prior_source > source) continue;
                change.prior = value;
                change.prior_source = source;
            }
        }
        return becomes_present && !same ? Outcome::changed : Outcome::unchanged;
    }

    bool is_child() const { return first_process != 0 && first_process != ::getpid(); }

    Severity file_severity() const { return is_child() ? Severity::debug2 : Severity::log; }

    // What is wrong with a file is said, not thrown: the server goes on.
    void report_error(const Error& error) const { report(error.as(file_severity())); }

    template <typename... Args>
    void note(fmt::format_string<Args...> format, Args&&... args) const {
        say(file_severity(), sqlstate::successful_completion, format, std::forward<Args>(args)...);
    }

    // Whether all names are known or may be placeholders.
    bool check_names(const std::vector<SettingLine>& lines) {
        bool good = true;
        for (const SettingLine& line : lines) {
            if (find(line.name) != nullptr || is_custom_name(line.name)) continue;
            report_error(Error(sqlstate::undefined_object,
                               "unrecognized configuration parameter \"{}\" in file \"{}\" line {}",
                               line.name, line.file, line.line));
            good = false;
        }
        return good;
    }

    // Puts settings whose line has gone from the file back to their default.
    bool revert_missing(const std::vector<SettingLine>& lines, SettingContext asking) {
        bool good = true;
        for (SettingBase* setting : sorted) {
            if (setting->reset_source_ != SettingSource::file) continue;
            if (std::any_of(lines.begin(), lines.end(), [&](const SettingLine& line) {
                    return compare_setting_names(line.name, setting->info().name) == 0;
                })) {
                continue;
            }
            if (setting->info().context < SettingContext::sighup) {
                setting->pending_restart_ = true;
                report_error(cannot_change(setting->info(), k_without_restart));
                good = false;
                continue;
            }
            // What came from the file counts as a default now, else the default could not replace it.
            auto forget_file = [](SettingSource& source) {
                if (source == SettingSource::file) source = SettingSource::default_value;
            };
            forget_file(setting->reset_source_);
            forget_file(setting->source_);
            for (Change& change : changes) {
                if (change.setting == setting) forget_file(change.prior_source);
            }
            Outcome outcome =
                apply(*setting, {}, asking, SettingSource::default_value, SettingScope::session);
            if (outcome == Outcome::changed && asking == SettingContext::sighup) {
                note("parameter \"{}\" removed from configuration file, reset to default",
                     setting->info().name);
            }
        }
        return good;
    }

    bool apply_line(const SettingLine& line, SettingContext asking) {
        try {
            SettingBase& setting = find_or_make(line.name);
            std::string before = setting.setting_text();
            Outcome outcome = apply(setting, line.value, asking, SettingSource::file, SettingScope::session);
            if (outcome == Outcome::refused) return false;
            if (setting.source_file_ != line.file) setting.source_file_ = line.file;
            if (setting.source_line_ != line.line) setting.source_line_ = line.line;
            if (asking == SettingContext::sighup && !is_child() && setting.setting_text() != before) {
                note("parameter \"{}\" changed to \"{}\"", line.name, line.value);
            }
            return true;
        } catch (const Error& error) {
            report_error(error);
            return false;
        }
    }

    // Ends what is left of one entry at the level that is being left; true when it stays, at the level below.
    bool end_change(Change& change, bool commit) {
        using Kind = Change::Kind;
        if (!commit || (change.level == 1 && change.kind == Kind::local)) {
            assign(*change.setting, change.prior, change.prior_source);
            return false;
        }
        if (change.level == 1) {
            if (change.kind == Kind::set_then_local)
                assign(*change.setting, change.masked, SettingSource::session);
            return false;
        }
        Change* outer = change_at_level(*change.setting, change.level - 1);
        if (outer == nullptr) {
            --change.level;
            return true;
        }
        switch (change.kind) {
            case Kind::set:
                outer->kind = Kind::set;
                outer->masked = nullptr;
                break;
            case Kind::local:
                if (outer->kind == Kind::set) {
                    outer->kind = Kind::set_then_local;
                    outer->masked = std::move(change.prior);
                }
                break;
            case Kind::set_then_local:
                outer->kind = Kind::set_then_local;
                outer->masked = std::move(change.masked);
                break;
        }
        return false;
    }
};

Settings::Settings() : impl_(std::make_unique<Impl>()) {}

Settings::~Settings() = default;

Settings& settings() {
    static Settings registry;
    return registry;
}

void Settings::add(SettingBase& setting) {
    SettingBase* known = find(setting.info().name);
    if (known != nullptr && !known->is_placeholder()) {
        throw Error(sqlstate::internal_error, "attempt to redefine parameter \"{}\"", setting.info().name);
    }
    setting.assign(setting.boot_value());
    setting.assign_reset(setting.present_value());
    if (known == nullptr) {
        impl_->insert(setting);
    } else {
        impl_->take_over(*known, setting);
    }
}

void Settings::reserve_prefix(std::string_view prefix) {
    impl_->reserved_prefixes.emplace_back(prefix);
    std::erase_if(impl_->placeholders, [&](const std::unique_ptr<Placeholder>& placeholder) {
        std::string_view name = placeholder->info().name;
        if (!impl_->is_reserved(name)) return false;
        report(Error(sqlstate::invalid_name, "invalid configuration parameter name \"{}\", removing it", name)
                   .detail(fmt::format("\"{}\" is now a reserved prefix.", name.substr(0, name.find('.'))))
                   .as(Severity::warning));
        std::erase(impl_->sorted, placeholder.get());
        std::erase_if(impl_->changes,
                      [&](const Impl::Change& change) { return change.setting == placeholder.get(); });
        return true;
    });
}

SettingBase* Settings::find(std::string_view name) const { return impl_->find(name); }

SettingBase& Settings::get(std::string_view name) const {
    if (SettingBase* setting = find(name)) return *setting;
    throw Error(sqlstate::undefined_object, "unrecognized configuration parameter \"{}\"", name);
}

const std::vector<SettingBase*>& Settings::all() const { return impl_->sorted; }

void Settings::set(std::string_view name, std::optional<std::string_view> value, SettingSource source,
                   SettingScope scope, bool superuser) {
    impl_->apply(impl_->find_or_make(name), value, asker(source, superuser), source, scope);
}

void Settings::reset(std::string_view name, bool superuser) {
    set(name, {}, SettingSource::session, SettingScope::session, superuser);
}

void Settings::reset_all() {
    for (SettingBase* setting : impl_->sorted) {
        if (setting->info().context < SettingContext::superuser || setting->info().keep_on_reset_all)
            continue;
        if (setting->source() <= SettingSource::override_value) continue;
        impl_->remember(*setting, SettingScope::session);
        impl_->assign(*setting, setting->reset_value(), setting->reset_source_);
    }
}

bool Settings::load_file(const std::string& path, bool at_start) {
    if (at_start) impl_->first_process = ::getpid();
    SettingContext asking = at_start ? SettingContext::postmaster : SettingContext::sighup;
    SettingsFile file = read_settings_file(path);
    for (const std::string& missing : file.missing)
        impl_->note("skipping missing configuration file \"{}\"", missing);
    for (const Error& error : file.errors) impl_->report_error(error);
    bool applying = file.errors.empty() && impl_->check_names(file.lines);
    bool good = applying;
    if (applying) {
        good = impl_->revert_missing(file.lines, asking);
        for (auto line = file.lines.begin(); line != file.lines.end(); ++line) {
            // Of several lines for one setting the last counts, and the others are not even looked at.
            bool repeated = std::any_of(line + 1, file.lines.end(), [&](const SettingLine& later) {
                return compare_setting_names(later.name, line->name) == 0;
            });
            if (!repeated && !impl_->apply_line(*line, asking)) good = false;
        }
    }
    if (good) return true;
    if (at_start) throw Fatal(sqlstate::config_file_error, "configuration file \"{}\" contains errors", path);
    impl_->report_error(Error(sqlstate::config_file_error,
                              "configuration file \"{}\" contains errors; {} applied", path,
                              applying ? "unaffected changes were" : "no changes were"));
    return false;
}

std::uint64_t Settings::generation() const { return impl_->generation; }

void Settings::begin_level() { ++impl_->level; }

void Settings::end_level(bool commit) {
    std::vector<Impl::Change>& changes = impl_->changes;
    std::size_t first = changes.size();
    while (first > 0 && changes[first - 1].level >= impl_->level) --first;
    // The newest first, so that what is put back last is the oldest.
    std::vector<Impl::Change> staying;
    while (changes.size() > first) {
        Impl::Change change = std::move(changes.back());
        changes.pop_back();
        if (impl_->end_change(change, commit)) staying.push_back(std::move(change));
    }
    changes.insert(changes.end(), std::make_move_iterator(staying.rbegin()),
                   std::make_move_iterator(staying.rend()));
    --impl_->level;
}

std::vector<std::pair<std::string_view, std::string>> Settings::take_changes_to_report() {
    std::vector<std::pair<std::string_view, std::string>> taken;
    if (!impl_->report_needed) return taken;
    for (Impl::Reported& entry : impl_->reported) {
        std::string text = entry.setting->setting_text();
        if (entry.told == text) continue;
        taken.emplace_back(entry.setting->info().name, text);
        entry.told = std::move(text);
    }
    impl_->report_needed = false;
    return taken;
}

}  // namespace forklore
