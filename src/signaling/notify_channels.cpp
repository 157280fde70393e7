#include "signaling/notify_channels.hpp"

#include "shared_memory/process_table.hpp"
#include "signaling/notify_settings.hpp"

namespace forklore {

//! [channels-create]
namespace {
std::uint32_t most_channels() { return static_cast<std::uint32_t>(setting::max_notify_channels.value()); }
std::size_t words_for(SlotNumber slots, std::size_t bits) { return (static_cast<std::size_t>(slots) + bits - 1) / bits; }
}  // namespace

NotifyChannels& notify_channels() {
    static NotifyChannels the_channels;
    return the_channels;
}

void NotifyChannels::request() {
    const std::size_t numbers = std::size_t{most_channels()} + 1;
    Table::request(segment(), "Notify Channels", {.capacity = most_channels()});
    segment().request("Notify Numbers", sizeof(Numbers));
    segment().request("Notify Free Numbers", numbers * sizeof(ChannelNumber));
    segment().request("Notify Counts", numbers * sizeof(ChannelCounts));
    segment().request("Notify Bits", numbers * words_for(ProcessTable::wanted_slots(), k_bits) * sizeof(std::uint64_t));
}

void NotifyChannels::create() {
    const std::size_t numbers = std::size_t{most_channels()} + 1;
    words_each_ = words_for(slot_count(), k_bits);
    table_.emplace(segment(), "Notify Channels", Table::Shape{.capacity = most_channels()});
    numbers_ = &segment().find_or_create<Numbers>("Notify Numbers");
    free_numbers_ = segment().find_or_create_array<ChannelNumber>("Notify Free Numbers", numbers);
    counts_ = segment().find_or_create_array<ChannelCounts>("Notify Counts", numbers);
    bits_ = segment().find_or_create_array<std::uint64_t>("Notify Bits", numbers * words_each_);
}
//! [channels-create]

//! [channels-join]
NotifyChannels::Key NotifyChannels::key_of(std::string_view database, std::string_view channel) {
    Key key{};
    database.copy(key.database.data(), key.database.size() - 1);
    channel.copy(key.channel.data(), key.channel.size() - 1);
    return key;
}

// A number that nobody has; k_everything when there is none.
ChannelNumber NotifyChannels::take_number() noexcept {
    if (numbers_->free > 0) return free_numbers_[--numbers_->free];
    return numbers_->used <= most_channels() ? numbers_->used++ : k_everything;
}

ChannelNumber NotifyChannels::join(std::string_view database, std::string_view channel, SlotNumber slot) noexcept {
    const Key key = key_of(database, channel);
    ChannelNumber number = k_everything;
    if (!table_->visit(key, [&](const ChannelNumber& known) { number = known; })) {
        number = take_number();
        if (number != k_everything) {
            table_->try_insert(key, number);  // there is an entry for each number
            for (auto* count : {&counts_[number].sent, &counts_[number].bytes, &counts_[number].delivered})
                count->store(0, std::memory_order_relaxed);
        }
    }
    std::uint64_t& word = listeners(number)[static_cast<std::size_t>(slot) / k_bits];
    const std::uint64_t bit = std::uint64_t{1} << (static_cast<std::size_t>(slot) % k_bits);
    if ((word & bit) == 0) counts_[number].listeners.fetch_add(1, std::memory_order_relaxed);
    word |= bit;
    return number;
}
//! [channels-join]

//! [channels-leave]
// Takes a listener out; returns whether it was the channel's last one.
bool NotifyChannels::clear(ChannelNumber number, SlotNumber slot) noexcept {
    std::uint64_t& word = listeners(number)[static_cast<std::size_t>(slot) / k_bits];
    const std::uint64_t bit = std::uint64_t{1} << (static_cast<std::size_t>(slot) % k_bits);
    if ((word & bit) == 0) return false;
    word &= ~bit;
    return counts_[number].listeners.fetch_sub(1, std::memory_order_relaxed) == 1 && number != k_everything;
}

void NotifyChannels::leave(std::string_view database, std::string_view channel, ChannelNumber number, SlotNumber slot) noexcept {
    if (!clear(number, slot)) return;
    table_->erase(key_of(database, channel));
    free_numbers_[numbers_->free++] = number;
}

void NotifyChannels::leave_all(SlotNumber slot) noexcept {
    clear(k_everything, slot);
    table_->erase_if([&](const Key&, const ChannelNumber& number) {
        if (!clear(number, slot)) return false;
        free_numbers_[numbers_->free++] = number;
        return true;
    });
}
//! [channels-leave]

//! [channels-find]
std::optional<ChannelNumber> NotifyChannels::find(std::string_view database, std::string_view channel) {
    std::optional<ChannelNumber> found;
    table_->visit(key_of(database, channel), [&](const ChannelNumber& number) { found = number; });
    return found;
}

bool NotifyChannels::anybody_listens_to_everything() const { return counts_[k_everything].listeners.load(std::memory_order_relaxed) != 0; }
//! [channels-find]

}  // namespace forklore
