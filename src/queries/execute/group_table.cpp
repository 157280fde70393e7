#include "queries/execute/group_table.hpp"

namespace forklore {

namespace {

constexpr std::size_t k_first_slots = 64;

// Mixes a value into a hash so that every bit of both counts.
std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
    hash ^= value + 0x9E3779B97F4A7C15ULL + (hash << 6) + (hash >> 2);
    hash ^= hash >> 32;
    hash *= 0xD6E8FEB86659FD93ULL;
    return hash ^ (hash >> 32);
}

// Integers of at most eight bytes are their own identity.
bool is_integer(const Type& type) { return !type.by_reference && type.category != 'N' ? type.length == 4 && type.oid == 1082 : type.oid == 20 || type.oid == 23 || type.oid == 21 || type.oid == 26; }

std::uint64_t bits_of(const Type& type, const Datum& value) {
    switch (type.length) {
        case 2: return static_cast<std::uint64_t>(value.int2);
        case 4: return static_cast<std::uint64_t>(value.int4);
        default: return static_cast<std::uint64_t>(value.int8);
    }
}

}  // namespace

GroupTable::GroupTable(std::vector<const Type*> types) : types_(types), keys_(std::move(types)) {}

void GroupTable::clear() {
    keys_.clear();
    hashes_.clear();
    if (slots_.size() > 16 * k_first_slots) std::vector<Slot>().swap(slots_);
    else slots_.assign(slots_.size(), Slot{});
}

void GroupTable::hash(std::span<const Column> columns, Rows rows, std::uint64_t* to) const {
    rows.each([&](std::uint32_t row) { to[row] = 0x2545F4914F6CDD1DULL; });
    for (std::size_t c = 0; c < types_.size(); ++c) {
        const Type& type = *types_[c];
        const Column& column = columns[c];
        if (is_integer(type)) {
            rows.each([&](std::uint32_t row) { to[row] = mix(to[row], column[row].is_null ? 1 : bits_of(type, column[row])); });
        } else if (type.hash != nullptr) {
            rows.each([&](std::uint32_t row) { to[row] = mix(to[row], column[row].is_null ? 1 : type.hash(type, column[row])); });
        }
        // What cannot be hashed is told apart by comparison alone.
    }
}

bool GroupTable::same(const Datum* key, std::span<const Column> columns, std::uint32_t row) const {
    for (std::size_t c = 0; c < types_.size(); ++c) {
        const Type& type = *types_[c];
        const Datum& a = key[c];
        const Datum& b = columns[c][row];
        if (a.is_null || b.is_null) {
            if (a.is_null != b.is_null) return false;
        } else if (is_integer(type)) {
            if (bits_of(type, a) != bits_of(type, b)) return false;
        } else if (type.compare(type, a, b) != 0) {
            return false;
        }
    }
    return true;
}

std::size_t GroupTable::probe(std::span<const Column> columns, std::uint32_t row, std::uint64_t hash) const {
    const std::size_t mask = slots_.size() - 1;
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
        const Slot& slot = slots_[at];
        if (slot.group == k_none || (slot.tag == tag && same(keys_[slot.group], columns, row))) return at;
    }
}

std::uint32_t GroupTable::find(std::span<const Column> columns, std::uint32_t row, std::uint64_t hash) const {
    return slots_.empty() ? k_none : slots_[probe(columns, row, hash)].group;
}

std::uint32_t GroupTable::find_or_add(std::span<const Column> columns, std::uint32_t row, std::uint64_t hash) {
    if (2 * (keys_.size() + 1) > slots_.size()) grow();
    Slot& slot = slots_[probe(columns, row, hash)];
    if (slot.group == k_none) {
        slot = {static_cast<std::uint32_t>(hash >> 32), static_cast<std::uint32_t>(keys_.size())};
        keys_.add(columns, row);
        hashes_.push_back(hash);
    }
    return slot.group;
}

void GroupTable::grow() {
    std::vector<Slot> larger(std::max(k_first_slots, 2 * slots_.size()));
    const std::size_t mask = larger.size() - 1;
    for (std::uint32_t group = 0; group < keys_.size(); ++group) {
        std::size_t at = hashes_[group] & mask;
        while (larger[at].group != k_none) at = (at + 1) & mask;
        larger[at] = {static_cast<std::uint32_t>(hashes_[group] >> 32), group};
    }
    slots_ = std::move(larger);
}

}  // namespace forklore
