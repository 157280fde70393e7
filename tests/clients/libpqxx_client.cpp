// Checks of libpqxx (6.4 and 7): libpqxx_client types.tsv [check…]. The connection comes from PG* variables.
#include <pqxx/pqxx>

#include <cmath>
#include <limits>

#include "checks.hpp"

namespace {

std::vector<TypedValue> types;

std::string one(pqxx::transaction_base& t, const std::string& sql) {
    return t.exec(sql)[0][0].as<std::string>();
}

std::string one_alone(const std::string& options, const std::string& sql) {
    pqxx::connection c(options);
    pqxx::nontransaction t(c);
    return one(t, sql);
}

/// The statement must fail with that class of exception and SQLSTATE.
template <class Exception>
void fails(const std::string& sql, const std::string& sqlstate) {
    pqxx::connection c;
    pqxx::work t(c);
    try {
        t.exec(sql);
    } catch (const Exception& e) {
        same(e.sqlstate(), sqlstate, sql);
        same(e.query(), sql);
        return;
    } catch (const std::exception& e) {
        throw CheckFailed(sql + ": another exception: " + e.what());
    }
    throw CheckFailed(sql + ": no exception");
}

void connection_attributes() {
    pqxx::connection c("application_name=pqxx");
    holds(c.is_open(), "open");
    same(std::string(c.dbname()) + " " + c.username() + " " + c.hostname(), "postgres tester 127.0.0.1");
    holds(c.server_version() / 10000 == 15, "server version");
    pqxx::nontransaction t(c);
    same(std::to_string(c.backendpid()), one(t, "select pg_backend_pid()"));
    same(one(t, "show application_name"), "pqxx");
}

void every_type_in_text() {
    pqxx::connection c("options='-c TimeZone=UTC'");
    pqxx::nontransaction t(c);
    for (const TypedValue& v : types) {
        pqxx::result r = t.exec_params("select $1::" + v.type, v.literal);
        same(std::string(r[0][0].c_str()), v.text, v.type + " " + v.literal);
        same(r.column_type(0), v.oid, v.type);
        holds(t.exec_params("select $1::" + v.type, nullptr)[0][0].is_null(), "NULL of " + v.type);
        same(std::string(t.exec("select " + t.quote(v.literal) + "::" + v.type)[0][0].c_str()), v.text, "as a literal: " + v.type);
    }
}

template <class T>
void round_trip(pqxx::transaction_base& t, const std::string& type, const T& value) {
    holds(t.exec_params("select $1::" + type, value)[0][0].template as<T>() == value, type + " " + pqxx::to_string(value));
}

void native_values() {
    pqxx::connection c;
    pqxx::nontransaction t(c);
    for (int v : {0, -1, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()}) round_trip(t, "int4", v);
    for (long long v : {std::numeric_limits<long long>::max(), std::numeric_limits<long long>::min()}) round_trip(t, "int8", v);
    for (double v : {0.1, 1e300, -2.5, std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::infinity()}) round_trip(t, "float8", v);
    round_trip(t, "bool", true);
    round_trip(t, "bool", false);
    for (const char* v : {"", "it's \\ \"x\" %", "žluťoučký €"}) round_trip(t, "text", std::string(v));
    holds(std::isnan(t.exec("select 'NaN'::float8")[0][0].as<double>()), "NaN");
    std::string bytes;
    for (int i = 0; i < 1024; ++i) bytes += static_cast<char>(i);
    const pqxx::result r = t.exec_params("select $1::bytea", pqxx::binarystring(bytes.data(), bytes.size()));
    same(pqxx::binarystring(r[0][0]).str(), bytes);
}

void prepared_statements() {
    pqxx::connection c;
    c.prepare("add", "select $1::int + $2, $3::text");
    pqxx::work t(c);
    for (int i = 0; i < 20; ++i) {
        pqxx::result r = t.exec_prepared("add", i, 1, "x");
        same(r[0][0].as<int>(), i + 1);
    }
    same(one(t, "select parameter_types from pg_prepared_statements where name = 'add'"), "{integer,integer,text}");
    t.exec("deallocate add");  // behind the library's back
    try {
        t.exec_prepared("add", 1, 1, "x");
    } catch (const pqxx::sql_error& e) {
        same(e.sqlstate(), "26000");
        return;
    }
    throw CheckFailed("the statement is still there");
}

void transactions() {
    pqxx::connection c;
    {
        pqxx::work t(c);
        t.exec("set application_name = 'inside'");
        same(one(t, "show application_name"), "inside");
    }   // rolled back
    {
        pqxx::work t(c);
        same(one(t, "show application_name"), "");
        t.exec("set application_name = 'kept'");
        t.commit();
    }
    {
        pqxx::read_transaction t(c);
        same(one(t, "show transaction_read_only") + one(t, "show application_name"), "onkept");
    }
    {
        pqxx::transaction<pqxx::isolation_level::serializable> t(c);
        same(one(t, "show transaction_isolation"), "serializable");
        t.commit();
    }
    pqxx::nontransaction t(c);
    t.exec("begin");
    for (const auto& [sql, state] : {std::pair<const char*, const char*>{"select 1/0", "22012"}, {"select 1", "25P02"}}) {
        bool failed = false;
        try {
            t.exec(sql);
        } catch (const pqxx::sql_error& e) {
            failed = true;
            same(e.sqlstate(), state);
        }
        holds(failed, std::string(sql) + " in this transaction");
    }
    t.exec("rollback");
}

void errors() {
    fails<pqxx::syntax_error>("selec 1", "42601");
    fails<pqxx::undefined_column>("select nosuch", "42703");
    fails<pqxx::undefined_table>("select * from nosuch", "42P01");
    fails<pqxx::undefined_function>("select nosuch(1)", "42883");
    fails<pqxx::data_exception>("select 1/0", "22012");
    fails<pqxx::data_exception>("select 'x'::int", "22P02");
    fails<pqxx::sql_error>("set nosuch = 1", "42704");
    pqxx::connection c;
    pqxx::work t(c);
    try {
        t.exec("select 'č' as x,\n nosuch from (values (1)) v(a) where selec");
    } catch (const pqxx::undefined_column& e) {
        contains(e.what(), "column \"nosuch\" does not exist\nLINE 2:  nosuch from");
        return;
    }
    throw CheckFailed("no exception");
}

struct Collector : pqxx::errorhandler {
    Collector(pqxx::connection& c, std::string& to) : pqxx::errorhandler(c), text(to) {}
    bool operator()(const char message[]) noexcept override {
        text += message;
        return false;
    }
    std::string& text;
};

void notices() {
    pqxx::connection c;
    std::string seen;
    Collector collector(c, seen);
    pqxx::nontransaction t(c);
    t.exec("commit");
    same(seen, "WARNING:  there is no transaction in progress\n");
}

void pipeline() {
    pqxx::connection c;
    pqxx::work t(c);
    pqxx::pipeline p(t);
    p.retain(20);
    std::vector<pqxx::pipeline::query_id> ids;
    for (int i = 0; i < 100; ++i) ids.push_back(p.insert("select " + std::to_string(i) + " * 2"));
    p.resume();
    for (int i = 0; i < 100; ++i) same(p.retrieve(ids[static_cast<std::size_t>(i)])[0][0].as<int>(), i * 2);
}

void pipeline_error() {
    pqxx::connection c;
    pqxx::nontransaction t(c);
    pqxx::pipeline p(t);
    p.retain(3);
    const auto first = p.insert("select 1");
    const auto bad = p.insert("select 1/0");
    p.insert("select 3");
    p.resume();
    same(p.retrieve(first)[0][0].as<int>(), 1);
    try {
        p.retrieve(bad);
    } catch (const pqxx::sql_error& e) {
        same(e.sqlstate(), "22012");
        return;
    }
    throw CheckFailed("no exception");
}

void cancel_query() {
    pqxx::connection c;
    pqxx::nontransaction t(c);
    t.exec("set statement_timeout = 100");
    bool timed_out = false;
    try {
        t.exec("select pg_sleep(60)");
    } catch (const pqxx::sql_error& e) {
        timed_out = true;
        same(e.sqlstate(), "57014");
    }
    holds(timed_out, "the statement was stopped");
    t.exec("set statement_timeout = 0");
    {
        pqxx::pipeline p(t);
        p.retain(0);
        p.insert("select pg_sleep(60)");
        p.resume();
        p.cancel();
    }
    same(one(t, "select 1"), "1");
}

void parameter_status() {
    pqxx::connection c;
    c.set_client_encoding("LATIN1");
    pqxx::nontransaction t(c);
    same(one(t, "show client_encoding") + one(t, "select 'caf\xe9'"), "LATIN1caf\xe9");
    c.set_client_encoding("UTF8");
    t.exec("set timezone = 'Europe/Prague'");
    same(one(t, "select '2024-07-01 12:00+00'::timestamptz"), "2024-07-01 14:00:00+02");
}

void logins() {
    const std::string right = "password='" + env("TEST_PASSWORD") + "' ";
    same(one_alone(right + "user=alice", "select current_user"), "alice");
    same(one_alone(right + "user=alice host=" + env("TEST_SOCKET_DIR"), "select current_user"), "alice");
    same(one_alone(right + "user=only_tls sslmode=require", "select current_user"), "only_tls");
    same(one_alone("sslmode=verify-full host=localhost hostaddr=127.0.0.1 sslrootcert=" + env("TEST_ROOT_CERTIFICATE"), "select current_user"), "tester");
    for (const char* user : {"alice", "no_password", "nobody_knows"}) {
        bool refused = false;
        try {
            one_alone(std::string("password=wrong user=") + user, "select 1");
        } catch (const pqxx::broken_connection& e) {
            refused = true;
            contains(e.what(), "password authentication failed for user \"" + std::string(user) + "\"");
        }
        holds(refused, std::string(user) + " is refused");
    }
}

void rows_and_columns() {
    pqxx::connection c;
    pqxx::work t(c);
    pqxx::result r = t.exec("select g as number, repeat('x', g) as text, case when g % 2 = 0 then g end as even from generate_series(1, 1000) g order by g");
    same(r.size(), 1000);
    same(std::string(r.column_name(0)) + r.column_name(1) + r.column_name(2), "numbertexteven");
    int sum = 0, nulls = 0;
    for (const auto& row : r) {
        sum += row["number"].as<int>();
        nulls += row["even"].is_null();
        same(static_cast<int>(row["text"].size()), row["number"].as<int>());
    }
    same(sum, 500500);
    same(nulls, 500);
    same(t.exec("select 1; select 2; select 3")[0][0].as<int>(), 3);
    same(t.exec("").size(), 0);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: libpqxx_client types.tsv [check…]\n";
        return 2;
    }
    types = read_types(argv[1]);
#define CHECK_NAMED(function) Check{#function, function}
    run({CHECK_NAMED(connection_attributes), CHECK_NAMED(every_type_in_text), CHECK_NAMED(native_values), CHECK_NAMED(prepared_statements),
         CHECK_NAMED(transactions), CHECK_NAMED(errors), CHECK_NAMED(notices), CHECK_NAMED(pipeline), CHECK_NAMED(pipeline_error),
         CHECK_NAMED(cancel_query), CHECK_NAMED(parameter_status), CHECK_NAMED(logins), CHECK_NAMED(rows_and_columns)},
        std::vector<std::string>(argv + 2, argv + argc));
}
