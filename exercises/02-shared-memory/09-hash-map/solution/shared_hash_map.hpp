// A chain is walked by its links, not by its entries: whoever has the link that leads to an entry can take the entry out, be it the
// first of its chain or the last. Free entries have locks of their own, which are always taken last and one at a time, so that two
// processes that take from each other's lists cannot wait for each other.
/// \file
/// SharedHashMap: a hash table in shared memory.
#pragma once

#include <algorithm>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "shared_memory/blast_radius.hpp"
#include "shared_memory/segment.hpp"

namespace forklore {

/// Hash of a key by its bytes.
/// \tparam Key a type without padding, whose equal values have equal bytes.
template <typename Key>
struct SharedHash {
    static_assert(std::has_unique_object_representations_v<Key>,
                  "give a hash of your own for a key with padding");
    /// \param key of an entry. \return a number that depends on every bit of it.
    std::uint64_t operator()(const Key& key) const {
        const auto* bytes = reinterpret_cast<const unsigned char*>(&key);
        std::uint64_t hash = sizeof key;
        for (std::size_t at = 0; at < sizeof key; at += sizeof(std::uint64_t)) {
            std::uint64_t word = 0;
            std::memcpy(&word, bytes + at, std::min(sizeof word, sizeof key - at));
            // Multiplication carries every bit upwards, the shift brings the best mixed ones down again.
            hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
            hash ^= hash >> 32;
        }
        return hash;
    }
};

/// See the top of this file. This object is a process's view of the table; the table itself lies in the segment.
/// \tparam Key compared with ==. \tparam Value anything plain. \tparam Lock BasicLockable, works between processes, and zeros or its
/// constructor make it free. \tparam Hash from a key to 64 bits.
template <typename Key, typename Value, typename Lock = boost::interprocess::interprocess_mutex,
          typename Hash = SharedHash<Key>>
class SharedHashMap {
    static_assert(k_shareable<Key> && k_shareable<Value>,
                  "only plain things may stand in shared memory: see k_shareable");

public:
    /// How large a table is.
    struct Shape {
        std::uint32_t capacity;         ///< entries, at least 1
        std::uint32_t partitions = 16;  ///< locks, at least 1
    };

    /// In the first phase: asks for room. \param in the segment. \param name of the table. \param shape of it.
    static void request(Segment& in, std::string_view name, Shape shape) {
        in.request(part(name, "locks"), sizeof(Partition) * shape.partitions);
        in.request(part(name, "buckets"), sizeof(Place) * buckets_for(shape));
        in.request(part(name, "entries"), sizeof(Entry) * shape.capacity);
    }

    /// In the second: finds or makes the table. Throws what Segment::find_or_create throws.
    /// \param in the segment. \param name of the table. \param shape the same in every process.
    SharedHashMap(Segment& in, std::string_view name, Shape shape)
        : name_(name),
          shape_(shape),
          buckets_each_(buckets_for(shape) / shape.partitions),
          partitions_(in.find_or_create_array<Partition>(part(name, "locks"), shape.partitions)),
          buckets_(in.find_or_create_array<Place>(part(name, "buckets"), buckets_for(shape))),
          entries_(in.find_or_create_array<Entry>(part(name, "entries"), shape.capacity)) {}

    /// Works on the value of a key under its partition's lock, which the function must not keep long.
    /// \param key to look for. \param work called with Value&. \return whether there is one.
    template <typename Work>
    bool visit(const Key& key, Work work) {
        const Where where = locate(key);
        const Guard guard(where.partition.lock);
        const Place at = *find_link(where.bucket, key);
        if (at == k_nowhere) return false;
        work(entry(at).value);
        return true;
    }

    /// A copy of the value. \param key to look for.
    std::optional<Value> find(const Key& key) {
        std::optional<Value> found;
        visit(key, [&](const Value& value) { found = value; });
        return found;
    }

    /// Makes an entry, if there is none and there is room.
    enum class Inserted { yes, exists, full };
    /// \param key of the entry. \param value it gets when it is new. \return what happened.
    Inserted try_insert(const Key& key, const Value& value) {
        const Where where = locate(key);
        const Guard guard(where.partition.lock);
        Place* link = find_link(where.bucket, key);
        if (*link != k_nowhere) return Inserted::exists;
        const Place place = take_free(where.number);
        if (place == k_nowhere) return Inserted::full;
        entry(place).key = key;
        entry(place).value = value;
        entry(place).next = k_nowhere;
        *link = place;
        ++where.partition.size;
        return Inserted::yes;
    }

    /// The same, but a full table is Error 53200. \param key of the entry. \param value it gets when it is new.
    /// \return false when there was one already, which stays as it is.
    bool insert(const Key& key, const Value& value) {
        const Inserted inserted = try_insert(key, value);
        if (inserted == Inserted::full)
            throw Error(sqlstate::out_of_memory, "out of shared memory")
                .detail(fmt::format("All {} entries of shared hash table \"{}\" are in use.", shape_.capacity,
                                    name_));
        return inserted == Inserted::yes;
    }

    /// Removes an entry. \param key of it. \return whether there was one.
    bool erase(const Key& key) {
        const Where where = locate(key);
        const Guard guard(where.partition.lock);
        Place* link = find_link(where.bucket, key);
        if (*link == k_nowhere) return false;
        unlink(where.number, link);
        return true;
    }

    /// Removes all entries for which a question is answered with true, each partition under its lock.
    /// \param question called with const Key& and Value&. \return how many.
    template <typename Question>
    std::uint32_t erase_if(Question question) {
        std::uint32_t erased = 0;
        for (std::uint32_t number = 0; number < shape_.partitions; ++number) {
            const Guard guard(partitions_[number].lock);
            for (Place& bucket : buckets_of(number))
                for (Place* link = &bucket; *link != k_nowhere;) {
                    if (question(std::as_const(entry(*link).key), entry(*link).value)) {
                        unlink(number, link);
                        ++erased;
                    } else {
                        link = &entry(*link).next;
                    }
                }
        }
        return erased;
    }

    /// Visits all entries, each partition under its lock: an entry that exists all the while is visited once.
    /// \param work called with const Key& and Value&; must not use this table.
    template <typename Work>
    void for_each(Work work) {
        erase_if([&](const Key& key, Value& value) { return work(key, value), false; });
    }

    /// Entries in use; of a moment that is over when the answer comes.
    std::uint32_t size() {
        std::uint32_t sum = 0;
        for (std::uint32_t number = 0; number < shape_.partitions; ++number) {
            const Guard guard(partitions_[number].lock);
            sum += partitions_[number].size;
        }
        return sum;
    }
    /// Entries that there are.
    std::uint32_t capacity() const { return shape_.capacity; }

private:
    // An entry's number, counted from 1: memory that is zero is an empty table.
    using Place = std::uint32_t;
    static constexpr Place k_nowhere = 0;

    struct alignas(k_shared_alignment) Partition {
        using Shareable = void;
        Lock lock{};            // guards the partition's buckets, the entries in them, and `size`
        std::uint32_t size{0};  // entries in its buckets
        Lock free_lock{};       // guards what follows; nobody takes another lock while holding it
        Place first_free{0};    // entries that were erased, linked by `next`
        std::uint32_t used{
            0};  // entries of its own share that have ever been in use: those behind have never been touched
    };
    struct Entry {
        using Shareable = void;
        Place next;
        Key key;
        Value value;
    };

    class Guard {
    public:
        explicit Guard(Lock& lock) : lock_(lock) {
            const QuitAtOnce while_waiting;  // for a holder who has been killed, perhaps
            lock_.lock();
        }
        ~Guard() { lock_.unlock(); }
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;

    private:
        HoldingShared holding_;  // counted before the lock is taken, until after it is released
        Lock& lock_;
    };
    struct Where {
        std::uint32_t number;
        Partition& partition;
        Place* bucket;
    };
    Where locate(const Key& key) {
        const std::uint64_t hash = Hash{}(key);
        const auto number = static_cast<std::uint32_t>((hash >> 32) % shape_.partitions);
        return {number, partitions_[number], &buckets_of(number)[(hash & 0xFFFFFFFFu) % buckets_each_]};
    }
    std::span<Place> buckets_of(std::uint32_t partition) {
        return {buckets_ + static_cast<std::size_t>(partition) * buckets_each_, buckets_each_};
    }
    Entry& entry(Place place) { return entries_[place - 1]; }

    /// The link that leads to the key's entry, or the one at the chain's end.
    Place* find_link(Place* link, const Key& key) {
        while (*link != k_nowhere && !(entry(*link).key == key)) link = &entry(*link).next;
        return link;
    }

    /// An entry from this partition's free list, or from the next one that has any.
    Place take_free(std::uint32_t first) {
        for (std::uint32_t i = 0; i < shape_.partitions; ++i) {
            const std::uint32_t number = (first + i) % shape_.partitions;
            Partition& from = partitions_[number];
            const Guard guard(from.free_lock);
            if (from.first_free != k_nowhere) {
                const Place taken = from.first_free;
                from.first_free = entry(taken).next;
                return taken;
            }
            if (from.used < share_end(number) - share_begin(number))
                return share_begin(number) + from.used++ + 1;
        }
        return k_nowhere;
    }

    /// Takes an entry out of its chain and puts it on a partition's free list. The partition's lock is held.
    void unlink(std::uint32_t number, Place* link) {
        const Place place = *link;
        *link = entry(place).next;
        Partition& to = partitions_[number];
        --to.size;
        const Guard guard(to.free_lock);
        entry(place).next = to.first_free;
        to.first_free = place;
    }

    // At first the entries are dealt out to the partitions in shares of the same size, give or take one.
    std::uint32_t share_begin(std::uint32_t number) const {
        return static_cast<std::uint32_t>(std::uint64_t{shape_.capacity} * number / shape_.partitions);
    }
    std::uint32_t share_end(std::uint32_t number) const { return share_begin(number + 1); }

    // As many buckets as entries: chains of one, on the average.
    static std::uint32_t buckets_for(Shape shape) {
        return (shape.capacity + shape.partitions - 1) / shape.partitions * shape.partitions;
    }
    static std::string part(std::string_view name, const char* what) {
        return fmt::format("{}: {}", name, what);
    }

    std::string name_;
    Shape shape_;
    std::uint32_t buckets_each_;
    Partition* partitions_;
    Place* buckets_;
    Entry* entries_;
};

}  // namespace forklore
