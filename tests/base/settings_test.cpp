#include "base/settings.hpp"

#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/log_settings.hpp"
#include "tests/catch.hpp"
#include "tests/child_process.hpp"

using namespace forklore;
using forklore::testing::CapturedLog;
using forklore::testing::in_child;
using forklore::testing::TemporaryFolder;

namespace {

// A registry with one setting of each context.
struct Server {
    Server() {
        for (SettingBase* setting :
             std::initializer_list<SettingBase*>{&internal, &postmaster, &sighup, &superuser_backend,
                                                 &backend, &superuser, &user, &work_mem}) {
            registry.add(*setting);
        }
    }

    // What an attempt came to: "" or the SQLSTATE and the message.
    std::string set(std::string_view name, std::optional<std::string_view> value, SettingSource source,
                    bool is_superuser = true, SettingScope scope = SettingScope::session) {
        try {
            registry.set(name, value, source, scope, is_superuser);
            return "";
        } catch (const Error& error) {
            return std::string(error.code().text()) + " " + error.what();
        }
    }
    void session(std::string_view value) { registry.set("work_mem", value, SettingSource::session); }
    void local(std::string_view value) {
        registry.set("work_mem", value, SettingSource::session, SettingScope::local);
    }
    std::string show(std::string_view name = "work_mem") { return registry.get(name).show(); }
    std::string source(std::string_view name = "work_mem") {
        return std::string(source_name(registry.get(name).source()));
    }

    IntSetting internal{{.name = "an_internal", .context = SettingContext::internal}, 1};
    IntSetting postmaster{{.name = "a_postmaster", .context = SettingContext::postmaster}, 1};
    IntSetting sighup{{.name = "a_sighup", .context = SettingContext::sighup}, 1};
    IntSetting superuser_backend{
        {.name = "a_superuser_backend", .context = SettingContext::superuser_backend}, 1};
    IntSetting backend{{.name = "a_backend", .context = SettingContext::backend}, 1};
    IntSetting superuser{{.name = "a_superuser", .context = SettingContext::superuser}, 1};
    IntSetting user{{.name = "a_user"}, 1};
    IntSetting work_mem{{.name = "work_mem", .unit = SettingUnit::kilobytes}, 4096, 64};
    Settings registry;
};

using enum SettingSource;

}  // namespace

TEST_CASE("names are found in any case, unknown ones are refused") {
    Server server;
    CHECK(server.registry.find("WORK_MEM") == &server.work_mem);
    CHECK(server.registry.find("work_me") == nullptr);
    CHECK(&server.registry.get("Work_Mem") == &server.work_mem);
    try {
        server.registry.get("zork");
        FAIL("it must throw");
    } catch (const Error& error) {
        CHECK(error.code() == sqlstate::undefined_object);
        CHECK(std::string(error.what()) == "unrecognized configuration parameter \"zork\"");
    }
    CHECK(server.set("zork", "1", session) == "42704 unrecognized configuration parameter \"zork\"");
    IntSetting twice{{.name = "WORK_mem"}, 1};
    CHECK_THROWS_WITH(server.registry.add(twice), "attempt to redefine parameter \"WORK_mem\"");
    std::vector<std::string> names;
    for (SettingBase* setting : server.registry.all()) names.emplace_back(setting->info().name);
    CHECK(names == std::vector<std::string>{"a_backend", "a_postmaster", "a_sighup", "a_superuser",
                                            "a_superuser_backend", "a_user", "an_internal", "work_mem"});
}

TEST_CASE("a setting's context decides who may change it") {
    Server server;
    const std::string done;
    CHECK(server.set("an_internal", "2", session) == "55P02 parameter \"an_internal\" cannot be changed");
    CHECK(server.set("an_internal", "2", command_line) ==
          "55P02 parameter \"an_internal\" cannot be changed");
    CHECK(server.set("an_internal", "2", override_value) == done);

    std::string without_restart =
        "55P02 parameter \"a_postmaster\" cannot be changed without restarting the server";
    CHECK(server.set("a_postmaster", "2", session) == without_restart);
    CHECK(server.set("a_postmaster", {}, session) == without_restart);
    CHECK(server.set("a_postmaster", "2", client) == without_restart);
    CHECK(server.set("a_postmaster", "2", command_line) == done);

    CHECK(server.set("a_sighup", "2", session) == "55P02 parameter \"a_sighup\" cannot be changed now");
    CHECK(server.set("a_sighup", "2", client) == "55P02 parameter \"a_sighup\" cannot be changed now");
    CHECK(server.set("a_sighup", "2", environment) == done);

    CHECK(server.set("a_superuser_backend", "2", session) ==
          "55P02 parameter \"a_superuser_backend\" cannot be set after connection start");
    CHECK(server.set("a_superuser_backend", "2", client, false) ==
          "42501 permission denied to set parameter \"a_superuser_backend\"");
    CHECK(server.set("a_superuser_backend", "2", client, true) == done);

    CHECK(server.set("a_backend", "2", session, false) ==
          "55P02 parameter \"a_backend\" cannot be set after connection start");
    CHECK(server.set("a_backend", "2", client, false) == done);

    CHECK(server.set("a_superuser", "2", session, false) ==
          "42501 permission denied to set parameter \"a_superuser\"");
    CHECK(server.set("a_superuser", "2", client, false) ==
          "42501 permission denied to set parameter \"a_superuser\"");
    CHECK(server.set("a_superuser", "2", database, false) ==
          "42501 permission denied to set parameter \"a_superuser\"");
    CHECK_THROWS_AS(server.registry.reset("a_superuser"), Error);
    CHECK(server.set("a_superuser", "2", session, true) == done);
    CHECK_NOTHROW(server.registry.reset("a_superuser", true));

    CHECK(server.set("a_user", "2", session, false) == done);
    CHECK(server.set("a_user", "2", file) == done);
}

TEST_CASE("a weaker source never overrides a stronger one, but is what comes after it") {
    Server server;
    server.set("work_mem", "1MB", file);
    CHECK(server.show() == "1MB");
    CHECK(server.source() == "configuration file");
    server.set("work_mem", "2MB", client, false);
    CHECK(server.show() == "2MB");
    server.set("work_mem", "3MB", database, false);
    server.set("work_mem", "1MB", environment);
    CHECK(server.show() == "2MB");
    CHECK(server.source() == "client");
    server.session("4MB");
    CHECK(server.source() == "session");
    // Also while the session has its own value, the server's decisions change what RESET goes back to.
    server.set("work_mem", "5MB", override_value);
    CHECK(server.show() == "4MB");
    server.registry.reset("work_mem");
    CHECK(server.show() == "5MB");
    CHECK(server.source() == "override");
    server.session("4MB");
    server.set("work_mem", {}, session);
    CHECK(server.show() == "5MB");
}

TEST_CASE("RESET ALL goes back, but for what is kept") {
    Server server;
    IntSetting kept{{.name = "kept", .keep_on_reset_all = true}, 1};
    server.registry.add(kept);
    server.set("work_mem", "1MB", file);
    server.set("a_user", "7", client, false);
    server.session("9MB");
    server.set("a_superuser", "9", session, true);
    server.set("kept", "9", session);
    server.registry.reset_all();
    CHECK(server.show() == "1MB");
    CHECK(server.source() == "configuration file");
    CHECK(server.show("a_user") == "7");
    CHECK(server.show("a_superuser") == "1");
    CHECK(server.source("a_superuser") == "default");
    CHECK(server.show("kept") == "9");
}

TEST_CASE("RESET ALL is undone with its transaction") {
    Server server;
    server.session("9MB");
    server.registry.begin_level();
    server.registry.reset_all();
    CHECK(server.show() == "4MB");
    server.registry.end_level(false);
    CHECK(server.show() == "9MB");
    CHECK(server.source() == "session");
}

TEST_CASE("SET is undone by rollback, SET LOCAL by any end of the transaction") {
    Server server;
    server.registry.begin_level();
    server.session("1MB");
    server.registry.end_level(false);
    CHECK(server.show() == "4MB");
    CHECK(server.source() == "default");

    server.registry.begin_level();
    server.session("1MB");
    server.registry.end_level(true);
    CHECK(server.show() == "1MB");

    server.registry.begin_level();
    server.local("2MB");
    CHECK(server.show() == "2MB");
    server.registry.end_level(true);
    CHECK(server.show() == "1MB");

    server.registry.begin_level();
    server.session("2MB");
    server.local("3MB");
    CHECK(server.show() == "3MB");
    server.registry.end_level(true);
    CHECK(server.show() == "2MB");

    server.registry.begin_level();
    server.local("3MB");
    server.session("5MB");
    server.registry.end_level(true);
    CHECK(server.show() == "5MB");
}

// Each of these was tried on PostgreSQL 15.
TEST_CASE("savepoints nest as in PostgreSQL") {
    Server server;
    auto begin = [&] { server.registry.begin_level(); };
    auto commit = [&] { server.registry.end_level(true); };
    auto rollback = [&] { server.registry.end_level(false); };

    SECTION("SET, savepoint, SET LOCAL, release: local until the commit") {
        begin();
        server.session("1MB");
        begin();
        server.local("2MB");
        commit();
        CHECK(server.show() == "2MB");
        commit();
        CHECK(server.show() == "1MB");
    }
    SECTION("SET, SET LOCAL, savepoint, SET, rollback to: local again") {
        begin();
        server.session("1MB");
        server.local("2MB");
        begin();
        server.session("3MB");
        rollback();
        CHECK(server.show() == "2MB");
        commit();
        CHECK(server.show() == "1MB");
    }
    SECTION("SET LOCAL, savepoint, SET, release: SET wins") {
        begin();
        server.local("2MB");
        begin();
        server.session("3MB");
        commit();
        CHECK(server.show() == "3MB");
        commit();
        CHECK(server.show() == "3MB");
    }
    SECTION("SET LOCAL, savepoint, SET LOCAL, release: gone at the commit") {
        begin();
        server.local("2MB");
        begin();
        server.local("3MB");
        commit();
        CHECK(server.show() == "3MB");
        commit();
        CHECK(server.show() == "4MB");
    }
    SECTION("savepoint, SET and SET LOCAL in it, release, commit") {
        begin();
        begin();
        server.session("2MB");
        server.local("3MB");
        commit();
        CHECK(server.show() == "3MB");
        commit();
        CHECK(server.show() == "2MB");
    }
    SECTION("a released savepoint is undone with the transaction") {
        begin();
        begin();
        server.session("2MB");
        commit();
        rollback();
        CHECK(server.show() == "4MB");
    }
    SECTION("levels without changes in between") {
        begin();
        server.session("1MB");
        begin();
        begin();
        server.local("2MB");
        commit();
        commit();
        CHECK(server.show() == "2MB");
        commit();
        CHECK(server.show() == "1MB");
    }
    SECTION("what the server decides meanwhile survives the rollback") {
        begin();
        server.session("1MB");
        server.registry.set("work_mem", "7MB", override_value);
        CHECK(server.show() == "1MB");
        rollback();
        CHECK(server.show() == "7MB");
    }
}

TEST_CASE("a refused value changes nothing") {
    Server server;
    server.registry.begin_level();
    server.session("1MB");
    CHECK(server.set("work_mem", "1zb", session) ==
          "22023 invalid value for parameter \"work_mem\": \"1zb\"");
    CHECK(server.set("work_mem", "1kB", session) ==
          "22023 1 kB is outside the valid range for parameter \"work_mem\" (64 .. 2147483647)");
    CHECK(server.show() == "1MB");
    server.registry.end_level(true);
    CHECK(server.show() == "1MB");
}

namespace {

// What SET and SET LOCAL mean, said as simply as it can be: every level has a whole copy of all values.
// `permanent` is what holds when the transaction commits, `shown` what holds until then.
struct Model {
    struct Level {
        std::map<std::string, std::string> shown, permanent;
    };
    std::vector<Level> levels{Level{}};

    void set(const std::string& name, const std::string& value, bool local) {
        levels.back().shown[name] = value;
        if (!local || levels.size() == 1) levels.back().permanent[name] = value;
    }
    void begin() { levels.push_back(levels.back()); }
    void end(bool commit) {
        Level ended = levels.back();
        levels.pop_back();
        if (!commit) return;
        levels.back() = ended;
        if (levels.size() == 1) levels.back().shown = ended.permanent;
    }
};

}  // namespace

TEST_CASE("random histories agree with a model of whole copies") {
    unsigned seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937 random(seed);
    Server server;
    IntSetting other{{.name = "other"}, 0};
    server.registry.add(other);
    Model model;
    model.set("a_user", "1", false);
    model.set("other", "0", false);
    std::string history;
    bool agree = true;
    for (int i = 0; i < 20'000 && agree; ++i) {
        unsigned choice = random() % 10;
        std::string name = random() % 2 == 0 ? "a_user" : "other";
        std::string value = std::to_string(random() % 1000);
        if (choice < 4) {
            // Outside of a transaction SET LOCAL is not used: its caller would have opened one.
            bool local = model.levels.size() > 1 && choice < 2;
            history += (local ? " local " : " set ") + name + "=" + value;
            server.registry.set(name, value, session, local ? SettingScope::local : SettingScope::session);
            model.set(name, value, local);
        } else if (choice < 7 && model.levels.size() < 6) {
            history += " begin";
            server.registry.begin_level();
            model.begin();
        } else if (model.levels.size() > 1) {
            bool commit = random() % 2 == 0;
            history += commit ? " commit" : " rollback";
            server.registry.end_level(commit);
            model.end(commit);
        }
        agree = server.show("a_user") == model.levels.back().shown["a_user"] &&
                server.show("other") == model.levels.back().shown["other"];
    }
    if (!agree) history = history.substr(history.size() > 500 ? history.size() - 500 : 0);
    INFO(history);
    CHECK(agree);
}

TEST_CASE("dotted names that nobody defined are placeholders") {
    Server server;
    CHECK(server.registry.find("a.b") == nullptr);
    CHECK_THROWS_WITH(server.registry.get("a.b"), "unrecognized configuration parameter \"a.b\"");
    CHECK(server.set("a.b", "x y", session, false).empty());
    CHECK(server.show("A.B") == "x y");
    SettingBase& placeholder = server.registry.get("a.b");
    CHECK(placeholder.is_placeholder());
    CHECK(placeholder.info().hide_from_show_all);
    CHECK(placeholder.info().category == "Customized Options");
    server.registry.reset("a.b");
    CHECK(server.show("a.b").empty());
    CHECK(server.set("a.b.c", "1", session).empty());
    CHECK(server.set("_x$1.é", "1", session).empty());
    for (const char* wrong : {"a.b c", "a.", ".a", "1a.b", "a.b-c", "a..b", "."}) {
        CHECK(server.set(wrong, "1", session) ==
              std::string("42602 invalid configuration parameter name \"") + wrong + "\"");
    }
    server.registry.begin_level();
    server.set("new.one", "1", session);
    server.registry.end_level(false);
    CHECK(server.show("new.one").empty());
}

TEST_CASE("a definition takes over what its placeholder was set to") {
    Server server;
    CapturedLog log;
    server.set("mine.level", "12", file);
    server.registry.begin_level();
    server.set("mine.level", "13", session, false);
    IntSetting level{{.name = "mine.Level"}, 5};
    server.registry.add(level);
    CHECK(level.value() == 13);
    CHECK(server.show("mine.level") == "13");
    CHECK(&server.registry.get("mine.level") == &level);
    server.registry.end_level(false);
    CHECK(level.value() == 12);
    CHECK(level.source() == SettingSource::file);
    CHECK(log.take().empty());
}

TEST_CASE("a definition takes over what is to be undone") {
    Server server;
    CapturedLog log;
    server.set("mine.level", "11", session);
    server.registry.begin_level();
    server.set("mine.level", "12", session);
    server.set("mine.level", "13", session, false, SettingScope::local);
    IntSetting level{{.name = "mine.level"}, 5};
    server.registry.add(level);
    CHECK(level.value() == 13);
    SECTION("SET stays when the transaction commits") {
        server.registry.end_level(true);
        CHECK(level.value() == 12);
    }
    SECTION("what was before comes back when it does not") {
        server.registry.end_level(false);
        CHECK(level.value() == 11);
        CHECK(level.source() == SettingSource::session);
    }
    CHECK(log.take().empty());
}

TEST_CASE("what cannot be taken over is not put back either") {
    Server server;
    CapturedLog log;
    server.registry.begin_level();
    server.set("mine.level", "much", session);
    server.set("mine.level", "13", session, false, SettingScope::local);
    IntSetting level{{.name = "mine.level"}, 5};
    server.registry.add(level);
    CHECK(level.value() == 13);
    server.registry.end_level(true);
    CHECK(level.value() == 5);
    CHECK(log.take().find("WARNING:  invalid value for parameter \"mine.level\": \"much\"") !=
          std::string::npos);
}

TEST_CASE("a definition does not take what it would refuse") {
    Server server;
    CapturedLog log;
    server.set("mine.number", "many", file);
    IntSetting number{{.name = "mine.number"}, 5};
    server.registry.add(number);
    CHECK(number.value() == 5);
    CHECK(log.take().find("WARNING:  invalid value for parameter \"mine.number\": \"many\"") !=
          std::string::npos);

    // Nor what an ordinary user said of a superuser's setting.
    server.set("mine.secret", "1", session, false);
    IntSetting secret{{.name = "mine.secret", .context = SettingContext::superuser}, 0};
    server.registry.add(secret);
    CHECK(secret.value() == 0);
    CHECK(log.take().find("WARNING:  permission denied to set parameter \"mine.secret\"") !=
          std::string::npos);

    server.set("mine.fine", "1", session, true);
    IntSetting fine{{.name = "mine.fine", .context = SettingContext::superuser}, 0};
    server.registry.add(fine);
    CHECK(fine.value() == 1);
}

TEST_CASE("a reserved prefix has no placeholders") {
    Server server;
    CapturedLog log;
    server.registry.begin_level();
    server.set("mine.typo", "1", session);
    IntSetting level{{.name = "mine.level"}, 5};
    server.registry.add(level);
    server.registry.reserve_prefix("mine");
    CHECK(server.registry.find("mine.typo") == nullptr);
    CHECK(server.registry.find("mine.level") == &level);
    CHECK(log.take().find("WARNING:  invalid configuration parameter name \"mine.typo\", removing it\n") !=
          std::string::npos);
    server.registry.end_level(false);
    CHECK(server.set("mine.other", "1", session) ==
          "42602 invalid configuration parameter name \"mine.other\"");
    CHECK(server.set("mine.level", "6", session).empty());
    CHECK(server.set("minerals.x", "6", session).empty());
}

TEST_CASE("what the client is told: all at first, then each change once, with its last value") {
    Settings registry;
    StringSetting zone{{.name = "TimeZone", .report_to_client = true}, "GMT"};
    StringSetting name{{.name = "application_name", .report_to_client = true}, ""};
    IntSetting quiet{{.name = "quiet"}, 1};
    IntSetting limit{{.name = "limit", .unit = SettingUnit::kilobytes, .report_to_client = true}, 1024};
    for (SettingBase* setting : std::initializer_list<SettingBase*>{&zone, &name, &quiet, &limit})
        registry.add(*setting);
    using Changes = std::vector<std::pair<std::string_view, std::string>>;
    CHECK(registry.take_changes_to_report() ==
          Changes{{"application_name", ""}, {"limit", "1024"}, {"TimeZone", "GMT"}});
    CHECK(registry.take_changes_to_report().empty());
    registry.set("timezone", "UTC", session);
    registry.set("quiet", "2", session);
    registry.set("timezone", "Asia/Tokyo", session);
    CHECK(registry.take_changes_to_report() == Changes{{"TimeZone", "Asia/Tokyo"}});
    registry.set("timezone", "UTC", session);
    registry.set("timezone", "Asia/Tokyo", session);
    CHECK(registry.take_changes_to_report().empty());
    // Also what a rollback puts back.
    registry.begin_level();
    registry.set("application_name", "x", session);
    CHECK(registry.take_changes_to_report() == Changes{{"application_name", "x"}});
    registry.end_level(false);
    CHECK(registry.take_changes_to_report() == Changes{{"application_name", ""}});
}

TEST_CASE("the generation grows with every change, and only then") {
    Server server;
    auto before = server.registry.generation();
    server.show();
    CHECK(server.set("work_mem", "1zb", session) != "");
    server.registry.begin_level();
    server.registry.end_level(true);
    CHECK(server.registry.generation() == before);
    server.registry.begin_level();
    server.session("1MB");
    CHECK(server.registry.generation() > before);
    before = server.registry.generation();
    server.registry.end_level(false);
    CHECK(server.registry.generation() > before);
}

TEST_CASE("a file is applied when the server starts") {
    Server server;
    CapturedLog log;
    TemporaryFolder folder;
    std::string path = folder.write("forklore.conf",
                                    "# comment\nwork_mem = 1MB\nA_Postmaster 5\n\nwork_mem = '2MB'\nx.y=z\n");
    CHECK(server.registry.load_file(path, true));
    CHECK(server.show() == "2MB");
    CHECK(server.show("a_postmaster") == "5");
    CHECK(server.show("x.y") == "z");
    CHECK(server.source() == "configuration file");
    CHECK(server.work_mem.source_file() == path);
    CHECK(server.work_mem.source_line() == 5);
    CHECK(log.take().empty());
    server.session("3MB");
    CHECK(server.work_mem.source_file().empty());
    CHECK(server.work_mem.source_line() == 0);
    server.registry.reset("work_mem");
    CHECK(server.work_mem.source_line() == 5);
}

TEST_CASE("a file with mistakes keeps the server from starting") {
    Server server;
    TemporaryFolder folder;
    for (const auto& [text, complaint] : std::vector<std::pair<std::string, std::string>>{
             {"work_mem = 1zb", "LOG:  invalid value for parameter \"work_mem\": \"1zb\""},
             {"zork = 1", "LOG:  unrecognized configuration parameter \"zork\" in file \"" +
                              (folder / "forklore.conf") + "\" line 1"},
             {"work_mem",
              "LOG:  syntax error in file \"" + (folder / "forklore.conf") + "\" line 1, near end of line"},
             {"an_internal=1", "LOG:  parameter \"an_internal\" cannot be changed"}}) {
        CapturedLog log;
        std::string path = folder.write("forklore.conf", text);
        try {
            server.registry.load_file(path, true);
            FAIL("it must throw");
        } catch (const Fatal& error) {
            CHECK(error.code() == sqlstate::config_file_error);
            CHECK(std::string(error.what()) == "configuration file \"" + path + "\" contains errors");
        }
        CHECK(log.take().find(complaint) != std::string::npos);
    }
}

namespace {

// A running server whose file is edited and read again.
struct RunningServer : Server {
    RunningServer() {
        log_context_after_fork("postmaster");
        log_line_prefix_was = log_line_prefix.value();
        static bool defined = settings().find("log_line_prefix") != nullptr || (define_base_settings(), true);
        (void)defined;
        settings().set("log_line_prefix", "", override_value);
        registry.load_file(folder.write("forklore.conf", "work_mem=1MB\na_postmaster=5\na_sighup=2\n"), true);
    }
    ~RunningServer() { settings().set("log_line_prefix", log_line_prefix_was, override_value); }

    // Returns the log, with the file's name as FILE.
    std::string reload(const std::string& text) {
        std::string path = folder.write("forklore.conf", text);
        CapturedLog log;
        good = registry.load_file(path, false);
        std::string said = log.take();
        for (std::size_t at; (at = said.find(path)) != std::string::npos;)
            said.replace(at, path.size(), "FILE");
        return said;
    }

    TemporaryFolder folder;
    std::string log_line_prefix_was;
    bool good = false;
};

}  // namespace

TEST_CASE("a file that is read again changes what it may") {
    RunningServer server;
    CHECK(server.reload("work_mem=1MB\na_postmaster=5\na_sighup=2\n").empty());
    CHECK(server.good);
    CHECK(server.reload("work_mem=2MB\na_postmaster=5\na_sighup=3\n") ==
          "LOG:  parameter \"work_mem\" changed to \"2MB\"\nLOG:  parameter \"a_sighup\" changed to \"3\"\n");
    CHECK(server.show() == "2MB");
    CHECK(server.reload("a_postmaster=5\n") ==
          "LOG:  parameter \"a_sighup\" removed from configuration file, reset to default\n"
          "LOG:  parameter \"work_mem\" removed from configuration file, reset to default\n");
    CHECK(server.show() == "4MB");
    CHECK(server.source() == "default");
    CHECK(server.good);
}

TEST_CASE("what needs a restart is pending") {
    RunningServer server;
    CHECK(server.reload("a_postmaster=6\nwork_mem=2MB\na_sighup=2\n") ==
          "LOG:  parameter \"a_postmaster\" cannot be changed without restarting the server\n"
          "LOG:  parameter \"work_mem\" changed to \"2MB\"\n"
          "LOG:  configuration file \"FILE\" contains errors; unaffected changes were applied\n");
    CHECK_FALSE(server.good);
    CHECK(server.show("a_postmaster") == "5");
    CHECK(server.postmaster.pending_restart());
    CHECK(server.reload("a_postmaster=5\nwork_mem=2MB\na_sighup=2\n").empty());
    CHECK_FALSE(server.postmaster.pending_restart());
    CHECK(server.reload("work_mem=2MB\na_sighup=2\n") ==
          "LOG:  parameter \"a_postmaster\" cannot be changed without restarting the server\n"
          "LOG:  configuration file \"FILE\" contains errors; unaffected changes were applied\n");
    CHECK(server.postmaster.pending_restart());
    CHECK(server.show("a_postmaster") == "5");
}

TEST_CASE("a file that may be missing is said to be") {
    RunningServer server;
    std::string missing = server.folder / "none.conf";
    CHECK(server.reload("work_mem=1MB\na_postmaster=5\na_sighup=2\ninclude_if_exists 'none.conf'\n") ==
          "LOG:  skipping missing configuration file \"" + missing + "\"\n");
    CHECK(server.good);
}

TEST_CASE("what the command line says is not pending, whatever the file says") {
    RunningServer server;
    server.registry.set("a_postmaster", "9", command_line);
    CHECK(server.reload("a_postmaster=6\nwork_mem=1MB\na_sighup=2\n").empty());
    CHECK_FALSE(server.postmaster.pending_restart());
    CHECK(server.show("a_postmaster") == "9");
}

TEST_CASE("a line that cannot be understood makes the file ignored, a bad value only itself") {
    RunningServer server;
    CHECK(server.reload("work_mem=2MB\nzork=1\na_sighup=\nfine.name=1\n") ==
          "LOG:  syntax error in file \"FILE\" line 3, near end of line\n"
          "LOG:  configuration file \"FILE\" contains errors; no changes were applied\n");
    CHECK(server.reload("work_mem=2MB\nzork=1\nfine.name=1\n") ==
          "LOG:  unrecognized configuration parameter \"zork\" in file \"FILE\" line 2\n"
          "LOG:  configuration file \"FILE\" contains errors; no changes were applied\n");
    CHECK(server.show() == "1MB");
    CHECK(server.registry.find("fine.name") == nullptr);
    CHECK(server.reload("work_mem=2MB\na_sighup=-1\na_postmaster=5\n") ==
          "LOG:  parameter \"work_mem\" changed to \"2MB\"\n"
          "LOG:  -1 is outside the valid range for parameter \"a_sighup\" (0 .. 2147483647)\n"
          "LOG:  configuration file \"FILE\" contains errors; unaffected changes were applied\n");
    CHECK(server.show() == "2MB");
    CHECK(server.show("a_sighup") == "2");
}

TEST_CASE("a session's own value outlives a reload, and a RESET shows the new one") {
    RunningServer server;
    server.session("8MB");
    server.registry.begin_level();
    server.session("9MB");
    server.reload("work_mem=2MB\na_postmaster=5\na_sighup=2\n");
    CHECK(server.show() == "9MB");
    server.registry.end_level(false);
    CHECK(server.show() == "8MB");
    server.registry.reset("work_mem");
    CHECK(server.show() == "2MB");
}

TEST_CASE("a reload in a transaction is not undone by its rollback") {
    RunningServer server;
    server.registry.begin_level();
    server.local("9MB");
    server.reload("work_mem=2MB\na_postmaster=5\na_sighup=2\n");
    server.registry.end_level(false);
    CHECK(server.show() == "2MB");
    CHECK(server.source() == "configuration file");
    server.registry.begin_level();
    server.local("9MB");
    server.reload("a_postmaster=5\na_sighup=2\n");
    server.registry.end_level(false);
    CHECK(server.show() == "4MB");
    CHECK(server.source() == "default");
}

TEST_CASE("a child reads the file silently, and keeps what belongs to its connection") {
    RunningServer server;
    std::string path =
        server.folder.write("forklore.conf", "work_mem=2MB\na_backend=7\na_postmaster=5\na_sighup=-1\n");
    CapturedLog log;
    CHECK(in_child([&] {
              CHILD_CHECK(!server.registry.load_file(path, false));
              CHILD_CHECK(server.show() == "2MB");
              CHILD_CHECK(server.show("a_backend") == "1");
          }) == 0);
    CHECK(log.take().empty());
    CHECK_FALSE(server.registry.load_file(path, false));
    CHECK(server.show("a_backend") == "7");
}
