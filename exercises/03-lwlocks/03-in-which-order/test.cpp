#include "book_of_orders.hpp"
#include "processes.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;
using Way = std::vector<std::string>;

TEST_CASE("what is always taken in one order fits") {
    const Watchdog watchdog;
    LockOrder order;
    CHECK(order.take({}, "A").empty());
    CHECK(order.take({"A"}, "B").empty());
    CHECK(order.take({"A", "B"}, "C").empty());
    CHECK(order.take({"A"}, "C").empty());
    CHECK(order.take({"A"}, "B").empty());
}

TEST_CASE("the opposite order of the same two locks is found") {
    const Watchdog watchdog;
    LockOrder order;
    order.take({"A"}, "B");
    INFO("B was taken while A was held; now somebody who holds B wants A");
    CHECK(order.take({"B"}, "A") == Way{"A", "B"});
}

TEST_CASE("a circle of three is found, though each pair was taken in one order only") {
    const Watchdog watchdog;
    LockOrder order;
    order.take({"A"}, "B");
    order.take({"B"}, "C");
    INFO("A then B, B then C; now somebody who holds C wants A");
    CHECK(order.take({"C"}, "A") == Way{"A", "B", "C"});
}

TEST_CASE("all that is held counts, and not only what was taken last") {
    const Watchdog watchdog;
    LockOrder order;
    order.take({"A"}, "B");
    INFO("A then B; now somebody who holds B and X wants A");
    CHECK(order.take({"B", "X"}, "A") == Way{"A", "B"});
}

TEST_CASE("of several circles the shortest is told") {
    const Watchdog watchdog;
    LockOrder order;
    order.take({"A"}, "B");
    order.take({"B"}, "C");
    order.take({"C"}, "D");
    order.take({"A"}, "Z");
    order.take({"Z"}, "D");
    CHECK(order.take({"D"}, "A") == Way{"A", "Z", "D"});
}

TEST_CASE("what was refused is not written down") {
    const Watchdog watchdog;
    LockOrder order;
    order.take({"A"}, "B");
    order.take({"B"}, "A");
    INFO("A then B; B then A was refused; A then B is as right as before");
    CHECK(order.take({"A"}, "B").empty());
    CHECK(order.take({"B"}, "A") == Way{"A", "B"});
}

TEST_CASE("it comes to an end where very many ways lead from one lock to another") {
    const Watchdog watchdog(5);
    LockOrder order;
    const auto name = [](const char* side, int layer) { return side + std::to_string(layer); };
    // Forty layers of two locks each: two to the power of forty ways.
    for (int layer = 0; layer < 40; ++layer) {
        for (const char* from : {"left", "right"}) {
            for (const char* to : {"left", "right"}) order.take({name(from, layer)}, name(to, layer + 1));
        }
    }
    CHECK(order.take({"something else"}, "left0").empty());
    CHECK(order.take({"left40"}, "left0").size() == 41);
}
