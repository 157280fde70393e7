#include "signaling/session_notifications.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/interrupts.hpp"
#include "base/log.hpp"
#include "shared_memory/process_table.hpp"
#include "signaling/latch.hpp"
#include "signaling/notify_settings.hpp"

namespace forklore {

//! [session-wishes]
namespace {
constexpr std::size_t k_longest_channel = 63, k_longest_payload = 7999;  // bytes

// What is done, step by step, for whoever looks for a mistake; by PostgreSQL's names of the steps.
template <typename... Values>
void trace(fmt::format_string<const Values&...> step, const Values&... values) noexcept {
    if (!setting::trace_notify.value()) return;
    try {
        say(Severity::debug1, sqlstate::successful_completion, "{}", fmt::format(step, values...));
    } catch (const std::bad_alloc&) {
        // It is done all the same.
    }
}
}

SessionNotifications& session_notifications() {
    static SessionNotifications the_session;
    return the_session;
}

void SessionNotifications::begin_session(const Identity& who) {
    slot_ = my_slot_number();
    pid_ = getpid();
    database_ = who.database;
    notify_queue().listener(slot_).delivered.store(0, std::memory_order_relaxed);
}

void SessionNotifications::listen(std::string_view channel) {
    trace("Async_Listen({},{})", channel, pid_);
    pending_.add({PendingNotifications::Action::Kind::listen, std::string(channel)});
}

void SessionNotifications::unlisten(std::string_view channel) {
    trace("Async_Unlisten({},{})", channel, pid_);
    if (listening_.empty() && pending_.actions().empty()) return;
    pending_.add({PendingNotifications::Action::Kind::unlisten, std::string(channel)});
}

void SessionNotifications::unlisten_all() {
    trace("Async_UnlistenAll({})", pid_);
    if (listening_.empty() && pending_.actions().empty()) return;
    pending_.add({PendingNotifications::Action::Kind::unlisten_all, {}});
}

void SessionNotifications::notify(std::string_view channel, std::string_view payload) {
    trace("Async_Notify({})", channel);
    if (channel.empty()) throw Error(sqlstate::invalid_parameter_value, "channel name cannot be empty");
    if (channel.size() > k_longest_channel) throw Error(sqlstate::invalid_parameter_value, "channel name too long");
    if (payload.size() > k_longest_payload) throw Error(sqlstate::invalid_parameter_value, "payload string too long");
    pending_.tell({pid_, database_, channel, payload});
}

void SessionNotifications::savepoint(int) { pending_.savepoint(); }
void SessionNotifications::release(int level) { pending_.release(level); }
void SessionNotifications::rollback_to(int level) noexcept { pending_.rollback_to(level); }
//! [session-wishes]

//! [session-prepare]
// What the LISTENs and UNLISTENs of the transaction come to.
void SessionNotifications::resolve_actions() {
    using Kind = PendingNotifications::Action::Kind;
    joining_.clear();
    leaving_.clear();
    if (pending_.actions().empty()) return;
    std::map<std::string_view, std::optional<std::uint64_t>> wanted;  // the order of the LISTEN; none: not wanted
    const auto unwanted_all = [&] {
        wanted.clear();
        for (const auto& [channel, listening] : listening_) wanted[channel] = std::nullopt;
    };
    for (const auto& [kind, channel] : pending_.actions()) {
        if (kind == Kind::unlisten_all) unwanted_all();
        else if (kind == Kind::unlisten) wanted[channel] = std::nullopt;
        else if (auto& order = wanted[channel]; !order) order = next_order_++;
    }
    for (const auto& [channel, order] : wanted) {
        const bool listens = listening_.contains(std::string(channel));
        if (order && !listens) joining_.try_emplace(std::string(channel), Listening{k_everything, 0, *order});
        else if (!order && listens) leaving_.emplace_back(channel);
    }
    listening_.reserve(listening_.size() + joining_.size());  // so that commit() need not
}

void SessionNotifications::prepare() {
    if (pending_.empty()) return;
    trace("PreCommit_Notify");
    resolve_actions();
    if (listening_.empty() && !joining_.empty()) trace("Exec_ListenPreCommit({})", pid_);
    to_wake_.reserve(static_cast<std::size_t>(slot_count()));
    NotifyQueue& queue = notify_queue();
    queue.lock().acquire(LWLockMode::exclusive);
    prepared_ = true;  // whatever happens now, the lock is given back by commit() or abort()
    join_channels();
    find_told();
    if (!pending_.messages().empty()) queue.put(pending_.messages());
}

void SessionNotifications::join_channels() noexcept {
    const QueuePosition now = notify_queue().head();
    for (auto& [channel, listening] : joining_) {
        listening.since = now;
        listening.number = notify_channels().join(database_, channel, slot_);
        without_number_ += listening.number == k_everything ? 1 : 0;
    }
}

// Finds out which channels the messages are for. What nobody listens to is not put into the queue at all.
void SessionNotifications::find_told() {
    std::string& messages = pending_.messages();
    const bool to_everything = notify_channels().anybody_listens_to_everything();
    std::size_t kept = 0;
    told_.clear();
    std::unordered_map<ChannelNumber, std::size_t> places;  // in told_
    for (std::string_view left = messages; !left.empty();) {
        const std::string_view before = left;
        const std::optional<QueuedMessage> message = QueuedMessage::take(left);
        const std::size_t size = before.size() - left.size();
        const std::optional<ChannelNumber> number = notify_channels().find(database_, message->channel);
        if (!number && !to_everything) continue;
        if (number) {
            const auto [place, is_new] = places.try_emplace(*number, told_.size());
            Told& told = is_new ? told_.emplace_back(Told{*number, 0, 0}) : told_[place->second];
            ++told.messages;
            told.bytes += message->payload.size();
        }
        const auto at = static_cast<std::size_t>(before.data() - messages.data());
        if (at != kept) std::copy_n(messages.begin() + static_cast<std::ptrdiff_t>(at), size, messages.begin() + static_cast<std::ptrdiff_t>(kept));
        kept += size;
    }
    messages.resize(kept);
}
//! [session-prepare]

//! [session-commit]
void SessionNotifications::commit() noexcept {
    if (!std::exchange(prepared_, false)) return pending_.clear();
    NotifyQueue& queue = notify_queue();
    for (const std::string& channel : leaving_) {
        leave_channel(channel, listening_.at(channel).number);
        listening_.erase(channel);
    }
    listening_.merge(joining_);
    NotifyListener& mine = queue.listener(slot_);
    if (!pending_.actions().empty()) {
        mine.database = {};  // the slot's last owner may have been in one with a longer name
        database_.copy(mine.database.data(), mine.database.size() - 1);
        mine.channels.store(static_cast<std::uint32_t>(listening_.size()), std::memory_order_relaxed);
        mine.to_everything.store(without_number_ > 0, std::memory_order_relaxed);
    }
    const std::size_t bytes = pending_.messages().size();
    if (bytes > 0) {
        const QueuePosition from = queue.head();
        queue.publish(bytes);
        concern(from);
    }
    if (listening_.empty()) mine.unread.store(k_nothing_to_read, std::memory_order_relaxed);
    const std::optional<NotifyQueue::Fullness> full = bytes > 0 ? queue.warn_of() : std::nullopt;
    queue.lock().release();
    if (full) warn(*full);
    trace_commit();
    pending_.clear();
}

void SessionNotifications::wake_told() noexcept {
    for (const SlotNumber listener : to_wake_) latch_of(listener).set();
    to_wake_.clear();
}

void SessionNotifications::trace_commit() const noexcept {
    using Kind = PendingNotifications::Action::Kind;
    trace("AtCommit_Notify");
    for (const auto& [kind, channel] : pending_.actions()) {
        if (kind == Kind::unlisten) trace("Exec_UnlistenCommit({},{})", channel, pid_);
        if (kind == Kind::unlisten_all) trace("Exec_UnlistenAllCommit({})", pid_);
    }
}

void SessionNotifications::warn(const NotifyQueue::Fullness& full) noexcept {
    try {
        report({.severity = Severity::warning,
                .code = sqlstate::warning,
                .message = fmt::format("NOTIFY queue is {:.0f}% full", full.percent),
                .detail = fmt::format("The server process with PID {} is among those with the oldest transactions.", full.pid),
                .hint = "The NOTIFY queue cannot be emptied until that process ends its current transaction."});
    } catch (const std::bad_alloc&) {
        // There is always a next warning.
    }
}

// Notes for each listener of a channel that has been told something that it has something to read.
void SessionNotifications::concern(QueuePosition from) noexcept {
    NotifyChannels& channels = notify_channels();
    for (const Told& told : told_) {
        ChannelCounts& counts = channels.counts(told.number);
        counts.sent.fetch_add(told.messages, std::memory_order_relaxed);
        counts.bytes.fetch_add(told.bytes, std::memory_order_relaxed);
        channels.for_each_listener(told.number, [&](SlotNumber listener) { concern_one(listener, from); });
    }
    if (!channels.anybody_listens_to_everything()) return;
    channels.for_each_listener(k_everything, [&](SlotNumber listener) {
        if (database_ == notify_queue().listener(listener).database.data()) concern_one(listener, from);
    });
}

// Who has not read everything has been woken before: it is told that there is more, and looks once more before it sleeps. The notifier does not
// wake itself: it delivers before it says that it is ready.
void SessionNotifications::concern_one(SlotNumber listener, QueuePosition from) noexcept {
    std::atomic<QueuePosition>& unread = notify_queue().listener(listener).unread;
    QueuePosition now = unread.load(std::memory_order_relaxed);
    // The head has been moved before, and whoever sees what is stored here sees the head.
    while (!unread.compare_exchange_weak(now, now == k_nothing_to_read ? from : now | k_more_to_read, std::memory_order_release)) {
    }
    if (now != k_nothing_to_read || listener == slot_) return;
    // One that reads in between is concerned once more. So there may be more of them than slots, and no room for that.
    if (to_wake_.size() < to_wake_.capacity()) to_wake_.push_back(listener);
    else latch_of(listener).set();
}
//! [session-commit]

//! [session-abort]
void SessionNotifications::abort() noexcept {
    if (std::exchange(prepared_, false)) {
        for (const auto& [channel, listening] : joining_) leave_channel(channel, listening.number);
        notify_queue().lock().release();
    }
    pending_.clear();
}

void SessionNotifications::leave_channel(const std::string& channel, ChannelNumber number) noexcept {
    // One bit stands for all channels that did not fit: the last of them takes it along.
    if (number != k_everything || --without_number_ == 0) notify_channels().leave(database_, channel, number, slot_);
}

namespace {
void leave_queue(NotifyListener& listener) noexcept {
    listener.channels.store(0, std::memory_order_relaxed);
    listener.to_everything.store(false, std::memory_order_relaxed);
    listener.delivered.store(0, std::memory_order_relaxed);
    listener.unread.store(k_nothing_to_read, std::memory_order_relaxed);
    notify_queue().advance_tail();
}
}  // namespace

// An undertaker does not know to what the dead listened, and looks at all channels.
void stop_listening(SlotNumber slot) {
    NotifyListener& listener = notify_queue().listener(slot);
    if (listener.channels.load(std::memory_order_relaxed) == 0) return;
    const LWLockGuard guard(notify_queue().lock(), LWLockMode::exclusive);
    notify_channels().leave_all(slot);
    leave_queue(listener);
}

void wake_listeners_again() noexcept {
    for (SlotNumber slot = 0; slot < slot_count(); ++slot)
        if (notify_queue().listener(slot).unread.load(std::memory_order_acquire) != k_nothing_to_read) latch_of(slot).set();
}

void SessionNotifications::leave_all() noexcept {
    wake_told();
    if (slot_ == k_no_slot || listening_.empty()) return;
    const LWLockGuard guard(notify_queue().lock(), LWLockMode::exclusive);
    for (const auto& [channel, listening] : listening_) leave_channel(channel, listening.number);
    listening_.clear();
    leave_queue(notify_queue().listener(slot_));
}
//! [session-abort]

//! [session-deliver]
bool SessionNotifications::deliver(NewsSink& to) {
    if (listening_.empty()) return false;
    NotifyQueue& queue = notify_queue();
    std::atomic<QueuePosition>& unread = queue.listener(slot_).unread;
    if (unread.load(std::memory_order_relaxed) == k_nothing_to_read) return false;
    trace("ProcessIncomingNotify");
    // First "more" is taken back, then the head is looked for. Who says "more" before that has moved the head before.
    QueuePosition noted = unread.fetch_and(~k_more_to_read, std::memory_order_acquire) & ~k_more_to_read;
    const bool behind = queue.on_disk(noted);
    if (!deliver_up_to(queue.head(), noted, to)) return true;
    // Who has said "more" since then is seen here. And who says it later finds that this listener has nothing to read, and wakes it.
    const bool more = !unread.compare_exchange_strong(noted, k_nothing_to_read, std::memory_order_acq_rel);
    if (behind && !more) {  // there may be files that only this one needed
        const LWLockGuard guard(queue.lock(), LWLockMode::exclusive);
        queue.advance_tail();
    }
    trace("ProcessIncomingNotify: done");
    return more;
}

// Reads and sends, and moves the place that is noted as unread. Returns whether all has been read, or the receiver has enough for now.
bool SessionNotifications::deliver_up_to(QueuePosition stop, QueuePosition& noted, NewsSink& to) {
    std::atomic<QueuePosition>& unread = notify_queue().listener(slot_).unread;
    // A writer that moves the head and does not say so until its messages have been read here notes their place once more.
    QueuePosition at = std::max(noted, read_);
    alignas(8) std::array<char, 2 * k_longest_message> room;
    while (at < stop) {
        check_for_interrupts();  // there may be very much to read
        const std::size_t got = notify_queue().read(at, {room.data(), std::min<std::size_t>(room.size(), stop - at)});
        std::string_view left(room.data(), got);
        for (;;) {
            const QueuePosition here = at + (got - left.size());
            const std::optional<QueuedMessage> message = QueuedMessage::take(left);
            if (!message) break;
            if (message->database != database_) continue;
            const auto known = listening_.find(std::string(message->channel));
            if (known != listening_.end() && here >= known->second.since) send(*message, known->second, to);
        }
        at += got - left.size();
        unread.fetch_add(at - noted, std::memory_order_release);  // whoever looks for the tail may go on to here; "more" stays
        noted = read_ = at;
        if (!to.pass_on() && at < stop) return false;
    }
    return true;
}

void SessionNotifications::send(const QueuedMessage& message, const Listening& listening, NewsSink& to) {
    try {
        to.take(message.pid, message.channel, message.payload);
    } catch (const Error& error) {  // a character that the client does not know: it is told that much
        Report said = error.report();
        said.severity = Severity::warning;
        return report(said);
    }
    std::atomic<std::uint64_t>& mine = notify_queue().listener(slot_).delivered;
    mine.store(mine.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (listening.number != k_everything)
        notify_channels().counts(listening.number).delivered.fetch_add(1, std::memory_order_relaxed);
}

std::vector<std::string_view> SessionNotifications::channels() const {
    std::vector<const Channels::value_type*> all;
    for (const auto& each : listening_) all.push_back(&each);
    std::ranges::sort(all, {}, [](const auto* each) { return each->second.order; });
    std::vector<std::string_view> names;
    for (const auto* each : all) names.push_back(each->first);
    return names;
}
//! [session-deliver]

}  // namespace forklore
