#include "queries/transaction_block.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/settings.hpp"
#include "queries/query_settings.hpp"

namespace forklore {

namespace {

[[noreturn]] void throw_no_such_savepoint(std::string_view name) {
    throw Error(sqlstate::s_e_invalid_specification, "savepoint \"{}\" does not exist", name);
}

void warn_no_transaction() {
    say(Severity::warning, sqlstate::no_active_sql_transaction, "there is no transaction in progress");
}

}  // namespace

TransactionBlock::Characteristics TransactionBlock::Characteristics::defaults() {
    return {default_isolation_setting.value(), default_read_only_setting.value(), default_deferrable_setting.value()};
}

TransactionBlock::Characteristics TransactionBlock::Characteristics::current() {
    return {isolation_setting.value(), read_only_setting.value(), deferrable_setting.value()};
}

// As a rule the settings say already what is wanted, and a transaction costs three comparisons.
void TransactionBlock::Characteristics::adopt() const {
    static constexpr std::string_view levels[] = {"serializable", "repeatable read", "read committed", "read uncommitted"};
    const auto set = [](const SettingBase& setting, std::string_view value) {
        settings().set(setting.info().name, value, SettingSource::session, SettingScope::local, true);
    };
    if (isolation_setting.value() != isolation) set(isolation_setting, levels[isolation]);
    if (read_only_setting.value() != read_only) set(read_only_setting, read_only ? "on" : "off");
    if (deferrable_setting.value() != deferrable) set(deferrable_setting, deferrable ? "on" : "off");
}

void TransactionBlock::open(const Characteristics& characteristics) {
    hooks_.begin();
    storage_live_ = true;
    queried_ = false;
    settings().begin_level();
    settings_levels_ = 1;
    savepoints_.clear();
    characteristics.adopt();
}

void TransactionBlock::close_levels(std::size_t to, bool commit) noexcept {
    while (settings_levels_ > static_cast<int>(to)) {
        settings().end_level(commit);
        --settings_levels_;
    }
}

void TransactionBlock::close(bool commit) {
    if (commit) {
        try {
            hooks_.prepare();
        } catch (...) {
            close(false);  // a COMMIT that fails is the end of its block, too
            throw;
        }
        hooks_.commit();
    } else if (storage_live_) {
        hooks_.abort();
    }
    storage_live_ = false;
    close_levels(0, commit);
    savepoints_.clear();
    state_ = State::idle;
}

void TransactionBlock::start_implicit() {
    if (state_ == State::idle) {
        open(Characteristics::defaults());
        state_ = State::implicit;
    }
    if (state_ == State::implicit && grouped_) state_ = State::implicit_block;
}

void TransactionBlock::group_statements() { grouped_ = true; }

void TransactionBlock::begin() {
    start_implicit();
    if (state_ == State::block) {
        say(Severity::warning, sqlstate::active_sql_transaction, "there is already a transaction in progress");
        return;
    }
    state_ = State::block;
}

bool TransactionBlock::commit(bool chain) {
    if (!in_block()) {
        if (chain) throw Error(sqlstate::no_active_sql_transaction, "COMMIT AND CHAIN can only be used in transaction blocks");
        warn_no_transaction();
        // What ran so far, in this message or this pipeline, is committed all the same.
        if (in_transaction()) close(true);
        return true;
    }
    const bool good = state_ == State::block;
    const Characteristics characteristics = Characteristics::current();
    close(good);
    if (chain) open(characteristics), state_ = State::block;
    return good;
}

void TransactionBlock::rollback(bool chain) {
    if (!in_block()) {
        if (chain) throw Error(sqlstate::no_active_sql_transaction, "ROLLBACK AND CHAIN can only be used in transaction blocks");
        warn_no_transaction();
        if (in_transaction()) close(false);
        return;
    }
    const Characteristics characteristics = Characteristics::current();
    close(false);
    if (chain) open(characteristics), state_ = State::block;
}

void TransactionBlock::savepoint(std::string_view name) {
    require_block("SAVEPOINT");
    savepoints_.emplace_back(name);
    settings().begin_level();
    ++settings_levels_;
    hooks_.savepoint(level());
}

std::size_t TransactionBlock::find_savepoint(std::string_view name) const {
    for (std::size_t i = savepoints_.size(); i-- > 0;)
        if (savepoints_[i] == name) return i;
    throw_no_such_savepoint(name);
}

void TransactionBlock::release(std::string_view name) {
    require_block("RELEASE SAVEPOINT");
    const std::size_t index = find_savepoint(name);
    hooks_.release(static_cast<int>(index) + 2);
    close_levels(index + 1, true);
    savepoints_.resize(index);
}

void TransactionBlock::rollback_to(std::string_view name) {
    require_block("ROLLBACK TO SAVEPOINT");
    const std::size_t index = find_savepoint(name);
    hooks_.rollback_to(static_cast<int>(index) + 2);
    close_levels(index + 1, false);
    savepoints_.resize(index + 1);
    settings().begin_level();
    ++settings_levels_;
    hooks_.savepoint(level());
    state_ = State::block;
}

void TransactionBlock::finish_implicit() {
    grouped_ = false;
    if (state_ == State::implicit || state_ == State::implicit_block) close(true);
}

void TransactionBlock::fail() noexcept {
    grouped_ = false;
    switch (state_) {
        case State::implicit:
        case State::implicit_block: close(false); break;
        case State::block:
            // What the failed (sub)transaction did is undone now; the block waits for its ROLLBACK.
            if (savepoints_.empty()) {
                hooks_.abort();
                storage_live_ = false;
            } else {
                hooks_.rollback_to(level());
            }
            close_levels(static_cast<std::size_t>(level()) - 1, false);
            state_ = State::failed;
            break;
        case State::idle:
        case State::failed: break;
    }
}

void TransactionBlock::abandon() noexcept {
    grouped_ = false;
    if (state_ != State::idle) close(false);
}

void TransactionBlock::refuse_in_block(std::string_view name) const {
    if (in_block())
        throw Error(sqlstate::active_sql_transaction, "{} cannot run inside a transaction block", name);
    if (state_ == State::implicit_block)
        throw Error(sqlstate::active_sql_transaction, "{} cannot be executed from a multi-command string", name);
}

void TransactionBlock::require_block(std::string_view name) const {
    if (!in_block()) throw Error(sqlstate::no_active_sql_transaction, "{} can only be used in transaction blocks", name);
}

void TransactionBlock::warn_outside_block(std::string_view name) const {
    if (!in_block() && state_ != State::implicit_block)
        say(Severity::warning, sqlstate::no_active_sql_transaction, "{} can only be used in transaction blocks", name);
}

}  // namespace forklore
