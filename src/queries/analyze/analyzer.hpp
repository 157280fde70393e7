/// \file
/// Analyzer: from what was written to what it means.
///
/// Its functions are spread over several files, one for each part of the language. Every error carries the position
/// of what it is about.
///
/// Counterpart in PostgreSQL: parser/analyze.c, parse_*.c.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "queries/analyze/candidates.hpp"
#include "queries/analyze/coerce.hpp"
#include "queries/analyze/query.hpp"
#include "queries/parse/ast.hpp"
#include "queries/session.hpp"

namespace forklore {

/// Where an expression stands: decides what it may contain.
enum class Clause : std::uint8_t {
    none, from_subselect, from_function, join, where, having, filter, window_partition, window_order, window_frame, select_list,
    group_by, order_by, distinct_on, limit, offset, values, execute
};

/// What a query level can see.
struct Scope {
    /// A FROM item as names see it.
    struct Item {
        int entry = -1;                 ///< index in the range table
        bool relation_visible = true;   ///< `name.column` works
        bool columns_visible = true;    ///< `column` works
        bool lateral_only = false;      ///< visible to LATERAL items only
        bool lateral_ok = true;         ///< … and those may use it
    };
    Scope* parent = nullptr;  ///< of the query around this one; null: none
    Query* query = nullptr;   ///< what is being built
    std::vector<Item> items;  ///< what FROM has named so far
    std::vector<CommonTable*> common_tables;  ///< of WITH, as far as visible here
    Clause clause = Clause::none;             ///< where the expression being analysed stands
    bool lateral_active = false;        ///< a LATERAL item is being analysed
    std::vector<const ast::WindowDef*> window_definitions;  ///< of the WINDOW clause and OVER (…), as Query::windows
    bool has_aggregates = false, /**< aggregates seen */ has_windows = false, /**< functions over windows seen */ has_sets = false;  ///< set-returning functions seen
    int nested_aggregate = 0;           ///< inside the arguments of so many aggregates
    bool aggregate_seen_inside = false; ///< (while analysing arguments)
    const Expr* last_set = nullptr;     ///< the last set-returning call seen
};

/// Analyses one statement.
class Analyzer {
public:
    /// \param text the whole query text, for positions \param pool owns the result \param session whose settings count
    /// \param declared parameter types, 0: infer \param infer whether parameters beyond these are allowed
    Analyzer(std::string_view text, NodePool& pool, Session& session, std::span<const Oid> declared, bool infer);

    Query* analyze(const ast::Select& select);       ///< a whole statement \param select its tree
    /// Expressions of EXECUTE, converted to the types of the parameters. \param args as written \param types what is needed \param name of the statement
    std::vector<Expr*> analyze_arguments(ast::NodeList args, std::span<const Oid> types, std::string_view name);
    /// A type as written. Throws 42704. \param name of the type \param typmod set to its modifier
    const Type* type_of(const ast::TypeName& name, std::int32_t& typmod);
    std::vector<Oid> parameter_types();              ///< all parameters; throws 42P18 for one that nothing told the type of
    bool repeatable() const { return repeatable_; }  ///< false: a literal depends on the time of analysis

private:
    class ClauseGuard;

    // ---- errors
    int position(int location) const;
    Error at(Error error, int location) const;

    // ---- nodes
    template <typename T>
    T* make(const Type* type, int location) {
        T* e = pool_.make<T>();
        e->type = type;
        e->location = location;
        return e;
    }
    const Type* builtin(Oid oid) const { return &registry().type(oid); }
    ConstantExpr* constant(const Type* type, Datum value, int location);
    ConstantExpr* null_constant(const Type* type, int location);
    Expr* boolean_constant(bool value, int location);

    // ---- select.cpp
    Query* select(const ast::Select& s, Scope* parent, bool settle_unknown = true);
    Query* simple_select(const ast::Select& s, Scope& scope, bool settle_unknown);
    Query* values_select(const ast::Select& s, Scope& scope);
    void with_clause(const ast::Select& s, Scope& scope);
    void targets(ast::NodeList list, Scope& scope);
    void expand_star(const ast::ColumnRef& ref, Scope& scope, std::vector<TargetEntry>& to);
    void order_by(ast::NodeList list, Scope& scope, std::vector<SortClause>& to, Clause clause);
    int find_target_sql92(const ast::Node* node, Scope& scope, Clause clause);
    int find_target_sql99(const ast::Node* node, Scope& scope, Clause clause);
    int add_target_for(Expr* e, Scope& scope);
    void group_by(ast::NodeList list, Scope& scope);
    void distinct(const ast::Select& s, Scope& scope);
    Expr* limit(const ast::Node* node, Scope& scope, Clause clause);
    void settle_unknown_targets(Query& query);
    void add_sort(std::vector<SortClause>& to, const ast::SortBy& item, int target, Scope& scope);
    void require_order(const Type& type, int location);
    void require_equality(const Type& type, int location);
    void windows(Scope& scope);
    void limits(const ast::Select& s, Scope& scope);

    // ---- set_operations.cpp
    Query* set_operation(const ast::Select& s, Scope& scope, CommonTable* recursion = nullptr, ast::Names names = {});
    SetNode* set_node(const ast::Select& s, Scope& scope, std::vector<Expr*>& columns, bool top, CommonTable* recursion = nullptr,
                      ast::Names names = {});
    SetNode* set_leaf(const ast::Select& s, Scope& scope, std::vector<Expr*>& columns);
    SetNode* set_pair(const ast::Select& s, Scope& scope, std::pair<SetNode*, SetNode*> sides, std::vector<Expr*>& left,
                      std::vector<Expr*>& right, std::vector<Expr*>& columns, CommonTable* recursion);
    void tell_recursion(CommonTable& recursion, const SetNode& first, const std::vector<Expr*>& left, ast::Names names, const Query& query);
    void name_set_columns(SetNode& node, RangeEntry& entry, Scope& scope, const std::vector<RangeColumn>& types, std::vector<Expr*>& columns);
    void recursive_common_table(const ast::CommonTable& definition, CommonTable& table, Scope& scope);

    // ---- grouping.cpp
    void check_grouping(Scope& scope);

    // ---- from.cpp
    void from(ast::NodeList list, Scope& scope);
    FromItem* from_item(const ast::Node* node, Scope& scope, std::vector<Scope::Item>& items);
    FromItem* range_var(const ast::RangeVar& var, Scope& scope, std::vector<Scope::Item>& items);
    FromItem* range_subselect(const ast::RangeSubselect& sub, Scope& scope, std::vector<Scope::Item>& items);
    FromItem* range_function(const ast::RangeFunction& function, Scope& scope, std::vector<Scope::Item>& items);
    FromItem* join(const ast::Join& j, Scope& scope, std::vector<Scope::Item>& items);
    FromItem* add_entry(RangeEntry* entry, Scope& scope, std::vector<Scope::Item>& items);
    void rename_columns(RangeEntry& entry, const ast::Alias& alias, int location);
    int subselect_location(int inside) const;
    void check_names(const std::vector<Scope::Item>& left, const std::vector<Scope::Item>& right, const Scope& scope);
    CommonTable* find_common_table(std::string_view name, Scope& scope, int& levels);

    // ---- names.cpp
    Expr* column_ref(const ast::ColumnRef& ref, Scope& scope);
    Expr* unqualified_column(std::string_view name, Scope& scope, int location);
    Expr* column_of(Scope& scope, int levels, int entry, int column, int location);
    Expr* whole_row(Scope& scope, int levels, int entry, int location);
    const Scope::Item* find_item(std::string_view schema, std::string_view name, Scope& scope, int& levels, Scope*& where, int location);
    [[noreturn]] void missing_relation(std::string_view name, Scope& scope, int location);
    [[noreturn]] void missing_column(std::string_view relation, std::string_view name, Scope& scope, int location);
    static std::string figure_name(const ast::Node* node);
    static int figure_name(const ast::Node* node, std::string& name);

    // ---- expressions.cpp
    Expr* expression(const ast::Node* node, Scope& scope, Clause clause);
    Expr* expr(const ast::Node* node, Scope& scope);
    Expr* test_expr(const ast::Node* node, Scope& scope);
    [[noreturn]] void refuse_expr(const ast::Node* node);
    Expr* literal(const ast::Constant& constant);
    Expr* boolean_expr(const ast::BooleanExpr& e, Scope& scope);
    Expr* case_expr(const ast::CaseExpr& e, Scope& scope);
    Expr* type_cast(const ast::TypeCast& cast, Scope& scope);
    const Type* cast_target(const ast::TypeCast& cast, std::int32_t& typmod);
    Expr* finish_cast(const ast::TypeCast& cast, Expr* arg, const Type* target, std::int32_t typmod);
    Expr* array_expr(const ast::ArrayExpr& array, Scope& scope, const Type* array_type, const Type* element_type, std::int32_t typmod);
    Expr* indirection(const ast::Indirection& e, Scope& scope);
    std::vector<RangeColumn> fields_of(const Expr* e, Scope& scope);
    Expr* field(Expr* record, std::size_t number, const RangeColumn& of, int location);
    Expr* field_named(Expr* record, std::string_view name, Scope& scope, int location);
    void expand_record(const ast::Indirection& node, Scope& scope, std::vector<TargetEntry>& to);
    Expr* sublink(const ast::SubLink& link, Scope& scope);
    Expr* sql_value(const ast::SqlValue& value);
    Expr* collate(const ast::Collate& e, Scope& scope);
    Expr* parameter(const ast::ParamRef& ref);
    void forget_parameters(const Expr* dropped);
    [[noreturn]] void throw_untold_parameter(std::size_t index);
    Expr* coalesce(const ast::Coalesce& e, Scope& scope);
    Expr* min_max(const ast::MinMax& e, Scope& scope);
    Expr* row_expr(const ast::RowExpr& e, Scope& scope);

    // ---- operators.cpp
    Expr* operator_expr(const ast::OperatorExpr& e, Scope& scope);
    Expr* operator_chain(const ast::OperatorExpr& last, Scope& scope);
    Expr* special_operator(const ast::OperatorExpr& e, Scope& scope);
    Expr* operation(ast::Names names, Expr* left, Expr* right, int location);
    CallExpr* apply_operator(std::string_view name, Expr* left, Expr* right, int location);
    Expr* array_operation(std::string_view name, bool any, Expr* left, Expr* right, int location);
    Expr* in_list(const ast::OperatorExpr& e, Scope& scope);
    Expr* between(const ast::OperatorExpr& e, Scope& scope);
    Expr* row_operation(std::string_view name, const std::vector<Expr*>& left, const std::vector<Expr*>& right, int location);
    Expr* distinct_from(Expr* left, Expr* right, bool negate, int location);
    std::string_view operator_name(ast::Names names, int location);
    Expr* all_of(std::vector<Expr*> args, int location);

    // ---- calls.cpp
    Expr* function_call(const ast::FunctionCall& call, Scope& scope);
    Expr* finish_call(const ast::FunctionCall& call, std::vector<Expr*> args, Scope& scope);
    Expr* call(std::string_view name, std::vector<Expr*> args, int location, CallForm form = CallForm::call);
    Expr* aggregate(const ast::FunctionCall& call, const Candidate& chosen, std::vector<Expr*> args, const Type* result,
                    std::vector<const Type*> types, Scope& scope);
    Expr* window_call(const ast::FunctionCall& call, const Candidate& chosen, std::vector<Expr*> args, const Type* result,
                      std::vector<const Type*> types, Scope& scope);
    int window_index(const ast::WindowDef& definition, Scope& scope);
    void prepare_arguments(const Candidate& chosen, std::vector<Expr*>& args, std::vector<const Type*>& types, const Type*& result, int location);
    const Candidate* find_function(std::string_view name, const std::vector<Expr*>& args, bool spread, std::vector<Candidate>& candidates, Choice& choice);
    static std::string signature(std::string_view name, std::span<Expr* const> args);
    void check_set_returning(Scope& scope, const Expr* e, int location);
    void check_aggregate_allowed(Scope& scope, int location);
    void check_window_allowed(Scope& scope, int location);

    // ---- coercions.cpp
    Expr* coerce(Expr* e, const Type* target, std::int32_t typmod, CastContext context, CallForm form, int location);
    Expr* coerce_length(Expr* e, const Type* target, std::int32_t typmod, CastContext context, CallForm form, int location, bool hide_nothing = true);
    Expr* coerce_to(Expr* e, const Type* target, std::int32_t typmod, CastContext context, CallForm form, int location);
    Expr* coerce_to_boolean(Expr* e, std::string_view construct);
    Expr* coerce_to_specific(Expr* e, Oid type, std::string_view construct);
    Expr* read_literal(const ConstantExpr& literal, const Type* target, std::int32_t typmod);
    const Type* select_common(std::span<Expr* const> exprs, std::string_view construct);
    std::int32_t common_typmod(std::span<Expr* const> exprs, const Type* type);
    Expr* coerce_to_common(Expr* e, const Type* target, std::string_view construct);
    void resolve_parameter(ParameterExpr& parameter, const Type* target, int location);
    CallExpr* make_call(const Function* function, std::vector<Expr*> args, const Type* result, CallForm form, int location);

    std::string_view text_;
    NodePool& pool_;
    Session& session_;
    std::vector<const Type*> parameters_;           // null: not told yet; unknown: seen but not told
    std::vector<ParameterExpr*> parameter_nodes_;   // to be checked at the end
    std::size_t declared_parameters_ = 0;
    bool infer_ = true;
    bool repeatable_ = true;
};

/// The clause's name in messages ("WHERE"). \param clause which
std::string_view clause_name(Clause clause);

/// A name as it is written: its parts with dots between them. \param names the parts
std::string dotted(ast::Names names);

/// Where an expression begins in the text: the leftmost of its parts, as messages point at it. \param e the expression
int start_of(const Expr* e);

/// Whether an expression contains something that fulfils a condition. Sub-queries are not entered. \param e may be null \param test the condition
bool contains(const Expr* e, const std::function<bool(const Expr&)>& test);

}  // namespace forklore
