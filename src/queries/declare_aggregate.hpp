/// \file
/// The second half of declare.hpp: how a state class becomes an aggregate.
#pragma once

#include "queries/declare.hpp"

namespace forklore {

namespace detail {

/// Takes `add` apart: whether it wants the arena, and its SQL arguments.
template <typename F> struct AddSignature;
template <typename C, typename... A> struct AddSignature<void (C::*)(A...)> { using Args = std::tuple<A...>; static constexpr bool arena = false; };
template <typename C, typename... A> struct AddSignature<void (C::*)(Arena&, A...)> { using Args = std::tuple<A...>; static constexpr bool arena = true; };

template <typename State, typename Args, std::size_t... I>
void update_states(Arena& arena, void* const* states, std::uint32_t stride, const Column* arguments, Rows rows, std::index_sequence<I...>) {
    using Add = AddSignature<decltype(&State::add)>;
    constexpr bool strict = none_optional<Args>(std::index_sequence<I...>{});
    auto take = [&](State& state, std::uint32_t row) {
        if constexpr (strict && sizeof...(I) > 0) {
            if ((arguments[I][row].is_null || ...)) return;
        }
        if constexpr (Add::arena) state.add(arena, fetch<std::tuple_element_t<I, Args>>(arguments[I][row])...);
        else state.add(fetch<std::tuple_element_t<I, Args>>(arguments[I][row])...);
    };
    if (stride == 0) {
        // A copy that nothing else can point to stays in registers while the loop runs.
        State only = *static_cast<State*>(states[0]);
        rows.each([&](std::uint32_t row) { take(only, row); });
        *static_cast<State*>(states[0]) = only;
    } else {
        rows.each([&](std::uint32_t row) { take(*static_cast<State*>(states[row]), row); });
    }
}

}  // namespace detail

template <typename State>
Function aggregate(std::string name, Oid oid, std::vector<Oid> arguments, Oid result) {
    static_assert(std::is_trivially_destructible_v<State>);
    using Add = detail::AddSignature<decltype(&State::add)>;
    using Args = typename Add::Args;
    constexpr auto indices = std::make_index_sequence<std::tuple_size_v<Args>>{};
    Function f;
    f.oid = oid;
    f.name = std::move(name);
    f.kind = FunctionKind::aggregate;
    f.strict = false;
    f.arguments = arguments.empty() ? detail::argument_oids<Args>(indices) : std::move(arguments);
    f.aggregate.state_size = (sizeof(State) + 15) & ~std::uint32_t{15};
    f.aggregate.initialise = [](void* state) { new (state) State(); };
    f.aggregate.update = [](Arena& arena, EvalContext&, const CallSite&, void* const* states, std::uint32_t stride,
                            const Column* columns, Rows rows) {
        detail::update_states<State, Args>(arena, states, stride, columns, rows,
                                           std::make_index_sequence<std::tuple_size_v<Args>>{});
    };
    auto finish = [](EvalContext& context, const CallSite&, const void* state) {
        const State& s = *static_cast<const State*>(state);
        if constexpr (requires { s.result(context); }) return detail::store(context.arena, s.result(context));
        else return detail::store(context.arena, s.result());
    };
    f.aggregate.finish = finish;
    if (result != 0) f.result = result;
    else if constexpr (requires(const State& s, EvalContext& c) { s.result(c); })
        f.result = SqlType<detail::InnerOf<decltype(std::declval<const State&>().result(std::declval<EvalContext&>()))>>::oid;
    else f.result = SqlType<detail::InnerOf<decltype(std::declval<const State&>().result())>>::oid;
    return f;
}

}  // namespace forklore
