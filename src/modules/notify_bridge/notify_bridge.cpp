/// \file
/// notify_bridge: hands notifications on to a program that is no client of the server, and tells in its name what it says.
///
/// A worker that LISTENs and is connected to a socket, settings that may change while it works, numbers in shared memory, a view. Both sides
/// speak in lines, each a JSON object.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "background_workers/hooks.hpp"
#include "background_workers/module.hpp"
#include "background_workers/worker_process.hpp"
#include "background_workers/worker_session.hpp"
#include "base/interrupts.hpp"
#include "base/settings.hpp"
#include "far_side.hpp"
#include "queries/functions/quoting.hpp"
#include "queries/types/jsonb.hpp"
#include "queries/view_writer.hpp"
#include "shared_memory/segment.hpp"

namespace {

using namespace forklore;

//! [bridge-settings]
constexpr std::string_view k_category = "Customized Options";
StringSetting target{{.name = "notify_bridge.target",
                      .context = SettingContext::sighup,
                      .category = k_category,
                      .description = "Sets the socket of the program that is told; empty for none."},
                     ""};
StringSetting channels{{.name = "notify_bridge.channels",
                        .context = SettingContext::sighup,
                        .category = k_category,
                        .description = "Lists the channels whose notifications are handed on."},
                       ""};
StringSetting accepted{{.name = "notify_bridge.accepted_channels",
                        .context = SettingContext::sighup,
                        .category = k_category,
                        .description = "Lists the channels in which the program may tell something."},
                       ""};
StringSetting database{{.name = "notify_bridge.database",
                        .context = SettingContext::postmaster,
                        .category = k_category,
                        .description = "Sets the database whose notifications they are."},
                       "postgres"};
StringSetting role{{.name = "notify_bridge.role",
                    .context = SettingContext::postmaster,
                    .category = k_category,
                    .description = "Sets the role that listens and tells; empty for the first superuser."},
                   ""};
IntSetting most_waiting{{.name = "notify_bridge.queue_size",
                         .context = SettingContext::postmaster,
                         .unit = SettingUnit::kilobytes,
                         .category = k_category,
                         .description = "Sets how much may wait for the program."},
                        1024,
                        64,
                        1024 * 1024};

// Names between commas; blanks around them are not part of them.
std::vector<std::string> names_in(std::string_view list) {
    constexpr std::string_view k_blank = " \t\n\r";
    std::vector<std::string> names;
    while (!list.empty()) {
        std::string_view name = list.substr(0, list.find(','));
        list.remove_prefix(std::min(name.size() + 1, list.size()));
        name.remove_prefix(std::min(name.find_first_not_of(k_blank), name.size()));
        name = name.substr(0, name.find_last_not_of(k_blank) + 1);
        if (!name.empty()) names.emplace_back(name);
    }
    return names;
}
//! [bridge-settings]

//! [bridge-numbers]
// Counted since the server started. Only the worker writes.
struct Numbers {
    using Shareable = void;
    std::atomic<bool> connected{false};
    std::atomic<std::int64_t> heard{0}, lost{0}, accepted{0}, refused{0}, waiting{0};
};
Numbers* numbers;  // in shared memory

void request_numbers() { segment().request("Notify Bridge", sizeof(Numbers)); }
void find_numbers() { numbers = &segment().find_or_create<Numbers>("Notify Bridge"); }

void show_bridge(EvalContext&, ViewWriter& to) {
    to.row(target.value(), numbers->connected.load(), numbers->heard.load(), numbers->lost.load(),
           numbers->accepted.load(), numbers->refused.load(), numbers->waiting.load());
}
//! [bridge-numbers]

//! [bridge-lines]
std::string json(std::string_view text) {
    ByteWriter to;
    append_json_string(text, to);
    return std::string(to.view());
}

/// The bridge at work: one session, one far side.
class Bridge {
public:
    Bridge() : session_(database.value(), role.value()) {
        session_.on_notification([this](pid_t from, std::string_view channel, std::string_view payload) {
            if (from != getpid()) forward(from, channel, payload);  // it said that itself
        });
    }
    ~Bridge() { numbers->connected = false; }
    Bridge(const Bridge&) = delete;
    Bridge& operator=(const Bridge&) = delete;

    /// One round.
    void serve() {
        // Who reads, if slowly, is given time: what is not fetched stays in the server's queue. Who does not read must not hold that back.
        bool more = far_ && far_->catching_up();
        if (more)
            check_for_interrupts();
        else
            more = check_worker();
        follow_settings();
        if (!far_) return wait_for_work();
        far_->attend();
        numbers->connected = far_->connected();
        numbers->waiting = static_cast<std::int64_t>(far_->waiting());
        far_->wait([this](std::string_view line) { hear(line); }, !more || far_->catching_up());
    }

private:
    void forward(pid_t from, std::string_view channel, std::string_view payload) {
        ++numbers->heard;
        const bool room = far_ && far_->say(fmt::format("{{\"channel\":{},\"pid\":{},\"payload\":{}}}\n",
                                                        json(channel), from, json(payload)));
        if (!room) ++numbers->lost;
    }

    // The server takes JSON apart. What is wrong with a line is told to whoever has sent it, and the bridge goes on.
    void hear(std::string_view line) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty()) return;
        try {
            const std::optional<std::string> whole{line};
            const auto said =
                session_
                    .execute(
                        "select j->>'channel', coalesce(j->>'payload', '') from (select $1::json) as line(j)",
                        {&whole, 1})
                    .rows[0];
            if (!said[0]) throw Error(sqlstate::invalid_parameter_value, "a line needs a \"channel\"");
            if (std::ranges::find(accepts_, *said[0]) == accepts_.end())
                throw Error(sqlstate::insufficient_privilege, "channel \"{}\" is not accepted", *said[0]);
            session_.execute("select pg_notify($1, $2)", said);
            ++numbers->accepted;
        } catch (const Fatal&) {
            throw;
        } catch (const Error& error) {
            ++numbers->refused;
            far_->say(fmt::format("{{\"error\":{},\"sqlstate\":{}}}\n", json(error.report().message),
                                  json(error.report().code.text())));
        }
    }

    void follow_settings();

    WorkerSession session_;
    std::optional<bridge::FarSide> far_;
    std::string target_, channels_;
    std::vector<std::string> accepts_;
};
//! [bridge-lines]

//! [bridge-follow]
// Another program hears nothing of what waited for the one before.
void Bridge::follow_settings() {
    accepts_ = names_in(accepted.value());
    if (target_ != target.value()) {
        far_.reset();
        target_ = target.value();
        if (!target_.empty())
            far_.emplace(bridge::Target(target_), static_cast<std::size_t>(most_waiting.value()) * 1024,
                         [](std::uint64_t count) { return fmt::format("{{\"lost\":{}}}\n", count); });
    }
    // Without an address nobody listens, and the server's queue need not keep anything for us.
    const std::string wanted = far_ ? channels.value() : "";
    if (channels_ == wanted) return;
    std::string text = "unlisten *";
    for (const std::string& name : names_in(wanted)) text += "; listen " + quote_identifier(name);
    session_.execute(text);
    channels_ = wanted;
}

void check_target(std::string& value) {
    if (!value.empty()) bridge::Target{value};
}
//! [bridge-follow]

}  // namespace

//! [bridge-module]
extern "C" [[gnu::visibility("default")]] void serve_notify_bridge(const BackgroundWorker&) {
    Bridge bridge;
    for (;;) bridge.serve();
}

FORKLORE_MODULE("notify_bridge", "1.0") {
    module.require_preloading();
    target.on_check(check_target);
    for (SettingBase* one :
         std::initializer_list<SettingBase*>{&target, &channels, &accepted, &database, &role, &most_waiting})
        module.add(*one);
    module.reserve_setting_prefix("notify_bridge");
    module.hook(shared_memory_request_hook, [](const auto& next) {
        next();
        request_numbers();
    });
    module.hook(shared_memory_startup_hook, [](const auto& next) {
        next();
        find_numbers();
    });
    module.add(std::make_unique<SystemView>("pg_catalog", "notify_bridge", 0,
                                            std::vector<ColumnInfo>{{"target", k_text},
                                                                    {"connected", k_bool},
                                                                    {"heard", k_int8},
                                                                    {"lost", k_int8},
                                                                    {"accepted", k_int8},
                                                                    {"refused", k_int8},
                                                                    {"waiting_bytes", k_int8}},
                                            show_bridge));
    BackgroundWorker worker;
    worker.name = worker.type = "notify_bridge";
    worker.flags = k_shared_memory_access | k_database_connection;
    worker.restart_interval = std::chrono::seconds(1);
    worker.library = "notify_bridge";
    worker.function = "serve_notify_bridge";
    register_background_worker(worker);
}
//! [bridge-module]
