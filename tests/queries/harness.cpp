#include "tests/queries/harness.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/settings.hpp"

namespace forklore::test {

namespace {

// Writes rows as text.
class TextReceiver : public RowReceiver {
public:
    TextReceiver(std::string& to, std::span<const ResultColumn> columns) : to_(to), columns_(columns) {}
    void rows(EvalContext& context, const Batch& batch) override {
        batch.rows.each([&](std::uint32_t row) {
            for (std::size_t i = 0; i < columns_.size(); ++i) {
                if (i > 0) to_ += '|';
                const Datum& value = batch.columns[i][row];
                if (value.is_null) {
                    to_ += "∅";
                    continue;
                }
                const Type& type = registry().type(columns_[i].type);
                ByteWriter text;
                type.output({context.arena, type, columns_[i].typmod}, value, text);
                to_ += text.view();
            }
            to_ += '\n';
        });
    }

private:
    std::string& to_;
    std::span<const ResultColumn> columns_;
};

void append_report(std::string& to, const Report& report) {
    to += fmt::format("{} {} {}\n", severity_name(report.severity), report.code.text(), report.message);
    if (report.position > 0) to += fmt::format("  at {}\n", report.position);
    if (!report.detail.empty()) to += fmt::format("  DETAIL {}\n", report.detail);
    if (!report.hint.empty()) to += fmt::format("  HINT {}\n", report.hint);
}

Identity tester() {
    Identity who;
    who.user = "tester";
    who.database = "postgres";
    who.superuser = true;
    who.server_port = 5433;
    return who;
}

}  // namespace

void set_up_registry() {
    static const bool once = [] {
        define_query_settings();
        register_builtins(registry());
        return true;
    }();
    (void)once;
}

Client::Client() : Client({}, nullptr) {}
Client::Client(std::vector<TransactionHooks*> hooks, Notifications* notifications)
    : session_((set_up_registry(), tester()), std::move(hooks), notifications) {}

std::string Client::run(std::string_view text) { return answer(text, false, true, false); }
std::string Client::describe(std::string_view text) { return answer(text, true, true, false); }
std::string Client::tags(std::string_view text) { return answer(text, false, false, true); }

std::string Client::answer(std::string_view text, bool header, bool rows, bool tags) {
    std::string answer;
    set_client_sink([&](const Report& report) { append_report(answer, report); });
    try {
        const ParsedTextPtr parsed = session_.parse(text);
        if (parsed->count() > 1) session_.begin_implicit_block();
        for (std::size_t i = 0; i < parsed->count(); ++i) {
            session_.begin_command();
            const StatementPtr statement = session_.prepare(parsed, i, {}, false);
            Portal& portal = session_.open_portal({}, statement, {}, {});
            if (header && statement->returns_rows()) {
                std::string line;
                for (const ResultColumn& column : statement->columns())
                    line += fmt::format("{}{}:{}", line.empty() ? "" : "|", column.name, registry().type(column.type).sql_name);
                answer += line + '\n';
            }
            std::string ignored;
            TextReceiver receiver(rows ? answer : ignored, statement->columns());
            const Completion completion = session_.execute(portal, 0, receiver);
            if (tags) answer += completion.tag + '\n';
            session_.close_portal({});
        }
        session_.finish_command();
    } catch (const Error& error) {
        session_.abort_command();
        append_report(answer, error.report());
    }
    set_client_sink({});
    if (!answer.empty() && answer.back() == '\n') answer.pop_back();
    return answer;
}

}  // namespace forklore::test
