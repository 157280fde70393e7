#include "board.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <mutex>

#include "base/error.hpp"
#include "queries/declare.hpp"
#include "queries/view_writer.hpp"
#include "shared_memory/segment.hpp"

namespace forklore::exercise {

namespace {

// Place number n modulo k_notes has note number n. Plain things only: a std::string would keep its characters in one process's heap.
struct Board {
    using Shareable = void;
    struct Place {
        std::int64_t number;
        std::int32_t pid;
        std::uint32_t length;
        std::array<char, k_longest_note> text;
    };
    boost::interprocess::interprocess_mutex lock;
    std::int64_t last_number = 0;  // guarded by the lock, as are the places
    std::array<Place, k_notes> places{};
};

Board* board = nullptr;  // the same address in every process

}  // namespace

std::int64_t pin(std::string_view text) {
    if (text.size() > k_longest_note)
        throw Error(sqlstate::string_data_right_truncation, "a note has at most {} bytes", k_longest_note);
    const std::lock_guard guard(board->lock);
    const std::int64_t number = ++board->last_number;
    Board::Place& place = board->places[static_cast<std::size_t>(number) % k_notes];
    place.number = number;
    place.pid = ::getpid();
    place.length = static_cast<std::uint32_t>(text.size());
    std::copy(text.begin(), text.end(), place.text.begin());
    return number;
}

std::vector<Note> notes() {
    std::vector<Note> all;
    all.reserve(k_notes);
    const std::lock_guard guard(board->lock);
    for (const Board::Place& place : board->places)
        if (place.number != 0)
            all.push_back({place.number, place.pid, std::string(place.text.data(), place.length)});
    std::sort(all.begin(), all.end(), [](const Note& a, const Note& b) { return a.number < b.number; });
    return all;
}

namespace {

void fill_board(EvalContext&, ViewWriter& to) {
    for (const Note& note : notes()) to.row(note.number, note.pid, note.text);
}

class BoardSubsystem : public Subsystem {
public:
    std::string_view name() const override { return "board"; }

    void request_shared_memory() override { segment().request("Bulletin Board", sizeof(Board)); }

    void create_shared() override { board = &segment().find_or_create<Board>("Bulletin Board"); }

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
