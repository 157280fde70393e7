/// \file
/// NotifyChannels: who listens to what.
///
/// For each channel of a database that somebody listens to, a set of slots: one bit each. So whoever tells something wakes those whom it
/// concerns, and nobody else. The table has a fixed number of entries; a session whose channel finds no room listens to everything.
///
/// Counterpart in PostgreSQL: none before version 19; there each listener knows its own channels, and all listeners of a database are woken.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "shared_memory/process_slot.hpp"
#include "shared_memory/shared_hash_map.hpp"

namespace forklore {

//! [channel-number]
/// A place among the channels. A number is another channel's once the last listener has left.
using ChannelNumber = std::uint32_t;
inline constexpr ChannelNumber k_everything = 0;  ///< not a channel: those who listen to everything
//! [channel-number]

//! [channel-counts]
/// What a channel has been through since somebody listens to it.
struct ChannelCounts {
    using Shareable = void;  ///< see k_shareable
    // ---- written under the queue's lock, read by all
    std::atomic<std::uint32_t> listeners;  ///< how many there are
    std::atomic<std::uint64_t> sent;       ///< messages that were told
    std::atomic<std::uint64_t> bytes;      ///< of their payloads
    // ---- written and read by all
    std::atomic<std::uint64_t> delivered;  ///< messages that reached a client
};
//! [channel-counts]

//! [channels]
/// See the top of this file. One for the server. Whatever changes it is done under the queue's lock, alone.
class NotifyChannels {
public:
    void request();  ///< first phase of the segment
    void create();   ///< second phase: nobody listens

    /// Lets a slot listen to a channel. \param database where \param channel its name \param slot of the listener, which does not listen to it
    /// yet \return its number; k_everything when there is no room
    ChannelNumber join(std::string_view database, std::string_view channel, SlotNumber slot) noexcept;
    /// Ends that; the last one takes the channel along. \param database where \param channel its name \param number what join() returned
    /// \param slot of the listener
    void leave(std::string_view database, std::string_view channel, ChannelNumber number, SlotNumber slot) noexcept;
    /// Ends all listening of a slot. \param slot of a dead process
    void leave_all(SlotNumber slot) noexcept;

    /// A channel's number, if somebody listens to it. \param database where \param channel its name
    std::optional<ChannelNumber> find(std::string_view database, std::string_view channel);
    bool anybody_listens_to_everything() const;  ///< in any database

    /// What it has been through. \param number of a channel
    ChannelCounts& counts(ChannelNumber number) { return counts_[number]; }

    /// Calls a function for each listener. \param number of a channel, or k_everything \param work called with a slot's number
    template <typename Work>
    void for_each_listener(ChannelNumber number, Work work) const {
        const std::span<std::uint64_t> words = listeners(number);
        for (std::size_t i = 0; i < words.size(); ++i)
            for (std::uint64_t left = words[i]; left != 0; left &= left - 1)
                work(static_cast<SlotNumber>(i * k_bits) + std::countr_zero(left));
    }

    /// Calls a function for each channel. \param work called with the names of database and channel and the counts
    template <typename Work>
    void for_each_channel(Work work) {
        table_->for_each([&](const Key& key, const ChannelNumber& number) {
            work(std::string_view(key.database.data()), std::string_view(key.channel.data()), counts_[number]);
        });
    }

private:
    struct Key {
        SharedName database, channel;
        bool operator==(const Key&) const = default;
    };
    struct Numbers {
        using Shareable = void;
        std::uint32_t used{1};  // numbers below this have been given out; k_everything always
        std::uint32_t free{0};  // how many of them have come back
    };
    using Table = SharedHashMap<Key, ChannelNumber>;
    static constexpr std::size_t k_bits = 64;

    static Key key_of(std::string_view database, std::string_view channel);
    std::span<std::uint64_t> listeners(ChannelNumber number) const { return {bits_ + number * words_each_, words_each_}; }
    ChannelNumber take_number() noexcept;
    bool clear(ChannelNumber number, SlotNumber slot) noexcept;

    std::optional<Table> table_;
    Numbers* numbers_ = nullptr;
    ChannelNumber* free_numbers_ = nullptr;
    ChannelCounts* counts_ = nullptr;
    std::uint64_t* bits_ = nullptr;
    std::size_t words_each_ = 0;
};

/// This server's channels.
NotifyChannels& notify_channels();
//! [channels]

}  // namespace forklore
