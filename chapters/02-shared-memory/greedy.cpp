/// \file
/// The server of chapter 2, and in it a module that asks for what cannot be had, each time in an SQL function: so one can see that whoever
/// asks gets an error and the server goes on.
#include <map>

#include "queries/declare.hpp"
#include "shared_memory/dynamic_segment.hpp"
#include "shared_memory/process_table.hpp"
#include "shared_memory/segment.hpp"
#include "shared_memory/shared_hash_map.hpp"
#include "shared_memory/subsystem.hpp"

namespace {

using namespace forklore;

using Numbers = SharedHashMap<std::int32_t, std::int32_t>;
constexpr Numbers::Shape k_three{.capacity = 3, .partitions = 2};

/// Asks for room when the segment has been made.
Void ask_late() {
    segment().request("Late", 100);
    return {};
}

/// Finds or makes a structure of so many bytes, always under the same name.
Void find_bytes(std::int32_t bytes) {
    segment().find_or_create_array<char>("Bytes", static_cast<std::size_t>(bytes));
    return {};
}

/// Puts a number into a table that has room for three.
bool remember(std::int32_t number) { return Numbers(segment(), "Three Numbers", k_three).insert(number, number); }

/// Takes it out again.
bool forget(std::int32_t number) { return Numbers(segment(), "Three Numbers", k_three).erase(number); }

// The dynamic segments that this session has.
std::map<DynamicHandle, DynamicSegment> mine;

/// Makes a dynamic segment and keeps it. \return its handle
std::int64_t make_dynamic(std::int64_t bytes) {
    DynamicSegment made = DynamicSegment::create(static_cast<std::size_t>(bytes));
    const DynamicHandle handle = made.handle();
    mine.emplace(handle, std::move(made));
    return static_cast<std::int64_t>(handle);
}

/// Maps one that another session has made, and keeps it.
Void attach_dynamic(std::int64_t handle) {
    mine.emplace(static_cast<DynamicHandle>(handle), DynamicSegment::attach(static_cast<DynamicHandle>(handle)));
    return {};
}

/// Gives up all that this session has.
Void detach_dynamic() {
    mine.clear();
    return {};
}

class Greedy : public Subsystem {
public:
    std::string_view name() const override { return "greedy"; }
    void request_shared_memory() override { Numbers::request(segment(), "Three Numbers", k_three); }
    void register_sql(Registry& to) override {
        const auto each_time = [] { return Declared{.volatility = Volatility::volatile_}; };
        to.add(function<ask_late>("ask_late", 0, each_time()));
        to.add(function<find_bytes>("find_bytes", 0, each_time()));
        to.add(function<remember>("remember", 0, each_time()));
        to.add(function<forget>("forget", 0, each_time()));
        to.add(function<make_dynamic>("make_dynamic", 0, each_time()));
        to.add(function<attach_dynamic>("attach_dynamic", 0, each_time()));
        to.add(function<detach_dynamic>("detach_dynamic", 0, each_time()));
    }
};

}  // namespace

int main(int argc, char** argv) {
    return run_server(argc, argv,
                      layers(queries_subsystem(), connections_subsystem(), shared_memory_subsystem(), std::make_unique<Greedy>()));
}
