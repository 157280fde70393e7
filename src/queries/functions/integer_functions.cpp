/// \file
/// Functions and casts of integers among themselves.
#include "queries/functions/families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/integer.hpp"

namespace forklore {

namespace {

using Int2 = std::int16_t;
using Int4 = std::int32_t;
using Int8 = std::int64_t;

template <typename T>
Int4 btree_order(T a, T b) {
    return (a > b) - (a < b);
}

template <typename T>
T larger(T a, T b) {
    return a > b ? a : b;
}

template <typename T>
T smaller(T a, T b) {
    return a < b ? a : b;
}

}  // namespace

void register_integer_functions(Registry& to) {
    to.add(function<integer_remainder<Int2>>("mod", 940));
    to.add(function<integer_remainder<Int4>>("mod", 941));
    to.add(function<integer_remainder<Int8>>("mod", 947));
    to.add(function<integer_abs<Int2>>("abs", 1398));
    to.add(function<integer_abs<Int4>>("abs", 1397));
    to.add(function<integer_abs<Int8>>("abs", 1396));
    to.add(function<integer_gcd<Int4>>("gcd", 5044));
    to.add(function<integer_gcd<Int8>>("gcd", 5045));
    to.add(function<integer_lcm<Int4>>("lcm", 5046));
    to.add(function<integer_lcm<Int8>>("lcm", 5047));
    to.add(function<larger<Int2>>("int2larger", 770));
    to.add(function<smaller<Int2>>("int2smaller", 771));
    to.add(function<larger<Int4>>("int4larger", 768));
    to.add(function<smaller<Int4>>("int4smaller", 769));
    to.add(function<larger<Int8>>("int8larger", 1236));
    to.add(function<smaller<Int8>>("int8smaller", 1237));
    to.add(function<btree_order<Int2>>("btint2cmp", 350));
    to.add(function<btree_order<Int4>>("btint4cmp", 351));
    to.add(function<btree_order<Int8>>("btint8cmp", 842));

    add_cast(to, function<[](Int8 a) { return narrow_integer<Int2>(a); }>("int2", 714), CastContext::assignment);
    add_cast(to, function<[](Int8 a) { return narrow_integer<Int4>(a); }>("int4", 480), CastContext::assignment);
    add_cast(to, function<[](Int4 a) { return narrow_integer<Int2>(a); }>("int2", 314), CastContext::assignment);
    add_cast(to, function<[](Int2 a) { return Int4{a}; }>("int4", 313), CastContext::implicit);
    add_cast(to, function<[](Int2 a) { return Int8{a}; }>("int8", 754), CastContext::implicit);
    add_cast(to, function<[](Int4 a) { return Int8{a}; }>("int8", 481), CastContext::implicit);
    add_cast(to, function<[](Int4 a) { return a != 0; }>("bool", 2557), CastContext::explicit_);
    add_cast(to, function<[](bool a) { return Int4{a}; }>("int4", 2558), CastContext::explicit_);
}

}  // namespace forklore
