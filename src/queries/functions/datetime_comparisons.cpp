// = <> < <= > >= of dates, times, timestamps and intervals, also between dates and timestamps; min and max.
#include "queries/functions/datetime_families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/datetime.hpp"
#include "queries/types/datetime_style.hpp"
#include "queries/types/int128.hpp"
#include "queries/types/interval.hpp"

namespace forklore {

namespace {

const TimeZone& session_zone() { return *datetime_style().time_zone; }

/// A moment on a line that also has room for dates beyond the last timestamp, and for infinities beyond those.
Int128 position(std::int64_t us, bool infinity, bool minus_infinity) {
    constexpr Int128 k_beyond = Int128{1} << 100;
    return infinity ? k_beyond : minus_infinity ? -k_beyond : Int128{us};
}
template <bool with_zone>
Int128 position(BasicTimestamp<with_zone> t) {
    return position(t.us, t.us == t.k_infinity, t.us == t.k_minus_infinity);
}
Int128 position(Date d) {
    if (!d.finite()) return position(0, d.days == Date::k_infinity, d.days == Date::k_minus_infinity);
    return Int128{d.days} * k_us_per_day;
}
/// What the clocks of the session's zone show, as a moment.
template <typename Local>
Int128 moment(Local local) {
    const Int128 at = position(local);
    if (!local.finite() || at >= k_end_timestamp) return at;
    return at - offset_at_local(static_cast<std::int64_t>(at), session_zone()) * k_us_per_second;
}

int order_of(Int128 a, Int128 b) { return a < b ? -1 : a > b ? 1 : 0; }

int compare(Date a, Timestamp b) { return order_of(position(a), position(b)); }
int compare(Date a, TimestampTz b) { return order_of(moment(a), position(b)); }
int compare(Timestamp a, TimestampTz b) { return order_of(moment(a), position(b)); }
int compare(Timestamp a, Date b) { return -compare(b, a); }
int compare(TimestampTz a, Date b) { return -compare(b, a); }
int compare(TimestampTz a, Timestamp b) { return -compare(b, a); }
template <typename T>
int compare(T a, T b) { return a < b ? -1 : b < a ? 1 : 0; }

template <typename T>
T smaller(T a, T b) { return b < a ? b : a; }
template <typename T>
T larger(T a, T b) { return a < b ? b : a; }

/// OIDs of one type's comparison functions beside the six operators.
struct OrderOids { Oid cmp, smaller, larger, min, max; };

template <typename T>
void add_order(Registry& to, const std::string& name, const ComparisonOids& functions, const ComparisonOids& operators, const OrderOids& oids) {
    add_comparisons<T>(to, name + "_", name + "_", functions, operators);
    to.add(function<[](T a, T b) { return static_cast<std::int32_t>(compare(a, b)); }>(name + "_cmp", oids.cmp));
    to.add(function<smaller<T>>(name + "_smaller", oids.smaller));
    to.add(function<larger<T>>(name + "_larger", oids.larger));
    to.add(aggregate<Extreme<T, false>>("min", oids.min));
    to.add(aggregate<Extreme<T, true>>("max", oids.max));
}

/// Between two types, named like date_eq_timestamp.
template <typename A, typename B>
void add_mixed(Registry& to, const std::string& a_name, const std::string& b_name, Volatility volatility, Oid cmp,
               const ComparisonOids& functions, const ComparisonOids& operators) {
    const Declared declared{.volatility = volatility};
    auto name = [&](const char* what) { return a_name + "_" + what + "_" + b_name; };
    add_operator(to, {operators[0], "=", "=", "<>"}, function<[](A a, B b) { return compare(a, b) == 0; }>(name("eq"), functions[0], declared));
    add_operator(to, {operators[1], "<>", "<>", "="}, function<[](A a, B b) { return compare(a, b) != 0; }>(name("ne"), functions[1], declared));
    add_operator(to, {operators[2], "<", ">", ">="}, function<[](A a, B b) { return compare(a, b) < 0; }>(name("lt"), functions[2], declared));
    add_operator(to, {operators[3], "<=", ">=", ">"}, function<[](A a, B b) { return compare(a, b) <= 0; }>(name("le"), functions[3], declared));
    add_operator(to, {operators[4], ">", "<", "<="}, function<[](A a, B b) { return 0 < compare(a, b); }>(name("gt"), functions[4], declared));
    add_operator(to, {operators[5], ">=", "<=", "<"}, function<[](A a, B b) { return compare(a, b) >= 0; }>(name("ge"), functions[5], declared));
    to.add(function<[](A a, B b) { return static_cast<std::int32_t>(compare(a, b)); }>(name("cmp"), cmp, declared));
}

}  // namespace

void register_datetime_comparisons(Registry& to) {
    add_order<Date>(to, "date", {1086, 1091, 1087, 1088, 1089, 1090}, {1093, 1094, 1095, 1096, 1097, 1098}, {1092, 1139, 1138, 2138, 2122});
    add_order<Time>(to, "time", {1145, 1106, 1102, 1103, 1104, 1105}, {1108, 1109, 1110, 1111, 1112, 1113}, {1107, 1378, 1377, 2139, 2123});
    add_order<TimeTz>(to, "timetz", {1352, 1353, 1354, 1355, 1357, 1356}, {1550, 1551, 1552, 1553, 1554, 1555}, {1358, 1380, 1379, 2140, 2124});
    add_order<Timestamp>(to, "timestamp", {2052, 2053, 2054, 2055, 2057, 2056}, {2060, 2061, 2062, 2063, 2064, 2065}, {2045, 2035, 2036, 2142, 2126});
    add_order<TimestampTz>(to, "timestamptz", {1152, 1153, 1154, 1155, 1157, 1156}, {1320, 1321, 1322, 1323, 1324, 1325}, {1314, 1195, 1196, 2143, 2127});
    add_order<Interval>(to, "interval", {1162, 1163, 1164, 1165, 1167, 1166}, {1330, 1331, 1332, 1333, 1334, 1335}, {1315, 1197, 1198, 2144, 2128});

    using enum Volatility;
    add_mixed<Date, Timestamp>(to, "date", "timestamp", immutable, 2344, {2340, 2343, 2338, 2339, 2341, 2342}, {2347, 2350, 2345, 2346, 2349, 2348});
    add_mixed<Date, TimestampTz>(to, "date", "timestamptz", stable, 2357, {2353, 2356, 2351, 2352, 2354, 2355}, {2360, 2363, 2358, 2359, 2362, 2361});
    add_mixed<Timestamp, Date>(to, "timestamp", "date", immutable, 2370, {2366, 2369, 2364, 2365, 2367, 2368}, {2373, 2376, 2371, 2372, 2375, 2374});
    add_mixed<TimestampTz, Date>(to, "timestamptz", "date", stable, 2383, {2379, 2382, 2377, 2378, 2380, 2381}, {2386, 2389, 2384, 2385, 2388, 2387});
    add_mixed<Timestamp, TimestampTz>(to, "timestamp", "timestamptz", stable, 2526, {2522, 2525, 2520, 2521, 2523, 2524}, {2536, 2539, 2534, 2535, 2538, 2537});
    add_mixed<TimestampTz, Timestamp>(to, "timestamptz", "timestamp", stable, 2533, {2529, 2532, 2527, 2528, 2530, 2531}, {2542, 2545, 2540, 2541, 2544, 2543});
}

}  // namespace forklore
