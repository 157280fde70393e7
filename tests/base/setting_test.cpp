#include "base/setting.hpp"

#include <limits>
#include <string>

#include "base/settings.hpp"
#include "tests/catch.hpp"

using namespace forklore;

namespace {

constexpr int k_int_max = std::numeric_limits<int>::max();

// A registry with one setting in it, to be written and read.
template <typename T>
struct One {
    template <typename... Args>
    explicit One(SettingInfo info, Args&&... args)
        : setting((info.name = "x", info), std::forward<Args>(args)...) {
        registry.add(setting);
    }
    // What SHOW prints after SET x = text, or what the error says.
    std::string set(std::string_view text) {
        try {
            registry.set("x", text, SettingSource::session);
            return setting.show();
        } catch (const Error& error) {
            CHECK(error.code() == sqlstate::invalid_parameter_value);
            hint = error.report().hint;
            return error.what();
        }
    }
    T setting;
    Settings registry;
    std::string hint;
};

}  // namespace

TEST_CASE("booleans take words and their beginnings") {
    One<BoolSetting> x(SettingInfo{}, false);
    for (const char* word : {"on", "ON", "t", "true", "TRU", "y", "yes", "1"}) CHECK(x.set(word) == "on");
    for (const char* word : {"off", "OF", "f", "false", "n", "No", "0"}) CHECK(x.set(word) == "off");
    for (const char* word : {"", "o", "onn", "2", "truee", " on", "x"}) {
        INFO(word);
        CHECK(x.set(word) == "parameter \"x\" requires a Boolean value");
    }
    CHECK(x.setting.type_name() == "bool");
    CHECK(x.setting.setting_text() == "off");
}

TEST_CASE("integers without a unit") {
    One<IntSetting> x(SettingInfo{}, 12, 2, 100);
    CHECK(x.set("3") == "3");
    CHECK(x.set(" 7 ") == "7");
    CHECK(x.set("0x10") == "16");
    CHECK(x.set("010") == "8");
    CHECK(x.set("2.5") == "2");  // halves go to the even neighbour
    CHECK(x.set("3.5") == "4");
    CHECK(x.set("1e1") == "10");
    CHECK(x.set("1") == "1 is outside the valid range for parameter \"x\" (2 .. 100)");
    CHECK(x.set("-5") == "-5 is outside the valid range for parameter \"x\" (2 .. 100)");
    CHECK(x.set("3x") == "invalid value for parameter \"x\": \"3x\"");
    CHECK(x.hint.empty());
    for (const char* wrong : {"", "nan", "inf", "x", "3kB", "1e999", "3 4"}) {
        CHECK(x.set(wrong) == std::string("invalid value for parameter \"x\": \"") + wrong + "\"");
        CHECK(x.hint.empty());
    }
    for (const char* large : {"3000000000", "99999999999999999999", "1e30"}) {
        CHECK(x.set(large) == std::string("invalid value for parameter \"x\": \"") + large + "\"");
        CHECK(x.hint == "Value exceeds integer range.");
    }
    CHECK(x.setting.value() == 10);
    CHECK(x.setting.min_text() == "2");
    CHECK(x.setting.max_text() == "100");
    CHECK(x.setting.boot_text() == "12");
    CHECK(x.setting.type_name() == "integer");
}

TEST_CASE("integers with a unit of memory") {
    One<IntSetting> x({.unit = SettingUnit::kilobytes}, 4096, 64, k_int_max);
    CHECK(x.setting.show() == "4MB");
    CHECK(x.setting.setting_text() == "4096");
    CHECK(x.set("1MB") == "1MB");
    CHECK(x.set("64") == "64kB");
    CHECK(x.set(" 100 kB ") == "100kB");
    CHECK(x.set("1.1GB") == "1126MB");
    CHECK(x.setting.setting_text() == "1153024");
    CHECK(x.set("131072B") == "128kB");
    CHECK(x.set("1TB") == "1TB");
    CHECK(x.set("1kB") == "1 kB is outside the valid range for parameter \"x\" (64 .. 2147483647)");
    CHECK(x.set("100TB") == "invalid value for parameter \"x\": \"100TB\"");
    CHECK(x.hint == "Value exceeds integer range.");
    for (const char* wrong : {"1zb", "100kb", "10 MB kB", "1ms", "1 k"}) {
        CHECK(x.set(wrong) == std::string("invalid value for parameter \"x\": \"") + wrong + "\"");
        CHECK(x.hint == R"(Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".)");
    }
}

TEST_CASE("integers in blocks, bytes and megabytes") {
    One<IntSetting> blocks({.unit = SettingUnit::blocks_8kb}, 1024, 100, 1073741823);
    CHECK(blocks.setting.show() == "8MB");
    CHECK(blocks.set("1GB") == "1GB");
    CHECK(blocks.setting.setting_text() == "131072");
    CHECK(blocks.set("8kB") == "1 8kB is outside the valid range for parameter \"x\" (100 .. 1073741823)");
    CHECK(blocks.set("808kB") == "808kB");
    One<IntSetting> bytes({.unit = SettingUnit::bytes}, 0, -1, k_int_max);
    CHECK(bytes.setting.show() == "0");
    CHECK(bytes.set("1kB") == "1kB");
    CHECK(bytes.setting.value() == 1024);
    CHECK(bytes.set("1025") == "1025B");
    CHECK(bytes.set("-1") == "-1");
    One<IntSetting> megabytes({.unit = SettingUnit::megabytes}, 80, 2, k_int_max);
    CHECK(megabytes.set("1GB") == "1GB");
    CHECK(megabytes.setting.value() == 1024);
    CHECK(megabytes.set("2560kB") == "2MB");  // 2.5 to the even neighbour
}

TEST_CASE("integers with a unit of time") {
    One<IntSetting> ms({.unit = SettingUnit::milliseconds}, 0, 0, k_int_max);
    CHECK(ms.setting.show() == "0");
    CHECK(ms.set("1.5s") == "1500ms");
    CHECK(ms.set("0.4ms") == "0");
    CHECK(ms.set("90s") == "90s");
    CHECK(ms.set("120s") == "2min");
    CHECK(ms.set("1e3") == "1s");
    CHECK(ms.set("1d") == "1d");
    CHECK(ms.set("1500us") == "2ms");
    CHECK(ms.set("-5") == "-5 ms is outside the valid range for parameter \"x\" (0 .. 2147483647)");
    CHECK(ms.set("1kB") == "invalid value for parameter \"x\": \"1kB\"");
    CHECK(ms.hint == R"(Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".)");
    One<IntSetting> s({.unit = SettingUnit::seconds}, 60, 1, 600);
    CHECK(s.setting.show() == "1min");
    CHECK(s.set("5min") == "5min");
    CHECK(s.set("1h") == "3600 s is outside the valid range for parameter \"x\" (1 .. 600)");
    CHECK(s.set("1499ms") == "1s");
    One<IntSetting> min({.unit = SettingUnit::minutes}, 1440, 0, 35791394);
    CHECK(min.setting.show() == "1d");
    CHECK(min.set("90s") == "2min");
}

TEST_CASE("real numbers") {
    One<RealSetting> x(SettingInfo{}, 1.0);
    CHECK(x.setting.show() == "1");
    CHECK(x.set("0.25") == "0.25");
    CHECK(x.set("1e5") == "100000");
    CHECK(x.set("123456789") == "1.23457e+08");
    CHECK(x.set("-1") == "-1 is outside the valid range for parameter \"x\" (0 .. 1.79769e+308)");
    CHECK(x.set("inf") == "Infinity is outside the valid range for parameter \"x\" (0 .. 1.79769e+308)");
    CHECK(x.set("nan") == "invalid value for parameter \"x\": \"nan\"");
    CHECK(x.set("") == "invalid value for parameter \"x\": \"\"");
    CHECK(x.set("1x") == "invalid value for parameter \"x\": \"1x\"");
    CHECK(x.setting.max_text() == "1.79769e+308");
    CHECK(x.setting.type_name() == "real");
    One<RealSetting> delay({.unit = SettingUnit::milliseconds}, 0, 0, 100);
    CHECK(delay.set("1500us") == "1500us");
    CHECK(delay.set("0.5") == "500us");
    CHECK(delay.set("0.0001") == "0.1us");
    CHECK(delay.set("20") == "20ms");
    CHECK(delay.set("101ms") == "101 ms is outside the valid range for parameter \"x\" (0 .. 100)");
    CHECK(delay.set("1.5 zork") == "invalid value for parameter \"x\": \"1.5 zork\"");
    CHECK(delay.hint == R"(Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".)");
    CHECK(delay.setting.setting_text() == "20");
}

TEST_CASE("enumerations") {
    enum Level { low = 3, high = 9 };
    One<EnumSetting> x(SettingInfo{}, static_cast<int>(low),
                       std::vector<EnumSetting::Option>{{"low", low}, {"cheap", low, true}, {"high", high}});
    CHECK(x.set("HIGH") == "high");
    CHECK(x.setting.as<Level>() == high);
    CHECK(x.set("cheap") == "low");
    CHECK(x.set("zork") == "invalid value for parameter \"x\": \"zork\"");
    CHECK(x.hint == "Available values: low, high.");
    CHECK(x.set("hig") == "invalid value for parameter \"x\": \"hig\"");
    CHECK(x.setting.enum_values() == std::vector<std::string>{"low", "high"});
    CHECK(x.setting.type_name() == "enum");
}

TEST_CASE("texts") {
    One<StringSetting> x(SettingInfo{}, "first");
    CHECK(x.set("anything 'goes'") == "anything 'goes'");
    CHECK(x.set("") == "");
    CHECK(x.setting.boot_text() == "first");
    CHECK(x.setting.reset_text() == "first");
    CHECK(x.setting.type_name() == "string");
    CHECK_FALSE(x.setting.min_text());
    CHECK(x.setting.enum_values().empty());
}

TEST_CASE("hooks check, follow and show a value") {
    Settings registry;
    StringSetting zone{{.name = "zone"}, "GMT"};
    std::vector<std::string> assigned;
    zone.on_check([](std::string& candidate) {
            if (candidate == "nowhere")
                throw invalid_setting_value("zone", candidate).detail("There is no such place.");
            if (candidate == "gmt") candidate = "GMT";
        })
        .on_assign([&](const std::string& value) { assigned.push_back(value); })
        .on_show([](const std::string& value) { return "<" + value + ">"; });
    registry.add(zone);
    CHECK(assigned == std::vector<std::string>{"GMT"});  // also for the first value
    registry.set("zone", "gmt", SettingSource::session);
    registry.set("zone", "UTC", SettingSource::session);
    CHECK_THROWS_WITH(registry.set("zone", "nowhere", SettingSource::session),
                      "invalid value for parameter \"zone\": \"nowhere\"");
    CHECK(assigned == std::vector<std::string>{"GMT", "GMT", "UTC"});
    CHECK(zone.value() == "UTC");
    CHECK(zone.show() == "<UTC>");
    CHECK(zone.setting_text() == "<UTC>");
    CHECK(zone.reset_text() == "GMT");
}

TEST_CASE("contexts, sources and units have pg_settings' names") {
    std::string contexts, sources, units;
    for (int i = 0; i <= static_cast<int>(SettingContext::user); ++i) {
        contexts += std::string(context_name(static_cast<SettingContext>(i))) + " ";
    }
    for (int i = 0; i <= static_cast<int>(SettingSource::session); ++i) {
        sources += std::string(source_name(static_cast<SettingSource>(i))) + ", ";
    }
    for (int i = 0; i <= static_cast<int>(SettingUnit::minutes); ++i) {
        units += std::string(unit_name(static_cast<SettingUnit>(i))) + " ";
    }
    CHECK(contexts == "internal postmaster sighup superuser-backend backend superuser user ");
    CHECK(sources ==
          "default, environment variable, configuration file, command line, global, database, user, database "
          "user, "
          "client, override, session, ");
    CHECK(units == " B kB 8kB MB ms s min ");
}

TEST_CASE("names of settings compare without regard to case") {
    CHECK(compare_setting_names("TimeZone", "timezone") == 0);
    CHECK(compare_setting_names("a", "B") < 0);
    CHECK(compare_setting_names("ab", "a") > 0);
    CHECK(compare_setting_names("a_b", "aB") < 0);  // '_' comes before the small letters
}
