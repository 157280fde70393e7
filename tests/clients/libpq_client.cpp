// Checks of libpq itself: libpq_client types.tsv [check…]. The connection comes from PG* variables.
#include <libpq-fe.h>

#include <sys/select.h>

#include <memory>
#include <optional>

#include "checks.hpp"

namespace {

struct Finish {
    void operator()(PGconn* c) const { PQfinish(c); }
    void operator()(PGresult* r) const { PQclear(r); }
};
using Connection = std::unique_ptr<PGconn, Finish>;
using Result = std::unique_ptr<PGresult, Finish>;

Connection try_connect(const std::string& options = "") {
    return Connection(PQconnectdb(options.c_str()));
}

Connection open(const std::string& options = "") {
    Connection c = try_connect(options);
    holds(PQstatus(c.get()) == CONNECTION_OK, PQerrorMessage(c.get()));
    return c;
}

std::string status_name(const Result& r) {
    return PQresStatus(PQresultStatus(r.get()));
}

std::string field(const Result& r, int code) {
    const char* value = PQresultErrorField(r.get(), code);
    return value ? value : "";
}

std::string value(const Result& r, int row = 0, int column = 0) {
    return std::string(PQgetvalue(r.get(), row, column), static_cast<std::size_t>(PQgetlength(r.get(), row, column)));
}

Result good(Result r) {
    const ExecStatusType s = PQresultStatus(r.get());
    holds(s == PGRES_TUPLES_OK || s == PGRES_COMMAND_OK || s == PGRES_EMPTY_QUERY, PQresultErrorMessage(r.get()));
    return r;
}

Result ask(const Connection& c, const std::string& sql) {
    return good(Result(PQexec(c.get(), sql.c_str())));
}

std::string one(const Connection& c, const std::string& sql) {
    return value(ask(c, sql));
}

void fails(const Connection& c, const std::string& sql, const std::string& sqlstate) {
    Result r(PQexec(c.get(), sql.c_str()));
    same(status_name(r), "PGRES_FATAL_ERROR", sql);
    same(field(r, PG_DIAG_SQLSTATE), sqlstate, sql);
}

/// A parameter: text, or binary of a given type, or NULL.
struct Parameter {
    std::optional<std::string> data;
    bool binary = false;
    Oid type = 0;
};

Result with_parameters(const Connection& c, const std::string& sql, const std::vector<Parameter>& parameters, bool binary_result) {
    std::vector<const char*> data;
    std::vector<int> sizes, formats;
    std::vector<Oid> types;
    for (const Parameter& p : parameters) {
        data.push_back(p.data ? p.data->data() : nullptr);
        sizes.push_back(p.data ? static_cast<int>(p.data->size()) : 0);
        formats.push_back(p.binary);
        types.push_back(p.type);
    }
    return Result(PQexecParams(c.get(), sql.c_str(), static_cast<int>(data.size()), types.data(), data.data(), sizes.data(),
                               formats.data(), binary_result));
}

// --- types -----------------------------------------------------------------------------------------------------------

std::vector<TypedValue> types;

void text_in_text_out() {
    Connection c = open("options='-c TimeZone=UTC'");
    for (const TypedValue& v : types) {
        Result r = good(with_parameters(c, "select $1::" + v.type, {{v.literal}}, false));
        same(value(r), v.text, v.type + " " + v.literal);
        same(PQftype(r.get(), 0), v.oid, v.type);
        same(PQfformat(r.get(), 0), 0, "format");
    }
}

void text_in_binary_out() {
    Connection c = open("options='-c TimeZone=UTC'");
    for (const TypedValue& v : types) {
        Result r = good(with_parameters(c, "select $1::" + v.type, {{v.literal}}, true));
        holds(value(r) == v.binary, "binary form of " + v.type + " " + v.literal);
        same(PQfformat(r.get(), 0), 1, "format");
    }
}

void binary_in_both_out() {
    Connection c = open("options='-c TimeZone=UTC'");
    for (const TypedValue& v : types) {
        const std::string what = v.type + " " + v.literal;
        // the type from the cast, and the type from the message
        Result r = good(with_parameters(c, "select $1::" + v.type, {{v.binary, true}}, false));
        same(value(r), v.text, what);
        r = good(with_parameters(c, "select $1", {{v.binary, true, v.oid}}, true));
        holds(value(r) == v.binary, "binary to binary: " + what);
        same(PQftype(r.get(), 0), v.oid, what);
    }
}

void nulls_in_both_formats() {
    Connection c = open();
    for (const TypedValue& v : types) {
        for (bool binary : {false, true}) {
            Result r = good(with_parameters(c, "select $1::" + v.type + ", $1::" + v.type + " is null", {{std::nullopt, binary}}, binary));
            same(PQgetisnull(r.get(), 0, 0), 1, v.type);
            same(value(r, 0, 1), binary ? std::string(1, '\1') : std::string("t"), v.type);
        }
    }
}

void malformed_binary_is_refused() {
    Connection c = open();
    for (const auto& [type, oid, data] : {std::tuple<std::string, Oid, std::string>{"int4", 23, "abc"}, {"int8", 20, "abcd"},
                                          {"int4", 23, "abcdefgh"}, {"float8", 701, ""}, {"uuid", 2950, "short"}, {"int4[]", 1007, std::string("\0\0\0\1", 4)},
                                          {"numeric", 1700, std::string(7, '\0')}, {"timestamp", 1114, "1234"}, {"bool", 16, "yes"}}) {
        Result r = with_parameters(c, "select $1", {{data, true, oid}}, false);
        same(status_name(r), "PGRES_FATAL_ERROR", type);
        const std::string state = field(r, PG_DIAG_SQLSTATE);
        holds(state == "08P01" || state == "22P03", type + ": " + state + " " + field(r, PG_DIAG_MESSAGE_PRIMARY));
        same(one(c, "select 1"), "1");
    }
    Result r = with_parameters(c, "select $1::text", {{std::string("\xff\xfe"), true, 25}}, false);
    same(field(r, PG_DIAG_SQLSTATE), "22021");
    r = with_parameters(c, "select $1::text", {{std::string("a\0b", 3), true, 25}}, false);
    same(field(r, PG_DIAG_SQLSTATE), "22021");
}

// --- queries ---------------------------------------------------------------------------------------------------------

void several_statements() {
    Connection c = open();
    same(PQsendQuery(c.get(), "select 1; set application_name = 'x'; select g from generate_series(1, 3) g; "), 1);
    std::vector<std::string> tags;
    while (Result r{PQgetResult(c.get())}) tags.push_back(PQcmdStatus(r.get()));
    same(tags.size(), 3u);
    same(tags[0] + "," + tags[1] + "," + tags[2], "SELECT 1,SET,SELECT 3");
    same(status_name(Result(PQexec(c.get(), ""))), "PGRES_EMPTY_QUERY");
    same(status_name(Result(PQexec(c.get(), "-- nothing"))), "PGRES_EMPTY_QUERY");
    same(std::string(PQcmdTuples(ask(c, "select 1 where false").get())), "0");
}

void prepare_describe_execute() {
    Connection c = open();
    good(Result(PQprepare(c.get(), "add", "select $1 + 1 as sum, $2 || '!' as word", 0, nullptr)));
    Result d = good(Result(PQdescribePrepared(c.get(), "add")));
    same(PQnparams(d.get()), 2);
    same(PQparamtype(d.get(), 0), 23u);
    same(PQparamtype(d.get(), 1), 25u);
    same(std::string(PQfname(d.get(), 0)) + PQfname(d.get(), 1), "sumword");
    same(PQftype(d.get(), 0), 23u);
    same(PQfsize(d.get(), 0), 4);
    same(PQfsize(d.get(), 1), -1);
    const char* values[] = {"41", "hi"};
    for (int i = 0; i < 10; ++i) {
        Result r = good(Result(PQexecPrepared(c.get(), "add", 2, values, nullptr, nullptr, 0)));
        same(value(r) + value(r, 0, 1), "42hi!");
    }
    Result twice(PQprepare(c.get(), "add", "select 1", 0, nullptr));
    same(field(twice, PG_DIAG_SQLSTATE), "42P05");
    same(field(Result(PQexecPrepared(c.get(), "nosuch", 0, nullptr, nullptr, nullptr, 0)), PG_DIAG_SQLSTATE), "26000");
    same(field(Result(PQdescribePrepared(c.get(), "nosuch")), PG_DIAG_SQLSTATE), "26000");
    same(field(Result(PQdescribePortal(c.get(), "nosuch")), PG_DIAG_SQLSTATE), "34000");
    ask(c, "deallocate add");
    good(Result(PQprepare(c.get(), "add", "begin", 0, nullptr)));
    same(PQnfields(good(Result(PQdescribePrepared(c.get(), "add"))).get()), 0);
    Result none = good(Result(PQprepare(c.get(), "", "", 0, nullptr)));
    same(status_name(Result(PQexecPrepared(c.get(), "", 0, nullptr, nullptr, nullptr, 0))), "PGRES_EMPTY_QUERY");
}

void column_descriptions() {
    Connection c = open();
    Result r = ask(c, "select 1::int2, 2::int8 as b, 'x'::varchar(7) as v, 1::numeric(6,2) as n, 'a'::char(3) as ch, null as u, now(), "
                      "'x'::text || 'y', case when true then 1 end, array[1], 1 + 1, cast(1 as float4), upper('x'), true and false");
    std::string got;
    for (int i = 0; i < PQnfields(r.get()); ++i)
        got += std::string(PQfname(r.get(), i)) + ":" + std::to_string(PQftype(r.get(), i)) + ":" + std::to_string(PQfsize(r.get(), i)) + ":" +
               std::to_string(PQfmod(r.get(), i)) + " ";
    same(got, "int2:21:2:-1 b:20:8:-1 v:1043:-1:11 n:1700:-1:393222 ch:1042:-1:7 u:25:-1:-1 now:1184:8:-1 ?column?:25:-1:-1 case:23:4:-1 "
               "array:1007:-1:-1 ?column?:23:4:-1 float4:700:4:-1 upper:25:-1:-1 ?column?:16:1:-1 ");
    same(PQftable(r.get(), 0), 0u);
}

void single_row_mode() {
    Connection c = open();
    same(PQsendQuery(c.get(), "select g, 100 / (9 - g) from generate_series(1, 20) g"), 1);
    same(PQsetSingleRowMode(c.get()), 1);
    int rows = 0;
    std::string state;
    while (Result r{PQgetResult(c.get())}) {
        if (PQresultStatus(r.get()) == PGRES_SINGLE_TUPLE) ++rows;
        else state = field(r, PG_DIAG_SQLSTATE);
    }
    same(rows, 8);
    same(state, "22012");
    PQsendQuery(c.get(), "select * from generate_series(1, 100000)");
    PQsetSingleRowMode(c.get());
    rows = 0;
    while (Result r{PQgetResult(c.get())}) rows += PQresultStatus(r.get()) == PGRES_SINGLE_TUPLE;
    same(rows, 100000);
}

void wide_and_long_results() {
    Connection c = open();
    std::string columns;
    for (int i = 0; i < 1600; ++i) columns += (i ? ", " : "select ") + std::to_string(i);
    Result r = ask(c, columns);
    same(PQnfields(r.get()), 1600);
    same(value(r, 0, 1599), "1599");
    same(value(ask(c, "select repeat('ab', 8000000)")).size(), 16000000u);
    const std::string big(10'000'000, 'x');
    same(value(good(with_parameters(c, "select length($1::text)", {{big}}, false))), "10000000");
}

// --- pipelines -------------------------------------------------------------------------------------------------------

void send(const Connection& c, const std::string& sql, const std::vector<std::string>& parameters = {}) {
    std::vector<const char*> data;
    for (const std::string& p : parameters) data.push_back(p.c_str());
    holds(PQsendQueryParams(c.get(), sql.c_str(), static_cast<int>(data.size()), nullptr, data.data(), nullptr, nullptr, 0) == 1,
          PQerrorMessage(c.get()));
}

/// The statuses of what a pipeline answers up to the nth synchronisation point.
std::string pipeline_answers(const Connection& c, int syncs) {
    std::string got;
    int nulls = 0;
    while (syncs > 0 && nulls < 2) {
        Result r(PQgetResult(c.get()));
        if (!r) {
            ++nulls;
            continue;
        }
        nulls = 0;
        switch (PQresultStatus(r.get())) {
            case PGRES_PIPELINE_SYNC: got += "|"; --syncs; break;
            case PGRES_TUPLES_OK: got += value(r) + " "; break;
            case PGRES_COMMAND_OK: got += std::string(PQcmdStatus(r.get())) + " "; break;
            case PGRES_PIPELINE_ABORTED: got += "aborted "; break;
            default: got += field(r, PG_DIAG_SQLSTATE) + " ";
        }
    }
    return got;
}

void pipeline_mode() {
    Connection c = open();
    same(PQenterPipelineMode(c.get()), 1);
    for (int i = 0; i < 100; ++i) send(c, "select $1::int * 2", {std::to_string(i)});
    PQpipelineSync(c.get());
    std::string wanted;
    for (int i = 0; i < 100; ++i) wanted += std::to_string(i * 2) + " ";
    same(pipeline_answers(c, 1), wanted + "|");
    same(PQexitPipelineMode(c.get()), 1);
    same(one(c, "select 7"), "7");
}

void pipeline_error_skips_to_sync() {
    Connection c = open();
    PQenterPipelineMode(c.get());
    send(c, "select 1");
    send(c, "select 1 / $1::int", {"0"});
    send(c, "select 2");
    PQpipelineSync(c.get());
    send(c, "select 3");
    send(c, "begin");
    PQpipelineSync(c.get());
    same(pipeline_answers(c, 2), "1 22012 aborted |3 BEGIN |");
    same(static_cast<int>(PQtransactionStatus(c.get())), static_cast<int>(PQTRANS_INTRANS));
    send(c, "selec");
    send(c, "select 4");
    PQpipelineSync(c.get());
    send(c, "select 5");
    PQpipelineSync(c.get());
    send(c, "rollback");
    send(c, "select 6");
    PQpipelineSync(c.get());
    same(pipeline_answers(c, 3), "42601 aborted |25P02 |ROLLBACK 6 |");
}

void pipeline_flush_request() {
    Connection c = open();
    PQenterPipelineMode(c.get());
    send(c, "select 1");
    PQsendFlushRequest(c.get());
    PQflush(c.get());
    same(value(Result(PQgetResult(c.get()))), "1");
    holds(PQgetResult(c.get()) == nullptr, "one result for one query");
    send(c, "select 2");
    PQpipelineSync(c.get());
    same(pipeline_answers(c, 1), "2 |");
}

void settings_of_a_failed_pipeline_are_undone() {
    Connection c = open();
    PQenterPipelineMode(c.get());
    send(c, "set work_mem = '7MB'");
    send(c, "select 1/$1::int", {"0"});
    PQpipelineSync(c.get());
    send(c, "show work_mem");
    PQpipelineSync(c.get());
    same(pipeline_answers(c, 2), "SET 22012 |4MB |");
}

// --- errors, notices, status -----------------------------------------------------------------------------------------

void error_fields() {
    Connection c = open();
    Result r(PQexec(c.get(), "select 'č', nosuch"));
    same(field(r, PG_DIAG_SEVERITY) + " " + field(r, PG_DIAG_SEVERITY_NONLOCALIZED) + " " + field(r, PG_DIAG_SQLSTATE) + " " +
              field(r, PG_DIAG_STATEMENT_POSITION) + " " + field(r, PG_DIAG_MESSAGE_PRIMARY),
          "ERROR ERROR 42703 13 column \"nosuch\" does not exist");
    holds(!field(r, PG_DIAG_SOURCE_FILE).empty() && !field(r, PG_DIAG_SOURCE_LINE).empty() && !field(r, PG_DIAG_SOURCE_FUNCTION).empty(),
          "file, line and function");
    for (const auto& [sql, state] : {std::pair<std::string, std::string>{"select 1/0", "22012"}, {"select 'x'::bool", "22P02"},
                                     {"select 'abc'::uuid", "22P02"}, {"select 1e400::float8", "22003"}, {"select 9999999999::int4", "22003"},
                                     {"select (1", "42601"}, {"select $1", "42P02"}, {"set work_mem = 'x'", "22023"},
                                     {"select array[1, 'x']", "22P02"}, {"select 1 where 1", "42804"}, {"select (select 1, 2)", "42601"},
                                     {"show nosuch", "42704"}, {"deallocate nosuch", "26000"}, {"select sum(1) from (values (1)) v(a) where sum(1) > 0", "42803"},
                                     {"select v.b from (values (1)) v(a)", "42703"}, {"select a from (values (1)) v(a), (values (1)) w(a)", "42702"}})
        fails(c, sql, state);
    same(one(c, "select 1"), "1");
}

/// Appends what the server says unasked to a string.
void collect_notices(const Connection& c, std::string& to) {
    PQsetNoticeReceiver(
        c.get(),
        [](void* text, const PGresult* r) {
            for (int code : {PG_DIAG_SEVERITY, PG_DIAG_SQLSTATE, PG_DIAG_MESSAGE_PRIMARY}) {
                const char* part = PQresultErrorField(r, code);
                *static_cast<std::string*>(text) += (part ? part : "?") + std::string(code == PG_DIAG_MESSAGE_PRIMARY ? ";" : " ");
            }
        },
        &to);
}

void notices() {
    Connection c = open();
    std::string seen;
    collect_notices(c, seen);
    ask(c, "commit");
    ask(c, "begin");
    ask(c, "begin");
    same(seen, "WARNING 25P01 there is no transaction in progress;WARNING 25001 there is already a transaction in progress;");
}

void transaction_status() {
    Connection c = open();
    auto now = [&] { return static_cast<int>(PQtransactionStatus(c.get())); };
    same(now(), static_cast<int>(PQTRANS_IDLE));
    ask(c, "begin; select 1");
    same(now(), static_cast<int>(PQTRANS_INTRANS));
    fails(c, "select 1/0", "22012");
    same(now(), static_cast<int>(PQTRANS_INERROR));
    fails(c, "select 1", "25P02");
    same(std::string(PQcmdStatus(ask(c, "commit").get())), "ROLLBACK");
    same(now(), static_cast<int>(PQTRANS_IDLE));
    ask(c, "start transaction");
    same(std::string(PQcmdStatus(ask(c, "abort").get())), "ROLLBACK");
}

void parameter_status() {
    Connection c = open("application_name=first");
    auto now = [&](const char* name) {
        const char* v = PQparameterStatus(c.get(), name);
        return std::string(v ? v : "(none)");
    };
    same(now("application_name"), "first");
    holds(PQserverVersion(c.get()) / 10000 == 15, "server version");
    for (const char* name : {"server_version", "server_encoding", "client_encoding", "application_name", "default_transaction_read_only",
                             "in_hot_standby", "is_superuser", "session_authorization", "DateStyle", "IntervalStyle", "TimeZone",
                             "integer_datetimes", "standard_conforming_strings"})
        holds(now(name) != "(none)", name);
    ask(c, "set timezone = 'Europe/Prague'; set application_name = 'second'; set application_name = 'third'; set datestyle = German");
    same(now("TimeZone") + " " + now("application_name") + " " + now("DateStyle"), "Europe/Prague third German, DMY");
    ask(c, "begin; set intervalstyle = iso_8601; set standard_conforming_strings = off");
    same(now("IntervalStyle") + now("standard_conforming_strings"), "iso_8601off");
    ask(c, "rollback");
    same(now("IntervalStyle") + now("standard_conforming_strings"), "postgreson");
    ask(c, "reset all");
    same(now("application_name"), "first");
    ask(c, "set client_encoding = LATIN1");
    same(now("client_encoding"), "LATIN1");
    same(value(ask(c, "select 'caf\xe9'")), "caf\xe9");
    fails(c, "select chr(8364)", "22P05");
    ask(c, "set client_encoding = SQL_ASCII");
    same(now("client_encoding"), "SQL_ASCII");
}

// --- cancel, timeouts ------------------------------------------------------------------------------------------------

struct FreeCancel {
    void operator()(PGcancel* p) const { PQfreeCancel(p); }
};

/// Sends cancel requests until the running statement has answered, since the first may come before it began.
Result cancelled(const Connection& c) {
    std::unique_ptr<PGcancel, FreeCancel> cancel(PQgetCancel(c.get()));
    char text[256];
    for (int i = 0; i < 100; ++i) {
        holds(PQcancel(cancel.get(), text, sizeof text) == 1, text);
        const int fd = PQsocket(c.get());
        fd_set set;
        FD_ZERO(&set);
        FD_SET(fd, &set);
        timeval wait{0, 100'000};
        if (select(fd + 1, &set, nullptr, nullptr, &wait) > 0) {
            PQconsumeInput(c.get());
            if (!PQisBusy(c.get())) break;
        }
    }
    Result r(PQgetResult(c.get()));
    while (Result more{PQgetResult(c.get())}) {}
    return r;
}

void cancel() {
    Connection c = open();
    for (const char* sql : {"select pg_sleep(60)", "select count(*) from generate_series(1, 100000000000) g where g % 7 = 3",
                            "select sum(a.g * b.g) from generate_series(1, 100000) a(g) join generate_series(1, 100000) b(g) on true"}) {
        same(PQsendQuery(c.get(), sql), 1);
        Result r = cancelled(c);
        same(field(r, PG_DIAG_SQLSTATE), "57014", sql);
        same(field(r, PG_DIAG_MESSAGE_PRIMARY), "canceling statement due to user request", sql);
        same(one(c, "select 1"), "1");
    }
}

void cancel_when_idle_does_nothing() {
    Connection c = open();
    std::unique_ptr<PGcancel, FreeCancel> cancel(PQgetCancel(c.get()));
    char text[256];
    for (int i = 0; i < 20; ++i) {
        same(PQcancel(cancel.get(), text, sizeof text), 1);
        Result r(PQexec(c.get(), "select 1"));
        // it may come while the statement runs, but never harms the session
        holds(PQresultStatus(r.get()) == PGRES_TUPLES_OK || field(r, PG_DIAG_SQLSTATE) == "57014", PQresultErrorMessage(r.get()));
    }
    holds(PQstatus(c.get()) == CONNECTION_OK, "session lives");
}

void cancel_over_tls() {
    Connection c = open("sslmode=require");
    same(PQsendQuery(c.get(), "select pg_sleep(60)"), 1);
    same(field(cancelled(c), PG_DIAG_SQLSTATE), "57014");
}

void statement_timeout() {
    Connection c = open("options='-c statement_timeout=100'");
    Result r(PQexec(c.get(), "select pg_sleep(60)"));
    same(field(r, PG_DIAG_SQLSTATE) + field(r, PG_DIAG_MESSAGE_PRIMARY), "57014canceling statement due to statement timeout");
    same(one(c, "select 1"), "1");
    ask(c, "set statement_timeout = 0");
    same(one(c, "select 1 from pg_sleep(0.2)"), "1");
}

void idle_timeouts() {
    Connection c = open();
    std::string seen;
    collect_notices(c, seen);
    ask(c, "set idle_session_timeout = 100");
    const int fd = PQsocket(c.get());
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    timeval wait{20, 0};
    same(select(fd + 1, &set, nullptr, nullptr, &wait), 1, "something to read");
    PQconsumeInput(c.get());
    PQisBusy(c.get());  // takes the message apart
    contains(seen, "FATAL 57P05 terminating connection due to idle-session timeout;");
    same(status_name(Result(PQexec(c.get(), "select 1"))), "PGRES_FATAL_ERROR");
    same(static_cast<int>(PQstatus(c.get())), static_cast<int>(CONNECTION_BAD));
    PQreset(c.get());
    same(one(c, "select 1"), "1");
}

// --- logging in ------------------------------------------------------------------------------------------------------

void connection_options() {
    Connection c = open("application_name=x options='-c work_mem=9MB --search_path=pg_catalog,\\\\ public -c my.own=1'");
    same(one(c, "show work_mem") + one(c, "show search_path") + one(c, "show application_name") + one(c, "show my.own"),
          "9MBpg_catalog, publicx1");
    c = open("client_encoding=LATIN1");
    same(one(c, "show client_encoding"), "LATIN1");
    contains(PQerrorMessage(try_connect("options='-c nosuch=1'").get()), "unrecognized configuration parameter \"nosuch\"");
    contains(PQerrorMessage(try_connect("options='-c max_connections=1'").get()), "cannot be changed without restarting the server");
    contains(PQerrorMessage(try_connect("options='-c work_mem=-1'").get()), "outside the valid range");
    contains(PQerrorMessage(try_connect("client_encoding=nosuch").get()), "invalid value for parameter \"client_encoding\": \"nosuch\"");
    contains(PQerrorMessage(try_connect("dbname=nosuch").get()), "database \"nosuch\" does not exist");
    contains(PQerrorMessage(try_connect("user=missing_role").get()), "role \"missing_role\" does not exist");
}

void ping_and_target() {
    same(static_cast<int>(PQping("")), static_cast<int>(PQPING_OK));
    same(static_cast<int>(PQping("user=nobody dbname=nosuch")), static_cast<int>(PQPING_OK));
    same(static_cast<int>(PQping("port=1")), static_cast<int>(PQPING_NO_RESPONSE));
    open("target_session_attrs=read-write");
    open("target_session_attrs=primary");
    holds(PQstatus(try_connect("target_session_attrs=standby").get()) == CONNECTION_BAD, "this is no standby");
}

void passwords() {
    const std::string right = "password='" + env("TEST_PASSWORD") + "'";
    for (const std::string& where : {std::string("host=127.0.0.1"), "host=" + env("TEST_SOCKET_DIR")})
        same(one(open(where + " user=alice " + right), "select current_user"), "alice");
    same(one(open("user=plain " + right), "select session_user"), "plain");
    std::string texts;
    for (const char* user : {"alice", "no_password", "nobody_knows"}) {
        Connection c = try_connect(std::string("password=wrong user=") + user);
        contains(PQerrorMessage(c.get()), "password authentication failed for user \"" + std::string(user) + "\"");
        same(PQconnectionUsedPassword(c.get()), 1);
    }
    same(PQconnectionNeedsPassword(try_connect("user=alice").get()), 1);
    contains(PQerrorMessage(try_connect("user=rejected " + right).get()), "rejects connection for host \"127.0.0.1\", user \"rejected\"");
}

void tls() {
    Connection c = open("sslmode=verify-full host=localhost hostaddr=127.0.0.1 sslrootcert=" + env("TEST_ROOT_CERTIFICATE"));
    same(PQsslInUse(c.get()), 1);
    contains(PQsslAttribute(c.get(), "protocol"), "TLSv1.");
    same(value(ask(c, "select repeat('x', 4000000)")).size(), 4000000u);
    const std::string right = "password='" + env("TEST_PASSWORD") + "' ";
    same(one(open(right + "user=only_tls sslmode=require"), "select current_user"), "only_tls");
    same(one(open(right + "user=alice sslmode=require"), "select current_user"), "alice");
    contains(PQerrorMessage(try_connect(right + "user=only_tls sslmode=disable").get()), "no encryption");
    holds(PQstatus(try_connect("sslmode=require ssl_max_protocol_version=TLSv1.1 ssl_min_protocol_version=TLSv1").get()) == CONNECTION_BAD,
          "TLS 1.1 is refused");
}

void channel_binding() {
    const std::string right = "user=alice password='" + env("TEST_PASSWORD") + "' ";
    holds(PQstatus(try_connect(right + "channel_binding=require sslmode=disable").get()) == CONNECTION_BAD, "no TLS, no channel binding");
    same(one(open(right + "channel_binding=disable sslmode=require"), "select 1"), "1");
    same(one(open(right + "channel_binding=prefer sslmode=require"), "select 1"), "1");
}

void hundred_connections_in_turn() {
    for (int i = 0; i < 100; ++i) same(one(open(), "select " + std::to_string(i)), std::to_string(i));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: libpq_client types.tsv [check…]\n";
        return 2;
    }
    types = read_types(argv[1]);
#define CHECK_NAMED(function) Check{#function, function}
    run({CHECK_NAMED(text_in_text_out), CHECK_NAMED(text_in_binary_out), CHECK_NAMED(binary_in_both_out), CHECK_NAMED(nulls_in_both_formats),
         CHECK_NAMED(malformed_binary_is_refused), CHECK_NAMED(several_statements), CHECK_NAMED(prepare_describe_execute),
         CHECK_NAMED(column_descriptions), CHECK_NAMED(single_row_mode), CHECK_NAMED(wide_and_long_results), CHECK_NAMED(pipeline_mode),
         CHECK_NAMED(pipeline_error_skips_to_sync), CHECK_NAMED(pipeline_flush_request), CHECK_NAMED(settings_of_a_failed_pipeline_are_undone),
         CHECK_NAMED(error_fields), CHECK_NAMED(notices), CHECK_NAMED(transaction_status), CHECK_NAMED(parameter_status), CHECK_NAMED(cancel),
         CHECK_NAMED(cancel_when_idle_does_nothing), CHECK_NAMED(cancel_over_tls), CHECK_NAMED(statement_timeout), CHECK_NAMED(idle_timeouts),
         CHECK_NAMED(connection_options), CHECK_NAMED(ping_and_target), CHECK_NAMED(passwords), CHECK_NAMED(tls), CHECK_NAMED(channel_binding),
         CHECK_NAMED(hundred_connections_in_turn)},
        std::vector<std::string>(argv + 2, argv + argc));
}
