#include "base/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "base/log_settings.hpp"
#include "base/settings.hpp"
#include "base/syscalls.hpp"
#include "tests/catch.hpp"
#include "tests/child_process.hpp"

using namespace forklore;
using forklore::testing::CapturedLog;
using forklore::testing::ChildProcess;
using forklore::testing::in_child;
using forklore::testing::TemporaryFolder;

namespace {

// Counts how often it is printed.
struct Costly {
    int& built;
};

}  // namespace

template <>
struct fmt::formatter<Costly> : fmt::formatter<std::string_view> {
    template <typename Context>
    auto format(const Costly& costly, Context& context) const {
        ++costly.built;
        return fmt::formatter<std::string_view>::format("built", context);
    }
};

namespace {

// The registry of the test program, with the settings of this floor, as they are at the start of a server.
struct FreshLog {
    FreshLog() {
        static bool defined = (define_base_settings(), true);
        (void)defined;
        reset();
    }
    ~FreshLog() { reset(); }

    static void reset() {
        for (SettingBase* setting : settings().all()) {
            settings().set(setting->info().name, setting->boot_text(), SettingSource::override_value);
        }
        log_context_after_fork("postmaster");
        sys::clear_faults();
    }

    static void set(std::string_view name, std::string_view value) {
        settings().set(name, value, SettingSource::override_value);
    }
};

Report example(Severity severity = Severity::error) {
    return Error(sqlstate::division_by_zero, "division by zero").as(severity);
}

// What one report looks like in the log, with this prefix.
std::string logged(const Report& report, std::string_view prefix = "") {
    FreshLog::set("log_line_prefix", prefix);
    CapturedLog log;
    report_to_log(report);
    return log.take();
}

// What the prefix alone makes of one line.
std::string prefix_text(std::string_view prefix) {
    std::string line = logged(example(), prefix);
    std::size_t end = line.find("ERROR:  ");
    return line.substr(0, end);
}

}  // namespace

TEST_CASE("a report becomes a line, its further fields become lines of their own") {
    FreshLog fresh;
    log_context().statement = "select 1/0";
    Report report = example();
    CHECK(logged(report) == "ERROR:  division by zero\nSTATEMENT:  select 1/0\n");
    report.position = 8;
    report.detail = "Some detail.";
    report.hint = "Some hint.";
    report.internal_query = "select 2";
    report.context = "PL/pgSQL function f() line 1\nSQL statement \"select f()\"";
    CHECK(logged(report, "> ") ==
          "> ERROR:  division by zero at character 8\n"
          "> DETAIL:  Some detail.\n"
          "> HINT:  Some hint.\n"
          "> QUERY:  select 2\n"
          "> CONTEXT:  PL/pgSQL function f() line 1\n"
          "\tSQL statement \"select f()\"\n"
          "> STATEMENT:  select 1/0\n");
    report.log_detail = "Only for the operator.";
    CHECK(logged(report).find("DETAIL:  Only for the operator.\n") != std::string::npos);
    CHECK(logged(report).find("Some detail") == std::string::npos);
}

TEST_CASE("log_error_verbosity decides how much is shown") {
    FreshLog fresh;
    log_context().statement = "select 1/0";
    Report report = example();
    report.detail = "Some detail.";
    report.internal_position = 3;
    FreshLog::set("log_error_verbosity", "terse");
    CHECK(logged(report) == "ERROR:  division by zero at character 3\nSTATEMENT:  select 1/0\n");
    FreshLog::set("log_error_verbosity", "verbose");
    CHECK(logged(report) ==
          "ERROR:  22012: division by zero at character 3\n"
          "DETAIL:  Some detail.\n"
          "LOCATION:  example, log_test.cpp:" +
              std::to_string(report.where.line()) +
              "\n"
              "STATEMENT:  select 1/0\n");
}

TEST_CASE("a line feed in a message is followed by a tab") {
    FreshLog fresh;
    Report report = example();
    report.message = "one\ntwo\n\nthree";
    CHECK(logged(report) == "ERROR:  one\n\ttwo\n\t\n\tthree\n");
    report.message = "";
    CHECK(logged(report) == "ERROR:  missing error text\n");
}

TEST_CASE("the statement is shown from log_min_error_statement on, unless it may hold a secret") {
    FreshLog fresh;
    log_context().statement = "alter role a\npassword 'x'";
    CHECK(logged(example()).find("STATEMENT:  alter role a\n\tpassword 'x'\n") != std::string::npos);
    CHECK(logged(example(Severity::warning)).find("STATEMENT") == std::string::npos);
    CHECK(logged(example(Severity::log)).find("STATEMENT") != std::string::npos);
    FreshLog::set("log_min_error_statement", "panic");
    CHECK(logged(example()).find("STATEMENT") == std::string::npos);
    FreshLog::set("log_min_error_statement", "warning");
    CHECK(logged(example(Severity::warning)).find("STATEMENT") != std::string::npos);
    Report secret = example();
    secret.hide_statement = true;
    CHECK(logged(secret).find("STATEMENT") == std::string::npos);
}

TEST_CASE("log_min_messages: LOG ranks between ERROR and FATAL") {
    FreshLog fresh;
    auto passing = [] {
        std::string severities;
        for (int i = static_cast<int>(Severity::debug5); i <= static_cast<int>(Severity::panic); ++i) {
            auto severity = static_cast<Severity>(i);
            CHECK(log_wanted(severity) == !logged(example(severity)).empty());
            if (log_wanted(severity)) severities += std::string(severity_name(severity)) + " ";
        }
        return severities;
    };
    CHECK(passing() == "LOG WARNING ERROR FATAL PANIC ");
    FreshLog::set("log_min_messages", "error");
    CHECK(passing() == "LOG ERROR FATAL PANIC ");
    FreshLog::set("log_min_messages", "log");
    CHECK(passing() == "LOG FATAL PANIC ");
    FreshLog::set("log_min_messages", "fatal");
    CHECK(passing() == "FATAL PANIC ");
    FreshLog::set("log_min_messages", "panic");
    CHECK(passing() == "PANIC ");
    FreshLog::set("log_min_messages", "debug1");
    CHECK(passing() == "DEBUG LOG INFO NOTICE WARNING ERROR FATAL PANIC ");
    FreshLog::set("log_min_messages", "debug5");
    CHECK(passing() == "DEBUG DEBUG DEBUG DEBUG DEBUG LOG INFO NOTICE WARNING ERROR FATAL PANIC ");
}

TEST_CASE("client_min_messages: LOG ranks below NOTICE, INFO always passes") {
    FreshLog fresh;
    FreshLog::set("log_min_messages", "panic");
    std::string severities;
    auto passing = [&] {
        severities.clear();
        for (int i = static_cast<int>(Severity::debug5); i <= static_cast<int>(Severity::fatal); ++i) {
            report(example(static_cast<Severity>(i)));
        }
        return severities;
    };
    CHECK(passing().empty());  // nobody there
    CHECK_FALSE(report_wanted(Severity::error));
    set_client_sink(
        [&](const Report& report) { severities += std::string(severity_name(report.severity)) + " "; });
    CHECK(passing() == "INFO NOTICE WARNING ERROR FATAL ");
    CHECK(report_wanted(Severity::notice));
    CHECK_FALSE(report_wanted(Severity::log));
    FreshLog::set("client_min_messages", "log");
    CHECK(passing() == "LOG INFO NOTICE WARNING ERROR FATAL ");
    FreshLog::set("client_min_messages", "debug1");
    CHECK(passing() == "DEBUG LOG INFO NOTICE WARNING ERROR FATAL ");
    FreshLog::set("client_min_messages", "error");
    CHECK(passing() == "INFO ERROR FATAL ");
    set_client_sink({});
    CHECK(passing().empty());
}

TEST_CASE("a message that nobody wants is not even built") {
    FreshLog fresh;
    FreshLog::set("log_line_prefix", "");
    CapturedLog log;
    int built = 0;
    say(Severity::debug1, sqlstate::successful_completion, "{}", Costly{built});
    CHECK(log.take().empty());
    CHECK(built == 0);
    log_line(sqlstate::successful_completion, "{}", Costly{built});
    CHECK(log.take() == "LOG:  built\n");
    CHECK(built == 1);
}

TEST_CASE("the prefix of a process that serves nobody") {
    FreshLog fresh;
    std::string pid = std::to_string(::getpid());
    CHECK(prefix_text("[%a|%u|%d|%r|%h|%b|%p|%P|%i|%e|%v|%x|%Q|%%]") ==
          "[|||||postmaster|" + pid + "|||22012||0|0|%]");
    CHECK(prefix_text("%5a|%-5u|%3d|%2r|%1h|%2P|%4i|%6v|") == "     |     |   |  | |  |    |      |");
    CHECK(prefix_text("before %qafter") == "before ");
}

TEST_CASE("the prefix of a session") {
    FreshLog fresh;
    LogContext& context = log_context();
    context.is_session = true;
    context.backend_type = "client backend";
    context.remote_host = "[local]";
    CHECK(prefix_text("%a|%u|%d|%q%r|%h|%b|") ==
          "[unknown]|[unknown]|[unknown]|[local]|[local]|client backend|");
    context.application_name = "psql";
    context.user = "anna";
    context.database = "shop";
    context.remote_host = "127.0.0.1";
    context.remote_port = "5555";
    context.command_tag = "SELECT";
    context.virtual_transaction = "3/7";
    context.transaction = 4294967299;
    context.query_id = -5;
    context.leader_pid = 77;
    CHECK(prefix_text("%a|%u|%d|%r|%h|%i|%v|%x|%Q|%P|") ==
          "psql|anna|shop|127.0.0.1(5555)|127.0.0.1|SELECT|3/7|4294967299|-5|77|");
    CHECK(prefix_text("%6a|%-6u|%06d|%20r|%-11h|%-2i|") ==
          "  psql|anna  |  shop|     127.0.0.1(5555)|127.0.0.1  |SELECT|");
}

TEST_CASE("odd prefixes lose what cannot be understood, and nothing else") {
    FreshLog fresh;
    CHECK(prefix_text("plain") == "plain");
    CHECK(prefix_text("%z|") == "|");
    CHECK(prefix_text("%10%|") == "|");
    CHECK(prefix_text("%-|x") == "x");
    CHECK(prefix_text("%--5b|") == "5b|");
    CHECK(prefix_text("x%") == "x");
    CHECK(prefix_text("x%3") == "x");
    CHECK(prefix_text("x%-") == "x");
    CHECK(prefix_text("x%-9") == "x");
    CHECK(prefix_text("%99999999999999999999b|") == "postmaster|");
}

TEST_CASE("lines are numbered, from one in each process") {
    FreshLog fresh;
    Report report = example();
    report.detail = "d";
    CHECK(logged(report, "%l ") == "1 ERROR:  division by zero\n2 DETAIL:  d\n");
    CHECK(logged(report, "%l ") == "3 ERROR:  division by zero\n4 DETAIL:  d\n");
    CapturedLog log;
    CHECK(in_child([&] {
              log_context_after_fork("client backend");
              FreshLog::set("log_line_prefix", "%l %b %q");
              report_to_log(report);
          }) == 0);
    CHECK(log.take() == "1 client backend ERROR:  division by zero\n2 client backend DETAIL:  d\n");
}

TEST_CASE("times are those of log_timezone") {
    FreshLog fresh;
    log_context().start_us = 0;  // midnight of the first of January 2000, UTC
    CHECK(prefix_text("%s") == "2000-01-01 00:00:00 GMT");
    CHECK(prefix_text("%-26s|") == "2000-01-01 00:00:00 GMT   |");
    FreshLog::set("log_timezone", "Europe/Berlin");
    CHECK(prefix_text("%s") == "2000-01-01 01:00:00 CET");
    FreshLog::set("log_timezone", "America/New_York");
    CHECK(prefix_text("%s") == "1999-12-31 19:00:00 EST");
    FreshLog::set("log_timezone", "UTC");
    CHECK(std::regex_match(prefix_text("%t"), std::regex(R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC)")));
    CHECK(std::regex_match(prefix_text("%m"), std::regex(R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC)")));
    CHECK(std::regex_match(prefix_text("%n"), std::regex(R"(\d{10,}\.\d{3})")));
    std::string id = prefix_text("%c");
    CHECK(id == fmt::format("{:x}.{:x}", k_postgres_epoch_us / 1'000'000, ::getpid()));
    std::int64_t before = (now_us() + k_postgres_epoch_us) / 1'000'000;
    std::int64_t told = std::stoll(prefix_text("%n"));
    CHECK(told >= before);
    CHECK(told <= before + 60);
    for (const char* wrong : {"", "Europe/Zork", "../etc/passwd", "/etc/localtime", "Europe", ":UTC"}) {
        INFO(wrong);
        CHECK_THROWS_WITH(FreshLog::set("log_timezone", wrong),
                          std::string("invalid value for parameter \"log_timezone\": \"") + wrong + "\"");
    }
    CHECK(log_timezone.value() == "UTC");
}

TEST_CASE("the default prefix is PostgreSQL's") {
    FreshLog fresh;
    CapturedLog log;
    log_line(sqlstate::successful_completion, "ready");
    CHECK(std::regex_match(log.take(),
                           std::regex(R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} GMT \[\d+\] LOG:  ready\n)")));
}

TEST_CASE("reports of many processes do not mix") {
    FreshLog fresh;
    TemporaryFolder folder;
    constexpr int k_processes = 8, k_reports = 200;
    int file = ::open((folder / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    REQUIRE(file >= 0);
    FreshLog::set("log_line_prefix", "%p ");
    std::vector<std::unique_ptr<ChildProcess>> writers;
    for (int i = 0; i < k_processes; ++i) {
        writers.push_back(std::make_unique<ChildProcess>([&] {
            ::dup2(file, STDERR_FILENO);
            Report report = example();
            report.message = std::string(3000, 'm');
            report.detail = std::string(3000, 'd');
            for (int n = 0; n < k_reports; ++n) report_to_log(report);
        }));
    }
    for (auto& writer : writers) CHECK(writer->wait() == 0);
    ::close(file);
    std::ifstream lines(folder / "log");
    int pairs = 0;
    for (std::string first, second; std::getline(lines, first) && std::getline(lines, second); ++pairs) {
        std::string pid = first.substr(0, first.find(' '));
        bool good = first == pid + " ERROR:  " + std::string(3000, 'm') &&
                    second == pid + " DETAIL:  " + std::string(3000, 'd');
        if (!good) {
            CHECK(first.substr(0, 40) == pid + " ERROR:  mmm…");
            CHECK(second.substr(0, 40) == pid + " DETAIL:  ddd…");
            break;
        }
    }
    CHECK(pairs == k_processes * k_reports);
}

TEST_CASE("a log that cannot be written stops nobody") {
    FreshLog fresh;
    CapturedLog log;
    sys::plan_fault(sys::Call::write, ENOSPC);
    report_to_log(example());
    CHECK(log.take().empty());
    sys::plan_fault(sys::Call::write, EINTR, 3);
    FreshLog::set("log_line_prefix", "");
    report_to_log(example());
    CHECK(log.take() == "ERROR:  division by zero\n");
}

TEST_CASE("a client's sink that throws is no reason to stop") {
    FreshLog fresh;
    set_client_sink([](const Report&) { throw std::bad_alloc(); });
    CapturedLog log;
    report(example());
    CHECK(log.take().find("division by zero") != std::string::npos);
}

TEST_CASE("a new child begins with a context of its own") {
    FreshLog fresh;
    log_context().user = "anna";
    log_context().is_session = true;
    std::int64_t before = now_us();
    log_context_after_fork("checkpointer");
    CHECK(log_context().backend_type == "checkpointer");
    CHECK(log_context().user.empty());
    CHECK_FALSE(log_context().is_session);
    CHECK(log_context().start_us >= before);
}
