/// \file
/// The registry of everything SQL can name: types, functions, aggregates, operators, casts, system views.
///
/// A layer adds to it before the first fork, one declaration for each thing, and every process inherits it. Later only a module adds to it,
/// for the process that loads it. Analysis looks things up here by PostgreSQL's rules.
///
/// Counterpart in PostgreSQL: pg_type, pg_proc, pg_aggregate, pg_operator, pg_cast and their .dat files.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/arena.hpp"
#include "base/bytes.hpp"
#include "queries/datum.hpp"

namespace forklore {

class Session;
class Relation;
struct Type;
struct Function;

/// What every evaluation has at hand.
struct EvalContext {
    Arena& arena;               ///< results live here until the batch has been used up
    Session* session = nullptr; ///< the session that asks; null in tests of plain functions
};

/// One place in a plan where a function is called: what is the same for every batch.
struct CallSite {
    const Function* function = nullptr;             ///< what is called
    const Type* result = nullptr;                   ///< actual result type (polymorphism resolved)
    std::span<const Type* const> arguments{};       ///< actual argument types
    std::int32_t typmod = -1;                       ///< type modifier of the result, for length coercions
    bool variadic_array = false;                    ///< VARIADIC "any" called with an array: its elements are the arguments
    mutable std::shared_ptr<void> memo{};           ///< kept from batch to batch by the function itself (a compiled pattern)
};

// ---------------------------------------------------------------- types

/// Context of a type's input and output.
struct TypeContext {
    Arena& arena;             ///< results of input live here
    const Type& type;         ///< the type itself: how one routine serves many array types
    std::int32_t typmod = -1; ///< type modifier, -1 for none
};

/// A data type. All routines throw Error with PostgreSQL's SQLSTATE and wording (22P02, 22003, 22P03, …).
struct Type {
    Oid oid = 0;                        ///< PostgreSQL's
    std::string name;                   ///< pg_type.typname ("int4", "_int4")
    std::string sql_name;               ///< format_type's name ("integer", "integer[]"); empty: as `name`
    std::int16_t length = -1;           ///< typlen: bytes, -1 variable, -2 C string
    char category = 'U';                ///< typcategory
    bool preferred = false;             ///< preferred in its category
    char kind = 'b';                    ///< typtype: b base, p pseudo
    Oid element = 0;                    ///< array types: of what
    Oid array = 0;                      ///< the type of arrays of this
    char delimiter = ',';               ///< between array elements
    bool by_reference = false;          ///< whether Datum::bytes is used

    Datum (*input)(const TypeContext&, std::string_view text) = nullptr;      ///< from text
    void (*output)(const TypeContext&, Datum value, ByteWriter& to) = nullptr; ///< appends text; value is not null
    Datum (*receive)(const TypeContext&, ByteReader& from) = nullptr;         ///< from the binary wire format; null: 42883 no binary input function available for type
    void (*send)(const TypeContext&, Datum value, ByteWriter& to) = nullptr;  ///< appends the binary wire format; null: no binary output function
    int (*compare)(const Type&, const Datum&, const Datum&) = nullptr;        ///< <0, 0, >0 in B-tree order; null: not sortable
    std::uint64_t (*hash)(const Type&, const Datum&) = nullptr;               ///< equal values, equal hashes; null: not hashable
    std::int32_t (*typmod_in)(std::span<const std::string_view> words) = nullptr;  ///< from `varchar(10)`'s words
    std::string (*typmod_out)(std::int32_t typmod) = nullptr;                 ///< "(10)"
};

// ---------------------------------------------------------------- functions

/// pg_proc.provolatile.
enum class Volatility : char { immutable = 'i', stable = 's', volatile_ = 'v' };

/// pg_proc.prokind and proretset together.
enum class FunctionKind : std::uint8_t { scalar, set_returning, aggregate, window };

/// A scalar function's code: fills result[row] for each of the rows; arguments may have stride 0. Rows that are not
/// listed must be left alone, and must not be looked at (they may hold anything).
using Kernel = void (*)(EvalContext&, const CallSite&, const Column* arguments, Rows rows, Datum* result);

/// Something that yields rows until there are no more: a set-returning function, a scan, an operator of a plan.
class RowSource {
public:
    virtual ~RowSource() = default;
    /// The next rows. \param to set to memory of the source's own, valid until the next call.
    /// \return false when there are no more (then `to` is untouched). A batch may be empty without being the last.
    virtual bool next(Batch& to) = 0;
};

/// Opens a set-returning function for one set of arguments. Datums' bytes stay valid while the source lives.
using OpenSource = std::unique_ptr<RowSource> (*)(EvalContext&, const CallSite&, std::span<const Datum> arguments);

/// An aggregate's code over states of `state_size` bytes that live in an arena and are never destroyed.
struct AggregateCode {
    std::uint32_t state_size = 0;                         ///< bytes of one group's state, 16-byte aligned
    void (*initialise)(void* state) = nullptr;            ///< makes an empty group
    /// Takes rows in. `states[row * state_stride]` is the row's group (stride 0: all rows are one group).
    /// The arena lives as long as the states.
    void (*update)(Arena& arena, EvalContext&, const CallSite&, void* const* states, std::uint32_t state_stride,
                   const Column* arguments, Rows rows) = nullptr;
    Datum (*finish)(EvalContext&, const CallSite&, const void* state) = nullptr;  ///< the group's result
};

/// A named output column of a function that returns rows.
struct OutColumn {
    std::string name;  ///< as in `select *`
    Oid type;          ///< its type
};

/// A function, aggregate or set-returning function.
struct Function {
    Oid oid = 0;                             ///< PostgreSQL's; 0: the registry gives one above k_first_own_oid
    std::string name;                        ///< pg_proc.proname
    FunctionKind kind = FunctionKind::scalar;  ///< which of the three codes below it has
    Oid result = 0;                          ///< result type (of one row); may be polymorphic
    std::vector<Oid> arguments;              ///< argument types; may be polymorphic
    bool variadic = false;                   ///< the last argument is an array (or "any") that takes the rest
    std::uint16_t defaults = 0;              ///< how many trailing arguments may be left out (then null is passed as "not given")
    bool strict = true;                      ///< null in, null out, code not called
    Volatility volatility = Volatility::immutable;  ///< may it be folded, or moved
    Kernel kernel = nullptr;                 ///< scalar
    OpenSource open = nullptr;               ///< set_returning
    std::vector<OutColumn> out_columns;      ///< set_returning with several columns; empty: one column of type result
    AggregateCode aggregate{};               ///< aggregate
    std::string description;                 ///< what psql's `\\df+` shows
};

/// An operator: a name for a function.
struct Operator {
    Oid oid = 0;            ///< PostgreSQL's; 0: given by the registry
    std::string name;       ///< "+", "<=", …
    Oid left = 0;           ///< left argument's type, 0 for a prefix operator
    Oid right = 0;          ///< right argument's type
    Oid result = 0;         ///< filled in from the function
    Oid function = 0;       ///< by oid
    std::string commutator; ///< name of the operator that gives the same with arguments swapped; empty for none
    std::string negator;    ///< name of the operator that gives the opposite; empty for none
};

/// When a cast may be applied without being asked for. pg_cast.castcontext.
enum class CastContext : char { implicit = 'i', assignment = 'a', explicit_ = 'e' };

/// A cast between two types. With no function the value is reinterpreted as it is (binary coercible).
struct Cast {
    Oid source = 0;                                ///< from; the same as target: a length coercion (value, typmod, is_explicit)
    Oid target = 0;                                ///< to
    Oid function = 0;                              ///< by oid; 0 with `via_text` false: binary coercible
    CastContext context = CastContext::explicit_;  ///< where it is used without being asked for
    bool via_text = false;                         ///< output of one, input of the other
};

/// OIDs that the registry gives out itself begin here.
inline constexpr Oid k_first_own_oid = 9000;

/// All of it.
class Registry {
public:
    Registry();
    ~Registry();
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    const Type& add(Type type);                  ///< \param type oid and name must be new \return the kept one, for ever
    const Function& add(Function function);      ///< \param function name with these argument types must be new \return the kept one
    void add(Operator op);                       ///< \param op its function must be there already
    void add(Cast cast);                         ///< \param cast its types and function must be there already
    void add(std::unique_ptr<Relation> view);    ///< \param view a system view in its own schema

    /// \name For modules
    /// \{
    void remove(const Function& function);       ///< who knows it already may go on calling it \param function from add()
    void remove(const Relation& view);           ///< \param view that was added; nothing that was analysed may know of it
    /// \}

    std::uint64_t generation() const;            ///< a number that grows with every change: by it whoever keeps the result of a look-up sees that it is old

    const Type* find_type(Oid oid) const;                    ///< null when unknown \param oid which
    const Type& type(Oid oid) const;                         ///< throws Error XX000 `cache lookup failed for type n` \param oid which
    const Type* find_type(std::string_view name) const;      ///< by pg_type.typname \param name exact
    std::span<const Function* const> functions(std::string_view name) const;  ///< all of that name \param name exact
    const Function* find_function(Oid oid) const;            ///< null when unknown \param oid which
    std::span<const Operator* const> operators(std::string_view name) const;  ///< all of that name \param name exact
    const Operator* find_operator(Oid oid) const;            ///< null when unknown \param oid which
    const Cast* find_cast(Oid source, Oid target) const;     ///< null when there is none \param source from \param target to
    Relation* find_relation(std::string_view schema, std::string_view name) const;  ///< null when unknown; empty schema: pg_catalog, then information_schema is not searched \param schema exact \param name exact

    /// \name Everything, in order of addition (for pg_type, pg_proc, …)
    /// \{
    std::span<const std::unique_ptr<Type>> all_types() const;
    std::span<const std::unique_ptr<Function>> all_functions() const;
    std::span<const std::unique_ptr<Operator>> all_operators() const;
    std::span<const Cast> all_casts() const;
    std::span<const std::unique_ptr<Relation>> all_relations() const;
    /// \}

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The registry of this process; empty until register_builtins() and the layers have filled it.
Registry& registry();

/// Adds the settings of queries and of its types to the process's settings. Before any file is read.
void define_query_settings();

/// Adds all of queries' own types, functions, operators, casts and views. \param to an empty registry.
void register_builtins(Registry& to);

}  // namespace forklore
