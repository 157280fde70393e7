#include "queries/session.hpp"

#include <ranges>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/settings.hpp"
#include "queries/notifications.hpp"
#include "queries/parse/stack_depth.hpp"
#include "queries/query_settings.hpp"
#include "queries/session_impl.hpp"
#include "queries/types/datetime.hpp"

namespace forklore {

void TransactionChain::begin() {
    for (TransactionHooks* each : hooks_) each->begin();
}

void TransactionChain::savepoint(int level) {
    for (TransactionHooks* each : hooks_) each->savepoint(level);
}

void TransactionChain::prepare() {
    for (TransactionHooks* each : std::views::reverse(hooks_)) each->prepare();
}

void TransactionChain::commit() noexcept {
    for (TransactionHooks* each : std::views::reverse(hooks_)) each->commit();
}

void TransactionChain::abort() noexcept {
    for (TransactionHooks* each : std::views::reverse(hooks_)) each->abort();
}

void TransactionChain::release(int level) {
    for (TransactionHooks* each : std::views::reverse(hooks_)) each->release(level);
}

void TransactionChain::rollback_to(int level) noexcept {
    for (TransactionHooks* each : std::views::reverse(hooks_)) each->rollback_to(level);
}

Session::Impl::Impl(Session& owner, Identity who, std::vector<TransactionHooks*> layers, Notifications* told)
    : session(owner), identity(std::move(who)), hooks(std::move(layers)), notifications(told), block(hooks) {}

Session::Session(Identity identity, std::vector<TransactionHooks*> hooks, Notifications* notifications)
    : impl_(std::make_unique<Impl>(*this, std::move(identity), std::move(hooks), notifications)) {
    set_stack_base();
    if (notifications != nullptr) notifications->begin_session(impl_->identity);
}

Session::~Session() {
    abandon();
    impl_->drop_portals(0, false);
}

const Identity& Session::identity() const { return impl_->identity; }
void Session::set_superuser(bool on) { impl_->identity.superuser = on; }

// ---------------------------------------------------------------- transactions

TransactionStatus Session::status() const {
    switch (impl_->block.state()) {
        case TransactionBlock::State::block: return TransactionStatus::in_block;
        case TransactionBlock::State::failed: return TransactionStatus::failed;
        default: return TransactionStatus::idle;
    }
}

bool Session::in_transaction() const { return impl_->block.in_transaction(); }

void Session::begin_command() {
    impl_->statement_time = now_us();
    if (!impl_->block.in_transaction()) impl_->note_transaction_start();
    impl_->block.start_implicit();
}

void Session::Impl::note_transaction_start() {
    transaction_time = statement_time;
    set_transaction_time(transaction_time);
}

void Session::begin_implicit_block() { impl_->block.group_statements(); }

void Session::finish_command() {
    const bool implicit = impl_->block.in_transaction() && !impl_->block.in_block();
    impl_->block.finish_implicit();
    if (implicit) impl_->drop_portals(1, true);
}

void Session::abort_command() noexcept {
    const int level = impl_->block.level();
    impl_->block.fail();
    if (impl_->block.in_block()) impl_->fail_portals(level);
    else impl_->drop_portals(1, true);
}

void Session::abandon() noexcept {
    impl_->block.abandon();
    impl_->drop_portals(1, true);
}

std::int64_t Session::transaction_timestamp() const { return impl_->transaction_time; }
std::int64_t Session::statement_timestamp() const { return impl_->statement_time; }

namespace {

// The present values of some settings, as one text. Unknown ones are left out.
std::string values_of(std::initializer_list<std::string_view> names) {
    std::string values;
    for (const std::string_view name : names)
        if (const SettingBase* setting = settings().find(name)) values.append(setting->setting_text()).push_back('\n');
    return values;
}

}  // namespace

// Trees and plans found by their text must be those that the text would lead to now: they are dropped when a setting
// changes that the grammar, names or literals depend on. A statement that the client keeps has read its literals for
// good; for it only names count.
std::uint64_t Session::Impl::current_epoch() {
    const std::uint64_t generation = settings().generation(), known = registry().generation();
    if (generation == seen_generation && known == seen_registry) return epoch;
    seen_generation = generation;
    std::string now = values_of({"search_path", "role"});
    if (now != names_settings || known != seen_registry) {
        names_settings = now;
        ++names_epoch;
    }
    now += std::to_string(seen_registry = known);
    now += values_of({"standard_conforming_strings", "backslash_quote", "escape_string_warning", "DateStyle", "IntervalStyle", "TimeZone",
                      "extra_float_digits", "bytea_output"});
    if (now != analysis_settings) {
        analysis_settings = std::move(now);
        ++epoch;
        by_text.clear();
        recent.clear();
        cached_bytes = 0;
    }
    return epoch;
}

}  // namespace forklore
