/// \file
/// Declarations: one line that turns a C++ function into an SQL function.
///
/// \code
/// std::int32_t int4_add(std::int32_t a, std::int32_t b);             // throws Error 22003
/// to.add(function<int4_add>("int4pl", 177));                         // name, OID; types are deduced
/// to.add(Operator{551, "+", k_int4, k_int4, 0, 177, "+"});
/// to.add(aggregate<CountAny>("count", 2147, {k_any}, k_int8));
/// \endcode
/// The C++ types stand for SQL types through SqlType<T>: std::int32_t is int4, std::string_view is text, and so on;
/// each family's header adds its own strong types (Date, Interval, …). std::optional<T> as an argument makes the
/// function see nulls (it is then not strict); as a result it may return null. `Datum` stands for any type and needs
/// the types spelt out. A function may take EvalContext& (and after it const CallSite&) first.
///
/// The loop over the batch is generated around the call, so a small function is inlined into it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "queries/registry.hpp"
#include "queries/type_oids.hpp"

namespace forklore {

/// Ties a C++ type to an SQL type: its OID, how to take it out of a datum and put it in. Specialise it beside the type.
template <typename T>
struct SqlType;

/// Specialises SqlType for a type that a datum holds by value. \param cpp_type the C++ type \param sql_oid its OID
/// \param member of Datum
#define FORKLORE_INLINE_SQL_TYPE(cpp_type, sql_oid, member)                                    \
    template <>                                                                                \
    struct SqlType<cpp_type> {                                                                 \
        static constexpr Oid oid = sql_oid;                                                    \
        static cpp_type get(const Datum& d) { return d.member; }                               \
        static Datum put(Arena&, cpp_type value) {                                             \
            Datum d;                                                                           \
            d.member = value;                                                                  \
            d.is_null = false;                                                                 \
            return d;                                                                          \
        }                                                                                      \
    }
FORKLORE_INLINE_SQL_TYPE(bool, k_bool, boolean);
FORKLORE_INLINE_SQL_TYPE(char, k_char, character);
FORKLORE_INLINE_SQL_TYPE(std::int16_t, k_int2, int2);
FORKLORE_INLINE_SQL_TYPE(std::int32_t, k_int4, int4);
FORKLORE_INLINE_SQL_TYPE(std::int64_t, k_int8, int8);
FORKLORE_INLINE_SQL_TYPE(Oid, k_oid, oid);
FORKLORE_INLINE_SQL_TYPE(float, k_float4, float4);
FORKLORE_INLINE_SQL_TYPE(double, k_float8, float8);

/// text. A view that a function returns must live in the context's arena, in an argument or in static memory.
template <>
struct SqlType<std::string_view> {
    static constexpr Oid oid = k_text;                                                  ///< text
    static std::string_view get(const Datum& d) { return d.view(); }                    ///< \param d a text
    static Datum put(Arena&, std::string_view value) { return Datum(value); }           ///< not copied \param value see above
};

/// text made on the heap: copied into the arena.
template <>
struct SqlType<std::string> {
    static constexpr Oid oid = k_text;                                                  ///< text
    static Datum put(Arena& arena, const std::string& value) { return Datum(arena.copy(value)); }  ///< copied \param arena where to \param value what
};

/// Any type: passed through.
template <>
struct SqlType<Datum> {
    static constexpr Oid oid = k_any_element;                                           ///< must be spelt out where it is not anyelement
    static Datum get(const Datum& d) { return d; }                                      ///< \param d as it is, null included
    static Datum put(Arena&, Datum d) { return d; }                                     ///< \param d as it is
};

/// void: nothing to return.
struct Void {};
/// \copydoc Void
template <>
struct SqlType<Void> {
    static constexpr Oid oid = k_void;                                                  ///< void
    static Datum put(Arena&, Void) { return Datum(std::string_view("")); }              ///< an empty text
};

/// A text-like C++ type of its own for an SQL type that is kept as bytes (json, bytea, varchar, …).
template <Oid type_oid>
struct BytesOf {
    std::string_view bytes;  ///< the value's bytes; lifetime as for std::string_view
};
/// \copydoc BytesOf
template <Oid type_oid>
struct SqlType<BytesOf<type_oid>> {
    static constexpr Oid oid = type_oid;                                                ///< which
    static BytesOf<type_oid> get(const Datum& d) { return {d.view()}; }                 ///< \param d a value of the type
    static Datum put(Arena&, BytesOf<type_oid> value) { return Datum(value.bytes); }    ///< not copied \param value its bytes
};

namespace detail {

template <typename T> struct IsOptional : std::false_type { using Inner = T; };
template <typename T> struct IsOptional<std::optional<T>> : std::true_type { using Inner = T; };
template <typename T> using InnerOf = typename IsOptional<std::remove_cvref_t<T>>::Inner;

template <typename T>
auto fetch(const Datum& d) {
    using U = std::remove_cvref_t<T>;
    if constexpr (IsOptional<U>::value) return d.is_null ? U{} : U{SqlType<InnerOf<U>>::get(d)};
    else return SqlType<U>::get(d);
}

template <typename R>
Datum store(Arena& arena, R&& value) {
    using U = std::remove_cvref_t<R>;
    if constexpr (IsOptional<U>::value) return value ? SqlType<InnerOf<U>>::put(arena, *value) : Datum{};
    else return SqlType<U>::put(arena, std::forward<R>(value));
}

/// Takes a function's type apart: result, leading context parameters, SQL arguments.
template <typename F> struct Signature;
template <typename R, typename... A> struct Signature<R (*)(A...)> { using Result = R; using Args = std::tuple<A...>; static constexpr int contexts = 0; };
template <typename R, typename... A> struct Signature<R (*)(EvalContext&, A...)> { using Result = R; using Args = std::tuple<A...>; static constexpr int contexts = 1; };
template <typename R, typename... A> struct Signature<R (*)(EvalContext&, const CallSite&, A...)> { using Result = R; using Args = std::tuple<A...>; static constexpr int contexts = 2; };
template <typename C, typename R, typename... A> struct Signature<R (C::*)(A...) const> : Signature<R (*)(A...)> {};
template <typename C, typename R, typename... A> struct Signature<R (C::*)(A...)> : Signature<R (*)(A...)> {};
template <typename C, typename R, typename... A> struct Signature<R (C::*)(EvalContext&, A...) const> : Signature<R (*)(EvalContext&, A...)> {};
template <typename C, typename R, typename... A> struct Signature<R (C::*)(EvalContext&, const CallSite&, A...) const> : Signature<R (*)(EvalContext&, const CallSite&, A...)> {};
template <typename F, typename = void> struct SignatureOf : Signature<F> {};
template <typename F> struct SignatureOf<F, std::void_t<decltype(&F::operator())>> : Signature<decltype(&F::operator())> {};

template <auto F, typename Args, std::size_t... I>
void run_kernel(EvalContext& context, const CallSite& site, const Column* arguments, Rows rows, Datum* result, std::index_sequence<I...>) {
    using S = SignatureOf<std::remove_cvref_t<decltype(F)>>;
    constexpr bool strict = !(IsOptional<std::remove_cvref_t<std::tuple_element_t<I, Args>>>::value || ... || false);
    rows.each([&](std::uint32_t row) {
        if constexpr (strict && sizeof...(I) > 0) {
            if ((arguments[I][row].is_null || ...)) {
                result[row] = Datum{};
                return;
            }
        }
        if constexpr (S::contexts == 0) result[row] = store(context.arena, F(fetch<std::tuple_element_t<I, Args>>(arguments[I][row])...));
        else if constexpr (S::contexts == 1) result[row] = store(context.arena, F(context, fetch<std::tuple_element_t<I, Args>>(arguments[I][row])...));
        else result[row] = store(context.arena, F(context, site, fetch<std::tuple_element_t<I, Args>>(arguments[I][row])...));
    });
}

template <auto F>
void kernel(EvalContext& context, const CallSite& site, const Column* arguments, Rows rows, Datum* result) {
    using Args = typename SignatureOf<std::remove_cvref_t<decltype(F)>>::Args;
    run_kernel<F, Args>(context, site, arguments, rows, result, std::make_index_sequence<std::tuple_size_v<Args>>{});
}

template <typename Args, std::size_t... I>
std::vector<Oid> argument_oids(std::index_sequence<I...>) {
    return {SqlType<InnerOf<std::tuple_element_t<I, Args>>>::oid...};
}
template <typename Args, std::size_t... I>
constexpr bool none_optional(std::index_sequence<I...>) {
    return !(IsOptional<std::remove_cvref_t<std::tuple_element_t<I, Args>>>::value || ... || false);
}

}  // namespace detail

/// What a declaration may say beyond what the C++ types tell.
struct Declared {
    Volatility volatility = Volatility::immutable;   ///< pg_proc.provolatile
    std::vector<Oid> arguments{};                    ///< replaces the deduced types when not empty
    Oid result = 0;                                  ///< replaces the deduced type when not 0
    bool variadic = false;                           ///< see Function
    std::uint16_t defaults = 0;                      ///< see Function
};

/// An SQL function from a C++ function (or captureless lambda). \tparam F the function.
/// \param name SQL name \param oid PostgreSQL's, or 0 \param declared what cannot be deduced
template <auto F>
Function function(std::string name, Oid oid, Declared declared = {}) {
    using S = detail::SignatureOf<std::remove_cvref_t<decltype(F)>>;
    using Args = typename S::Args;
    constexpr auto indices = std::make_index_sequence<std::tuple_size_v<Args>>{};
    Function f;
    f.oid = oid;
    f.name = std::move(name);
    f.result = declared.result != 0 ? declared.result : SqlType<detail::InnerOf<typename S::Result>>::oid;
    f.arguments = declared.arguments.empty() ? detail::argument_oids<Args>(indices) : std::move(declared.arguments);
    f.strict = detail::none_optional<Args>(indices);
    f.volatility = declared.volatility;
    f.variadic = declared.variadic;
    f.defaults = declared.defaults;
    f.kernel = detail::kernel<F>;
    return f;
}

/// An aggregate from a state class: default-constructible, trivially destructible, with `add(args…)` (optionally
/// Arena& first, which lives as long as the state) and `result() const` (optionally EvalContext&). Rows with a null
/// argument are skipped unless the parameter is std::optional. \tparam State the class.
/// \param name SQL name \param oid PostgreSQL's \param arguments types; empty: deduced \param result type; 0: deduced
template <typename State>
Function aggregate(std::string name, Oid oid, std::vector<Oid> arguments = {}, Oid result = 0);

}  // namespace forklore

#include "queries/declare_aggregate.hpp"
