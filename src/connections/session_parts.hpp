/// \file
/// SessionParts: what the layers put into a session before it begins.
///
/// Counterpart in PostgreSQL: none; there xact.c and postgres.c call each layer by name.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "queries/notifications.hpp"
#include "queries/session.hpp"

namespace forklore {

/// To whom news are brought: a client, or whoever else the session serves.
class NewsSink {
public:
    virtual ~NewsSink() = default;
    /// One of them. Throws Error when it cannot be told in the words that its receiver knows. \param from the process that told it
    /// \param channel where \param payload what, may be empty
    virtual void take(std::int32_t from, std::string_view channel, std::string_view payload) = 0;
    /// Some have been taken, and more will come: time to send them on. \return whether to go on at once; if not, the rest is brought the next time
    virtual bool pass_on() { return true; }
};

/// Brings news that nobody asked for.
class Courier {
public:
    virtual ~Courier() = default;
    /// Brings what there is. Called outside a transaction: before ReadyForQuery, and each time before the session sleeps until its client says
    /// something. Whoever has news for a sleeping session wakes its process. \param to whom \return whether more has come meanwhile
    virtual bool deliver(NewsSink& to) = 0;
    /// Wakes those for whom this session has had news since it did so last. Called after a commit, before anything that may take long.
    virtual void wake_told() noexcept = 0;
};

/// What takes part in a session. Each layer adds its own; all live as long as the process.
struct SessionParts {
    std::vector<TransactionHooks*> hooks;    ///< take part in transactions, lowest layer first
    Notifications* notifications = nullptr;  ///< for LISTEN and NOTIFY; null: there are none
    Courier* courier = nullptr;              ///< null: there are never any news
};

}  // namespace forklore
