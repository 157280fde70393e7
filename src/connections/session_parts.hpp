/// \file
/// SessionParts: what the layers put into a session before it begins.
///
/// Counterpart in PostgreSQL: none; there xact.c and postgres.c call each layer by name.
#pragma once

#include <vector>

#include "queries/notifications.hpp"
#include "queries/session.hpp"

namespace forklore {

class ClientStream;

/// Brings the client news that it did not ask for.
class Courier {
public:
    virtual ~Courier() = default;
    /// Writes down what there is for the client, and sends it only if it is much. Called outside a transaction: before
    /// ReadyForQuery, and each time before the session sleeps until its client says something. Whoever has news for a sleeping session
    /// wakes its process. \param stream to the client \return whether more has come meanwhile
    virtual bool deliver(ClientStream& stream) = 0;
};

/// What takes part in a session. Each layer adds its own; all live as long as the process.
struct SessionParts {
    std::vector<TransactionHooks*> hooks;    ///< take part in transactions, lowest layer first
    Notifications* notifications = nullptr;  ///< for LISTEN and NOTIFY; null: there are none
    Courier* courier = nullptr;              ///< null: there are never any news
};

}  // namespace forklore
