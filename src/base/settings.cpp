#include "base/settings.hpp"

#include <algorithm>

#include "base/settings_impl.hpp"

namespace forklore {

namespace {

Error cannot_be(const SettingInfo& info, std::string_view changed) {
    return Error(sqlstate::cant_change_runtime_param, "parameter \"{}\" cannot be {}", info.name, changed);
}

}  // namespace

std::vector<SettingBase*>::iterator Settings::Impl::position(std::string_view name) {
    return std::lower_bound(sorted.begin(), sorted.end(), name, [](SettingBase* setting, std::string_view n) {
        return compare_setting_names(setting->info().name, n) < 0;
    });
}

SettingBase* Settings::Impl::find(std::string_view name) {
    auto at = position(name);
    return at != sorted.end() && compare_setting_names((*at)->info().name, name) == 0 ? *at : nullptr;
}

void Settings::Impl::insert(SettingBase& setting) {
    sorted.insert(position(setting.info().name), &setting);
    add_to_reported(setting);
}

void Settings::Impl::add_to_reported(SettingBase& setting) {
    if (!setting.info().report_to_client) return;
    auto at = std::find_if(reported.begin(), reported.end(), [&](const Reported& entry) {
        return compare_setting_names(entry.setting->info().name, setting.info().name) > 0;
    });
    reported.insert(at, {&setting, {}});
    report_needed = true;
}

Error Settings::Impl::needs_restart(const SettingInfo& info) {
    return cannot_be(info, "changed without restarting the server");
}

// Whose word a source is; PostgreSQL's name for it is the GucContext of the caller.
SettingContext Settings::Impl::asker(SettingSource source, bool superuser) {
    switch (source) {
        case SettingSource::default_value:
        case SettingSource::override_value: return SettingContext::internal;
        case SettingSource::environment:
        case SettingSource::file:
        case SettingSource::command_line: return SettingContext::postmaster;
        case SettingSource::client:
            return superuser ? SettingContext::superuser_backend : SettingContext::backend;
        case SettingSource::all_roles:
        case SettingSource::database:
        case SettingSource::user:
        case SettingSource::database_user:
        case SettingSource::session: break;
    }
    return superuser ? SettingContext::superuser : SettingContext::user;
}

// Throws unless whoever asks may change the setting at this time.
void Settings::Impl::check_permission(const SettingInfo& info, SettingContext asking, SettingSource source) {
    using enum SettingContext;
    bool operator_asks = asking == postmaster || asking == sighup;
    auto permission_denied = [&] {
        return Error(sqlstate::insufficient_privilege, "permission denied to set parameter \"{}\"",
                     info.name);
    };
    if (asking == internal) return;
    switch (info.context) {
        case internal: throw cannot_be(info, "changed");
        case postmaster:
            // From a file that is read again it is not an error here: apply() finds out whether it is a change.
            if (!operator_asks) throw needs_restart(info);
            return;
        case sighup:
            if (!operator_asks) throw cannot_be(info, "changed now");
            return;
        case superuser_backend:
            if (asking == backend) throw permission_denied();
            [[fallthrough]];
        case backend:
            if ((asking == superuser || asking == user) && source != SettingSource::client) {
                throw cannot_be(info, "set after connection start");
            }
            return;
        case superuser:
            if (asking == user || asking == backend) throw permission_denied();
            return;
        case user: return;
    }
}

Settings::Impl::Outcome Settings::Impl::apply(SettingBase& setting, std::optional<std::string_view> text,
                                              SettingContext asking, SettingSource source,
                                              SettingScope scope) {
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
        // What the command line said, it will say again at the next start: nothing is pending then.
        bool pending = becomes_present && !setting.is_present(value);
        if (setting.pending_restart_ != pending) setting.pending_restart_ = pending;
        if (!pending) return Outcome::unchanged;
        report_error(needs_restart(info));
        return Outcome::refused;
    }
    if (setting.is_placeholder() && (asking == SettingContext::user || asking == SettingContext::backend)) {
        static_cast<Placeholder&>(setting).set_by_user = true;
    }
    // A file that is read again says the same for most settings. Each write would cost this process a page of memory
    // that it shares with its parent, so nothing is written that stays as it is.
    bool same = reloading && setting.source_ == source && setting.is_present(value);
    if (becomes_present && !same) {
        if (!becomes_reset) remember(setting, scope);
        assign(setting, value, source);
    }
    if (becomes_reset) {
        if (setting.reset_source_ <= source) setting.assign_reset(value);
        if (setting.reset_source_ < source) setting.reset_source_ = source;
        replace_prior(setting, value, source);
    }
    return becomes_present && !same ? Outcome::changed : Outcome::unchanged;
}

void Settings::Impl::assign(SettingBase& setting, const Value& value, SettingSource source) {
    setting.assign(value);
    setting.source_ = source;
    ++generation;
    if (setting.info().report_to_client) report_needed = true;
}

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
    // The first value, too, is one that the check hook may improve and that the assign hook acts on.
    setting.assign(setting.boot_value());
    setting.assign_reset(setting.present_value());
    if (known == nullptr) {
        impl_->insert(setting);
    } else {
        impl_->take_over(*known, setting);
    }
}

SettingBase* Settings::find(std::string_view name) const { return impl_->find(name); }

SettingBase& Settings::get(std::string_view name) const {
    if (SettingBase* setting = find(name)) return *setting;
    throw Error(sqlstate::undefined_object, "unrecognized configuration parameter \"{}\"", name);
}

const std::vector<SettingBase*>& Settings::all() const { return impl_->sorted; }

std::uint64_t Settings::generation() const { return impl_->generation; }

void Settings::set(std::string_view name, std::optional<std::string_view> value, SettingSource source,
                   SettingScope scope, bool superuser) {
    impl_->apply(impl_->find_or_make(name), value, Impl::asker(source, superuser), source, scope);
}

void Settings::reset(std::string_view name, bool superuser) {
    set(name, {}, SettingSource::session, SettingScope::session, superuser);
}

void Settings::reset_all() {
    for (SettingBase* setting : impl_->sorted) {
        bool changed_by_session = setting->source() == SettingSource::session;
        if (!changed_by_session || setting->info().keep_on_reset_all) continue;
        impl_->remember(*setting, SettingScope::session);
        impl_->assign(*setting, setting->reset_value(), setting->reset_source_);
    }
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
