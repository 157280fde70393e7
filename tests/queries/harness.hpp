/// \file
/// A session for tests: SQL in, text out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "queries/session.hpp"

namespace forklore::test {

/// Fills the registry and the settings; once for a process.
void set_up_registry();

/// Runs texts as the protocol's simple query does, and keeps what a client would have seen.
class Client {
public:
    Client();
    /// \param hooks of layers that take part \param notifications for LISTEN and NOTIFY
    Client(std::vector<TransactionHooks*> hooks, Notifications* notifications);
    /// The answer to a query text, a line for each: rows as `a|b` (null as `∅`), errors as `ERROR 42601 message`
    /// (then `at N`, `DETAIL …`, `HINT …` when there are such), warnings as `WARNING 25P01 message`. \param text one or more statements
    std::string run(std::string_view text);
    /// The same with types: a header line `name:type` for each result. \param text one or more statements
    std::string describe(std::string_view text);
    /// Only the command tags and errors. \param text one or more statements
    std::string tags(std::string_view text);
    /// The session, for what has no text.
    Session& session() { return session_; }

private:
    std::string answer(std::string_view text, bool header, bool rows, bool tags);
    Session session_;
};

}  // namespace forklore::test
