#include "board.hpp"

#include "base/error.hpp"
#include "not_written_yet.hpp"
#include "queries/declare.hpp"
#include "queries/view_writer.hpp"
#include "shared_memory/blast_radius.hpp"
#include "shared_memory/segment.hpp"

namespace forklore::exercise {

std::int64_t pin([[maybe_unused]] std::string_view text) {
    // TODO: a number, a process and a text, where everybody sees them.
    not_written_yet("02-shared-memory/10-bulletin-board");
}

std::vector<Note> notes() {
    // TODO: what hangs there.
    not_written_yet("02-shared-memory/10-bulletin-board");
}

namespace {

void fill_board(EvalContext&, ViewWriter& to) {
    for (const Note& note : notes()) to.row(note.number, note.pid, note.text);
}

class BoardSubsystem : public Subsystem {
public:
    std::string_view name() const override { return "board"; }

    void request_shared_memory() override {
        // TODO: room for the board.
        not_written_yet("02-shared-memory/10-bulletin-board");
    }

    void create_shared() override {
        // TODO: the board itself.
        not_written_yet("02-shared-memory/10-bulletin-board");
    }

    void register_sql(Registry& to) override {
        to.add(function<pin>("pin", 0, {.volatility = Volatility::volatile_}));
        to.add(std::make_unique<SystemView>(
            "pg_catalog", "board", 0,
            std::vector<ColumnInfo>{{"number", k_int8}, {"pid", k_int4}, {"text", k_text}}, fill_board));
    }
};

}  // namespace

std::unique_ptr<Subsystem> board_subsystem() { return std::make_unique<BoardSubsystem>(); }

}  // namespace forklore::exercise
