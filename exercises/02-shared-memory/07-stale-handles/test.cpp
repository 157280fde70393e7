#include <set>
#include <vector>

#include "errors.hpp"
#include "segments.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

std::string code_of(const std::string& error) { return error.substr(0, error.find(':')); }

}  // namespace

TEST_CASE("a segment is there until the last one detaches it") {
    Segments segments;
    const Handle handle = segments.create(1);
    CHECK(handle != 0);
    CHECK(segments.exists(handle));
    segments.attach(2, handle);
    segments.attach(63, handle);
    segments.detach(1, handle);
    segments.detach(63, handle);
    INFO("three processes had attached it, and two of them have detached it");
    CHECK(segments.exists(handle));
    segments.detach(2, handle);
    INFO("and then the third");
    CHECK_FALSE(segments.exists(handle));
}

TEST_CASE("there are as many as there are places, and then no more") {
    Segments segments;
    std::vector<Handle> handles;
    for (std::size_t i = 0; i < Segments::k_places; ++i) handles.push_back(segments.create(i));
    CHECK(std::set<Handle>(handles.begin(), handles.end()).size() == Segments::k_places);
    INFO("all places are taken");
    CHECK(code_of(error_of([&] { segments.create(9); })) == "53200");
    segments.detach(2, handles[2]);
    INFO("and one is given back");
    CHECK(error_of([&] { segments.create(9); }) == "no error");
}

TEST_CASE("a handle that has gone stale leads nowhere, and never again somewhere") {
    Segments segments;
    const Handle stale = segments.create(1);
    segments.detach(1, stale);
    for (int i = 0; i < 100; ++i) {
        const Handle fresh = segments.create(2);
        INFO("the first segment has gone; others were made in its place, and this is number " << i + 1);
        const bool it_has_a_handle_of_its_own = fresh != stale;
        REQUIRE(it_has_a_handle_of_its_own);
        REQUIRE_FALSE(segments.exists(stale));
        REQUIRE(code_of(error_of([&] { segments.attach(3, stale); })) == "42704");
        REQUIRE(segments.exists(fresh));
        segments.detach(2, fresh);
    }
}

TEST_CASE("nonsense leads nowhere") {
    Segments segments;
    const Handle handle = segments.create(1);
    for (const Handle nonsense :
         {Handle{0}, ~Handle{0}, handle + (Handle{1} << 32), Handle{1} << 31, handle + 1}) {
        INFO("there is one segment, with the handle " << handle << "; somebody wants " << nonsense);
        CHECK_FALSE(segments.exists(nonsense));
        CHECK(code_of(error_of([&] { segments.attach(2, nonsense); })) == "42704");
        CHECK(code_of(error_of([&] { segments.detach(2, nonsense); })) == "55000");
    }
}

TEST_CASE("a process attaches a segment once") {
    Segments segments;
    const Handle handle = segments.create(1);
    INFO("the maker has attached it by making it");
    CHECK(code_of(error_of([&] { segments.attach(1, handle); })) == "55000");
    segments.detach(1, handle);
    const bool it_has_gone = !segments.exists(handle);
    CHECK(it_has_gone);
}

TEST_CASE("who has not attached a segment cannot detach it") {
    Segments segments;
    const Handle handle = segments.create(1);
    INFO("process 2 has not attached what process 1 has made");
    CHECK(code_of(error_of([&] { segments.detach(2, handle); })) == "55000");
    CHECK(segments.exists(handle));
}

TEST_CASE("the dead detach") {
    Segments segments;
    const Handle alone = segments.create(1);
    const Handle shared = segments.create(1);
    const Handle other = segments.create(2);
    segments.attach(2, shared);
    segments.bury(1);
    INFO("process 1 had two segments, one of them together with process 2, and has died");
    CHECK_FALSE(segments.exists(alone));
    CHECK(segments.exists(shared));
    CHECK(segments.exists(other));
    segments.detach(2, shared);
    CHECK_FALSE(segments.exists(shared));
    INFO("a process with the same number is born and dies, and had attached nothing");
    segments.bury(1);
    CHECK(segments.exists(other));
}
