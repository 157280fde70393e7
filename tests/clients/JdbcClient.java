import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TimeZone;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.PGStatement;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Checks of the JDBC driver: JdbcClient types.tsv [check…]. The connection comes from PG* variables. */
public class JdbcClient {
    interface Body { void run() throws Exception; }
    interface Session { void run(Connection c) throws Exception; }

    static final Map<String, Body> CHECKS = new LinkedHashMap<>();
    static final List<String[]> TYPES = new ArrayList<>();
    static final String HOST = System.getenv("PGHOST"), PORT = System.getenv("PGPORT"), PASSWORD = System.getenv("TEST_PASSWORD");

    static void check(String name, Body body) { CHECKS.put(name, body); }

    /** A check with a connection of its own; options are name=value pairs of the driver. */
    static void session(String name, Session body, String... options) {
        check(name, () -> { try (Connection c = open(options)) { body.run(c); } });
    }

    static Connection open(String... options) throws SQLException {
        Properties p = new Properties();
        p.setProperty("user", System.getenv("PGUSER"));
        p.setProperty("sslmode", "disable");
        p.setProperty("connectTimeout", "10");
        String host = HOST;
        for (String option : options) {
            int at = option.indexOf('=');
            if (option.startsWith("host=")) host = option.substring(5);
            else p.setProperty(option.substring(0, at), option.substring(at + 1));
        }
        return DriverManager.getConnection("jdbc:postgresql://" + host + ":" + PORT + "/" + p.getOrDefault("database", "postgres"), p);
    }

    static void same(Object got, Object wanted, String what) {
        if (!Objects.deepEquals(got, wanted)) throw new AssertionError(what + ": got '" + got + "', wanted '" + wanted + "'");
    }

    static void same(Object got, Object wanted) { same(got, wanted, "value"); }

    static void holds(boolean condition, String what) { if (!condition) throw new AssertionError(what); }

    static PSQLException fails(String state, Body body) throws Exception {
        try {
            body.run();
        } catch (PSQLException e) {
            same(e.getSQLState(), state, e.getMessage());
            return e;
        }
        throw new AssertionError("no exception, wanted " + state);
    }

    static String one(Connection c, String sql) throws SQLException {
        try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(sql)) {
            r.next();
            return r.getString(1);
        }
    }

    static String hex(byte[] bytes) {
        StringBuilder out = new StringBuilder();
        for (byte b : bytes) out.append(String.format("%02x", b));
        return out.toString();
    }

    static void everyType(Connection c) throws Exception {
        for (String[] v : TYPES) {
            try (PreparedStatement s = c.prepareStatement("select ?::" + v[0] + ", ?::" + v[0] + " is null")) {
                s.setObject(1, v[2], Types.OTHER);
                s.setObject(2, null, Types.OTHER);
                try (ResultSet r = s.executeQuery()) {
                    r.next();
                    same(r.getString(1), v[3], v[0] + " " + v[2]);
                    same(r.getBoolean(2), true, "NULL of " + v[0]);
                }
            }
        }
    }

    /** The same query seven times: the driver names the statement at the fifth and asks for binary from then on. */
    static void typedValues(Connection c) throws Exception {
        UUID uuid = UUID.randomUUID();
        byte[] bytes = new byte[1024];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) i;
        String big = "12345678901234567890.0123";
        try (PreparedStatement s = c.prepareStatement("select ?::int2, ?::int4, ?::int8, ?::float4, ?::float8, ?::numeric, ?::bool, ?::text, ?::bytea, ?::uuid, "
                + "?::date, ?::time, ?::timestamp, ?::timestamptz, ?::int4[], ?::text[], null::int4")) {
            for (int i = 0; i < 7; i++) {
                s.setShort(1, Short.MIN_VALUE);
                s.setInt(2, Integer.MAX_VALUE);
                s.setLong(3, Long.MIN_VALUE);
                s.setFloat(4, 0.1f);
                s.setDouble(5, -1e-300);
                s.setBigDecimal(6, new BigDecimal(big));
                s.setBoolean(7, true);
                s.setString(8, "it's \\ žluťoučký €");
                s.setBytes(9, bytes);
                s.setObject(10, uuid);
                s.setObject(11, LocalDate.of(2024, 2, 29));
                s.setObject(12, LocalTime.of(13, 14, 15, 123456000));
                s.setObject(13, LocalDateTime.of(2024, 2, 29, 13, 14, 15, 1000));
                s.setObject(14, OffsetDateTime.parse("2024-02-29T13:14:15+05:30"));
                s.setArray(15, c.createArrayOf("int4", new Integer[] {1, null, 3}));
                s.setArray(16, c.createArrayOf("text", new String[] {"a", null, "b \"c\"", ""}));
                try (ResultSet r = s.executeQuery()) {
                    r.next();
                    same(r.getShort(1), Short.MIN_VALUE);
                    same(r.getInt(2), Integer.MAX_VALUE);
                    same(r.getLong(3), Long.MIN_VALUE);
                    same(r.getFloat(4), 0.1f);
                    same(r.getDouble(5), -1e-300);
                    same(r.getBigDecimal(6), new BigDecimal(big));
                    same(r.getBoolean(7), true);
                    same(r.getString(8), "it's \\ žluťoučký €");
                    same(hex(r.getBytes(9)), hex(bytes));
                    same(r.getObject(10), uuid);
                    same(r.getObject(11, LocalDate.class), LocalDate.of(2024, 2, 29));
                    same(r.getObject(12, LocalTime.class), LocalTime.of(13, 14, 15, 123456000));
                    same(r.getObject(13, LocalDateTime.class), LocalDateTime.of(2024, 2, 29, 13, 14, 15, 1000));
                    same(r.getObject(14, OffsetDateTime.class).toInstant(), OffsetDateTime.parse("2024-02-29T13:14:15+05:30").toInstant());
                    same(r.getArray(15).getArray(), new Integer[] {1, null, 3});
                    same(r.getArray(16).getArray(), new String[] {"a", null, "b \"c\"", ""});
                    same(r.getInt(17), 0);
                    holds(r.wasNull(), "NULL");
                }
            }
        }
    }

    static void extremes(Connection c) throws Exception {
        for (int i = 0; i < 7; i++) {
            try (PreparedStatement s = c.prepareStatement("select 'infinity'::timestamp, '-infinity'::timestamptz, 'infinity'::date, 'NaN'::float8, '-Infinity'::float4, "
                    + "'NaN'::numeric, '0001-01-01'::date, 1e100::numeric, ''::text, '\\x'::bytea, '{}'::int4[] where ? = 1")) {
                s.setInt(1, 1);
                try (ResultSet r = s.executeQuery()) {
                    r.next();
                    same(r.getTimestamp(1).getTime(), PGStatement.DATE_POSITIVE_INFINITY);
                    same(r.getTimestamp(2).getTime(), PGStatement.DATE_NEGATIVE_INFINITY);
                    same(r.getObject(3, LocalDate.class), LocalDate.MAX);
                    holds(Double.isNaN(r.getDouble(4)), "NaN");
                    same(r.getFloat(5), Float.NEGATIVE_INFINITY);
                    same(r.getString(6), "NaN");
                    same(r.getObject(7, LocalDate.class), LocalDate.of(1, 1, 1));
                    same(r.getBigDecimal(8).compareTo(new BigDecimal("1e100")), 0);
                    same(r.getString(9), "");
                    same(r.getBytes(10).length, 0);
                    same(((Integer[]) r.getArray(11).getArray()).length, 0);
                }
            }
        }
    }

    static void portalInPieces(Connection c) throws Exception {
        c.setAutoCommit(false);
        try (PreparedStatement s = c.prepareStatement("select g from generate_series(1, ?) g")) {
            s.setFetchSize(10);
            for (int n : new int[] {0, 9, 10, 11, 95}) {
                s.setInt(1, n);
                try (ResultSet r = s.executeQuery()) {
                    int count = 0;
                    while (r.next()) same(r.getInt(1), ++count);
                    same(count, n, "rows");
                }
            }
            s.setInt(1, 100_000_000);
            try (ResultSet r = s.executeQuery()) {   // left in the middle
                for (int i = 1; i <= 25; i++) { r.next(); same(r.getInt(1), i); }
            }
        }
        // two portals at once, read in turn
        try (Statement s1 = c.createStatement(); Statement s2 = c.createStatement()) {
            s1.setFetchSize(3);
            s2.setFetchSize(2);
            try (ResultSet a = s1.executeQuery("select g from generate_series(1, 20) g"); ResultSet b = s2.executeQuery("select -g from generate_series(1, 20) g")) {
                for (int i = 1; i <= 20; i++) {
                    holds(a.next() && b.next(), "more rows");
                    same(a.getInt(1) + b.getInt(1), 0);
                }
                holds(!a.next() && !b.next(), "the end");
            }
        }
        try (Statement s = c.createStatement()) {
            s.setFetchSize(3);
            ResultSet r = s.executeQuery("select 10 / (5 - g) from generate_series(1, 10) g");
            fails("22012", () -> { while (r.next()) { } });
        }
        c.rollback();
        same(one(c, "select 1"), "1");
    }

    static void transactions(Connection c) throws Exception {
        c.setAutoCommit(false);
        PGConnection pg = c.unwrap(PGConnection.class);
        same(one(c, "select 1"), "1");
        fails("22012", () -> one(c, "select 1/0"));
        fails("25P02", () -> one(c, "select 1"));
        c.rollback();
        c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
        same(one(c, "show transaction_isolation"), "serializable");
        c.commit();
        c.setReadOnly(true);
        same(one(c, "show transaction_read_only"), "on");
        c.commit();
        same(c.getTransactionIsolation(), Connection.TRANSACTION_SERIALIZABLE);
        c.setAutoCommit(true);
        holds(pg.getBackendPID() > 0 && one(c, "select pg_backend_pid()").equals("" + pg.getBackendPID()), "process id");
    }

    static void errors(Connection c) throws Exception {
        PSQLException e = fails("42703", () -> one(c, "select 'č', nosuch"));
        ServerErrorMessage m = e.getServerErrorMessage();
        same(m.getSeverity() + " " + m.getPosition() + " " + m.getMessage(), "ERROR 13 column \"nosuch\" does not exist");
        holds(m.getFile() != null && m.getLine() > 0 && m.getRoutine() != null, "file, line, routine");
        fails("42601", () -> one(c, "selec 1"));
        fails("22012", () -> one(c, "select 1/0"));
        fails("42P01", () -> one(c, "select * from nosuch"));
        e = fails("42883", () -> one(c, "select nosuch(1)"));
        holds(e.getServerErrorMessage().getHint().contains("explicit type casts"), "hint");
        for (int i = 0; i < 7; i++) {
            int wanted = i;
            try (PreparedStatement s = c.prepareStatement("select 10 / ?")) {
                s.setInt(1, 0);
                fails("22012", s::executeQuery);
                s.setInt(1, 5);
                try (ResultSet r = s.executeQuery()) { r.next(); same(r.getInt(1), 2, "try " + wanted); }
            }
        }
        try (PreparedStatement s = c.prepareStatement("select ?::int")) {
            s.setString(1, "x");
            fails("22P02", s::executeQuery);
        }
    }

    static void metadata(Connection c) throws Exception {
        try (Statement s = c.createStatement();
             ResultSet r = s.executeQuery("select 1::int4 as id, 'x'::varchar(20) as name, 2.5::numeric(10,2) as price, now() as at, array[1] as list, true as flag")) {
            ResultSetMetaData m = r.getMetaData();
            StringBuilder got = new StringBuilder();
            for (int i = 1; i <= m.getColumnCount(); i++) got.append(m.getColumnLabel(i)).append(' ').append(m.getColumnType(i)).append(' ').append(m.getPrecision(i)).append(' ')
                    .append(m.getScale(i)).append("; ");
            same(got.toString(), "id 4 10 0; name 12 20 0; price 2 10 2; at 93 35 6; list 2003 10 0; flag -7 1 0; ");
        }
        try (PreparedStatement s = c.prepareStatement("select ? + 1, ?::text")) {
            same(s.getParameterMetaData().getParameterCount(), 2);
            same(s.getParameterMetaData().getParameterType(1), Types.INTEGER);
            same(s.getMetaData().getColumnCount(), 2);
        }
    }

    static void cancel(Connection c) throws Exception {
        try (Statement s = c.createStatement()) {
            CountDownLatch done = new CountDownLatch(1);
            Thread canceller = new Thread(() -> {
                try {
                    // the request may come before the statement has begun: repeat it until the statement is over
                    while (!done.await(200, TimeUnit.MILLISECONDS)) s.cancel();
                } catch (Exception ignored) { }
            });
            canceller.start();
            try {
                PSQLException e = fails("57014", () -> s.executeQuery("select pg_sleep(60)"));
                holds(e.getMessage().contains("canceling statement due to user request"), e.getMessage());
            } finally {
                done.countDown();
                canceller.join();
            }
        }
        try (Statement s = c.createStatement()) {
            s.setQueryTimeout(1);
            fails("57014", () -> s.executeQuery("select count(*) from generate_series(1, 100000000000) g"));
        }
        same(one(c, "select 1"), "1");
    }

    static void pipelinedBatches(Connection c) throws Exception {
        try (PreparedStatement s = c.prepareStatement("set application_name = 'batch'")) {
            for (int i = 0; i < 300; i++) s.addBatch();
            same(s.executeBatch().length, 300);
        }
        same(one(c, "show application_name"), "batch");
        try (Statement s = c.createStatement()) {
            for (String sql : List.of("set work_mem = '5MB'", "set nosuch = 1", "set work_mem = '6MB'")) s.addBatch(sql);
            try {
                s.executeBatch();
                throw new AssertionError("no exception");
            } catch (BatchUpdateException e) {
                same(e.getSQLState(), "42704");
            }
        }
        try (Statement s = c.createStatement()) {
            holds(s.execute("select 1; select 2; set application_name = 'x'; select 3"), "a result first");
            List<String> got = new ArrayList<>();
            boolean rows = true;
            while (rows || s.getUpdateCount() != -1) {
                if (rows) { ResultSet r = s.getResultSet(); r.next(); got.add(r.getString(1)); } else got.add("count " + s.getUpdateCount());
                rows = s.getMoreResults();
            }
            same(got, List.of("1", "2", "count 0", "3"));
        }
    }

    static void notices(Connection c) throws Exception {
        try (Statement s = c.createStatement()) {
            s.execute("commit; set local work_mem = '1MB'");
            List<String> got = new ArrayList<>();
            for (SQLWarning w = s.getWarnings(); w != null; w = w.getNextWarning()) got.add(w.getSQLState() + " " + w.getMessage());
            same(got, List.of("25P01 there is no transaction in progress", "25P01 SET LOCAL can only be used in transaction blocks"));
        }
    }

    static void logins() throws Exception {
        String right = "password=" + PASSWORD;
        try (Connection c = open("user=alice", right)) { same(one(c, "select current_user"), "alice"); }
        try (Connection c = open("user=plain", right)) { same(one(c, "select current_user"), "plain"); }
        for (String user : List.of("alice", "no_password", "nobody_knows")) {
            PSQLException e = fails("28P01", () -> open("user=" + user, "password=wrong"));
            same(e.getServerErrorMessage().getMessage(), "password authentication failed for user \"" + user + "\"");
        }
        fails("28000", () -> open("user=missing_role"));
        fails("28000", () -> open("user=rejected", right));
        fails("3D000", () -> open("database=nosuch"));
        try (Connection c = open("ApplicationName=from java", "options=-c work_mem=9MB", "currentSchema=pg_catalog")) {
            same(one(c, "show application_name") + one(c, "show work_mem") + one(c, "show search_path"), "from java9MBpg_catalog");
        }
    }

    static void tls() throws Exception {
        String root = System.getenv("TEST_ROOT_CERTIFICATE");
        try (Connection c = open("sslmode=verify-full", "sslrootcert=" + root, "host=localhost")) {
            same(one(c, "select length(repeat('x', 3000000))"), "3000000");
            same(one(c, "select repeat('y', 3000000)").length(), 3000000);
        }
        try (Connection c = open("sslmode=require", "user=only_tls", "password=" + PASSWORD)) { same(one(c, "select current_user"), "only_tls"); }
        fails("28000", () -> open("sslmode=disable", "user=only_tls", "password=" + PASSWORD));
    }

    static void notifications(Connection c) throws Exception {
        try (Statement s = c.createStatement()) {
            s.execute("listen c");
        } catch (SQLException e) {
            if ("0A000".equals(e.getSQLState())) return;  // the server says so itself
            throw e;
        }
        PGConnection pg = c.unwrap(PGConnection.class);
        try (Connection other = open(); PreparedStatement p = other.prepareStatement("select pg_notify('c', ?)")) {
            p.setString(1, "it's \\ \"x\" €");
            p.execute();
            PGNotification[] heard = pg.getNotifications(10000);
            same(heard.length, 1);
            same(heard[0].getName() + " " + heard[0].getPID() + " " + heard[0].getParameter(),
                 "c " + other.unwrap(PGConnection.class).getBackendPID() + " it's \\ \"x\" €");
            c.setAutoCommit(false);
            same(one(c, "select 1"), "1");
            p.execute();
            same(one(c, "select 2"), "2");
            heard = pg.getNotifications();
            holds(heard == null || heard.length == 0, "nothing within a transaction");
            c.commit();
            same(pg.getNotifications().length, 1);
        }
    }

    public static void main(String[] args) throws Exception {
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        for (String line : Files.readAllLines(Path.of(args[0]), StandardCharsets.UTF_8)) TYPES.add(line.split("\t", -1));
        session("select_1", c -> same(one(c, "select 1"), "1"));
        session("every_type_in_text", JdbcClient::everyType, "binaryTransfer=false");
        session("every_type_in_simple_mode", JdbcClient::everyType, "preferQueryMode=simple");
        session("typed_values", JdbcClient::typedValues);
        session("typed_values_all_binary", JdbcClient::typedValues, "prepareThreshold=-1");
        session("typed_values_in_text", JdbcClient::typedValues, "binaryTransfer=false");
        session("extremes", JdbcClient::extremes);
        session("extremes_all_binary", JdbcClient::extremes, "prepareThreshold=-1");
        session("portal_in_pieces", JdbcClient::portalInPieces);
        session("transactions", JdbcClient::transactions);
        session("errors", JdbcClient::errors);
        session("metadata", JdbcClient::metadata);
        session("cancel_and_timeout", JdbcClient::cancel);
        session("pipelined_batches", JdbcClient::pipelinedBatches);
        session("notices", JdbcClient::notices);
        session("is_valid", c -> { holds(c.isValid(5), "valid"); c.setClientInfo("ApplicationName", "info"); same(one(c, "show application_name"), "info"); });
        session("notifications", JdbcClient::notifications);
        check("logins", JdbcClient::logins);
        check("tls", JdbcClient::tls);
        List<String> only = Arrays.asList(args).subList(1, args.length);
        for (Map.Entry<String, Body> entry : CHECKS.entrySet()) {
            if (!only.isEmpty() && only.stream().noneMatch(entry.getKey()::startsWith)) continue;
            try {
                entry.getValue().run();
                System.out.println("ok " + entry.getKey());
            } catch (Throwable e) {
                String where = Arrays.stream(e.getStackTrace()).filter(f -> f.getClassName().startsWith("JdbcClient")).findFirst().map(f -> " (line " + f.getLineNumber() + ")").orElse("");
                System.out.println("not ok " + entry.getKey() + " - " + e.toString().replaceAll("\\s+", " ") + where);
            }
        }
        System.out.println("done");
    }
}
