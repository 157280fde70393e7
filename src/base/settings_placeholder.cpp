// Names with a dot that nobody has defined: whoever will define them may come later.
#include <algorithm>

#include "base/settings_impl.hpp"

namespace forklore {

namespace {

std::string_view prefix_of(std::string_view name) { return name.substr(0, name.find('.')); }

bool is_identifier(std::string_view text) {
    auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
    };
    auto is_inner = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '$'; };
    return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), is_inner);
}

}  // namespace

Placeholder::Placeholder(std::unique_ptr<const std::string> name)
    : StringSetting({.name = *name, .category = "Customized Options", .hide_from_show_all = true}, ""),
      name_(std::move(name)) {}

// Two or more identifiers with dots between.
bool Settings::Impl::is_custom_name(std::string_view name) {
    for (std::size_t parts = 1;; ++parts) {
        std::size_t dot = name.find('.');
        if (!is_identifier(name.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return parts > 1;
        name.remove_prefix(dot + 1);
    }
}

bool Settings::Impl::is_reserved(std::string_view name) const {
    return std::any_of(reserved_prefixes.begin(), reserved_prefixes.end(), [&](const std::string& reserved) {
        return compare_setting_names(reserved, prefix_of(name)) == 0;
    });
}

// The setting of that name; makes a placeholder when the name may have one.
SettingBase& Settings::Impl::find_or_make(std::string_view name) {
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
            .detail(fmt::format("\"{}\" is a reserved prefix.", prefix_of(name)));
    }
    auto owned = std::make_unique<const std::string>(name);
    SettingBase& made = *placeholders.emplace_back(std::make_unique<Placeholder>(std::move(owned)));
    insert(made);
    return made;
}

// A placeholder's text as a value of the setting that it stood for; null, with a warning, when it cannot be one.
Settings::Impl::Value Settings::Impl::adopted(const SettingBase& placeholder, const Value& text,
                                              SettingSource source, const SettingBase& setting) {
    try {
        bool superuser = !static_cast<const Placeholder&>(placeholder).set_by_user;
        check_permission(setting.info(), asker(source, superuser), source);
        return setting.parse(*static_cast<const std::string*>(text.get()));
    } catch (const Error& error) {
        report(error.as(Severity::warning));
        return nullptr;
    }
}

// Gives the place of a placeholder, its values and what is remembered of it, to the setting that it stood for.
void Settings::Impl::take_over(SettingBase& placeholder, SettingBase& setting) {
    *position(setting.info().name) = &setting;
    add_to_reported(setting);
    if (placeholder.reset_source_ != SettingSource::default_value) {
        SettingSource source = placeholder.reset_source_;
        if (Value value = adopted(placeholder, placeholder.reset_value(), source, setting)) {
            setting.assign_reset(value);
            setting.reset_source_ = source;
            assign(setting, value, source);
        }
    }
    for (Change& change : changes) {
        if (change.setting != &placeholder) continue;
        change.setting = &setting;
        Value prior;
        if (change.prior_source == SettingSource::session) {
            prior = adopted(placeholder, change.prior, change.prior_source, setting);
        }
        if (prior == nullptr) change.prior_source = setting.reset_source_;
        change.prior = prior != nullptr ? prior : setting.reset_value();
        if (change.masked != nullptr) {
            change.masked = adopted(placeholder, change.masked, SettingSource::session, setting);
        }
        if (change.masked == nullptr && change.kind == Change::Kind::set_then_local) {
            change.kind = Change::Kind::local;
        }
    }
    if (placeholder.source_ == SettingSource::session) {
        if (Value value = adopted(placeholder, placeholder.present_value(), placeholder.source_, setting)) {
            assign(setting, value, placeholder.source_);
        }
    }
    setting.source_file_ = placeholder.source_file_;
    setting.source_line_ = placeholder.source_line_;
    std::erase_if(placeholders, [&](const auto& owned) { return owned.get() == &placeholder; });
}

void Settings::reserve_prefix(std::string_view prefix) {
    impl_->reserved_prefixes.emplace_back(prefix);
    std::erase_if(impl_->placeholders, [&](const std::unique_ptr<Placeholder>& placeholder) {
        std::string_view name = placeholder->info().name;
        if (!impl_->is_reserved(name)) return false;
        report(Error(sqlstate::invalid_name, "invalid configuration parameter name \"{}\", removing it", name)
                   .detail(fmt::format("\"{}\" is now a reserved prefix.", prefix_of(name)))
                   .as(Severity::warning));
        std::erase(impl_->sorted, placeholder.get());
        std::erase_if(impl_->changes,
                      [&](const Impl::Change& change) { return change.setting == placeholder.get(); });
        return true;
    });
}

// What the session did to it goes with it; what file and command line said will be wanted when it comes back.
void Settings::remove(SettingBase& setting) {
    Impl& my = *impl_;
    const SettingSource source = setting.reset_source_;
    const std::string text = setting.reset_text(), name(setting.info().name);
    std::erase(my.sorted, &setting);
    std::erase_if(my.reported, [&](const Impl::Reported& entry) { return entry.setting == &setting; });
    std::erase_if(my.changes, [&](const Impl::Change& change) { return change.setting == &setting; });
    setting.assign(setting.boot_value());
    setting.assign_reset(setting.present_value());
    setting.source_ = setting.reset_source_ = SettingSource::default_value;
    ++my.generation;
    if (source != SettingSource::default_value && !my.is_reserved(name)) set(name, text, source);
}

}  // namespace forklore
