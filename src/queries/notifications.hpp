/// \file
/// Notifications: what LISTEN, UNLISTEN and NOTIFY lead to.
///
/// The query layer knows the statements and their words; who is told what, and when, is another layer's business.
///
/// Counterpart in PostgreSQL: async.h.
#pragma once

#include <string_view>

namespace forklore {

struct Identity;

/// One session's part in telling and being told. All of it takes effect when the transaction commits. A session without one has
/// none of these statements.
class Notifications {
public:
    virtual ~Notifications() = default;
    virtual void begin_session(const Identity& who) = 0;  ///< comes first of all \param who it is
    virtual void listen(std::string_view channel) = 0;    ///< LISTEN \param channel its name
    virtual void unlisten(std::string_view channel) = 0;  ///< UNLISTEN \param channel its name
    virtual void unlisten_all() = 0;                      ///< UNLISTEN *
    /// NOTIFY. Throws Error 22023 for a name that is empty or too long, and for a payload that is too long.
    /// \param channel its name. \param payload what to tell, may be empty.
    virtual void notify(std::string_view channel, std::string_view payload) = 0;
};

}  // namespace forklore
