#include "queries/types/array_type.hpp"

#include <algorithm>

#include "queries/type_oids.hpp"
#include "queries/types/array.hpp"

namespace forklore {

Type array_type_of(const Type& element) {
    Type type;
    type.oid = element.array;
    type.name = "_" + element.name;
    type.sql_name = (element.sql_name.empty() ? element.name : element.sql_name) + "[]";
    type.length = -1;
    type.kind = element.kind == 'p' ? 'p' : 'b';
    type.category = type.kind == 'p' ? 'P' : 'A';
    type.element = element.oid;
    type.delimiter = element.delimiter;
    type.by_reference = true;
    type.input = array_input;
    type.output = array_output;
    type.receive = element.receive != nullptr ? array_receive : nullptr;
    type.send = element.send != nullptr ? array_send : nullptr;
    type.compare = element.compare != nullptr ? array_compare : nullptr;
    type.hash = element.hash != nullptr ? array_hash : nullptr;
    type.typmod_in = element.typmod_in;
    type.typmod_out = element.typmod_out;
    return type;
}

int array_compare(const Type& type, const Datum& left, const Datum& right) {
    const Type& element = registry().type(type.element);
    const ArrayView a(left), b(right);
    const std::uint32_t common = std::min(a.count(), b.count());
    for (std::uint32_t i = 0; i < common; ++i) {
        const Datum x = a[i], y = b[i];
        if (x.is_null || y.is_null) {
            if (x.is_null != y.is_null) return x.is_null ? 1 : -1;
        } else if (const int order = element.compare(element, x, y); order != 0) {
            return order < 0 ? -1 : 1;
        }
    }
    if (a.count() != b.count()) return a.count() < b.count() ? -1 : 1;
    if (a.dimensions() != b.dimensions()) return a.dimensions() < b.dimensions() ? -1 : 1;
    for (int i = 0; i < a.dimensions(); ++i)
        if (a.shape()[i].length != b.shape()[i].length) return a.shape()[i].length < b.shape()[i].length ? -1 : 1;
    for (int i = 0; i < a.dimensions(); ++i)
        if (a.shape()[i].lower != b.shape()[i].lower) return a.shape()[i].lower < b.shape()[i].lower ? -1 : 1;
    return 0;
}

std::uint64_t array_hash(const Type& type, const Datum& value) {
    const Type& element = registry().type(type.element);
    const ArrayView array(value);
    // The order of the elements counts, their arrangement in dimensions need not.
    std::uint64_t hash = array.count();
    for (std::uint32_t i = 0; i < array.count(); ++i) {
        const Datum x = array[i];
        hash = (hash ^ (x.is_null ? 0 : element.hash(element, x))) * 0x9E37'79B9'7F4A'7C15u;
        hash ^= hash >> 32;
    }
    return hash;
}

}  // namespace forklore
