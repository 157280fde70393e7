/// \file
/// Session: one client's conversation with the query engine.
///
/// The protocol layer hands it texts and parameters and gets rows back; it knows nothing of sockets. The way of a
/// statement: parse (text → raw statements) → prepare (types; both cached by text) → open a portal (parameters, plan)
/// → execute (batches of rows to a receiver). Around them runs the transaction state machine whose letter ends every
/// answer to the client.
///
/// Counterpart in PostgreSQL: tcop/postgres.c, plancache.c, portalmem.c, xact.c (the block states only).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "queries/registry.hpp"

namespace forklore {

class Notifications;

/// Who is connected to what. Decided at start-up, before the session is made.
struct Identity {
    std::string user;          ///< session_user
    std::string database;      ///< current_database()
    bool superuser = false;    ///< is_superuser
    std::string client_host;   ///< inet_client_addr()'s text; empty for a Unix socket
    int client_port = -1;      ///< inet_client_port(); -1 for a Unix socket
    std::string server_host;   ///< inet_server_addr()'s text; empty for a Unix socket
    int server_port = 0;       ///< the setting `port`
};

/// A column of a result, as RowDescription tells it.
struct ResultColumn {
    std::string name;           ///< "?column?" when nothing better is known
    Oid type = 0;               ///< type OID
    std::int16_t type_length = -1;  ///< pg_type.typlen
    std::int32_t typmod = -1;   ///< type modifier
    Oid relation = 0;           ///< relation the column comes straight from, or 0
    std::int16_t attribute = 0; ///< its number there, from 1, or 0
};

/// Takes a result. Implemented by the protocol layer (and by tests).
class RowReceiver {
public:
    virtual ~RowReceiver() = default;
    /// Rows of the result, columns as the statement described them. Called again for each batch. May throw.
    /// \param context for output routines. \param batch valid during the call only.
    virtual void rows(EvalContext& context, const Batch& batch) = 0;
};

/// One statement of a query text, parsed but not yet analysed.
struct RawStatement;

/// A query text taken apart. Shared by the session's cache.
class ParsedText {
public:
    virtual ~ParsedText() = default;
    virtual std::size_t count() const = 0;  ///< number of statements; 0 for an empty text
    virtual std::string_view tag(std::size_t index) const = 0;  ///< command tag of one: "SELECT", "CREATE TABLE" \param index which
};

/// A statement that can be run: analysed. Its plan is made when it is first bound.
class Statement {
public:
    virtual ~Statement() = default;
    virtual const std::string& text() const = 0;                       ///< its source text
    virtual std::span<const Oid> parameter_types() const = 0;          ///< of $1, $2, …, all inferred
    virtual bool returns_rows() const = 0;                             ///< whether RowDescription or NoData describes it
    virtual std::span<const ResultColumn> columns() const = 0;         ///< of the result
    virtual std::string_view tag() const = 0;                          ///< command tag without counts: "SELECT", "SET", "BEGIN"
    virtual bool ends_failed_transaction() const = 0;                  ///< COMMIT, ROLLBACK and their kin: allowed in a failed block
};
using StatementPtr = std::shared_ptr<const Statement>;  ///< shared by cache, names and portals
using ParsedTextPtr = std::shared_ptr<const ParsedText>;  ///< shared by the cache

/// A parameter's value as the client sent it.
struct ParameterValue {
    std::optional<std::string_view> bytes;  ///< none: null. Text is UTF-8 already
    bool binary = false;                    ///< text or binary
};

/// A statement with parameters, being executed.
class Portal {
public:
    virtual ~Portal() = default;
    virtual const StatementPtr& statement() const = 0;           ///< what runs
    virtual std::span<const ResultColumn> columns() const = 0;   ///< of the result
    virtual std::span<const std::int16_t> result_formats() const = 0;  ///< one for each column: 0 text, 1 binary
    virtual std::vector<std::optional<std::string>> parameter_texts() const = 0;  ///< $1, $2, … as their types print them, none for null; for the log
};

/// How an execution ended.
struct Completion {
    bool suspended = false;  ///< the row limit was reached: PortalSuspended
    std::string tag;         ///< otherwise the command tag with counts: "SELECT 3"
};

/// Letter of ReadyForQuery.
enum class TransactionStatus : char { idle = 'I', in_block = 'T', failed = 'E' };

//! [transaction-hooks]
/// What a layer does when transactions begin and end. The session has already decided that the step is legal. A transaction that
/// commits does so in two steps: first everybody prepares, and whoever cannot go through with it throws; then it happens.
class TransactionHooks {
public:
    virtual ~TransactionHooks() = default;
    virtual void begin() {}                                       ///< a transaction begins (implicit or explicit)
    virtual void prepare() {}                                     ///< does what can fail of a commit; may throw: then abort() follows
    virtual void commit() noexcept {}                             ///< the transaction takes effect, for others to see
    virtual void abort() noexcept {}                              ///< the transaction is rolled back, prepared or not
    virtual void savepoint(int level) { (void)level; }            ///< a subtransaction begins \param level from 2
    virtual void release(int level) { (void)level; }              ///< subtransactions ≥ level end well \param level from 2
    virtual void rollback_to(int level) noexcept { (void)level; } ///< subtransactions ≥ level are undone \param level from 2
};
//! [transaction-hooks]

/// All layers' hooks, lowest first. What lies highest is the last to begin and the first to end.
class TransactionChain final : public TransactionHooks {
public:
    explicit TransactionChain(std::vector<TransactionHooks*> hooks) : hooks_(std::move(hooks)) {}  ///< \param hooks must outlive this
    void begin() override;                          ///< in turn
    void prepare() override;                        ///< the other way round
    void commit() noexcept override;                ///< the other way round
    void abort() noexcept override;                 ///< the other way round
    void savepoint(int level) override;             ///< in turn
    void release(int level) override;               ///< the other way round
    void rollback_to(int level) noexcept override;  ///< the other way round

private:
    std::vector<TransactionHooks*> hooks_;
};

/// One client's conversation. One per process at most; not thread-safe. All functions throw Error.
class Session {
public:
    /// \param identity who and where. \param hooks of the layers that take part in transactions, lowest first. \param notifications
    /// for LISTEN and NOTIFY; null: there are none. All must outlive the session.
    explicit Session(Identity identity, std::vector<TransactionHooks*> hooks = {}, Notifications* notifications = nullptr);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    const Identity& identity() const;                ///< who and where
    void set_superuser(bool on);                     ///< its role may do anything, or no longer \param on which

    // ---- statements

    /// Takes a text apart. Throws Error 42601 with position. The result may come from the cache.
    /// \param text UTF-8, checked; no NUL.
    ParsedTextPtr parse(std::string_view text);

    /// Analyses a statement of a text (open_portal() plans it); from the cache when the same text was prepared before with the same
    /// parameter types and nothing it depends on has changed. In a failed transaction throws 25P02 unless the
    /// statement may end it.
    /// \param text from parse(). \param index which statement. \param parameter_types declared types, 0 or missing: infer.
    /// \param infer false where there is nobody to give values, as in a simple query: $1 is then an error 42P02.
    StatementPtr prepare(const ParsedTextPtr& text, std::size_t index, std::span<const Oid> parameter_types = {}, bool infer = true);

    /// \name Named statements (Parse, PREPARE)
    /// The unnamed one (empty name) is replaced silently.
    /// \{
    void store_statement(std::string_view name, StatementPtr statement);  ///< throws 42P05 \param name its name \param statement what
    StatementPtr find_statement(std::string_view name);                   ///< throws 26000 `prepared statement "x" does not exist` \param name its name
    void drop_statement(std::string_view name);                           ///< quiet when there is none \param name its name
    /// \}

    // ---- portals

    /// Makes a portal (Bind). Throws 42P03 for a name in use, 08P01 for a wrong number of parameters or formats, 22P03
    /// and the types' own errors for values. Values are decoded here and need not outlive the call.
    /// \param name empty: the unnamed portal, replaced silently. \param statement what to run. \param parameters $1, $2, …
    /// \param result_formats none, one for all, or one for each column.
    Portal& open_portal(std::string_view name, const StatementPtr& statement, std::span<const ParameterValue> parameters,
                        std::span<const std::int16_t> result_formats);
    Portal& find_portal(std::string_view name);   ///< throws 34000 `portal "x" does not exist` \param name its name
    void close_portal(std::string_view name);     ///< quiet when there is none \param name its name

    /// Does what comes before the rows are described: a command (SHOW, EXECUTE, EXPLAIN) is carried out, a query is not
    /// begun yet. execute() does it if nobody has. \param portal from open_portal().
    void start(Portal& portal);
    /// Runs a portal, or goes on with it. \param portal from open_portal(). \param max_rows 0: all. \param receiver gets the rows.
    Completion execute(Portal& portal, std::int64_t max_rows, RowReceiver& receiver);

    // ---- transactions

    TransactionStatus status() const;     ///< the letter of ReadyForQuery
    bool in_transaction() const;          ///< whether one is open, be it that of a single statement
    void begin_command();                 ///< before each statement: starts the implicit transaction if none runs, and sets statement_timestamp()
    void begin_implicit_block();          ///< a Query message holds several statements: they are one implicit transaction
    void finish_command();                ///< end of a simple Query, or Sync: commits an implicit transaction; portals of ended transactions are closed
    void abort_command() noexcept;        ///< after an error: an implicit transaction is rolled back, a block becomes failed
    void abandon() noexcept;              ///< the client is gone: everything is rolled back

    // ---- for functions and views

    std::int64_t transaction_timestamp() const;  ///< now(): µs since 2000-01-01
    std::int64_t statement_timestamp() const;    ///< µs since 2000-01-01

    struct Impl;
    Impl& impl() { return *impl_; }              ///< for queries' own files

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace forklore
