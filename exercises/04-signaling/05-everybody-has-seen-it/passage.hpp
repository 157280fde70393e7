/// \file
/// A barrier that all processes pass.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "shared_word.hpp"

namespace forklore::exercise {

/// One raised barrier; 0: none has been. Later ones have higher numbers.
using Generation = std::uint64_t;

/// What is kept for each place of a process.
struct Place {
    SharedWord listens;   ///< 1: somebody has the place and can be told. Its owner writes it
    SharedWord told;      ///< 1: a barrier has been raised. Who raises it writes 1, its owner 0
    SharedWord absorbed;  ///< the last barrier that was absorbed here. Its owner writes it
};

/// What all share.
struct Passage {
    SharedWord generation;        ///< of the last barrier that was raised
    std::array<Place, 3> places;  ///< of the processes
};

/// What a process does to absorb a barrier, and when it begins: whatever it remembers is as new then.
using Renew = std::function<void()>;

/// Raises a barrier: each process that has to absorb it is told, by tell(). \return its number
Generation raise(Passage& passage);

/// Tells the process of a place that it shall absorb() at its next check point. \param place which
inline void tell(Passage& passage, std::size_t place) { passage.places[place].told.store(1); }

/// Absorbs what has been raised: renews what this process remembers, and says how far it has come. What is raised while it does so is told again.
/// \param me its place \param renew what there is to do
void absorb(Passage& passage, std::size_t me, const Renew& renew);

/// A check point. \param me whose \param renew what absorbing is
inline void check_point(Passage& passage, std::size_t me, const Renew& renew) {
    if (passage.places[me].told.exchange(0) != 0) absorb(passage, me, renew);
}

/// Whether nobody need be waited for any more: whoever is there has absorbed that barrier, or a later one. \param generation as raise() returned it
bool all_have(const Passage& passage, Generation generation);

/// A new process comes to a place that nobody has. What its last owner left there is still there. It listens, says how far it has come, and renews what
/// it remembers, in an order that you find. \param me the place \param renew what it does to begin with
void enter(Passage& passage, std::size_t me, const Renew& renew);

/// It goes. \param me its place
inline void leave(Passage& passage, std::size_t me) { passage.places[me].listens.store(0); }

}  // namespace forklore::exercise
