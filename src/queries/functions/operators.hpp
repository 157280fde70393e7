/// \file
/// Shorthand for declarations that come in families: an operator with its function, the six comparisons of a type.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "queries/declare.hpp"

namespace forklore {

/// How an operator is called, and by whom it may be replaced.
struct OperatorName {
    Oid oid;                           ///< PostgreSQL's
    std::string_view name;             ///< "+"
    std::string_view commutator = {};  ///< as in Operator
    std::string_view negator = {};     ///< as in Operator
};

/// Adds a function and the operator that stands for it; one argument makes a prefix operator.
/// \param to the registry \param op the operator \param function the function, one or two arguments
inline void add_operator(Registry& to, const OperatorName& op, Function function) {
    const Function& f = to.add(std::move(function));
    Operator row;
    row.oid = op.oid;
    row.name = op.name;
    row.left = f.arguments.size() == 2 ? f.arguments[0] : 0;
    row.right = f.arguments.back();
    row.result = f.result;
    row.function = f.oid;
    row.commutator = op.commutator;
    row.negator = op.negator;
    to.add(std::move(row));
}

/// Adds a one-argument function and the cast that uses it.
/// \param to the registry \param function from the source type to the target type \param context as in Cast
inline void add_cast(Registry& to, Function function, CastContext context) {
    const Function& f = to.add(std::move(function));
    to.add(Cast{.source = f.arguments[0], .target = f.result, .function = f.oid, .context = context});
}

/// How two C++ types compare. Specialise it where == and < are not SQL's.
template <typename A, typename B = A>
struct Ordering {
    static bool equal(const A& a, const B& b) { return a == b; }      ///< SQL's = \param a left \param b right
    static bool less(const A& a, const B& b) { return a < b; }        ///< SQL's < \param a left \param b right
    static bool greater(const A& a, const B& b) { return b < a; }     ///< SQL's > \param a left \param b right
};

/// OIDs of = <> < <= > >=, in this order.
using ComparisonOids = std::array<Oid, 6>;

/// Adds = <> < <= > >= between two types.
/// \param to the registry \param equal_prefix of the functions' names: "int4" for int4eq, int4ne
/// \param order_prefix of the other four: "int4" for int4lt, "text_" for text_lt
/// \param functions their OIDs \param operators the operators' OIDs
/// \param types SQL types when they are not those of A and B
template <typename A, typename B = A>
void add_comparisons(Registry& to, const std::string& equal_prefix, const std::string& order_prefix,
                     const ComparisonOids& functions, const ComparisonOids& operators, std::vector<Oid> types = {}) {
    using O = Ordering<A, B>;
    const Declared declared{.arguments = std::move(types)};
    add_operator(to, {operators[0], "=", "=", "<>"},
                 function<[](A a, B b) { return O::equal(a, b); }>(equal_prefix + "eq", functions[0], declared));
    add_operator(to, {operators[1], "<>", "<>", "="},
                 function<[](A a, B b) { return !O::equal(a, b); }>(equal_prefix + "ne", functions[1], declared));
    add_operator(to, {operators[2], "<", ">", ">="},
                 function<[](A a, B b) { return O::less(a, b); }>(order_prefix + "lt", functions[2], declared));
    add_operator(to, {operators[3], "<=", ">=", ">"},
                 function<[](A a, B b) { return !O::greater(a, b); }>(order_prefix + "le", functions[3], declared));
    add_operator(to, {operators[4], ">", "<", "<="},
                 function<[](A a, B b) { return O::greater(a, b); }>(order_prefix + "gt", functions[4], declared));
    add_operator(to, {operators[5], ">=", "<=", "<"},
                 function<[](A a, B b) { return !O::less(a, b); }>(order_prefix + "ge", functions[5], declared));
}

/// The state of min and max over a type that lies in the datum. \tparam T its C++ type \tparam want_greater max or min
template <typename T, bool want_greater>
struct Extreme {
    T best{};           ///< so far
    bool any = false;   ///< whether there was a row
    /// Takes a row in. \param value its value
    void add(T value) {
        // Of equal values that look different (0 and -0) the last one counts, as in PostgreSQL.
        if (!any || !(want_greater ? Ordering<T>::greater(best, value) : Ordering<T>::less(best, value))) best = value;
        any = true;
    }
    /// The extreme, or null without rows.
    std::optional<T> result() const { return any ? std::optional<T>(best) : std::nullopt; }
};

}  // namespace forklore
