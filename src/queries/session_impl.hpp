/// \file
/// What a session is made of. For queries' own files.
#pragma once

#include <list>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/arena.hpp"
#include "queries/execute/execution.hpp"
#include "queries/parse/ast.hpp"
#include "queries/plan/prepared_query.hpp"
#include "queries/session.hpp"
#include "queries/transaction_block.hpp"

namespace forklore {

/// A text with its parse tree. Statements made from it keep it alive.
struct ParsedTree {
    explicit ParsedTree(std::string_view source) : text(source) {}
    const std::string text;
    Arena arena{512};
    std::span<const ast::Statement> statements;
};

/// A parsed text with the statements prepared from it.
class CachedText final : public ParsedText {
public:
    /// One statement of the text, prepared for certain declared parameter types.
    struct Variant {
        std::size_t index;
        std::vector<Oid> declared;
        bool infer;               ///< whether other parameters were allowed
        std::uint64_t epoch;      ///< of the settings that analysis depends on
        StatementPtr statement;
    };
    explicit CachedText(std::shared_ptr<const ParsedTree> parsed) : tree(std::move(parsed)) {}
    std::size_t count() const override { return tree->statements.size(); }
    std::string_view tag(std::size_t index) const override;

    const std::shared_ptr<const ParsedTree> tree;
    mutable std::vector<Variant> variants;
};

/// What all our statements have.
class OurStatement : public Statement {
public:
    OurStatement(std::shared_ptr<const ParsedTree> tree, const ast::Statement* raw, std::string_view tag);
    const std::string& text() const override { return text_; }
    std::string_view tag() const override { return tag_; }
    bool ends_failed_transaction() const override { return false; }

    const ast::Node* node() const { return raw_ == nullptr ? nullptr : raw_->node; }  ///< null: an empty statement
    const std::string& whole_text() const { return tree_->text; }
    const std::shared_ptr<const ParsedTree>& tree() const { return tree_; }

protected:
    std::shared_ptr<const ParsedTree> tree_;
    const ast::Statement* raw_;
    std::string text_;
    std::string tag_;
};

/// SELECT, VALUES: something with a plan. The plan is made when the statement is first to be run, and kept. Executions
/// that have ended are kept for the next run.
class QueryStatement final : public OurStatement {
public:
    QueryStatement(std::shared_ptr<const ParsedTree> tree, const ast::Statement* raw, const ast::Select& select, std::span<const Oid> declared,
                   bool infer, Session& session);
    std::span<const Oid> parameter_types() const override { return parameters_; }
    bool returns_rows() const override { return true; }
    std::span<const ResultColumn> columns() const override { return columns_; }
    bool repeatable() const { return query_->repeatable; }  ///< see PreparedQuery; only to be asked before the first run

    /// The plan, made now if need be. When names may mean something else than before (search_path has changed), the
    /// statement is analysed anew; throws Error 0A000 if its result would look different. \param session whose it is
    const std::shared_ptr<PreparedQuery>& planned(Session& session) const;
    std::unique_ptr<Execution> take_execution(Session& session) const;    ///< a new one, or one kept \param session whose it is
    void give_back(std::unique_ptr<Execution> execution) const noexcept;  ///< \param execution has been finished

private:
    const ast::Select* select_;
    std::vector<Oid> parameters_;
    std::vector<ResultColumn> columns_;
    mutable std::shared_ptr<PreparedQuery> query_;  // null: to be analysed again
    mutable std::uint64_t names_epoch_;
    mutable std::vector<std::unique_ptr<Execution>> idle_;
};

/// Every other statement: it is carried out from its parse tree.
class UtilityStatement final : public OurStatement {
public:
    UtilityStatement(std::shared_ptr<const ParsedTree> tree, const ast::Statement* raw, std::span<const Oid> declared, Session& session);
    std::span<const Oid> parameter_types() const override { return declared_; }  // it uses none, but Bind must give them
    bool returns_rows() const override { return returns_rows_; }
    std::span<const ResultColumn> columns() const override { return columns_; }
    bool ends_failed_transaction() const override;
    const StatementPtr& inner() const { return inner_; }  ///< what EXECUTE runs, EXPLAIN explains, DECLARE declares

private:
    void describe(Session& session);  // finds out what it returns
    void returns(std::vector<ResultColumn> columns) { returns_rows_ = true, columns_ = std::move(columns); }
    std::vector<Oid> declared_;
    bool returns_rows_ = false;
    std::vector<ResultColumn> columns_;
    StatementPtr inner_;
};

/// Rows kept for later: of SHOW and EXPLAIN, of cursors WITH HOLD.
class RowStore {
public:
    explicit RowStore(std::vector<ResultColumn> columns) : columns_(std::move(columns)) {}  ///< \param columns of the rows
    void add(std::span<const Datum> row);                       ///< \param row copied
    void add(const Batch& batch);                               ///< \param batch copied
    void add_text(std::initializer_list<std::string_view> row); ///< a row of texts \param row copied
    std::size_t size() const { return columns_.empty() ? count_ : values_.size() / columns_.size(); }
    /// Rows from `begin`, at most a batch of them. \param begin first row \param limit most rows \param to set to them
    void read(std::size_t begin, std::size_t limit, Batch& to);

private:
    std::vector<ResultColumn> columns_;
    Arena arena_;
    std::vector<Datum> values_;   // row by row
    std::vector<Column> batch_columns_;
    std::vector<Datum> batch_values_;
    std::size_t count_ = 0;
};

/// A portal: a statement with parameters, perhaps half run.
class OurPortal final : public Portal {
public:
    const StatementPtr& statement() const override { return statement_; }
    std::span<const ResultColumn> columns() const override { return statement_->columns(); }
    std::span<const std::int16_t> result_formats() const override { return formats_; }
    std::vector<std::optional<std::string>> parameter_texts() const override;

    /// Where it stands.
    enum class State : std::uint8_t { fresh, active, done, failed };

    std::string name;
    StatementPtr statement_;
    std::vector<std::int16_t> formats_;
    State state = State::fresh;
    std::unique_ptr<Execution> execution;   ///< of a query
    StatementPtr runs;                      ///< the query whose execution it is: the statement, or what EXECUTE names
    std::unique_ptr<RowStore> store;        ///< rows of a utility, or all rows of a scrollable or held cursor
    std::size_t position = 0;               ///< rows handed out from the store
    Batch left;                             ///< rows of the last batch that were not wanted yet
    std::vector<std::uint16_t> row_numbers; ///< 0, 1, 2, …: for a batch handed out in parts
    int level = 1;                          ///< of the subtransaction that made it
    std::uint32_t cursor_options = 0;       ///< of DECLARE
    std::string source;                     ///< pg_cursors.statement
    std::int64_t created = 0;               ///< pg_cursors.creation_time
    std::int64_t row = 0;                   ///< cursors: number of the row they stand on, 0 before the first
    bool is_cursor = false;                 ///< made by DECLARE
    bool held = false;                      ///< WITH HOLD: survives its transaction
    bool running = false;                   ///< being executed just now
    bool opened = false;                    ///< the execution has been started
    Session* session = nullptr;             ///< who is told when the query is done with; null: nobody
    std::string tag;                        ///< command tag of a utility, if it is not the statement's

    void reset() noexcept;                  ///< gives everything back; the object may be used again
    void end() noexcept;                    ///< says that it is done with, if anybody wants to know
    void fail() noexcept;                   ///< gives back what running needs: it can be found, but not be run any more
    void require_formats() const;           ///< throws 22023 for a result format that does not exist
    std::int64_t pull(std::int64_t max_rows, RowReceiver& receiver);        ///< rows of the execution \param max_rows 0: all \param receiver gets them \return how many
    std::int64_t read_store(std::int64_t max_rows, RowReceiver& receiver);  ///< rows of the store \param max_rows 0: all \param receiver gets them \return how many
};

/// A prepared statement by name.
struct NamedStatement {
    StatementPtr statement;
    std::string text;               ///< pg_prepared_statements.statement
    std::int64_t prepared = 0;      ///< when
    bool from_sql = false;          ///< by PREPARE, not by a Parse message
};

/// The session's inside.
struct Session::Impl {
    Impl(Session& owner, Identity who, std::vector<TransactionHooks*> layers, Notifications* told);

    Session& session;
    Identity identity;
    TransactionChain hooks;
    Notifications* const notifications;      ///< null: there are none

    // The plan cache by text: most recently used first.
    std::list<std::shared_ptr<const CachedText>> recent;
    std::unordered_map<std::string_view, std::list<std::shared_ptr<const CachedText>>::iterator> by_text;
    std::size_t cached_bytes = 0;
    std::uint64_t epoch = 1;                 ///< grows when something changes that analysis depends on
    std::uint64_t seen_generation = 0;       ///< of the settings
    std::uint64_t seen_registry = 0;         ///< the registry's generation
    std::string analysis_settings;           ///< what `epoch` stands for
    std::uint64_t names_epoch = 1;           ///< grows when names may mean something else; statements that are kept look at it
    std::string names_settings;              ///< what `names_epoch` stands for

    std::map<std::string, NamedStatement, std::less<>> statements;
    StatementPtr unnamed_statement;
    std::map<std::string, std::unique_ptr<OurPortal>, std::less<>> portals;
    OurPortal unnamed_portal;
    bool unnamed_open = false;

    TransactionBlock block;
    std::int64_t statement_time = 0, transaction_time = 0;

    void note_transaction_start();          ///< a transaction begins with the present statement: now() stands still from here
    std::uint64_t current_epoch();
    StatementPtr make_statement(const std::shared_ptr<const ParsedTree>& tree, const ast::Statement* raw,
                                std::span<const Oid> declared, bool infer, bool& repeatable);
    void require_no_failure(bool ends_transaction) const;   ///< throws 25P02 in a failed block
    OurPortal& portal(Portal& any) { return static_cast<OurPortal&>(any); }
    void drop_portals(int level, bool keep_held) noexcept;  ///< those of subtransactions from `level`
    void fail_portals(int level) noexcept;   ///< those of subtransactions from `level`: they stay until the block ends

    void run_utility(OurPortal& portal);
    void hold_cursors();                     ///< reads the rest of cursors WITH HOLD into their stores
    StatementPtr find_prepared(std::string_view name) const;  ///< throws 26000
};

/// The tag of a statement, by its parse tree. \param node null for the empty statement
std::string_view command_tag(const ast::Node* node);

/// Throws Error 0A000 that names what is not there yet. \param what as PostgreSQL calls it
[[noreturn]] void refuse_unsupported(std::string_view what);

}  // namespace forklore
