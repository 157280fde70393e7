// Arrays in the binary wire format: dimensions, a flag for nulls, the element type, then each element with its length.
#include <vector>

#include "base/error.hpp"
#include "queries/types/array.hpp"
#include "queries/types/array_type.hpp"

namespace forklore {

namespace {

std::string type_title(Oid oid) {
    const Type* type = registry().find_type(oid);
    if (type == nullptr) return "???";
    return type->sql_name.empty() ? type->name : type->sql_name;
}

}  // namespace

void array_send(const TypeContext& context, Datum value, ByteWriter& to) {
    const ArrayView array(value);
    const Type& element = registry().type(array.element());
    if (element.send == nullptr)
        throw Error(sqlstate::undefined_function, "no binary output function available for type {}", type_title(element.oid));
    to.put<std::int32_t>(array.dimensions());
    to.put<std::int32_t>(array.has_nulls() ? 1 : 0);
    to.put<std::uint32_t>(element.oid);
    for (const ArrayDimension& d : array.shape()) {
        to.put(d.length);
        to.put(d.lower);
    }
    const TypeContext inner{context.arena, element, -1};
    for (std::uint32_t i = 0; i < array.count(); ++i) {
        if (array.is_null(i)) {
            to.put<std::int32_t>(-1);
            continue;
        }
        const std::size_t at = to.size();
        to.put<std::int32_t>(0);
        element.send(inner, array[i], to);
        to.patch_int32(at, static_cast<std::int32_t>(to.size() - at - sizeof(std::int32_t)));
    }
}

Datum array_receive(const TypeContext& context, ByteReader& from) {
    const auto dimensions = from.get<std::int32_t>();
    if (dimensions < 0) throw Error(sqlstate::invalid_binary_representation, "invalid number of dimensions: {}", dimensions);
    if (dimensions > k_max_array_dimensions)
        throw Error(sqlstate::program_limit_exceeded, "number of array dimensions ({}) exceeds the maximum allowed ({})",
                    dimensions, k_max_array_dimensions);
    const auto flags = from.get<std::int32_t>();
    if (flags != 0 && flags != 1) throw Error(sqlstate::invalid_binary_representation, "invalid array flags");
    const auto sent = from.get<std::uint32_t>();
    if (sent != context.type.element)
        throw Error(sqlstate::datatype_mismatch, "binary data has array element type {} ({}) instead of expected {} ({})", sent,
                    type_title(sent), context.type.element, type_title(context.type.element));
    const Type& element = registry().type(sent);
    ArrayDimension shape[k_max_array_dimensions];
    for (int i = 0; i < dimensions; ++i) {
        shape[i].length = from.get<std::int32_t>();
        shape[i].lower = from.get<std::int32_t>();
    }
    const ArrayShape all{shape, static_cast<std::size_t>(dimensions)};
    const std::uint32_t count = array_count(all);
    // Each element takes at least its length word: a count that the message cannot hold must not cost memory.
    if (count > from.rest().size() / sizeof(std::int32_t))
        throw Error(sqlstate::invalid_binary_representation, "insufficient data left in message");
    if (element.receive == nullptr)
        throw Error(sqlstate::undefined_function, "no binary input function available for type {}", type_title(element.oid));

    const TypeContext inner{context.arena, element, context.typmod};
    std::pmr::vector<Datum> values(count, &context.arena);
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto length = from.get<std::int32_t>();
        if (length == -1) continue;
        if (length < -1 || static_cast<std::size_t>(length) > from.rest().size())
            throw Error(sqlstate::invalid_binary_representation, "insufficient data left in message");
        ByteReader bytes(from.take(static_cast<std::size_t>(length)));
        values[i] = element.receive(inner, bytes);
        if (!bytes.empty())
            throw Error(sqlstate::invalid_binary_representation, "improper binary format in array element {}", i + 1);
    }
    return make_array(context.arena, element, values, all);
}

}  // namespace forklore
