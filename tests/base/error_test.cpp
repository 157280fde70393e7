#include "base/error.hpp"

#include <cerrno>
#include <set>
#include <string>

#include "tests/catch.hpp"
#include "tests/child_process.hpp"

using namespace forklore;
using forklore::testing::CapturedLog;
using forklore::testing::in_child;

namespace {

struct Thrower {
    [[noreturn]] static void refuse(int number) {
        throw Error(sqlstate::numeric_value_out_of_range, "{} is too much", number)
            .detail("d")
            .hint("h")
            .context("c")
            .log_detail("l")
            .position(7);
    }
    explicit Thrower(const std::string&) : where(SourceLocation::current()) {}
    template <typename T>
    SourceLocation templated(T) const {
        return SourceLocation::current();
    }
    SourceLocation where;
};

}  // namespace

TEST_CASE("an error carries its fields and the line that made it") {
    try {
        Thrower::refuse(5);
    } catch (const Error& error) {
        const Report& report = error.report();
        CHECK(report.severity == Severity::error);
        CHECK(report.code == sqlstate::numeric_value_out_of_range);
        CHECK(error.code().text() == "22003");
        CHECK(report.message == "5 is too much");
        CHECK(std::string(error.what()) == "5 is too much");
        CHECK(report.detail == "d");
        CHECK(report.hint == "h");
        CHECK(report.context == "c");
        CHECK(report.log_detail == "l");
        CHECK(report.position == 7);
        CHECK(report.where.file_name() == "error_test.cpp");
        CHECK(report.where.function_name() == "refuse");
        CHECK(report.where.line() == 18);
        CHECK(error.as(Severity::warning).severity == Severity::warning);
    }
}

TEST_CASE("a fatal error stays one when it is decorated") {
    try {
        throw Fatal(sqlstate::admin_shutdown, "bye").detail("d").hint("h").log_detail("l");
    } catch (const Fatal& error) {
        CHECK(error.report().severity == Severity::fatal);
        CHECK(error.report().detail == "d");
    }
    CHECK_THROWS_AS([] { throw Fatal(sqlstate::admin_shutdown, "bye"); }(), Error);
}

TEST_CASE("the reporting function is told by its bare name") {
    Thrower thrower("x");
    CHECK(thrower.where.function_name() == "Thrower");
    CHECK(thrower.templated(1.5).function_name() == "templated");
    auto lambda = [](int) { return SourceLocation::current(); };
    CHECK(lambda(1).function_name() == "operator()");
    Report report{.message = "x"};
    CHECK(report.where.line() == __LINE__ - 1);
    CHECK(report.where.file_name() == "error_test.cpp");
}

TEST_CASE("severities have PostgreSQL's names") {
    CHECK(severity_name(Severity::debug5) == "DEBUG");
    CHECK(severity_name(Severity::debug1) == "DEBUG");
    CHECK(severity_name(Severity::log) == "LOG");
    CHECK(severity_name(Severity::info) == "INFO");
    CHECK(severity_name(Severity::notice) == "NOTICE");
    CHECK(severity_name(Severity::warning) == "WARNING");
    CHECK(severity_name(Severity::error) == "ERROR");
    CHECK(severity_name(Severity::fatal) == "FATAL");
    CHECK(severity_name(Severity::panic) == "PANIC");
}

TEST_CASE("SQLSTATEs know their class and their condition name") {
    CHECK(sqlstate::division_by_zero.text() == "22012");
    CHECK(sqlstate::division_by_zero.error_class() == "22");
    CHECK(condition_name(sqlstate::division_by_zero) == "division_by_zero");
    CHECK(condition_name(sqlstate::undefined_cursor) == "invalid_cursor_name");  // an alias of 34000
    CHECK(condition_name(SqlState("ZZ999")).empty());
    CHECK(sqlstate::undefined_file == SqlState("58P01"));
}

TEST_CASE("an errno has a text and a SQLSTATE") {
    CHECK(errno_text(ENOENT) == "No such file or directory");
    CHECK(errno_text(99999) == "Unknown error 99999");
    CHECK(code_for_errno(ENOENT) == sqlstate::undefined_file);
    CHECK(code_for_errno(EACCES) == sqlstate::insufficient_privilege);
    CHECK(code_for_errno(ENOSPC) == sqlstate::disk_full);
    CHECK(code_for_errno(EMFILE) == sqlstate::insufficient_resources);
    CHECK(code_for_errno(ENOMEM) == sqlstate::out_of_memory);
    CHECK(code_for_errno(EIO) == sqlstate::io_error);
    CHECK(code_for_errno(EISDIR) == sqlstate::wrong_object_type);
    CHECK(code_for_errno(ECONNRESET) == sqlstate::connection_failure);
    CHECK(code_for_errno(EXDEV) == sqlstate::internal_error);
}

TEST_CASE("a panic is logged and ends the process by SIGABRT") {
    CapturedLog log;
    CHECK(in_child([] { panic(sqlstate::data_corrupted, "stuck spinlock"); }) == -SIGABRT);
    CHECK(log.take().find("PANIC:  stuck spinlock\n") != std::string::npos);
}
