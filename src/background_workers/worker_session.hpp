/// \file
/// WorkerSession: a worker's own session, by which it runs SQL.
///
/// It is the same kind of session that clients have, with the same part in transactions and notifications, but nobody is at the other end:
/// rows come back as values, and errors as exceptions.
///
/// Counterpart in PostgreSQL: BackgroundWorkerInitializeConnection (postmaster.c), SPI.
#pragma once

#include <sys/types.h>

#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connections/session_parts.hpp"
#include "queries/session.hpp"

namespace forklore {

//! [worker-session]
/// See the top of this file. A worker may have one in its life; it has registered for it (k_database_connection).
class WorkerSession : private NewsSink {
public:
    /// What a statement has led to.
    struct Result {
        std::vector<ResultColumn> columns;  ///< of the rows
        std::vector<std::vector<std::optional<std::string>>>
            rows;         ///< each value as its type prints it; none for null
        std::string tag;  ///< "SELECT 3"
    };
    /// \param from the process that told it \param channel where \param payload what, may be empty
    using Listener = std::function<void(pid_t from, std::string_view channel, std::string_view payload)>;

    /// Connects. Throws Fatal when there is no such database or role, 54000 when the worker has not registered for it, and Error 55000 when it is
    /// connected already. \param database its name; empty: none, only what all databases share \param role its name; empty: the first
    /// superuser
    explicit WorkerSession(std::string_view database = "postgres", const std::string& role = {});
    ~WorkerSession() override;
    WorkerSession(const WorkerSession&) = delete;
    WorkerSession& operator=(const WorkerSession&) = delete;

    /// Runs what a text says, as a client's simple query would be: several statements are one transaction, and BEGIN opens one that goes on after
    /// this call. Throws what the statement throws: its transaction has been rolled back then, or, after BEGIN, has failed.
    /// \param text SQL, UTF-8 \param parameters $1, $2, … as text, UTF-8, none for null; a text that has any is one statement
    /// \param keep_rows false: nobody wants to know them, and they take no memory
    /// \return of the last statement
    Result execute(std::string_view text, std::span<const std::optional<std::string>> parameters = {},
                   bool keep_rows = true);

    /// What to do with notifications for which this session LISTENs. They come between transactions, when the worker waits for work.
    /// \param listener may run SQL, too
    void on_notification(Listener listener) { listener_ = std::move(listener); }

    Session& session() { return *session_; }  ///< the session itself

    /// Hands what has been told meanwhile to the listener, or the first of it if it is much. \return whether there was anything
    static bool bring_news();

private:
    struct News {
        pid_t from;
        std::string channel, payload;
    };
    struct Unconnected {};
    explicit WorkerSession(Unconnected);
    void connect(std::string_view database, const std::string& role);
    void run(const ParsedTextPtr& text, std::size_t index,
             std::span<const std::optional<std::string>> parameters, bool keep_rows, Result& to);
    void rest();
    static void wake_told() noexcept;
    bool collect_news();
    void take(std::int32_t from, std::string_view channel, std::string_view payload) override;
    bool pass_on() override { return false; }

    std::optional<Session> session_;
    Listener listener_;
    std::deque<News> news_;
};
//! [worker-session]

}  // namespace forklore
