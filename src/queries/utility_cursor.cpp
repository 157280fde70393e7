// DECLARE, FETCH, MOVE, CLOSE.
#include <algorithm>
#include <limits>

#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "queries/utility.hpp"

namespace forklore {

namespace {

// PostgreSQL's bits in DeclareCursorStmt.options.
constexpr std::uint32_t k_no_scroll = 4, k_hold = 32;
constexpr std::int64_t k_all = std::numeric_limits<std::int64_t>::max();

OurPortal& find_cursor(Session::Impl& my, std::string_view name) {
    const auto found = my.portals.find(name);
    if (found == my.portals.end()) throw Error(sqlstate::undefined_cursor, "cursor \"{}\" does not exist", name);
    return *found->second;
}

// Reads on until the store has so many rows, or all.
void read_until(Session::Impl& my, OurPortal& cursor, std::size_t rows) {
    if (!cursor.opened) {
        cursor.opened = true;
        cursor.execution->start(&my.session);
        cursor.state = OurPortal::State::active;
    }
    if (cursor.store == nullptr) {
        const auto columns = cursor.columns();
        cursor.store = std::make_unique<RowStore>(std::vector<ResultColumn>(columns.begin(), columns.end()));
    }
    Batch batch;
    while (cursor.state == OurPortal::State::active && cursor.store->size() < rows) {
        check_for_interrupts();
        if (cursor.execution->next(batch)) cursor.store->add(batch);
        else cursor.state = OurPortal::State::done;
    }
}

class Into : public RowReceiver {
public:
    explicit Into(RowStore& to) : to_(to) {}
    void rows(EvalContext&, const Batch& batch) override { to_.add(batch); }

private:
    RowStore& to_;
};

}  // namespace

StatementPtr cursor_statement(Session::Impl& my, std::string_view name) { return find_cursor(my, name).statement_; }

void Session::Impl::hold_cursors() {
    for (auto& [name, cursor] : portals) {
        if (!cursor->held || cursor->execution == nullptr) continue;
        read_until(*this, *cursor, std::numeric_limits<std::size_t>::max());
        cursor->execution->finish();
        cursor->execution.reset();
        cursor->level = 0;
    }
}

void run_declare(Session::Impl& my, const UtilityStatement& statement, const ast::DeclareCursor& command) {
    if ((command.options & k_hold) == 0) my.block.require_block("DECLARE CURSOR");
    if (my.portals.contains(command.portal)) throw Error(sqlstate::duplicate_cursor, "cursor \"{}\" already exists", command.portal);
    auto cursor = std::make_unique<OurPortal>();
    cursor->name = command.portal;
    cursor->statement_ = cursor->runs = statement.inner();
    cursor->execution = static_cast<const QueryStatement&>(*statement.inner()).take_execution(my.session);
    cursor->formats_.assign(statement.inner()->columns().size(), 0);
    cursor->level = my.block.level();
    cursor->created = my.statement_time;
    cursor->source = statement.text();
    cursor->cursor_options = command.options;
    cursor->is_cursor = true;
    cursor->held = (command.options & k_hold) != 0;
    my.portals.emplace(std::string(command.portal), std::move(cursor));
}

void run_fetch(Session::Impl& my, const ast::Fetch& command, OurPortal& portal) {
    OurPortal& cursor = find_cursor(my, command.portal);
    using Direction = ast::Fetch::Direction;
    // `row` is where the cursor stands: 0 before the first, size + 1 behind the last.
    std::int64_t first = 0, count = 0, step = 1;
    const auto size = [&] {
        read_until(my, cursor, std::numeric_limits<std::size_t>::max());
        return static_cast<std::int64_t>(cursor.store->size());
    };
    const auto refuse_backward = [&] {
        if ((cursor.cursor_options & k_no_scroll) != 0)
            throw Error(sqlstate::object_not_in_prerequisite_state, "cursor can only scan forward")
                .hint("Declare it with SCROLL option to enable backward scan.");
    };
    std::int64_t wanted = command.count;
    bool forward = command.direction == Direction::forward;
    if (command.direction == Direction::forward || command.direction == Direction::backward) {
        if (wanted < 0) wanted = -wanted, forward = !forward;
        if (wanted == 0) {
            first = cursor.row, count = 1;
        } else if (forward) {
            first = cursor.row + 1, count = wanted;
        } else {
            refuse_backward();
            first = cursor.row - 1, count = wanted, step = -1;
        }
    } else {
        const std::int64_t target = command.direction == Direction::absolute ? (wanted < 0 ? size() + 1 + wanted : wanted) : cursor.row + wanted;
        if (target < cursor.row) refuse_backward();
        first = std::max<std::int64_t>(target, 0), count = 1;
        wanted = 1;
    }
    const std::int64_t last = step < 0 ? first : count == k_all || first > k_all - count ? k_all : first + count - 1;
    read_until(my, cursor, last == k_all ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(std::max<std::int64_t>(last, 0)));
    const auto have = static_cast<std::int64_t>(cursor.store->size());
    const std::span<const ResultColumn> columns = cursor.columns();
    auto result = std::make_unique<RowStore>(std::vector<ResultColumn>(columns.begin(), columns.end()));
    std::int64_t given = 0, at = first;
    while (given < count && at >= 1 && at <= have) {
        Batch batch;
        const std::size_t run = step < 0 ? 1 : static_cast<std::size_t>(std::min<std::int64_t>(count - given, have - at + 1));
        cursor.store->read(static_cast<std::size_t>(at - 1), run, batch);
        if (!command.move) result->add(batch);
        given += batch.rows.count();
        at += step * static_cast<std::int64_t>(batch.rows.count());
    }
    if (wanted != 0) {
        if (given == count) cursor.row = at - step;
        else cursor.row = step < 0 || first < 1 ? 0 : have + 1;
    }
    portal.tag = fmt::format("{} {}", command.move ? "MOVE" : "FETCH", given);
    if (!command.move) portal.store = std::move(result);
}

void run_close(Session::Impl& my, const ast::ClosePortal& command) {
    if (command.portal.empty()) {
        for (auto it = my.portals.begin(); it != my.portals.end();) {
            if (it->second->running) ++it;
            else it->second->reset(), it = my.portals.erase(it);
        }
        return;
    }
    find_cursor(my, command.portal);
    my.session.close_portal(command.portal);
}

}  // namespace forklore
