#include "queries/parse/grammar.hpp"

#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "queries/parse/backslashes.hpp"
#include "queries/parse/grammar_errors.hpp"
#include "queries/parse/long_names.hpp"
#include "queries/parse/nesting.hpp"
#include "queries/parse/stack_depth.hpp"
#include "queries/parse/wire.hpp"
#include "queries/query_settings.hpp"

// The one file that knows libpg_query and its protobuf tree. Field numbers come from the library's own descriptors,
// found by the C struct member, so that the compiler checks the names and each grammar version brings its numbers.

namespace forklore {

namespace {

using namespace ast;
using wire::Message;

std::uint32_t number_at(const ProtobufCMessageDescriptor& message, std::size_t offset) {
    for (unsigned i = 0; i < message.n_fields; ++i)
        if (message.fields[i].offset == offset) return message.fields[i].id;
    panic(sqlstate::internal_error, fmt::format("grammar: message {} has no field at {}", message.name, offset));
}

// FIELD(SelectStmt, select_stmt, where_clause): the number of a field of a message.
#define FIELD(Struct, descriptor, member)                                                                       \
    ([]() -> std::uint32_t {                                                                                    \
        static const std::uint32_t field_id =                                                                   \
            number_at(pg_query__##descriptor##__descriptor, offsetof(PgQuery__##Struct, member));               \
        return field_id;                                                                                        \
    }())
#define NODE(name) PG_QUERY__NODE__NODE_##name

// The tree's enums count from 1 in PostgreSQL's order, as ours do from 0.
template <typename E>
E enumerator(std::int64_t value, E if_absent = E{}) {
    return value == 0 ? if_absent : static_cast<E>(value - 1);
}
static_assert(PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM == 1 + static_cast<int>(OperatorExpr::Form::not_between_symmetric));
static_assert(PG_QUERY__SUB_LINK_TYPE__CTE_SUBLINK == 1 + static_cast<int>(SubLink::Form::cte));
static_assert(PG_QUERY__BOOL_TEST_TYPE__IS_NOT_UNKNOWN == 1 + static_cast<int>(BooleanTest::Test::is_not_unknown));
static_assert(PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_SCHEMA == 1 + static_cast<int>(SqlValue::Op::current_schema));
static_assert(PG_QUERY__JOIN_TYPE__JOIN_RIGHT == 1 + static_cast<int>(Join::Type::right));
static_assert(PG_QUERY__SORT_BY_DIR__SORTBY_USING == 1 + static_cast<int>(SortBy::Direction::by_operator));
static_assert(PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST == 1 + static_cast<int>(SortBy::Nulls::last));
static_assert(PG_QUERY__CTEMATERIALIZE__CTEMaterializeNever == 1 + static_cast<int>(CommonTable::Materialize::never));
static_assert(PG_QUERY__SET_OPERATION__SETOP_EXCEPT == 1 + static_cast<int>(SetOperator::except));
static_assert(PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL == 1 + static_cast<int>(VariableSet::Op::reset_all));
static_assert(PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_PREPARED == 1 + static_cast<int>(Transaction::Op::rollback_prepared));
static_assert(PG_QUERY__FETCH_DIRECTION__FETCH_RELATIVE == 1 + static_cast<int>(Fetch::Direction::relative));
static_assert(PG_QUERY__DISCARD_MODE__DISCARD_TEMP == 1 + static_cast<int>(Discard::Target::temp));

class Converter {
public:
    // With `rewritten`, places are given as they were before.
    Converter(Arena& arena, const EscapedText* rewritten) : arena_(arena), rewritten_(rewritten) {}

    std::span<const Statement> statements(Message result) {
        std::vector<Statement> found;
        result.each(FIELD(ParseResult, parse_result, stmts), [&](Message raw) {
            const int begin = raw.int32(FIELD(RawStmt, raw_stmt, stmt_location)), length = raw.int32(FIELD(RawStmt, raw_stmt, stmt_len));
            found.push_back({node(raw.message(FIELD(RawStmt, raw_stmt, stmt))), place(begin), length == 0 ? 0 : place(begin + length) - place(begin)});
        });
        return keep(found);
    }

private:
    template <typename T>
    std::span<const T> keep(const std::vector<T>& from) {
        auto to = arena_.make_array<T>(from.size());
        std::copy(from.begin(), from.end(), to.begin());
        return to;
    }
    // The serialised tree is freed when the conversion is done.
    std::string_view text(std::string_view from) { return arena_.copy(from); }
    template <typename T>  // a statement that is about one name
    T* about(std::string_view T::*what, std::string_view name) {
        T* n = make<T>(-1);
        n->*what = text(name);
        return n;
    }

    int place(int location) const { return rewritten_ == nullptr ? location : rewritten_->original(location); }

    template <typename T>
    T* make(int location) {
        T* made = arena_.make<T>();
        made->location = place(location);
        return made;
    }

    NodeList nodes(Message from, std::uint32_t number) {
        const std::size_t count = from.count(number);
        auto list = arena_.make_array<const Node*>(count);
        // A loop of our own, not each(): its frames would stand below every node.
        wire::Repeated items(from, number);
        Message item;
        for (std::size_t i = 0; items.next(item); ++i) list[i] = node(item);
        return list;
    }
    NodeList items(Message list) { return nodes(list, FIELD(List, list, items)); }

    std::string_view string_of(Message any) {
        Message content;
        return any.only(content) == NODE(STRING) ? text(content.text(FIELD(String, string, sval))) : std::string_view();
    }
    Names names(Message from, std::uint32_t number) {
        std::vector<std::string_view> found;
        from.each(number, [&](Message m) { found.push_back(string_of(m)); });
        return keep(found);
    }
    // A Node that holds a list of strings.
    Names names_in_list(Message any) {
        Message content;
        if (any.only(content) == NODE(LIST)) return names(content, FIELD(List, list, items));
        std::vector<std::string_view> one{string_of(any)};
        return keep(one);
    }

    const Node* unsupported(std::string_view what, int location = -1) {
        auto* n = make<Unsupported>(location);
        n->what = text(what);
        return n;
    }

    // What may be nested deeply has a function of its own: its frame is small.
    const Node* node(Message any) {
        if (!any) return nullptr;
        check_stack_depth();
        Message m;
        switch (const std::uint32_t kind = any.only(m)) {
            case NODE(A_EXPR): return operator_expr(m);
            case NODE(BOOL_EXPR): return boolean_expr(m);
            case NODE(TYPE_CAST): return type_cast(m);
            case NODE(FUNC_CALL): return function_call(m);
            case NODE(SUB_LINK): return sublink(m);
            case NODE(CASE_EXPR): return case_expr(m);
            case NODE(COALESCE_EXPR): return coalesce(m);
            case NODE(RES_TARGET): return target(m);
            case NODE(RANGE_SUBSELECT): return range_subselect(m);
            case NODE(SELECT_STMT): return select(m);
            default: return other_node(kind, m, any);
        }
    }

    // a + b + c leans to the left, and may do so for thousands of terms: that side is walked, not descended into.
    const Node* operator_expr(Message m) {
        OperatorExpr* top = nullptr;
        OperatorExpr* above = nullptr;
        for (;;) {
            auto* n = make<OperatorExpr>(m.int32(FIELD(AExpr, a__expr, location)));
            n->form = enumerator<OperatorExpr::Form>(m.integer(FIELD(AExpr, a__expr, kind)));
            n->names = names(m, FIELD(AExpr, a__expr, name));
            n->right = node(m.message(FIELD(AExpr, a__expr, rexpr)));
            if (above == nullptr) top = n;
            else above->left = n;
            above = n;
            const Message left = m.message(FIELD(AExpr, a__expr, lexpr));
            Message content;
            if (!left || left.only(content) != NODE(A_EXPR)) {
                n->left = node(left);
                return top;
            }
            m = content;
        }
    }

    const Node* boolean_expr(Message m) {
        auto* n = make<BooleanExpr>(m.int32(FIELD(BoolExpr, bool_expr, location)));
        n->op = enumerator<BooleanExpr::Op>(m.integer(FIELD(BoolExpr, bool_expr, boolop)));
        n->args = nodes(m, FIELD(BoolExpr, bool_expr, args));
        return n;
    }

    const Node* type_cast(Message m) {
        auto* n = make<TypeCast>(m.int32(FIELD(TypeCast, type_cast, location)));
        n->arg = node(m.message(FIELD(TypeCast, type_cast, arg)));
        n->type = type_name(m.message(FIELD(TypeCast, type_cast, type_name)));
        return n;
    }

    const Node* sublink(Message m) {
        auto* n = make<SubLink>(m.int32(FIELD(SubLink, sub_link, location)));
        n->form = enumerator<SubLink::Form>(m.integer(FIELD(SubLink, sub_link, sub_link_type)));
        n->test = node(m.message(FIELD(SubLink, sub_link, testexpr)));
        n->names = names(m, FIELD(SubLink, sub_link, oper_name));
        n->select = node(m.message(FIELD(SubLink, sub_link, subselect)));
        return n;
    }

    const Node* coalesce(Message m) {
        auto* n = make<Coalesce>(m.int32(FIELD(CoalesceExpr, coalesce_expr, location)));
        n->args = nodes(m, FIELD(CoalesceExpr, coalesce_expr, args));
        return n;
    }

    const Node* target(Message m) {
        auto* n = make<Target>(m.int32(FIELD(ResTarget, res_target, location)));
        n->name = text(m.text(FIELD(ResTarget, res_target, name)));
        n->value = node(m.message(FIELD(ResTarget, res_target, val)));
        return n;
    }

    const Node* range_subselect(Message m) {
        auto* n = make<RangeSubselect>(-1);
        n->lateral = m.integer(FIELD(RangeSubselect, range_subselect, lateral)) != 0;
        n->select = node(m.message(FIELD(RangeSubselect, range_subselect, subquery)));
        n->alias = alias(m.message(FIELD(RangeSubselect, range_subselect, alias)));
        return n;
    }

    const Node* other_node(std::uint32_t kind, Message m, Message any) {
        switch (kind) {
            case NODE(COLUMN_REF): return column_ref(m);
            case NODE(PARAM_REF): {
                auto* n = make<ParamRef>(m.int32(FIELD(ParamRef, param_ref, location)));
                n->number = m.int32(FIELD(ParamRef, param_ref, number));
                return n;
            }
            case NODE(A_CONST): return constant(m);
            case NODE(INTEGER): {
                auto* n = make<Constant>(-1);
                n->form = Constant::Form::integer;
                n->integer = m.int32(FIELD(Integer, integer, ival));
                return n;
            }
            case NODE(FLOAT): {
                auto* n = make<Constant>(-1);
                n->form = Constant::Form::number;
                n->text = text(m.text(FIELD(Float, float, fval)));
                return n;
            }
            case NODE(BOOLEAN): {
                auto* n = make<Constant>(-1);
                n->form = Constant::Form::boolean;
                n->boolean = m.integer(FIELD(Boolean, boolean, boolval)) != 0;
                return n;
            }
            case NODE(STRING): {
                auto* n = make<Name>(-1);
                n->text = text(m.text(FIELD(String, string, sval)));
                return n;
            }
            case NODE(TYPE_NAME): return type_name(m);
            case NODE(NAMED_ARG_EXPR): {
                auto* n = make<NamedArgument>(m.int32(FIELD(NamedArgExpr, named_arg_expr, location)));
                n->name = text(m.text(FIELD(NamedArgExpr, named_arg_expr, name)));
                n->arg = node(m.message(FIELD(NamedArgExpr, named_arg_expr, arg)));
                return n;
            }
            case NODE(NULL_TEST): {
                auto* n = make<NullTest>(m.int32(FIELD(NullTest, null_test, location)));
                n->arg = node(m.message(FIELD(NullTest, null_test, arg)));
                n->is_not = m.integer(FIELD(NullTest, null_test, nulltesttype)) == PG_QUERY__NULL_TEST_TYPE__IS_NOT_NULL;
                return n;
            }
            case NODE(BOOLEAN_TEST): {
                auto* n = make<BooleanTest>(m.int32(FIELD(BooleanTest, boolean_test, location)));
                n->arg = node(m.message(FIELD(BooleanTest, boolean_test, arg)));
                n->test = enumerator<BooleanTest::Test>(m.integer(FIELD(BooleanTest, boolean_test, booltesttype)));
                return n;
            }
            case NODE(MIN_MAX_EXPR): {
                auto* n = make<MinMax>(m.int32(FIELD(MinMaxExpr, min_max_expr, location)));
                n->greatest = m.integer(FIELD(MinMaxExpr, min_max_expr, op)) == PG_QUERY__MIN_MAX_OP__IS_GREATEST;
                n->args = nodes(m, FIELD(MinMaxExpr, min_max_expr, args));
                return n;
            }
            case NODE(SQLVALUE_FUNCTION): {
                auto* n = make<SqlValue>(m.int32(FIELD(SQLValueFunction, sqlvalue_function, location)));
                n->op = enumerator<SqlValue::Op>(m.integer(FIELD(SQLValueFunction, sqlvalue_function, op)));
                n->typmod = m.int32(FIELD(SQLValueFunction, sqlvalue_function, typmod));
                return n;
            }
            case NODE(A_ARRAY_EXPR): {
                auto* n = make<ArrayExpr>(m.int32(FIELD(AArrayExpr, a__array_expr, location)));
                n->elements = nodes(m, FIELD(AArrayExpr, a__array_expr, elements));
                return n;
            }
            case NODE(A_INDIRECTION): {
                auto* n = make<Indirection>(-1);
                n->arg = node(m.message(FIELD(AIndirection, a__indirection, arg)));
                n->location = n->arg != nullptr ? n->arg->location : -1;
                n->steps = nodes(m, FIELD(AIndirection, a__indirection, indirection));
                return n;
            }
            case NODE(A_INDICES): {
                auto* n = make<Subscript>(-1);
                n->slice = m.integer(FIELD(AIndices, a__indices, is_slice)) != 0;
                n->lower = node(m.message(FIELD(AIndices, a__indices, lidx)));
                n->upper = node(m.message(FIELD(AIndices, a__indices, uidx)));
                return n;
            }
            case NODE(A_STAR): return make<Star>(-1);
            case NODE(ROW_EXPR): {
                auto* n = make<RowExpr>(m.int32(FIELD(RowExpr, row_expr, location)));
                n->args = nodes(m, FIELD(RowExpr, row_expr, args));
                return n;
            }
            case NODE(COLLATE_CLAUSE): {
                auto* n = make<Collate>(m.int32(FIELD(CollateClause, collate_clause, location)));
                n->arg = node(m.message(FIELD(CollateClause, collate_clause, arg)));
                n->names = names(m, FIELD(CollateClause, collate_clause, collname));
                return n;
            }
            case NODE(GROUPING_SET): return make<GroupingSet>(m.int32(FIELD(GroupingSet, grouping_set, location)));
            case NODE(GROUPING_FUNC): return make<GroupingCall>(m.int32(FIELD(GroupingFunc, grouping_func, location)));
            case NODE(SET_TO_DEFAULT): return make<SetToDefault>(m.int32(FIELD(SetToDefault, set_to_default, location)));
            case NODE(LIST): {
                auto* n = make<List>(-1);
                n->items = items(m);
                return n;
            }
            case NODE(SORT_BY): {
                auto* n = make<SortBy>(m.int32(FIELD(SortBy, sort_by, location)));
                n->value = node(m.message(FIELD(SortBy, sort_by, node)));
                n->direction = enumerator<SortBy::Direction>(m.integer(FIELD(SortBy, sort_by, sortby_dir)));
                n->nulls = enumerator<SortBy::Nulls>(m.integer(FIELD(SortBy, sort_by, sortby_nulls)));
                n->names = names(m, FIELD(SortBy, sort_by, use_op));
                return n;
            }
            case NODE(WINDOW_DEF): return window_def(m);
            case NODE(RANGE_VAR): {
                auto* n = make<RangeVar>(m.int32(FIELD(RangeVar, range_var, location)));
                n->catalog = text(m.text(FIELD(RangeVar, range_var, catalogname)));
                n->schema = text(m.text(FIELD(RangeVar, range_var, schemaname)));
                n->relation = text(m.text(FIELD(RangeVar, range_var, relname)));
                n->alias = alias(m.message(FIELD(RangeVar, range_var, alias)));
                return n;
            }
            case NODE(RANGE_FUNCTION): return range_function(m);
            case NODE(JOIN_EXPR): return join(m);
            case NODE(COMMON_TABLE_EXPR): {
                auto* n = make<CommonTable>(m.int32(FIELD(CommonTableExpr, common_table_expr, location)));
                n->table = text(m.text(FIELD(CommonTableExpr, common_table_expr, ctename)));
                n->columns = names(m, FIELD(CommonTableExpr, common_table_expr, aliascolnames));
                n->materialize = enumerator<CommonTable::Materialize>(m.integer(FIELD(CommonTableExpr, common_table_expr, ctematerialized)));
                n->query = node(m.message(FIELD(CommonTableExpr, common_table_expr, ctequery)));
                n->search_or_cycle = m.message(FIELD(CommonTableExpr, common_table_expr, search_clause)) ||
                                     m.message(FIELD(CommonTableExpr, common_table_expr, cycle_clause));
                return n;
            }
            case NODE(VARIABLE_SET_STMT): {
                auto* n = make<VariableSet>(-1);
                n->op = enumerator<VariableSet::Op>(m.integer(FIELD(VariableSetStmt, variable_set_stmt, kind)));
                n->variable = text(m.text(FIELD(VariableSetStmt, variable_set_stmt, name)));
                n->args = nodes(m, FIELD(VariableSetStmt, variable_set_stmt, args));
                n->local = m.integer(FIELD(VariableSetStmt, variable_set_stmt, is_local)) != 0;
                return n;
            }
            case NODE(VARIABLE_SHOW_STMT): {
                auto* n = make<VariableShow>(-1);
                n->variable = text(m.text(FIELD(VariableShowStmt, variable_show_stmt, name)));
                return n;
            }
            case NODE(TRANSACTION_STMT): {
                auto* n = make<Transaction>(-1);
                n->op = enumerator<Transaction::Op>(m.integer(FIELD(TransactionStmt, transaction_stmt, kind)));
                n->options = nodes(m, FIELD(TransactionStmt, transaction_stmt, options));
                n->savepoint = text(m.text(FIELD(TransactionStmt, transaction_stmt, savepoint_name)));
                n->chain = m.integer(FIELD(TransactionStmt, transaction_stmt, chain)) != 0;
                return n;
            }
            case NODE(PREPARE_STMT): {
                auto* n = make<Prepare>(-1);
                n->statement = text(m.text(FIELD(PrepareStmt, prepare_stmt, name)));
                n->types = nodes(m, FIELD(PrepareStmt, prepare_stmt, argtypes));
                n->query = node(m.message(FIELD(PrepareStmt, prepare_stmt, query)));
                return n;
            }
            case NODE(EXECUTE_STMT): {
                auto* n = make<Execute>(-1);
                n->statement = text(m.text(FIELD(ExecuteStmt, execute_stmt, name)));
                n->args = nodes(m, FIELD(ExecuteStmt, execute_stmt, params));
                return n;
            }
            case NODE(DEALLOCATE_STMT): return about(&Deallocate::statement, m.text(FIELD(DeallocateStmt, deallocate_stmt, name)));
            case NODE(EXPLAIN_STMT): {
                auto* n = make<Explain>(-1);
                n->query = node(m.message(FIELD(ExplainStmt, explain_stmt, query)));
                n->options = nodes(m, FIELD(ExplainStmt, explain_stmt, options));
                return n;
            }
            case NODE(DECLARE_CURSOR_STMT): {
                auto* n = make<DeclareCursor>(-1);
                n->portal = text(m.text(FIELD(DeclareCursorStmt, declare_cursor_stmt, portalname)));
                n->options = static_cast<std::uint32_t>(m.integer(FIELD(DeclareCursorStmt, declare_cursor_stmt, options)));
                n->query = node(m.message(FIELD(DeclareCursorStmt, declare_cursor_stmt, query)));
                return n;
            }
            case NODE(FETCH_STMT): {
                auto* n = make<Fetch>(-1);
                n->direction = enumerator<Fetch::Direction>(m.integer(FIELD(FetchStmt, fetch_stmt, direction)));
                n->count = m.integer(FIELD(FetchStmt, fetch_stmt, how_many));
                n->portal = text(m.text(FIELD(FetchStmt, fetch_stmt, portalname)));
                n->move = m.integer(FIELD(FetchStmt, fetch_stmt, ismove)) != 0;
                return n;
            }
            case NODE(CLOSE_PORTAL_STMT): return about(&ClosePortal::portal, m.text(FIELD(ClosePortalStmt, close_portal_stmt, portalname)));
            case NODE(DISCARD_STMT): {
                auto* n = make<Discard>(-1);
                n->target = enumerator<Discard::Target>(m.integer(FIELD(DiscardStmt, discard_stmt, target)));
                return n;
            }
            case NODE(LISTEN_STMT): return about(&Listen::channel, m.text(FIELD(ListenStmt, listen_stmt, conditionname)));
            case NODE(UNLISTEN_STMT): return about(&Unlisten::channel, m.text(FIELD(UnlistenStmt, unlisten_stmt, conditionname)));
            case NODE(NOTIFY_STMT): {
                auto* n = about(&Notify::channel, m.text(FIELD(NotifyStmt, notify_stmt, conditionname)));
                n->payload = text(m.text(FIELD(NotifyStmt, notify_stmt, payload)));
                return n;
            }
            case NODE(CREATE_FUNCTION_STMT): return create_function(m);
            case NODE(DROP_STMT):
                if (m.integer(FIELD(DropStmt, drop_stmt, remove_type)) != PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION) return unsupported(what(any));
                else return drop_function(m);
            case NODE(LOAD_STMT): return about(&Load::file, m.text(FIELD(LoadStmt, load_stmt, filename)));
            case NODE(DEF_ELEM): {
                auto* n = make<Option>(m.int32(FIELD(DefElem, def_elem, location)));
                n->option = text(m.text(FIELD(DefElem, def_elem, defname)));
                n->value = node(m.message(FIELD(DefElem, def_elem, arg)));
                return n;
            }
            default: return unsupported(what(any));
        }
    }

    const Node* create_function(Message m) {
        auto* n = make<CreateFunction>(-1);
        n->names = names(m, FIELD(CreateFunctionStmt, create_function_stmt, funcname));
        n->replace = m.integer(FIELD(CreateFunctionStmt, create_function_stmt, replace)) != 0;
        n->plain = m.integer(FIELD(CreateFunctionStmt, create_function_stmt, is_procedure)) == 0;
        std::vector<const Node*> arguments;
        m.each(FIELD(CreateFunctionStmt, create_function_stmt, parameters), [&](Message any) {
            Message one;
            any.only(one);
            const auto mode = one.integer(FIELD(FunctionParameter, function_parameter, mode));
            if ((mode != PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_IN && mode != PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_DEFAULT) ||
                one.message(FIELD(FunctionParameter, function_parameter, defexpr)))
                n->plain = false;
            arguments.push_back(type_name(one.message(FIELD(FunctionParameter, function_parameter, arg_type))));
        });
        n->arguments = keep(arguments);
        if (const Message result = m.message(FIELD(CreateFunctionStmt, create_function_stmt, return_type))) n->result = type_name(result);
        n->options = nodes(m, FIELD(CreateFunctionStmt, create_function_stmt, options));
        return n;
    }

    const Node* drop_function(Message m) {
        auto* n = make<DropFunction>(-1);
        n->if_exists = m.integer(FIELD(DropStmt, drop_stmt, missing_ok)) != 0;
        Message one;
        m.each(FIELD(DropStmt, drop_stmt, objects), [&](Message any) { any.only(one), ++n->count; });
        n->names = names(one, FIELD(ObjectWithArgs, object_with_args, objname));
        n->arguments = nodes(one, FIELD(ObjectWithArgs, object_with_args, objargs));
        n->by_name = one.integer(FIELD(ObjectWithArgs, object_with_args, args_unspecified)) != 0;
        return n;
    }

    const Node* column_ref(Message m) {
        auto* n = make<ColumnRef>(m.int32(FIELD(ColumnRef, column_ref, location)));
        std::vector<std::string_view> found;
        m.each(FIELD(ColumnRef, column_ref, fields), [&](Message field) {
            Message content;
            if (field.only(content) == NODE(A_STAR)) n->star = true;
            else found.push_back(string_of(field));
        });
        n->names = keep(found);
        return n;
    }

    const Node* constant(Message m) {
        auto* n = make<Constant>(m.int32(FIELD(AConst, a__const, location)));
        m.visit([&](std::uint32_t number, std::uint64_t, std::string_view bytes) {
            const Message value(bytes);
            switch (number) {
                case PG_QUERY__A__CONST__VAL_IVAL:
                    n->form = Constant::Form::integer;
                    n->integer = value.int32(FIELD(Integer, integer, ival));
                    break;
                case PG_QUERY__A__CONST__VAL_FVAL:
                    n->form = Constant::Form::number;
                    n->text = text(value.text(FIELD(Float, float, fval)));
                    break;
                case PG_QUERY__A__CONST__VAL_BOOLVAL:
                    n->form = Constant::Form::boolean;
                    n->boolean = value.integer(FIELD(Boolean, boolean, boolval)) != 0;
                    break;
                case PG_QUERY__A__CONST__VAL_SVAL:
                    n->form = Constant::Form::string;
                    n->text = text(value.text(FIELD(String, string, sval)));
                    break;
                case PG_QUERY__A__CONST__VAL_BSVAL:
                    n->form = Constant::Form::bits;
                    n->text = text(value.text(FIELD(BitString, bit_string, bsval)));
                    break;
                default: break;
            }
            return false;
        });
        return n;
    }

    const TypeName* type_name(Message m) {
        if (!m) return nullptr;
        auto* n = make<TypeName>(m.int32(FIELD(TypeName, type_name, location)));
        n->names = names(m, FIELD(TypeName, type_name, names));
        n->typmods = nodes(m, FIELD(TypeName, type_name, typmods));
        n->typmod = m.int32(FIELD(TypeName, type_name, typemod));
        n->dimensions = static_cast<int>(m.count(FIELD(TypeName, type_name, array_bounds)));
        n->set_of = m.integer(FIELD(TypeName, type_name, setof)) != 0;
        n->percent_type = m.integer(FIELD(TypeName, type_name, pct_type)) != 0;
        return n;
    }

    const Node* function_call(Message m) {
        auto* n = make<FunctionCall>(m.int32(FIELD(FuncCall, func_call, location)));
        n->names = names(m, FIELD(FuncCall, func_call, funcname));
        n->args = nodes(m, FIELD(FuncCall, func_call, args));
        n->order_by = nodes(m, FIELD(FuncCall, func_call, agg_order));
        n->filter = node(m.message(FIELD(FuncCall, func_call, agg_filter)));
        n->over = window_def(m.message(FIELD(FuncCall, func_call, over)));
        n->within_group = m.integer(FIELD(FuncCall, func_call, agg_within_group)) != 0;
        n->star = m.integer(FIELD(FuncCall, func_call, agg_star)) != 0;
        n->distinct = m.integer(FIELD(FuncCall, func_call, agg_distinct)) != 0;
        n->variadic = m.integer(FIELD(FuncCall, func_call, func_variadic)) != 0;
        n->sql_syntax = m.integer(FIELD(FuncCall, func_call, funcformat)) == PG_QUERY__COERCION_FORM__COERCE_SQL_SYNTAX;
        return n;
    }

    const Node* case_expr(Message m) {
        auto* n = make<CaseExpr>(m.int32(FIELD(CaseExpr, case_expr, location)));
        n->arg = node(m.message(FIELD(CaseExpr, case_expr, arg)));
        std::vector<When> whens;
        wire::Repeated args(m, FIELD(CaseExpr, case_expr, args));
        Message any, when;
        while (args.next(any)) {
            any.only(when);
            whens.push_back({node(when.message(FIELD(CaseWhen, case_when, expr))),
                             node(when.message(FIELD(CaseWhen, case_when, result))),
                             when.int32(FIELD(CaseWhen, case_when, location))});
        }
        n->whens = keep(whens);
        n->otherwise = node(m.message(FIELD(CaseExpr, case_expr, defresult)));
        return n;
    }

    const WindowDef* window_def(Message m) {
        if (!m) return nullptr;
        auto* n = make<WindowDef>(m.int32(FIELD(WindowDef, window_def, location)));
        n->name = text(m.text(FIELD(WindowDef, window_def, name)));
        n->refname = text(m.text(FIELD(WindowDef, window_def, refname)));
        n->partition_by = nodes(m, FIELD(WindowDef, window_def, partition_clause));
        n->order_by = nodes(m, FIELD(WindowDef, window_def, order_clause));
        n->frame = static_cast<std::uint32_t>(m.integer(FIELD(WindowDef, window_def, frame_options)));
        n->start = node(m.message(FIELD(WindowDef, window_def, start_offset)));
        n->end = node(m.message(FIELD(WindowDef, window_def, end_offset)));
        return n;
    }

    Alias alias(Message m) {
        if (!m) return {};
        return {text(m.text(FIELD(Alias, alias, aliasname))), names(m, FIELD(Alias, alias, colnames))};
    }

    const Node* range_function(Message m) {
        auto* n = make<RangeFunction>(-1);
        n->lateral = m.integer(FIELD(RangeFunction, range_function, lateral)) != 0;
        n->ordinality = m.integer(FIELD(RangeFunction, range_function, ordinality)) != 0;
        n->rows_from = m.integer(FIELD(RangeFunction, range_function, is_rowsfrom)) != 0;
        // Each function is a list of the call and its column definitions.
        std::vector<RangeFunctionItem> functions;
        m.each(FIELD(RangeFunction, range_function, functions), [&](Message any) {
            Message pair;
            any.only(pair);
            std::vector<Message> parts;
            pair.each(FIELD(List, list, items), [&](Message part) { parts.push_back(part); });
            Message definitions;
            const bool defined = parts.size() > 1 && parts[1].only(definitions) == NODE(LIST) &&
                                 definitions.count(FIELD(List, list, items)) > 0;
            functions.push_back({parts.empty() ? nullptr : node(parts[0]), defined});
        });
        if (!functions.empty() && m.count(FIELD(RangeFunction, range_function, coldeflist)) > 0)
            functions[0].has_column_definitions = true;
        n->functions = keep(functions);
        n->alias = alias(m.message(FIELD(RangeFunction, range_function, alias)));
        return n;
    }

    const Node* join(Message m) {
        auto* n = make<Join>(-1);
        n->type = enumerator<Join::Type>(m.integer(FIELD(JoinExpr, join_expr, jointype)));
        n->natural = m.integer(FIELD(JoinExpr, join_expr, is_natural)) != 0;
        n->left = node(m.message(FIELD(JoinExpr, join_expr, larg)));
        n->right = node(m.message(FIELD(JoinExpr, join_expr, rarg)));
        n->using_columns = names(m, FIELD(JoinExpr, join_expr, using_clause));
        n->has_using = !n->using_columns.empty();
        n->condition = node(m.message(FIELD(JoinExpr, join_expr, quals)));
        n->alias = alias(m.message(FIELD(JoinExpr, join_expr, alias)));
        n->using_alias = alias(m.message(FIELD(JoinExpr, join_expr, join_using_alias)));
        return n;
    }

    // A chain of UNIONs leans to the left, too.
    const Select* select(Message m) {
        if (!m) return nullptr;
        check_stack_depth();
        Select* const top = one_select(m);
        for (Select* at = top; (m = m.message(FIELD(SelectStmt, select_stmt, larg)));) {
            Select* const left = one_select(m);
            at->left = left;
            at = left;
        }
        return top;
    }

    Select* one_select(Message m) {
        auto* n = make<Select>(-1);
        // A plain DISTINCT is a list with one empty node.
        m.each(FIELD(SelectStmt, select_stmt, distinct_clause), [&](Message any) {
            n->distinct = true;
            Message content;
            if (any.only(content) != 0) n->distinct_on = nodes(m, FIELD(SelectStmt, select_stmt, distinct_clause));
        });
        n->into = static_cast<bool>(m.message(FIELD(SelectStmt, select_stmt, into_clause)));
        n->targets = nodes(m, FIELD(SelectStmt, select_stmt, target_list));
        n->from = nodes(m, FIELD(SelectStmt, select_stmt, from_clause));
        n->where = node(m.message(FIELD(SelectStmt, select_stmt, where_clause)));
        n->group_by = nodes(m, FIELD(SelectStmt, select_stmt, group_clause));
        n->group_distinct = m.integer(FIELD(SelectStmt, select_stmt, group_distinct)) != 0;
        n->having = node(m.message(FIELD(SelectStmt, select_stmt, having_clause)));
        n->windows = nodes(m, FIELD(SelectStmt, select_stmt, window_clause));
        std::vector<const List*> rows;
        m.each(FIELD(SelectStmt, select_stmt, values_lists), [&](Message any) {
            rows.push_back(static_cast<const List*>(node(any)));
        });
        n->values = keep(rows);
        n->order_by = nodes(m, FIELD(SelectStmt, select_stmt, sort_clause));
        n->offset = node(m.message(FIELD(SelectStmt, select_stmt, limit_offset)));
        n->limit = node(m.message(FIELD(SelectStmt, select_stmt, limit_count)));
        n->with_ties = m.integer(FIELD(SelectStmt, select_stmt, limit_option)) == PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_WITH_TIES;
        n->locking = m.count(FIELD(SelectStmt, select_stmt, locking_clause)) > 0;
        if (const Message with = m.message(FIELD(SelectStmt, select_stmt, with_clause))) {
            n->with = nodes(with, FIELD(WithClause, with_clause, ctes));
            n->recursive = with.integer(FIELD(WithClause, with_clause, recursive)) != 0;
            n->with_location = with.int32(FIELD(WithClause, with_clause, location));
        }
        n->set_operator = enumerator<SetOperator>(m.integer(FIELD(SelectStmt, select_stmt, op)));
        n->all = m.integer(FIELD(SelectStmt, select_stmt, all)) != 0;
        n->right = select(m.message(FIELD(SelectStmt, select_stmt, rarg)));
        return n;
    }

    // What PostgreSQL calls a statement (its command tag) or an expression that is not taken over.
    std::string what(Message any) {
        Message m;
        switch (const std::uint32_t number = any.only(m); number) {
            case NODE(CREATE_STMT): return "CREATE TABLE";
            case NODE(CREATE_TABLE_AS_STMT):
                return m.integer(FIELD(CreateTableAsStmt, create_table_as_stmt, objtype)) == PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW
                           ? "CREATE MATERIALIZED VIEW"
                           : "CREATE TABLE AS";
            case NODE(DEFINE_STMT): return "CREATE " + object(m.integer(FIELD(DefineStmt, define_stmt, kind)));
            case NODE(DROP_STMT): return "DROP " + object(m.integer(FIELD(DropStmt, drop_stmt, remove_type)));
            case NODE(ALTER_TABLE_STMT): return "ALTER " + object(m.integer(FIELD(AlterTableStmt, alter_table_stmt, objtype)));
            case NODE(RENAME_STMT): {
                const auto type = m.integer(FIELD(RenameStmt, rename_stmt, rename_type));
                return "ALTER " + object(type == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN || type == PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT
                                             ? m.integer(FIELD(RenameStmt, rename_stmt, relation_type))
                                             : type);
            }
            case NODE(INDEX_STMT): return "CREATE INDEX";
            case NODE(VIEW_STMT): return "CREATE VIEW";
            case NODE(CREATE_SEQ_STMT): return "CREATE SEQUENCE";
            case NODE(ALTER_SEQ_STMT): return "ALTER SEQUENCE";
            case NODE(CREATE_FUNCTION_STMT):
                return m.integer(FIELD(CreateFunctionStmt, create_function_stmt, is_procedure)) != 0 ? "CREATE PROCEDURE" : "CREATE FUNCTION";
            case NODE(CREATE_TRIG_STMT): return "CREATE TRIGGER";
            case NODE(CREATE_ENUM_STMT):
            case NODE(COMPOSITE_TYPE_STMT):
            case NODE(CREATE_RANGE_STMT): return "CREATE TYPE";
            case NODE(ALTER_ROLE_STMT):
            case NODE(ALTER_ROLE_SET_STMT): return "ALTER ROLE";
            case NODE(CREATEDB_STMT): return "CREATE DATABASE";
            case NODE(DROPDB_STMT): return "DROP DATABASE";
            case NODE(ALTER_DATABASE_STMT):
            case NODE(ALTER_DATABASE_SET_STMT): return "ALTER DATABASE";
            case NODE(TRUNCATE_STMT): return "TRUNCATE TABLE";
            case NODE(VACUUM_STMT):
                return m.integer(FIELD(VacuumStmt, vacuum_stmt, is_vacuumcmd)) != 0 ? "VACUUM" : "ANALYZE";
            case NODE(GRANT_STMT): return m.integer(FIELD(GrantStmt, grant_stmt, is_grant)) != 0 ? "GRANT" : "REVOKE";
            case NODE(GRANT_ROLE_STMT): return m.integer(FIELD(GrantRoleStmt, grant_role_stmt, is_grant)) != 0 ? "GRANT ROLE" : "REVOKE ROLE";
            case NODE(CHECK_POINT_STMT): return "CHECKPOINT";
            case NODE(CONSTRAINTS_SET_STMT): return "SET CONSTRAINTS";
            case NODE(REFRESH_MAT_VIEW_STMT): return "REFRESH MATERIALIZED VIEW";
            case NODE(LOCK_STMT): return "LOCK TABLE";
            case NODE(RANGE_TABLE_SAMPLE): return "TABLESAMPLE";
            case NODE(RANGE_TABLE_FUNC): return "XMLTABLE";
            case NODE(XML_EXPR):
            case NODE(XML_SERIALIZE): return "XML";
            case NODE(CURRENT_OF_EXPR): return "WHERE CURRENT OF";
            default: {
                // reindex_stmt → REINDEX, create_policy_stmt → CREATE POLICY.
                const auto* field = protobuf_c_message_descriptor_get_field(&pg_query__node__descriptor, number);
                std::string words(field == nullptr ? "statement" : field->name);
                if (words.ends_with("_stmt")) words.resize(words.size() - 5);
                for (char& c : words) c = c == '_' ? ' ' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
                return words;
            }
        }
    }

    // OBJECT_FOREIGN_TABLE → FOREIGN TABLE, as the command tags spell it.
    std::string object(std::int64_t type) {
        switch (type) {
            case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW: return "MATERIALIZED VIEW";
            case PG_QUERY__OBJECT_TYPE__OBJECT_FDW: return "FOREIGN DATA WRAPPER";
            case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_SERVER: return "SERVER";
            case PG_QUERY__OBJECT_TYPE__OBJECT_STATISTIC_EXT: return "STATISTICS";
            case PG_QUERY__OBJECT_TYPE__OBJECT_OPCLASS: return "OPERATOR CLASS";
            case PG_QUERY__OBJECT_TYPE__OBJECT_OPFAMILY: return "OPERATOR FAMILY";
            case PG_QUERY__OBJECT_TYPE__OBJECT_TSCONFIGURATION: return "TEXT SEARCH CONFIGURATION";
            case PG_QUERY__OBJECT_TYPE__OBJECT_TSDICTIONARY: return "TEXT SEARCH DICTIONARY";
            case PG_QUERY__OBJECT_TYPE__OBJECT_TSPARSER: return "TEXT SEARCH PARSER";
            case PG_QUERY__OBJECT_TYPE__OBJECT_TSTEMPLATE: return "TEXT SEARCH TEMPLATE";
            case PG_QUERY__OBJECT_TYPE__OBJECT_ATTRIBUTE:
            case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN: return "TYPE";
            default: break;
        }
        const auto* value = protobuf_c_enum_descriptor_get_value(&pg_query__object_type__descriptor, static_cast<int>(type));
        std::string words(value == nullptr ? "OBJECT" : value->name);
        if (words.starts_with("OBJECT_")) words.erase(0, 7);
        for (char& c : words) c = c == '_' ? ' ' : c;
        return words;
    }

    Arena& arena_;
    const EscapedText* rewritten_;
};

struct Parsed {
    PgQueryProtobufParseResult result;
    explicit Parsed(const char* text) : result(pg_query_parse_protobuf(text)) {}
    ~Parsed() { pg_query_free_protobuf_parse_result(result); }
    Parsed(const Parsed&) = delete;
    Parsed& operator=(const Parsed&) = delete;
};

}  // namespace

std::span<const ast::Statement> parse_text(std::string_view text, Arena& arena, bool& said) {
    refuse_deep_nesting(text);
    // Session settings that the library's lexer does not follow.
    std::optional<EscapedText> escaped;
    if (!standard_conforming_strings_setting.value()) escaped.emplace(text);
    else if (backslash_quotes_refused()) refuse_backslash_quotes(text);
    const EscapedText* rewritten = escaped ? &*escaped : nullptr;
    const std::string terminated(rewritten == nullptr ? text : rewritten->text());
    const Parsed parsed(terminated.c_str());
    if (const PgQueryError* error = parsed.result.error) {
        int byte = byte_at(terminated, error->cursorpos);
        if (rewritten != nullptr) byte = rewritten->original(byte);
        notice_long_names(text, byte < 0 ? text.size() : static_cast<std::size_t>(byte));
        std::string message = error->message;
        // What stands at the place is shown as it was written.
        if (const auto shown = message.find("\"E'"); shown != message.npos && byte >= 0 && text.substr(static_cast<std::size_t>(byte), 1) == "'")
            message.erase(shown + 1, 1);
        throw Error(state_of_grammar_error(message), "{}", message)
            .hint(std::string(hint_of_grammar_error(error->message)))
            .position(character_position(text, byte));
    }
    said = notice_long_names(text, text.size()) || rewritten != nullptr;
    return Converter(arena, rewritten).statements(Message({parsed.result.parse_tree.data, parsed.result.parse_tree.len}));
}

int character_position(std::string_view text, int byte) {
    if (byte < 0) return 0;
    int characters = 1;
    for (std::size_t i = 0; i < text.size() && i < static_cast<std::size_t>(byte); ++i)
        characters += (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    return characters;
}

}  // namespace forklore
