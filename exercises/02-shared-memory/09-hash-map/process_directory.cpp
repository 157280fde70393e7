#include "process_directory.hpp"

#include <unistd.h>

#include <optional>

#include "queries/declare.hpp"
#include "queries/view_writer.hpp"
#include "shared_memory/process_table.hpp"
#include "shared_memory/shared_hash_map.hpp"

namespace forklore::exercise {

namespace {

using Directory = SharedHashMap<pid_t, SlotNumber>;

std::optional<Directory> directory;

Directory::Shape shape() {
    return {.capacity = static_cast<std::uint32_t>(ProcessTable::wanted_slots()), .partitions = 8};
}

std::optional<std::int32_t> slot_of(std::int32_t pid) { return directory->find(pid); }

void fill_view(EvalContext&, ViewWriter& to) {
    directory->for_each([&](pid_t pid, SlotNumber number) {
        to.row(static_cast<std::int32_t>(pid), number, process_kind_name(slot(number).kind.load()));
    });
}

class ProcessDirectory : public Subsystem {
public:
    std::string_view name() const override { return "process_directory"; }
    void register_sql(Registry& to) override {
        to.add(function<slot_of>("slot_of", 0, {.volatility = Volatility::volatile_}));
        to.add(std::make_unique<SystemView>(
            "pg_catalog", "process_directory", 0,
            std::vector<ColumnInfo>{{"pid", k_int4}, {"slot", k_int4}, {"backend_type", k_text}}, fill_view));
    }
    void request_shared_memory() override { Directory::request(segment(), "PID Directory", shape()); }
    void create_shared() override { directory.emplace(segment(), "PID Directory", shape()); }
    void in_child() override {
        if (my_slot() == nullptr) return;
        // The kernel may have given us the pid of one who still waits for his burial.
        if (!directory->insert(::getpid(), my_slot_number()))
            directory->visit(::getpid(), [](SlotNumber& number) { number = my_slot_number(); });
    }
    void leaving() noexcept override { directory->erase(::getpid()); }
    void bury(const ChildExit& dead) override {
        directory->erase_if([&](pid_t, SlotNumber number) { return number == dead.place; });
    }
};

}  // namespace

std::unique_ptr<Subsystem> process_directory_subsystem() { return std::make_unique<ProcessDirectory>(); }

}  // namespace forklore::exercise
