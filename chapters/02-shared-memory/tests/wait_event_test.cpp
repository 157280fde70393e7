// What a process waits for.
#include "base/wait_event.hpp"

#include "tests/catch.hpp"

using namespace forklore;

TEST_CASE("events have numbers and names") {
    const WaitEvent one = define_wait_event(WaitEventClass::extension, "TestOne");
    const WaitEvent other = define_wait_event(WaitEventClass::extension, "TestOther");
    CHECK(one != other);
    CHECK(define_wait_event(WaitEventClass::extension, "TestOne") == one);
    CHECK(wait_event_type(one) == "Extension");
    CHECK(wait_event_name(one) == "TestOne");
    CHECK(wait_event_name(other) == "TestOther");
    CHECK(wait_event_type(k_not_waiting).empty());
    CHECK(wait_event_name(k_not_waiting).empty());
    CHECK(wait_event_name(make_wait_event(WaitEventClass::extension, 999)) == "???");
}

TEST_CASE("a wait is announced while it lasts") {
    const WaitEvent event = define_wait_event(WaitEventClass::extension, "TestOne");
    {
        const ReportWait report(event);
        CHECK(wait_event_word->load() == event);
    }
    CHECK(wait_event_word->load() == k_not_waiting);
}
