#include "queries/functions/random.hpp"

#include <sys/random.h>

#include <bit>
#include <cerrno>
#include <cmath>
#include <optional>

#include "base/error.hpp"
#include "queries/functions/families.hpp"
#include "queries/functions/operators.hpp"

namespace forklore {

RandomGenerator::RandomGenerator(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
        seed += 0x9e3779b97f4a7c15;
        std::uint64_t mixed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        word = mixed ^ (mixed >> 31);
    }
}

std::uint64_t RandomGenerator::next() {
    std::uint64_t first = state_[0], second = state_[1] ^ state_[0];
    std::uint64_t result = std::rotl(first * 5, 7) * 9;
    state_[0] = std::rotl(first, 24) ^ second ^ (second << 16);
    state_[1] = std::rotl(second, 37);
    return result;
}

double RandomGenerator::next_fraction() { return std::ldexp(static_cast<double>(next() >> 12), -52); }

void fill_with_secret_bytes(std::span<unsigned char> bytes) {
    while (!bytes.empty()) {
        ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
        if (got < 0 && errno != EINTR)
            throw Error(sqlstate::internal_error, "could not generate random values: {}", errno_text(errno));
        if (got > 0) bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
}

namespace {

// Made at the first use. The postmaster has no use for it, so no two of its children share a sequence.
std::optional<RandomGenerator> session_generator;

double random_fraction() {
    if (!session_generator) {
        unsigned char seed[8];
        fill_with_secret_bytes(seed);
        session_generator.emplace(std::bit_cast<std::uint64_t>(seed));
    }
    return session_generator->next_fraction();
}

Void set_seed(double seed) {
    if (!(seed >= -1 && seed <= 1))
        throw Error(sqlstate::invalid_parameter_value, "setseed parameter {:g} is out of allowed range [-1,1]", seed);
    constexpr double k_largest = static_cast<double>((std::uint64_t{1} << 52) - 1);
    session_generator.emplace(static_cast<std::uint64_t>(static_cast<std::int64_t>(seed * k_largest)));
    return {};
}

}  // namespace

void register_random_functions(Registry& to) {
    to.add(function<random_fraction>("random", 1598, {.volatility = Volatility::volatile_}));
    to.add(function<set_seed>("setseed", 1599, {.volatility = Volatility::volatile_}));
}

}  // namespace forklore
