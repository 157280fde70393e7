/// \file
/// Comparisons and concatenation of the text types.
#include <cstring>

#include "queries/functions/families.hpp"
#include "queries/functions/output_text.hpp"
#include "queries/types/text.hpp"

namespace forklore {

/// Names compare by their bytes.
template <>
struct Ordering<Name, Name> {
    static bool equal(Name a, Name b) { return a.bytes == b.bytes; }
    static bool less(Name a, Name b) { return a.bytes < b.bytes; }
    static bool greater(Name a, Name b) { return a.bytes > b.bytes; }
};
template <>
struct Ordering<Name, std::string_view> {
    static bool equal(Name a, std::string_view b) { return a.bytes == b; }
    static bool less(Name a, std::string_view b) { return a.bytes < b; }
    static bool greater(Name a, std::string_view b) { return a.bytes > b; }
};
template <>
struct Ordering<std::string_view, Name> {
    static bool equal(std::string_view a, Name b) { return a == b.bytes; }
    static bool less(std::string_view a, Name b) { return a < b.bytes; }
    static bool greater(std::string_view a, Name b) { return a > b.bytes; }
};

namespace {

std::string_view concatenate(EvalContext& context, std::string_view a, std::string_view b) {
    if (a.empty()) return b;
    if (b.empty()) return a;
    char* to = static_cast<char*>(context.arena.allocate_bytes(a.size() + b.size(), 1));
    std::memcpy(to, a.data(), a.size());
    std::memcpy(to + a.size(), b.data(), b.size());
    return {to, a.size() + b.size()};
}

std::string_view any_then_text(EvalContext& context, const CallSite& site, Datum a, std::string_view b) {
    return concatenate(context, cast_to_text(context, *site.arguments[0], a), b);
}

std::string_view text_then_any(EvalContext& context, const CallSite& site, std::string_view a, Datum b) {
    return concatenate(context, a, cast_to_text(context, *site.arguments[1], b));
}

template <typename T>
std::int32_t text_order(T a, T b) {
    return Ordering<T>::less(a, b) ? -1 : Ordering<T>::greater(a, b);
}

/// < <= >= > by bytes, whatever the collation.
template <typename T>
void add_pattern_order(Registry& to, const std::string& prefix, const std::array<Oid, 4>& functions,
                       const std::array<Oid, 4>& operators) {
    using O = Ordering<T>;
    add_operator(to, {operators[0], "~<~", "~>~", "~>=~"}, function<[](T a, T b) { return O::less(a, b); }>(prefix + "lt", functions[0]));
    add_operator(to, {operators[1], "~<=~", "~>=~", "~>~"}, function<[](T a, T b) { return !O::greater(a, b); }>(prefix + "le", functions[1]));
    add_operator(to, {operators[2], "~>=~", "~<=~", "~<~"}, function<[](T a, T b) { return !O::less(a, b); }>(prefix + "ge", functions[2]));
    add_operator(to, {operators[3], "~>~", "~<~", "~<=~"}, function<[](T a, T b) { return O::greater(a, b); }>(prefix + "gt", functions[3]));
}

template <typename A, typename B>
void add_mixed_order(Registry& to, const std::string& before, const std::string& after, const ComparisonOids& functions,
                     const ComparisonOids& operators) {
    using O = Ordering<A, B>;
    add_operator(to, {operators[0], "=", "=", "<>"}, function<[](A a, B b) { return O::equal(a, b); }>(before + "eq" + after, functions[0]));
    add_operator(to, {operators[1], "<>", "<>", "="}, function<[](A a, B b) { return !O::equal(a, b); }>(before + "ne" + after, functions[1]));
    add_operator(to, {operators[2], "<", ">", ">="}, function<[](A a, B b) { return O::less(a, b); }>(before + "lt" + after, functions[2]));
    add_operator(to, {operators[3], "<=", ">=", ">"}, function<[](A a, B b) { return !O::greater(a, b); }>(before + "le" + after, functions[3]));
    add_operator(to, {operators[4], ">", "<", "<="}, function<[](A a, B b) { return O::greater(a, b); }>(before + "gt" + after, functions[4]));
    add_operator(to, {operators[5], ">=", "<=", "<"}, function<[](A a, B b) { return !O::less(a, b); }>(before + "ge" + after, functions[5]));
}

}  // namespace

void register_text_operators(Registry& to) {
    using Text = std::string_view;
    add_comparisons<Text>(to, "text", "text_", {67, 157, 740, 741, 742, 743}, {98, 531, 664, 665, 666, 667});
    add_comparisons<Name>(to, "name", "name", {62, 659, 655, 656, 657, 658}, {93, 643, 660, 661, 662, 663});
    add_comparisons<BpChar>(to, "bpchar", "bpchar", {1048, 1053, 1049, 1050, 1051, 1052}, {1054, 1057, 1058, 1059, 1060, 1061});
    add_comparisons<char>(to, "char", "char", {61, 70, 1246, 72, 73, 74}, {92, 630, 631, 632, 633, 634});
    add_mixed_order<Name, Text>(to, "name", "text", {240, 245, 241, 242, 244, 243}, {254, 259, 255, 256, 258, 257});
    add_mixed_order<Text, Name>(to, "text", "name", {247, 252, 248, 249, 251, 250}, {260, 265, 261, 262, 264, 263});
    add_pattern_order<Text>(to, "text_pattern_", {2160, 2161, 2163, 2164}, {2314, 2315, 2317, 2318});
    add_pattern_order<BpChar>(to, "bpchar_pattern_", {2174, 2175, 2177, 2178}, {2326, 2327, 2329, 2330});
    to.add(function<text_order<Text>>("bttextcmp", 360));
    to.add(function<text_order<Name>>("btnamecmp", 359));
    to.add(function<text_order<BpChar>>("bpcharcmp", 1078));
    to.add(function<text_order<char>>("btcharcmp", 358));
    to.add(function<[](Text a, Text b) { return a < b ? b : a; }>("text_larger", 458));
    to.add(function<[](Text a, Text b) { return b < a ? b : a; }>("text_smaller", 459));

    add_operator(to, {654, "||"}, function<concatenate>("textcat", 1258));
    add_operator(to, {2780, "||"}, function<any_then_text>("anytextcat", 2004, {.volatility = Volatility::stable, .arguments = {k_any_non_array, k_text}}));
    add_operator(to, {2779, "||"}, function<text_then_any>("textanycat", 2003, {.volatility = Volatility::stable, .arguments = {k_text, k_any_non_array}}));
}

}  // namespace forklore
