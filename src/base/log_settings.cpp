#include "base/log_settings.hpp"

#include <fcntl.h>

#include <cctype>
#include <cstdlib>
#include <ctime>

#include "base/settings.hpp"
#include "base/syscalls.hpp"
#include "base/unique_fd.hpp"

namespace forklore {

namespace {

std::vector<EnumSetting::Option> log_levels() {
    return {
        {"debug5", static_cast<int>(Severity::debug5)},   {"debug4", static_cast<int>(Severity::debug4)},
        {"debug3", static_cast<int>(Severity::debug3)},   {"debug2", static_cast<int>(Severity::debug2)},
        {"debug1", static_cast<int>(Severity::debug1)},   {"debug", static_cast<int>(Severity::debug2), true},
        {"info", static_cast<int>(Severity::info)},       {"notice", static_cast<int>(Severity::notice)},
        {"warning", static_cast<int>(Severity::warning)}, {"error", static_cast<int>(Severity::error)},
        {"log", static_cast<int>(Severity::log)},         {"fatal", static_cast<int>(Severity::fatal)},
        {"panic", static_cast<int>(Severity::panic)}};
}

std::vector<EnumSetting::Option> client_levels() {
    return {
        {"debug5", static_cast<int>(Severity::debug5)}, {"debug4", static_cast<int>(Severity::debug4)},
        {"debug3", static_cast<int>(Severity::debug3)}, {"debug2", static_cast<int>(Severity::debug2)},
        {"debug1", static_cast<int>(Severity::debug1)}, {"debug", static_cast<int>(Severity::debug2), true},
        {"log", static_cast<int>(Severity::log)},       {"info", static_cast<int>(Severity::info), true},
        {"notice", static_cast<int>(Severity::notice)}, {"warning", static_cast<int>(Severity::warning)},
        {"error", static_cast<int>(Severity::error)}};
}

constexpr std::string_view k_when = "Reporting and Logging / When to Log";
constexpr std::string_view k_what = "Reporting and Logging / What to Log";
constexpr std::string_view k_levels =
    "Each level includes all the levels that follow it. The later the level, the fewer messages are sent.";

// libc takes any text for a zone and silently makes it UTC, so look whether there is a file of that name.
bool zone_exists(const std::string& name) {
    if (name == "GMT" || name == "UTC") return true;
    if (name.empty() || name.front() == '/' || name.front() == ':' || name.find("..") != std::string::npos) {
        return false;
    }
    const char* folder = std::getenv("TZDIR");
    std::string path = std::string(folder != nullptr ? folder : "/usr/share/zoneinfo") + "/" + name;
    UniqueFd file{sys::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    char magic[4];
    return file && sys::read(file.get(), magic, sizeof magic) == 4 && std::string_view(magic, 4) == "TZif";
}

}  // namespace

EnumSetting log_min_messages{{.name = "log_min_messages",
                              .context = SettingContext::superuser,
                              .category = k_when,
                              .description = "Sets the message levels that are logged.",
                              .extra_description = k_levels},
                             static_cast<int>(Severity::warning),
                             log_levels()};

EnumSetting log_min_error_statement{
    {.name = "log_min_error_statement",
     .context = SettingContext::superuser,
     .category = k_when,
     .description = "Causes all statements generating error at or above this level to be logged.",
     .extra_description = k_levels},
    static_cast<int>(Severity::error),
    log_levels()};

EnumSetting client_min_messages{{.name = "client_min_messages",
                                 .context = SettingContext::user,
                                 .category = "Client Connection Defaults / Statement Behavior",
                                 .description = "Sets the message levels that are sent to the client.",
                                 .extra_description = k_levels},
                                static_cast<int>(Severity::notice),
                                client_levels()};

EnumSetting log_error_verbosity{{.name = "log_error_verbosity",
                                 .context = SettingContext::superuser,
                                 .category = k_what,
                                 .description = "Sets the verbosity of logged messages."},
                                static_cast<int>(LogVerbosity::standard),
                                {{"terse", static_cast<int>(LogVerbosity::terse)},
                                 {"default", static_cast<int>(LogVerbosity::standard)},
                                 {"verbose", static_cast<int>(LogVerbosity::verbose)}}};

StringSetting log_line_prefix{{.name = "log_line_prefix",
                               .context = SettingContext::sighup,
                               .category = k_what,
                               .description = "Controls information prefixed to each log line.",
                               .extra_description = "If blank, no prefix is used."},
                              "%m [%p] "};

StringSetting log_timezone{{.name = "log_timezone",
                            .context = SettingContext::sighup,
                            .category = k_what,
                            .description = "Sets the time zone to use in log messages."},
                           "GMT"};

void define_base_settings() {
    // An absurdly high threshold would hide errors, and the protocol promises those: as in PostgreSQL, the
    // client's stops at ERROR, by its list of words.
    log_timezone
        .on_check([](std::string& name) {
            if (!zone_exists(name)) throw invalid_setting_value(log_timezone.info().name, name);
        })
        .on_assign([](const std::string& name) {
            ::setenv("TZ", name.c_str(), 1);
            ::tzset();
        });
    for (SettingBase* setting : std::initializer_list<SettingBase*>{
             &log_min_messages, &log_min_error_statement, &client_min_messages, &log_error_verbosity,
             &log_line_prefix, &log_timezone}) {
        settings().add(*setting);
    }
}

}  // namespace forklore
