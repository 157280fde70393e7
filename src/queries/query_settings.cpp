#include "queries/query_settings.hpp"

#include <sys/resource.h>

#include <limits>

#include "base/version.hpp"
#include "queries/parse/identifiers.hpp"
#include "queries/parse/stack_depth.hpp"

namespace forklore {

namespace {

constexpr std::string_view k_statements = "Client Connection Defaults / Statement Behavior";
constexpr std::string_view k_memory = "Resource Usage / Memory";
constexpr std::string_view k_older = "Version and Platform Compatibility / Previous PostgreSQL Versions";
constexpr std::string_view k_preset = "Preset Options";
constexpr std::string_view k_planner = "Query Tuning / Planner Method Configuration";
constexpr int k_largest = std::numeric_limits<std::int32_t>::max();

// Kept free of the stack for what does not check its depth.
constexpr long k_stack_slack = 512 * 1024;

std::vector<EnumSetting::Option> isolation_levels() {
    return {{"serializable", static_cast<int>(Isolation::serializable)},
            {"repeatable read", static_cast<int>(Isolation::repeatable_read)},
            {"read committed", static_cast<int>(Isolation::read_committed)},
            {"read uncommitted", static_cast<int>(Isolation::read_uncommitted)}};
}

long stack_available() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::numeric_limits<long>::max();
    return static_cast<long>(limit.rlim_cur);
}

void check_max_stack_depth(std::int32_t& kilobytes) {
    const long available = stack_available() - k_stack_slack;
    if (static_cast<long>(kilobytes) * 1024 <= available) return;
    throw invalid_setting_value("max_stack_depth", std::to_string(kilobytes))
        .detail(fmt::format("\"max_stack_depth\" must not exceed {}kB.", available / 1024))
        .hint("Increase the platform's stack depth limit via \"ulimit -s\" or local equivalent.");
}

BoolSetting integer_datetimes{{.name = "integer_datetimes", .context = SettingContext::internal, .category = k_preset,
                               .description = "Shows whether datetimes are integer based.", .report_to_client = true}, true};
StringSetting server_encoding{{.name = "server_encoding", .context = SettingContext::internal, .category = k_preset,
                               .description = "Shows the server (database) character set encoding.", .report_to_client = true}, "UTF8"};
StringSetting server_version{{.name = "server_version", .context = SettingContext::internal, .category = k_preset,
                              .description = "Shows the server version.", .report_to_client = true}, std::string(k_server_version)};
IntSetting server_version_num{{.name = "server_version_num", .context = SettingContext::internal, .category = k_preset,
                               .description = "Shows the server version as an integer."},
                              k_postgres_version_number, k_postgres_version_number, k_postgres_version_number};
IntSetting max_identifier_length{{.name = "max_identifier_length", .context = SettingContext::internal, .category = k_preset,
                                  .description = "Shows the maximum identifier length."}, 63, 63, 63};
IntSetting max_function_args{{.name = "max_function_args", .context = SettingContext::internal, .category = k_preset,
                              .description = "Shows the maximum number of function arguments."}, 100, 100, 100};
StringSetting lc_collate{{.name = "lc_collate", .context = SettingContext::internal, .category = k_preset,
                          .description = "Shows the collation order locale."}, "C"};
StringSetting lc_ctype{{.name = "lc_ctype", .context = SettingContext::internal, .category = k_preset,
                        .description = "Shows the character classification and case conversion locale."}, "C.UTF-8"};
BoolSetting row_security{{.name = "row_security", .category = k_statements, .description = "Enable row security.",
                          .extra_description = "When enabled, row security will be applied to all users."}, true};
IntSetting max_stack_depth{{.name = "max_stack_depth", .context = SettingContext::superuser, .unit = SettingUnit::kilobytes,
                            .category = k_memory, .description = "Sets the maximum stack depth, in kilobytes."}, 2048, 100, k_largest};

}  // namespace

StringSetting search_path_setting{{.name = "search_path", .category = k_statements,
                                   .description = "Sets the schema search order for names that are not schema-qualified."},
                                  "\"$user\", public"};
BoolSetting standard_conforming_strings_setting{{.name = "standard_conforming_strings", .category = k_older,
                                                 .description = "Causes '...' strings to treat backslashes literally.",
                                                 .report_to_client = true}, true};
EnumSetting backslash_quote_setting{{.name = "backslash_quote", .category = k_older,
                                     .description = "Sets whether \"\\'\" is allowed in string literals."},
                                    2, {{"safe_encoding", 2}, {"on", 1}, {"off", 0}, {"true", 1, true}, {"false", 0, true},
                                        {"yes", 1, true}, {"no", 0, true}, {"1", 1, true}, {"0", 0, true}}};
BoolSetting escape_string_warning_setting{{.name = "escape_string_warning", .category = k_older,
                                           .description = "Warn about backslash escapes in ordinary string literals."}, true};
EnumSetting default_isolation_setting{{.name = "default_transaction_isolation", .category = k_statements,
                                       .description = "Sets the transaction isolation level of each new transaction."},
                                      static_cast<int>(Isolation::read_committed), isolation_levels()};
BoolSetting default_read_only_setting{{.name = "default_transaction_read_only", .category = k_statements,
                                       .description = "Sets the default read-only status of new transactions.",
                                       .report_to_client = true}, false};
BoolSetting default_deferrable_setting{{.name = "default_transaction_deferrable", .category = k_statements,
                                        .description = "Sets the default deferrable status of new transactions."}, false};
EnumSetting isolation_setting{{.name = "transaction_isolation", .category = k_statements,
                               .description = "Sets the current transaction's isolation level.", .keep_on_reset_all = true},
                              static_cast<int>(Isolation::read_committed), isolation_levels()};
BoolSetting read_only_setting{{.name = "transaction_read_only", .category = k_statements,
                               .description = "Sets the current transaction's read-only status.", .keep_on_reset_all = true}, false};
BoolSetting deferrable_setting{{.name = "transaction_deferrable", .category = k_statements,
                                .description = "Whether to defer a read-only serializable transaction until it can be executed "
                                               "with no possible serialization failures.",
                                .keep_on_reset_all = true}, false};
IntSetting work_mem_setting{{.name = "work_mem", .unit = SettingUnit::kilobytes, .category = k_memory,
                             .description = "Sets the maximum memory to be used for query workspaces.",
                             .extra_description = "This much memory can be used by each internal sort operation and hash table "
                                                  "before switching to temporary disk files."}, 4096, 64, k_largest};
BoolSetting transform_null_equals_setting{
    {.name = "transform_null_equals", .category = "Version and Platform Compatibility / Other Platforms and Clients",
     .description = "Treats \"expr=NULL\" as \"expr IS NULL\".",
     .extra_description = "When turned on, expressions of the form expr = NULL (or NULL = expr) are treated as expr IS NULL, that is, "
                          "they return true if expr evaluates to the null value, and false otherwise. The correct behavior of "
                          "expr = NULL is to always return null (unknown)."}, false};
BoolSetting enable_hashjoin_setting{{.name = "enable_hashjoin", .category = k_planner,
                                     .description = "Enables the planner's use of hash join plans."}, true};

void register_query_settings() {
    max_stack_depth.on_check(check_max_stack_depth).on_assign([](std::int32_t kilobytes) {
        set_stack_limit(static_cast<std::size_t>(kilobytes) * 1024);
    });
    search_path_setting.on_check([](const std::string& path) {
        std::vector<std::string> names;
        if (!split_identifiers(path, names)) throw invalid_setting_value("search_path", path).detail("List syntax is invalid.");
    });
    for (SettingBase* setting : std::initializer_list<SettingBase*>{
             &integer_datetimes, &server_encoding, &server_version, &server_version_num, &max_identifier_length, &max_function_args,
             &lc_collate, &lc_ctype, &row_security, &backslash_quote_setting, &escape_string_warning_setting, &max_stack_depth, &search_path_setting,
             &standard_conforming_strings_setting, &default_isolation_setting, &default_read_only_setting,
             &default_deferrable_setting, &isolation_setting, &read_only_setting, &deferrable_setting, &work_mem_setting,
             &transform_null_equals_setting, &enable_hashjoin_setting})
        settings().add(*setting);
}

}  // namespace forklore
