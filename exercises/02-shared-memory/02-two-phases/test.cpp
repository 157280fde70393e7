#include <cstdint>
#include <map>

#include "errors.hpp"
#include "layout.hpp"
#include "tests/catch.hpp"

using namespace forklore;
using namespace forklore::exercise;

namespace {

constexpr std::size_t k_most = SIZE_MAX;

// The beginning of an error: its SQLSTATE.
std::string code_of(const std::string& error) { return error.substr(0, error.find(':')); }

}  // namespace

TEST_CASE("nothing takes nothing") {
    Layout layout;
    CHECK(layout.seal() == 0);
}

TEST_CASE("one structure lies at the beginning, and the sum is whole") {
    for (const std::size_t bytes : {1, 127, 128, 129}) {
        Layout layout;
        layout.request("Process Table", bytes);
        INFO("one structure of " << bytes << " bytes");
        CHECK(layout.seal() == (bytes == 129 ? 256 : 128));
        CHECK(layout.offset_of("Process Table") == 0);
    }
}

TEST_CASE("each structure begins on a boundary of its own, and none lies on another") {
    Layout layout;
    const std::map<std::string, std::size_t> wanted{{"A", 1}, {"B", 128}, {"C", 130}, {"D", 1'000}, {"E", 7}};
    for (const auto& [name, bytes] : wanted) layout.request(name, bytes);
    const std::size_t sum = layout.seal();
    std::map<std::size_t, std::string> by_offset;
    for (const auto& [name, bytes] : wanted) {
        const std::size_t offset = layout.offset_of(name);
        INFO("structure " << name << " of " << bytes << " bytes lies at " << offset);
        CHECK(offset % k_alignment == 0);
        CHECK(offset + bytes <= sum);
        const bool nobody_else_begins_there = by_offset.emplace(offset, name).second;
        CHECK(nobody_else_begins_there);
    }
    for (auto at = by_offset.begin(); std::next(at) != by_offset.end(); ++at) {
        const bool it_ends_before_the_next_one = at->first + wanted.at(at->second) <= std::next(at)->first;
        INFO("structure " << at->second << " at " << at->first << ", structure " << std::next(at)->second
                          << " at " << std::next(at)->first);
        CHECK(it_ends_before_the_next_one);
    }
    INFO("five structures of 1, 128, 130, 1000 and 7 bytes");
    CHECK(sum == 128 + 128 + 256 + 1'024 + 128);
}

TEST_CASE("two layers that share a structure both request it, and it is there once") {
    Layout layout;
    layout.request("Shared Log", 200);
    layout.request("Queries", 300);
    layout.request("Shared Log", 200);
    INFO("\"Shared Log\" of 200 bytes is requested twice, \"Queries\" of 300 once");
    CHECK(layout.seal() == 256 + 384);
}

TEST_CASE("a structure has one size") {
    Layout layout;
    layout.request("Shared Log", 200);
    INFO("\"Shared Log\" is requested with 200 bytes, then with 201");
    CHECK(code_of(error_of([&] { layout.request("Shared Log", 201); })) == "XX000");
}

TEST_CASE("who asks late is told so, and nothing changes") {
    Layout layout;
    layout.request("Early", 100);
    const std::size_t sum = layout.seal();
    INFO("the layout was sealed before");
    CHECK(code_of(error_of([&] { layout.request("Late", 100); })) == "55000");
    CHECK(code_of(error_of([&] { layout.request("Early", 100); })) == "55000");
    CHECK(sum == 128);
    CHECK(layout.offset_of("Early") == 0);
}

TEST_CASE("who asks early for a place is told so, and so is who asks for what nobody requested") {
    Layout layout;
    layout.request("Early", 100);
    INFO("offset_of before seal");
    CHECK(code_of(error_of([&] { layout.offset_of("Early"); })) == "55000");
    layout.seal();
    INFO("offset_of a name that nobody has requested");
    CHECK(code_of(error_of([&] { layout.offset_of("Other"); })) == "42704");
}

TEST_CASE("a sum that no size_t can hold is no sum") {
    {
        Layout layout;
        layout.request("Half", k_most / 2 + 1);
        layout.request("The other half", k_most / 2 + 1);
        INFO("two structures of 2^63 bytes each");
        CHECK(code_of(error_of([&] { layout.seal(); })) == "54000");
    }
    {
        Layout layout;
        layout.request("Small", 1);
        layout.request("Nearly everything", k_most - 200);
        INFO("structures of 1 byte and of 2^64 - 201 bytes");
        CHECK(code_of(error_of([&] { layout.seal(); })) == "54000");
    }
    {
        Layout layout;
        layout.request("Everything", k_most);
        INFO("one structure of 2^64 - 1 bytes");
        CHECK(code_of(error_of([&] { layout.seal(); })) == "54000");
    }
}
