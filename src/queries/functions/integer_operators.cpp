/// \file
/// Operators of int2, int4 and int8, also between two of them.
#include "queries/functions/families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/integer.hpp"

namespace forklore {

namespace {

using Int2 = std::int16_t;
using Int4 = std::int32_t;
using Int8 = std::int64_t;

/// OIDs of an operator and its function.
struct Pair {
    Oid op, function;
};

/// + - * / between A and B, with a result of the wider of the two.
template <typename A, typename B>
void add_arithmetic(Registry& to, const std::string& prefix, Pair plus, Pair minus, Pair times, Pair over) {
    using R = std::conditional_t<(sizeof(A) > sizeof(B)), A, B>;
    add_operator(to, {plus.op, "+", "+"}, function<add_integers<R, A, B>>(prefix + "pl", plus.function));
    add_operator(to, {minus.op, "-"}, function<subtract_integers<R, A, B>>(prefix + "mi", minus.function));
    add_operator(to, {times.op, "*", "*"}, function<multiply_integers<R, A, B>>(prefix + "mul", times.function));
    add_operator(to, {over.op, "/"}, function<divide_integers<R, A, B>>(prefix + "div", over.function));
}

/// Unary operators and remainder.
template <typename T>
void add_unary(Registry& to, const std::string& prefix, Pair remainder, Pair plus, Pair minus, Pair absolute) {
    add_operator(to, {remainder.op, "%"}, function<integer_remainder<T>>(prefix + "mod", remainder.function));
    add_operator(to, {plus.op, "+"}, function<[](T a) { return a; }>(prefix + "up", plus.function));
    add_operator(to, {minus.op, "-"},
                 function<[](T a) { return subtract_integers<T>(T{0}, a); }>(prefix + "um", minus.function));
    add_operator(to, {absolute.op, "@"}, function<integer_abs<T>>(prefix + "abs", absolute.function));
}

/// A shift's count is taken modulo the width of the register, as the processor does.
template <typename T>
constexpr Int4 k_shift_mask = sizeof(T) == 8 ? 63 : 31;

/// & | # ~ << >>
template <typename T>
void add_bits(Registry& to, const std::string& prefix, Pair both, Pair either, Pair one, Pair invert, Pair left,
              Pair right) {
    add_operator(to, {both.op, "&", "&"}, function<[](T a, T b) { return T(a & b); }>(prefix + "and", both.function));
    add_operator(to, {either.op, "|", "|"}, function<[](T a, T b) { return T(a | b); }>(prefix + "or", either.function));
    add_operator(to, {one.op, "#", "#"}, function<[](T a, T b) { return T(a ^ b); }>(prefix + "xor", one.function));
    add_operator(to, {invert.op, "~"}, function<[](T a) { return T(~a); }>(prefix + "not", invert.function));
    add_operator(to, {left.op, "<<"}, function<[](T a, Int4 n) {
                     return T(static_cast<std::uint64_t>(a) << (n & k_shift_mask<T>));
                 }>(prefix + "shl", left.function));
    add_operator(to, {right.op, ">>"},
                 function<[](T a, Int4 n) { return T(a >> (n & k_shift_mask<T>)); }>(prefix + "shr", right.function));
}

template <typename A, typename B = A>
void add_order(Registry& to, const std::string& prefix, const ComparisonOids& functions, const ComparisonOids& operators) {
    add_comparisons<A, B>(to, prefix, prefix, functions, operators);
}

}  // namespace

void register_integer_operators(Registry& to) {
    add_order<Int2>(to, "int2", {63, 145, 64, 148, 146, 151}, {94, 519, 95, 522, 520, 524});
    add_order<Int4>(to, "int4", {65, 144, 66, 149, 147, 150}, {96, 518, 97, 523, 521, 525});
    add_order<Int8>(to, "int8", {467, 468, 469, 471, 470, 472}, {410, 411, 412, 414, 413, 415});
    add_order<Int2, Int4>(to, "int24", {158, 164, 160, 166, 162, 168}, {532, 538, 534, 540, 536, 542});
    add_order<Int4, Int2>(to, "int42", {159, 165, 161, 167, 163, 169}, {533, 539, 535, 541, 537, 543});
    add_order<Int2, Int8>(to, "int28", {1850, 1851, 1852, 1854, 1853, 1855}, {1862, 1863, 1864, 1866, 1865, 1867});
    add_order<Int8, Int2>(to, "int82", {1856, 1857, 1858, 1860, 1859, 1861}, {1868, 1869, 1870, 1872, 1871, 1873});
    add_order<Int4, Int8>(to, "int48", {852, 853, 854, 856, 855, 857}, {15, 36, 37, 80, 76, 82});
    add_order<Int8, Int4>(to, "int84", {474, 475, 476, 478, 477, 479}, {416, 417, 418, 420, 419, 430});

    add_arithmetic<Int2, Int2>(to, "int2", {550, 176}, {554, 180}, {526, 152}, {527, 153});
    add_arithmetic<Int4, Int4>(to, "int4", {551, 177}, {555, 181}, {514, 141}, {528, 154});
    add_arithmetic<Int8, Int8>(to, "int8", {684, 463}, {685, 464}, {686, 465}, {687, 466});
    add_arithmetic<Int2, Int4>(to, "int24", {552, 178}, {556, 182}, {544, 170}, {546, 172});
    add_arithmetic<Int4, Int2>(to, "int42", {553, 179}, {557, 183}, {545, 171}, {547, 173});
    add_arithmetic<Int2, Int8>(to, "int28", {822, 841}, {823, 942}, {824, 943}, {825, 948});
    add_arithmetic<Int8, Int2>(to, "int82", {818, 837}, {819, 838}, {820, 839}, {821, 840});
    add_arithmetic<Int4, Int8>(to, "int48", {692, 1278}, {693, 1279}, {694, 1280}, {695, 1281});
    add_arithmetic<Int8, Int4>(to, "int84", {688, 1274}, {689, 1275}, {690, 1276}, {691, 1277});

    add_unary<Int2>(to, "int2", {529, 155}, {1917, 1911}, {559, 213}, {682, 1253});
    add_unary<Int4>(to, "int4", {530, 156}, {1918, 1912}, {558, 212}, {773, 1251});
    add_unary<Int8>(to, "int8", {439, 945}, {1916, 1910}, {484, 462}, {473, 1230});

    add_bits<Int2>(to, "int2", {1874, 1892}, {1875, 1893}, {1876, 1894}, {1877, 1895}, {1878, 1896}, {1879, 1897});
    add_bits<Int4>(to, "int4", {1880, 1898}, {1881, 1899}, {1882, 1900}, {1883, 1901}, {1884, 1902}, {1885, 1903});
    add_bits<Int8>(to, "int8", {1886, 1904}, {1887, 1905}, {1888, 1906}, {1889, 1907}, {1890, 1908}, {1891, 1909});
}

}  // namespace forklore
