#include "ledger.hpp"

#include "base/error.hpp"

namespace forklore::exercise {

void Ledger::move(std::size_t from, std::uint64_t amount, Held& held) {
    SharedWord& source = columns_[from];
    SharedWord& target = columns_[1 - from];
    const std::uint64_t there = source.load();
    if (there < amount) throw Error(sqlstate::numeric_value_out_of_range, "there are only {}", there);
    held.store(1);
    source.store(there - amount);
    target.store(target.load() + amount);
    held.store(0);
}

}  // namespace forklore::exercise
