/// \file
/// Coercion: from one type to another, by PostgreSQL's rules.
///
/// Counterpart in PostgreSQL: parse_coerce.c.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "queries/analyze/expression.hpp"
#include "queries/type_oids.hpp"

namespace forklore {

/// How one type becomes another.
enum class CoercionPath : std::uint8_t { none, relabel, function, via_text, array };

/// The way from a type to another, both known and different. \param source from \param target to \param context how far
/// we may go \param function set to the cast function of the path `function`
CoercionPath find_coercion(const Type& source, const Type& target, CastContext context, const Function*& function);

/// Whether all of some types can become others, each in its place. \param sources from \param targets to \param context how far we may go
bool can_coerce(std::span<const Type* const> sources, std::span<const Type* const> targets, CastContext context);
/// The same for one. \param source from \param target to \param context how far we may go
inline bool can_coerce(const Type* source, const Type* target, CastContext context) {
    return can_coerce(std::span(&source, 1), std::span(&target, 1), context);
}

/// Whether values of a type are values of another without a conversion. \param source from \param target to
bool is_binary_coercible(const Type& source, const Type& target);

/// Whether a type stands for others (anyelement and its kin). \param type which
bool is_polymorphic(Oid type);

/// Resolves the polymorphic types of a call. Throws Error 42804, 42P18 when they do not agree.
/// \param actual argument types, of which unknown ones are set to what they become
/// \param declared as declared; polymorphic ones are replaced by the actual ones \param result declared result \return the actual result
const Type* resolve_polymorphism(std::span<const Type* const> actual, std::span<const Type*> declared, const Type* result);

/// Whether the polymorphic types of a call can be resolved at all. \param actual argument types \param declared as declared
bool polymorphism_agrees(std::span<const Type* const> actual, std::span<const Type* const> declared);

/// The category of a type, in which unknown is one of its own. \param type which
inline char category_of(const Type& type) { return type.oid == k_unknown ? 'X' : type.category; }

/// The type that several expressions share, or null when there is none. Unknown ones do not count unless all are: then text.
/// \param types of the expressions \param failed set to the index of the one that does not fit
const Type* common_type(std::span<const Type* const> types, std::size_t* failed = nullptr);

}  // namespace forklore
