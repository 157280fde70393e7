#include "queries/registry.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/error.hpp"
#include "queries/relation.hpp"
#include "queries/types/array_type.hpp"

namespace forklore {

namespace {

struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
};
template <typename T>
using ByName = std::unordered_map<std::string, T, NameHash, std::equal_to<>>;

std::uint64_t pair_of(Oid source, Oid target) { return static_cast<std::uint64_t>(source) << 32 | target; }

}  // namespace

struct Registry::Impl {
    std::vector<std::unique_ptr<Type>> types;
    std::unordered_map<Oid, const Type*> types_by_oid;
    ByName<const Type*> types_by_name;

    std::vector<std::unique_ptr<Function>> functions, removed_functions;
    std::unordered_map<Oid, const Function*> functions_by_oid;
    ByName<std::vector<const Function*>> functions_by_name;

    std::vector<std::unique_ptr<Operator>> operators;
    std::unordered_map<Oid, const Operator*> operators_by_oid;
    ByName<std::vector<const Operator*>> operators_by_name;

    std::vector<Cast> casts;
    std::unordered_map<std::uint64_t, std::size_t> casts_by_pair;

    std::vector<std::unique_ptr<Relation>> relations;
    std::map<std::pair<std::string, std::string>, Relation*, std::less<>> relations_by_name;

    Oid next_oid = k_first_own_oid;
    std::uint64_t generation = 0;

    // What is declared wrongly is a bug of the declaration: the server must not start with it.
    template <typename... Args>
    [[noreturn]] static void refuse(fmt::format_string<Args...> format, Args&&... args) {
        throw Error(sqlstate::internal_error, "{}", fmt::format(format, std::forward<Args>(args)...));
    }
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

const Type& Registry::add(Type type) {
    if (impl_->types_by_oid.contains(type.oid) || impl_->types_by_name.contains(type.name))
        Impl::refuse("type {} ({}) is declared twice", type.name, type.oid);
    if (type.sql_name.empty()) type.sql_name = type.name;
    const Type& kept = *impl_->types.emplace_back(std::make_unique<Type>(std::move(type)));
    impl_->types_by_oid.emplace(kept.oid, &kept);
    impl_->types_by_name.emplace(kept.name, &kept);
    // Whoever declares a type that has arrays gets them for nothing.
    if (kept.array != 0) add(array_type_of(kept));
    return kept;
}

const Function& Registry::add(Function function) {
    if (function.oid == 0) function.oid = impl_->next_oid++;
    if (impl_->functions_by_oid.contains(function.oid))
        Impl::refuse("function {} has the OID {} of {}", function.name, function.oid,
                     impl_->functions_by_oid.at(function.oid)->name);
    auto& namesakes = impl_->functions_by_name[function.name];
    for (const Function* other : namesakes)
        if (other->arguments == function.arguments)
            Impl::refuse("function {} ({}) is declared twice with the same arguments", function.name, function.oid);
    const Function& kept = *impl_->functions.emplace_back(std::make_unique<Function>(std::move(function)));
    impl_->functions_by_oid.emplace(kept.oid, &kept);
    namesakes.push_back(&kept);
    ++impl_->generation;
    return kept;
}

void Registry::remove(const Function& function) {
    std::erase(impl_->functions_by_name[function.name], &function);
    impl_->functions_by_oid.erase(function.oid);
    const auto owned = std::ranges::find(impl_->functions, &function, &std::unique_ptr<Function>::get);
    impl_->removed_functions.push_back(std::move(*owned));  // a statement that was prepared may still call it
    impl_->functions.erase(owned);
    ++impl_->generation;
}

void Registry::add(Operator op) {
    const Function* function = find_function(op.function);
    if (function == nullptr) Impl::refuse("operator {} needs function {}, which is not there", op.name, op.function);
    if (op.oid == 0) op.oid = impl_->next_oid++;
    if (impl_->operators_by_oid.contains(op.oid)) Impl::refuse("operator {} has an OID that is taken: {}", op.name, op.oid);
    op.result = function->result;
    const Operator& kept = *impl_->operators.emplace_back(std::make_unique<Operator>(std::move(op)));
    impl_->operators_by_oid.emplace(kept.oid, &kept);
    impl_->operators_by_name[kept.name].push_back(&kept);
}

void Registry::add(Cast cast) {
    if (find_type(cast.source) == nullptr || find_type(cast.target) == nullptr ||
        (cast.function != 0 && find_function(cast.function) == nullptr))
        Impl::refuse("cast from {} to {} needs what is not there", cast.source, cast.target);
    if (!impl_->casts_by_pair.emplace(pair_of(cast.source, cast.target), impl_->casts.size()).second)
        Impl::refuse("cast from {} to {} is declared twice", cast.source, cast.target);
    impl_->casts.push_back(cast);
}

void Registry::add(std::unique_ptr<Relation> view) {
    Relation& kept = *impl_->relations.emplace_back(std::move(view));
    if (!impl_->relations_by_name.emplace(std::pair(kept.schema(), kept.name()), &kept).second)
        Impl::refuse("relation {}.{} is declared twice", kept.schema(), kept.name());
    ++impl_->generation;
}

void Registry::remove(const Relation& view) {
    impl_->relations_by_name.erase(std::pair(view.schema(), view.name()));
    std::erase_if(impl_->relations, [&](const auto& owned) { return owned.get() == &view; });
    ++impl_->generation;
}

std::uint64_t Registry::generation() const { return impl_->generation; }

const Type* Registry::find_type(Oid oid) const {
    const auto found = impl_->types_by_oid.find(oid);
    return found == impl_->types_by_oid.end() ? nullptr : found->second;
}

const Type& Registry::type(Oid oid) const {
    const Type* found = find_type(oid);
    if (found == nullptr) throw Error(sqlstate::internal_error, "cache lookup failed for type {}", oid);
    return *found;
}

const Type* Registry::find_type(std::string_view name) const {
    const auto found = impl_->types_by_name.find(name);
    return found == impl_->types_by_name.end() ? nullptr : found->second;
}

std::span<const Function* const> Registry::functions(std::string_view name) const {
    const auto found = impl_->functions_by_name.find(name);
    if (found == impl_->functions_by_name.end()) return {};
    return found->second;
}

const Function* Registry::find_function(Oid oid) const {
    const auto found = impl_->functions_by_oid.find(oid);
    return found == impl_->functions_by_oid.end() ? nullptr : found->second;
}

std::span<const Operator* const> Registry::operators(std::string_view name) const {
    const auto found = impl_->operators_by_name.find(name);
    if (found == impl_->operators_by_name.end()) return {};
    return found->second;
}

const Operator* Registry::find_operator(Oid oid) const {
    const auto found = impl_->operators_by_oid.find(oid);
    return found == impl_->operators_by_oid.end() ? nullptr : found->second;
}

const Cast* Registry::find_cast(Oid source, Oid target) const {
    const auto found = impl_->casts_by_pair.find(pair_of(source, target));
    return found == impl_->casts_by_pair.end() ? nullptr : &impl_->casts[found->second];
}

Relation* Registry::find_relation(std::string_view schema, std::string_view name) const {
    const std::string_view in = schema.empty() ? std::string_view("pg_catalog") : schema;
    const auto found = impl_->relations_by_name.find(std::pair(std::string(in), std::string(name)));
    return found == impl_->relations_by_name.end() ? nullptr : found->second;
}

std::span<const std::unique_ptr<Type>> Registry::all_types() const { return impl_->types; }
std::span<const std::unique_ptr<Function>> Registry::all_functions() const { return impl_->functions; }
std::span<const std::unique_ptr<Operator>> Registry::all_operators() const { return impl_->operators; }
std::span<const Cast> Registry::all_casts() const { return impl_->casts; }
std::span<const std::unique_ptr<Relation>> Registry::all_relations() const { return impl_->relations; }

Registry& registry() {
    static Registry the_registry;
    return the_registry;
}

}  // namespace forklore
