// The settings file, when the server starts and each time that it is read again.
#include <unistd.h>

#include <algorithm>

#include "base/settings_impl.hpp"

namespace forklore {

bool Settings::Impl::is_child() const { return first_process != 0 && first_process != ::getpid(); }

void Settings::Impl::report_error(const Error& error) const {
    report(error.as(is_child() ? Severity::debug2 : Severity::log));
}

// Whether all names are known or may be placeholders.
bool Settings::Impl::check_names(const std::vector<SettingLine>& lines) {
    bool good = true;
    for (const SettingLine& line : lines) {
        if (find(line.name) != nullptr || is_custom_name(line.name)) continue;
        report_error(Error(sqlstate::undefined_object,
                           "unrecognized configuration parameter \"{}\" in file \"{}\" line {}", line.name,
                           line.file, line.line));
        good = false;
    }
    return good;
}

// Puts settings whose line has gone from the file back to their default.
bool Settings::Impl::revert_missing(const std::vector<SettingLine>& lines, SettingContext asking) {
    bool good = true;
    for (SettingBase* setting : sorted) {
        bool gone = setting->reset_source_ == SettingSource::file &&
                    std::none_of(lines.begin(), lines.end(), [&](const SettingLine& line) {
                        return compare_setting_names(line.name, setting->info().name) == 0;
                    });
        if (!gone) continue;
        if (setting->info().context < SettingContext::sighup) {
            setting->pending_restart_ = true;
            report_error(needs_restart(setting->info()));
            good = false;
            continue;
        }
        forget_file(*setting);
        Outcome outcome = apply(*setting, {}, asking, SettingSource::default_value, SettingScope::session);
        if (outcome == Outcome::changed && asking == SettingContext::sighup) {
            note("parameter \"{}\" removed from configuration file, reset to default", setting->info().name);
        }
    }
    return good;
}

// What came from the file counts as a default now, else a default could not replace it.
void Settings::Impl::forget_file(SettingBase& setting) {
    auto forget = [](SettingSource& source) {
        if (source == SettingSource::file) source = SettingSource::default_value;
    };
    forget(setting.reset_source_);
    forget(setting.source_);
    for (Change& change : changes) {
        if (change.setting == &setting) forget(change.prior_source);
    }
}

bool Settings::Impl::apply_line(const SettingLine& line, SettingContext asking) {
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

bool Settings::load_file(const std::string& path, bool at_start) {
    if (at_start) impl_->first_process = ::getpid();
    SettingContext asking = at_start ? SettingContext::postmaster : SettingContext::sighup;
    SettingsFile file = read_settings_file(path);
    for (const std::string& missing : file.missing) {
        impl_->note("skipping missing configuration file \"{}\"", missing);
    }
    for (const Error& error : file.errors) impl_->report_error(error);
    bool applying = file.errors.empty() && impl_->check_names(file.lines);
    bool good = applying && impl_->revert_missing(file.lines, asking);
    for (auto line = file.lines.begin(); applying && line != file.lines.end(); ++line) {
        // Of several lines for one setting the last counts, and the others are not even looked at.
        bool repeated = std::any_of(line + 1, file.lines.end(), [&](const SettingLine& later) {
            return compare_setting_names(later.name, line->name) == 0;
        });
        if (!repeated && !impl_->apply_line(*line, asking)) good = false;
    }
    if (good) return true;
    if (at_start) throw Fatal(sqlstate::config_file_error, "configuration file \"{}\" contains errors", path);
    impl_->report_error(Error(sqlstate::config_file_error,
                              "configuration file \"{}\" contains errors; {} applied", path,
                              applying ? "unaffected changes were" : "no changes were"));
    return false;
}

}  // namespace forklore
