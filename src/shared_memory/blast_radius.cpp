#include "shared_memory/blast_radius.hpp"

namespace forklore {

//! [nowhere]
namespace {
std::atomic<std::uint32_t> nobody_looks;
}  // namespace

FORKLORE_PER_PROCESS std::atomic<std::uint32_t>* detail::held = &nobody_looks;

void count_holding_in(std::atomic<std::uint32_t>* word) noexcept { detail::held = word == nullptr ? &nobody_looks : word; }
//! [nowhere]

}  // namespace forklore
