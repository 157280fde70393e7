// array_to_string and string_to_array.
#include "queries/functions/array_families.hpp"
#include "queries/types/array.hpp"
#include "queries/types/utf8.hpp"

namespace forklore {

namespace {

using Text = std::optional<std::string_view>;

std::string_view joined(EvalContext& context, const ArrayView& array, std::string_view delimiter, const Text& null_text) {
    const Type& element = registry().type(array.element());
    const TypeContext inner{context.arena, element, -1};
    ByteWriter to;
    bool first = true;
    for (std::uint32_t i = 0; i < array.count(); ++i) {
        if (array.is_null(i) && !null_text) continue;
        if (!first) to.append(delimiter);
        first = false;
        if (array.is_null(i)) to.append(*null_text);
        else element.output(inner, array[i], to);
    }
    return context.arena.copy(to.view());
}

std::string_view to_text(EvalContext& context, AnyArray array, std::string_view delimiter) { return joined(context, array, delimiter, {}); }

Text to_text_with_nulls(EvalContext& context, std::optional<AnyArray> array, Text delimiter, Text null_text) {
    if (!array || !delimiter) return {};
    return joined(context, *array, *delimiter, null_text);
}

/// Without a delimiter into characters, with an empty one not at all.
std::optional<Datum> split(EvalContext& context, Text text, Text delimiter, Text null_text) {
    if (!text) return {};
    ArrayBuilder parts(context.arena, registry().type(k_text));
    auto add = [&](std::string_view part) {
        if (null_text && part == *null_text) parts.add_null();
        else parts.add(part);
    };
    std::string_view rest = *text;
    if (!rest.empty() && delimiter && delimiter->empty()) {
        add(rest);
    } else if (!delimiter) {
        while (!rest.empty()) {
            const std::size_t length = std::min(utf8_length(rest.front()), rest.size());
            add(rest.substr(0, length));
            rest.remove_prefix(length);
        }
    } else if (!rest.empty()) {
        for (std::size_t at; (at = rest.find(*delimiter)) != std::string_view::npos; rest.remove_prefix(at + delimiter->size()))
            add(rest.substr(0, at));
        add(rest);
    }
    return parts.finish();
}

std::optional<Datum> split_plain(EvalContext& context, Text text, Text delimiter) { return split(context, text, delimiter, {}); }

}  // namespace

void register_array_text(Registry& to) {
    const Declared stable{.volatility = Volatility::stable};
    to.add(function<to_text>("array_to_string", 395, stable));
    to.add(function<to_text_with_nulls>("array_to_string", 384, stable));
    to.add(function<split_plain>("string_to_array", 394, {.result = k_text_array}));
    to.add(function<split>("string_to_array", 376, {.result = k_text_array}));
}

}  // namespace forklore
