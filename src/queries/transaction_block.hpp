/// \file
/// TransactionBlock: which transaction commands are legal now, and what they lead to.
///
/// A statement outside a block runs in a transaction of its own ("implicit"); several statements of one Query message
/// share one. BEGIN makes a block of it. Savepoints nest inside a block. After an error the block is failed until it
/// is rolled back.
///
/// Counterpart in PostgreSQL: the block states (TBLOCK_…) of xact.c.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "queries/session.hpp"

namespace forklore {

/// The state machine. What really begins and ends is told to the hooks and to the settings.
class TransactionBlock {
public:
    /// Where it stands.
    enum class State : std::uint8_t { idle, implicit, implicit_block, block, failed };

    /// \param hooks must outlive this
    explicit TransactionBlock(TransactionHooks& hooks) : hooks_(hooks) {}

    State state() const { return state_; }  ///< where it stands now
    bool in_transaction() const { return state_ != State::idle; }  ///< whether a transaction is open, implicit or not, failed or not
    bool in_block() const { return state_ == State::block || state_ == State::failed; }  ///< whether BEGIN opened it, failed or not
    bool failed() const { return state_ == State::failed; }  ///< whether a block waits for its ROLLBACK after an error
    int level() const { return static_cast<int>(savepoints_.size()) + 1; }  ///< of the innermost subtransaction; 1 without savepoints

    void start_implicit();                 ///< before a statement, when nothing runs
    void group_statements();               ///< several statements follow: they share one transaction

    // The commands. Each throws or warns as PostgreSQL does.
    void begin();  ///< BEGIN: makes a block of the transaction, starting one if none runs; warns inside a block
    /// \return false when it ended in a rollback: the tag is then ROLLBACK.
    bool commit(bool chain);
    void rollback(bool chain);  ///< ROLLBACK: undoes the transaction; warns outside a block \param chain AND CHAIN: a new block follows at once
    void savepoint(std::string_view name);  ///< SAVEPOINT: begins a subtransaction \param name hides an older one of the same name
    void release(std::string_view name);  ///< RELEASE: the savepoint and those after it go, what was done since stays \param name the innermost of that name
    void rollback_to(std::string_view name);  ///< ROLLBACK TO: undoes what was done since; the savepoint stays, the block is good again \param name the innermost of that name

    void finish_implicit();                ///< end of a simple query or Sync: commits an implicit transaction
    void fail() noexcept;                  ///< after an error
    void abandon() noexcept;               ///< rolls everything back

    void note_query() { queried_ = true; }     ///< a query runs: the transaction's characteristics are settled
    bool queried() const { return queried_; }  ///< whether one has run in this transaction

    /// Throws Error 25001 when inside a block: `name cannot run inside a transaction block`. \param name of a statement
    void refuse_in_block(std::string_view name) const;
    /// Throws Error 25P01 when outside a block. \param name of a statement
    void require_block(std::string_view name) const;
    /// Warns 25P01 when outside a block. \param name of a statement
    void warn_outside_block(std::string_view name) const;

private:
    // What a transaction begins with: the session's defaults, or (AND CHAIN) what the one before had.
    struct Characteristics {
        int isolation;
        bool read_only, deferrable;
        static Characteristics defaults();
        static Characteristics current();
        void adopt() const;  // for this transaction only
    };
    void open(const Characteristics& characteristics);
    void close(bool commit);
    void close_levels(std::size_t to, bool commit) noexcept;
    std::size_t find_savepoint(std::string_view name) const;

    TransactionHooks& hooks_;
    State state_ = State::idle;
    bool grouped_ = false;
    bool queried_ = false;
    std::vector<std::string> savepoints_;  // the i-th begins level i + 2
    int settings_levels_ = 0;              // levels entered in settings(): the failed ones are left already
    bool storage_live_ = false;            // a transaction of the storage is open
};

}  // namespace forklore
