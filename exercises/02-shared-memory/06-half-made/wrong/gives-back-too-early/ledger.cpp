#include "ledger.hpp"

#include "base/error.hpp"

namespace forklore::exercise {

namespace {

// Counted for as long as it lives.
class Holding {
public:
    explicit Holding(Held& held) : held_(held) { held_.store(held_.load() + 1); }
    ~Holding() { held_.store(held_.load() - 1); }
    Holding(const Holding&) = delete;
    Holding& operator=(const Holding&) = delete;

private:
    Held& held_;
};

}  // namespace

void Ledger::move(std::size_t from, std::uint64_t amount, Held& held) {
    SharedWord& source = columns_[from];
    SharedWord& target = columns_[1 - from];
    {
        const Holding holding(held);
        const std::uint64_t there = source.load();
        if (there < amount) throw Error(sqlstate::numeric_value_out_of_range, "there are only {}", there);
        source.store(there - amount);
    }
    target.store(target.load() + amount);
}

}  // namespace forklore::exercise
