#include "queries/analyze/coerce.hpp"

#include "base/error.hpp"

namespace forklore {

CoercionPath find_coercion(const Type& source, const Type& target, CastContext context, const Function*& function) {
    function = nullptr;
    const auto allowed = [&](CastContext needed) {
        const auto rank = [](CastContext c) { return c == CastContext::implicit ? 0 : c == CastContext::assignment ? 1 : 2; };
        return rank(context) >= rank(needed);
    };
    if (&source == &target) return CoercionPath::relabel;
    if (const Cast* cast = registry().find_cast(source.oid, target.oid)) {
        if (!allowed(cast->context)) return CoercionPath::none;
        if (cast->via_text) return CoercionPath::via_text;
        if (cast->function == 0) return CoercionPath::relabel;
        function = registry().find_function(cast->function);
        return CoercionPath::function;
    }
    const Type* source_element = source.element != 0 ? registry().find_type(source.element) : nullptr;
    const Type* target_element = target.element != 0 ? registry().find_type(target.element) : nullptr;
    if (source_element != nullptr && target_element != nullptr && source_element->array == source.oid && target_element->array == target.oid) {
        const Function* of_element = nullptr;
        switch (find_coercion(*source_element, *target_element, context, of_element)) {
            case CoercionPath::none: break;
            case CoercionPath::relabel: return CoercionPath::array;
            default: return CoercionPath::array;
        }
    }
    if (allowed(CastContext::assignment) && target.category == 'S') return CoercionPath::via_text;
    if (allowed(CastContext::explicit_) && source.category == 'S') return CoercionPath::via_text;
    return CoercionPath::none;
}

bool is_polymorphic(Oid type) {
    switch (type) {
        case k_any_element: case k_any_array: case k_any_non_array: case k_any_enum:
        case k_any_compatible: case k_any_compatible_array: case k_any_compatible_non_array: return true;
        default: return false;
    }
}

bool can_coerce(std::span<const Type* const> sources, std::span<const Type* const> targets, CastContext context) {
    bool generics = false;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const Type& source = *sources[i];
        const Type& target = *targets[i];
        if (&source == &target || target.oid == k_any) continue;
        if (is_polymorphic(target.oid)) {
            generics = true;
            continue;
        }
        if (source.oid == k_unknown) continue;
        const Function* function = nullptr;
        if (find_coercion(source, target, context, function) != CoercionPath::none) continue;
        return false;
    }
    return !generics || polymorphism_agrees(sources, targets);
}

bool is_binary_coercible(const Type& source, const Type& target) {
    if (&source == &target || target.oid == k_any || target.oid == k_any_element || target.oid == k_any_compatible) return true;
    if ((target.oid == k_any_array || target.oid == k_any_compatible_array) && source.element != 0) return true;
    const Cast* cast = registry().find_cast(source.oid, target.oid);
    return cast != nullptr && cast->function == 0 && !cast->via_text && cast->context == CastContext::implicit;
}

const Type* common_type(std::span<const Type* const> types, std::size_t* failed) {
    const Type* chosen = nullptr;
    for (std::size_t i = 0; i < types.size(); ++i) {
        const Type* next = types[i];
        if (next->oid == k_unknown || next == chosen) continue;
        if (chosen == nullptr) {
            chosen = next;
        } else if (chosen->category != next->category) {
            if (failed != nullptr) *failed = i;
            return nullptr;
        } else if (!chosen->preferred && can_coerce(chosen, next, CastContext::implicit) &&
                   !can_coerce(next, chosen, CastContext::implicit)) {
            chosen = next;
        }
    }
    return chosen != nullptr ? chosen : &registry().type(k_text);
}

// ---------------------------------------------------------------- polymorphism

namespace {

const Type* element_of(const Type& array) { return array.element == 0 ? nullptr : registry().find_type(array.element); }
const Type* array_of(const Type& element) { return element.array == 0 ? nullptr : registry().find_type(element.array); }

// What the arguments of a call tell about its polymorphic types.
struct Generics {
    const Type* element = nullptr;       // anyelement, anynonarray
    const Type* array = nullptr;         // anyarray
    bool any_simple = false;             // some argument is of the first family
    bool unknown_simple = false;
    bool non_array = false, enumeration = false;
    std::vector<const Type*> compatible; // anycompatible's known types, arrays by their elements
    bool any_compatible = false, compatible_non_array = false;
    // What does not agree, when it does not.
    std::string trouble;
    std::string detail;

    void take(const Type& actual, Oid declared) {
        const bool unknown = actual.oid == k_unknown;
        switch (declared) {
            case k_any_non_array: non_array = true; [[fallthrough]];
            case k_any_enum: if (declared == k_any_enum) enumeration = true; [[fallthrough]];
            case k_any_element:
                any_simple = true;
                if (unknown) unknown_simple = true;
                else if (element == nullptr) element = &actual;
                else if (element != &actual) disagree("anyelement", *element, actual);
                break;
            case k_any_array:
                any_simple = true;
                if (unknown) unknown_simple = true;
                else if (actual.element == 0 && actual.oid != k_any_array)
                    fail(fmt::format("argument declared anyarray is not an array but type {}", actual.sql_name), {});
                else if (array == nullptr) array = &actual;
                else if (array != &actual) disagree("anyarray", *array, actual);
                break;
            case k_any_compatible_non_array: compatible_non_array = true; [[fallthrough]];
            case k_any_compatible:
                any_compatible = true;
                if (!unknown) compatible.push_back(&actual);
                break;
            case k_any_compatible_array:
                any_compatible = true;
                if (unknown) break;
                if (const Type* of = element_of(actual)) compatible.push_back(of);
                else fail(fmt::format("argument declared anycompatiblearray is not an array but type {}", actual.sql_name), {});
                break;
            default: break;
        }
    }
    void disagree(std::string_view name, const Type& a, const Type& b) {
        fail(fmt::format("arguments declared \"{}\" are not all alike", name), fmt::format("{} versus {}", a.sql_name, b.sql_name));
    }
    void fail(std::string message, std::string more) {
        if (trouble.empty()) trouble = std::move(message), detail = std::move(more);
    }
    // Draws the conclusions.
    void settle() {
        if (!any_simple) return;
        if (array != nullptr) {
            const Type* of = element_of(*array);
            if (of == nullptr && array->oid != k_any_array)
                fail(fmt::format("argument declared anyarray is not an array but type {}", array->sql_name), {});
            if (of != nullptr && element == nullptr) element = of;
            else if (of != nullptr && element != of)
                fail("argument declared anyarray is not consistent with argument declared anyelement",
                     fmt::format("{} versus {}", array->sql_name, element->sql_name));
        }
        if (non_array && element != nullptr && element->element != 0 && element->length == -1)
            fail(fmt::format("type matched to anynonarray is an array type: {}", element->sql_name), {});
        if (enumeration && element != nullptr) fail(fmt::format("type matched to anyenum is not an enum type: {}", element->sql_name), {});
    }
};

}  // namespace

bool polymorphism_agrees(std::span<const Type* const> actual, std::span<const Type* const> declared) {
    Generics generics;
    for (std::size_t i = 0; i < actual.size(); ++i) generics.take(*actual[i], declared[i]->oid);
    generics.settle();
    if (!generics.trouble.empty()) return false;
    if (generics.compatible.size() > 1 && common_type(generics.compatible) == nullptr) return false;
    if (generics.any_compatible && !generics.compatible.empty()) {
        const Type* common = common_type(generics.compatible);
        for (const Type* one : generics.compatible)
            if (!can_coerce(one, common, CastContext::implicit)) return false;
    }
    return true;
}

const Type* resolve_polymorphism(std::span<const Type* const> actual, std::span<const Type*> declared, const Type* result) {
    bool needed = is_polymorphic(result->oid);
    for (const Type* one : declared) needed = needed || is_polymorphic(one->oid);
    if (!needed) return result;

    Generics generics;
    for (std::size_t i = 0; i < actual.size(); ++i) generics.take(*actual[i], declared[i]->oid);
    generics.settle();
    if (!generics.trouble.empty()) {
        Error error(sqlstate::datatype_mismatch, "{}", generics.trouble);
        error.report().detail = generics.detail;
        throw error;
    }
    const Type* element = generics.element;
    const Type* array = generics.array;
    if (generics.any_simple && element == nullptr && array == nullptr) {
        throw Error(sqlstate::datatype_mismatch, "could not determine polymorphic type because input has type unknown");
    }
    const Type* compatible = nullptr;
    if (generics.any_compatible) {
        compatible = common_type(generics.compatible);
        if (compatible == nullptr) {
            std::size_t failed = 0;
            common_type(generics.compatible, &failed);
            throw Error(sqlstate::datatype_mismatch, "arguments of anycompatible family cannot be cast to a common type");
        }
    }
    const auto array_for = [&](const Type* of) -> const Type* {
        const Type* found = of == nullptr ? nullptr : array_of(*of);
        if (found == nullptr)
            throw Error(sqlstate::undefined_object, "could not find array type for data type {}", of == nullptr ? "unknown" : of->sql_name);
        return found;
    };
    const auto resolved = [&](const Type* one) -> const Type* {
        switch (one->oid) {
            case k_any_element: case k_any_non_array: case k_any_enum:
                if (element == nullptr) throw Error(sqlstate::datatype_mismatch, "could not determine polymorphic type because input has type unknown");
                return element;
            case k_any_array: return array != nullptr ? array : array_for(element);
            case k_any_compatible: case k_any_compatible_non_array: return compatible;
            case k_any_compatible_array: return array_for(compatible);
            default: return one;
        }
    };
    for (const Type*& one : declared) one = resolved(one);
    return resolved(result);
}

}  // namespace forklore
