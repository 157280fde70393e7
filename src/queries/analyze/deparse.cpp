#include "queries/analyze/deparse.hpp"

#include "base/error.hpp"
#include "queries/functions/quoting.hpp"
#include "queries/parse/stack_depth.hpp"
#include "queries/type_oids.hpp"

namespace forklore {

namespace {

class Deparser {
public:
    explicit Deparser(const DeparseContext& context) : context_(context) {}

    std::string text(const Expr* e) {
        check_stack_depth();
        switch (e->kind) {
            case ExprKind::constant: return constant(static_cast<const ConstantExpr&>(*e));
            case ExprKind::parameter: return fmt::format("${}", static_cast<const ParameterExpr*>(e)->number);
            case ExprKind::outer: return fmt::format("${}", static_cast<const OuterExpr*>(e)->slot);
            case ExprKind::column: return column(static_cast<const ColumnExpr&>(*e));
            case ExprKind::case_test: return "";
            case ExprKind::call: return call(static_cast<const CallExpr&>(*e));
            case ExprKind::boolean: return boolean(static_cast<const BooleanOp&>(*e));
            case ExprKind::case_: return case_when(static_cast<const CaseWhenExpr&>(*e));
            case ExprKind::coalesce: return fmt::format("COALESCE({})", list(static_cast<const CoalesceExpr*>(e)->args));
            case ExprKind::min_max:
                return fmt::format("{}({})", static_cast<const MinMaxExpr*>(e)->greatest ? "GREATEST" : "LEAST", list(static_cast<const MinMaxExpr*>(e)->args));
            case ExprKind::null_test: {
                const auto& test = static_cast<const NullTestExpr&>(*e);
                return fmt::format("({} IS {}NULL)", text(test.arg), test.is_not ? "NOT " : "");
            }
            case ExprKind::boolean_test: {
                static constexpr std::string_view names[] = {"TRUE", "FALSE", "UNKNOWN"};
                const auto& test = static_cast<const BooleanTestExpr&>(*e);
                return fmt::format("({} IS {}{})", text(test.arg), test.is_not ? "NOT " : "", names[static_cast<int>(test.of)]);
            }
            case ExprKind::distinct: {
                const auto& equal = static_cast<const CallExpr&>(*static_cast<const DistinctExpr*>(e)->equal);
                return fmt::format("({} IS DISTINCT FROM {})", text(equal.args[0]), text(equal.args[1]));
            }
            case ExprKind::nullif: return fmt::format("NULLIF({})", list(static_cast<const CallExpr*>(static_cast<const NullIfExpr*>(e)->equal)->args));
            case ExprKind::array: return fmt::format("ARRAY[{}]", list(static_cast<const ArrayMakeExpr*>(e)->elements));
            case ExprKind::array_comparison: {
                const auto& c = static_cast<const ArrayComparisonExpr&>(*e);
                const auto* op = maybe<CallExpr>(c.comparison);
                return fmt::format("({} {} {} ({}))", text(c.left), op != nullptr && op->op != nullptr ? op->op->name : "=", c.any ? "ANY" : "ALL", text(c.array));
            }
            case ExprKind::subscript: return subscript(static_cast<const SubscriptExpr&>(*e));
            case ExprKind::relabel: return cast(static_cast<const RelabelExpr*>(e)->arg, *e, static_cast<const RelabelExpr*>(e)->form);
            case ExprKind::via_text: return cast(static_cast<const ViaTextExpr*>(e)->arg, *e, static_cast<const ViaTextExpr*>(e)->form);
            case ExprKind::array_coerce: return cast(static_cast<const ArrayCoerceExpr*>(e)->arg, *e, static_cast<const ArrayCoerceExpr*>(e)->form);
            case ExprKind::aggregate: return aggregate(static_cast<const AggregateExpr&>(*e));
            case ExprKind::window: {
                const auto& w = static_cast<const WindowExpr&>(*e);
                return fmt::format("{}({}){} OVER (?)", w.function->name, w.star ? "*" : list(w.args), filter(w.filter));
            }
            case ExprKind::sublink: return sublink(static_cast<const SubLinkExpr&>(*e));
            case ExprKind::row: return fmt::format("ROW({})", list(static_cast<const RowMakeExpr*>(e)->fields));
            case ExprKind::field: return fmt::format("({}).f{}", text(static_cast<const FieldExpr*>(e)->record), static_cast<const FieldExpr*>(e)->field + 1);
            case ExprKind::row_comparison: {
                const auto& r = static_cast<const RowComparisonExpr&>(*e);
                std::string left, right, op;
                for (const Expr* one : r.strict) {
                    const auto& pair = static_cast<const CallExpr&>(*one);
                    left += (left.empty() ? "" : ", ") + text(pair.args[0]);
                    right += (right.empty() ? "" : ", ") + text(pair.args[1]);
                    op = pair.op != nullptr ? pair.op->name : "<";
                }
                return fmt::format("(ROW({}) {}{} ROW({}))", left, op, r.or_equal ? "=" : "", right);
            }
        }
        return "?";
    }

private:
    std::string list(const std::vector<Expr*>& exprs) {
        std::string all;
        for (const Expr* e : exprs) all += (all.empty() ? "" : ", ") + text(e);
        return all;
    }

    std::string type_name(const Expr& e) const {
        std::string name = e.type->sql_name.empty() ? e.type->name : e.type->sql_name;
        if (e.typmod >= 0 && e.type->typmod_out != nullptr) name += e.type->typmod_out(e.typmod);
        return name;
    }

    std::string constant(const ConstantExpr& c) {
        if (c.value.is_null) return "NULL::" + type_name(c);
        if (c.type->oid == k_bool) return c.value.boolean ? "true" : "false";
        Arena arena;
        ByteWriter writer;
        c.type->output({arena, *c.type, c.typmod}, c.value, writer);
        const std::string value(writer.view());
        // A number stands for itself where reading it again gives the same type.
        const bool plain = !value.empty() && value[0] != '-' && value.find_first_not_of("0123456789.") == value.npos;
        if (c.type->oid == k_int4) return plain ? value : fmt::format("'{}'::integer", value);
        if (c.type->oid == k_numeric && plain && value.find('.') != value.npos) return value;
        return fmt::format("{}::{}", quote_literal(value), type_name(c));
    }

    std::string column(const ColumnExpr& c) {
        if (context_.query == nullptr || c.levels_up > 0) return "?";
        const RangeEntry& entry = *context_.query->range_table[static_cast<std::size_t>(c.relation)];
        const std::string name = quote_identifier(entry.columns[static_cast<std::size_t>(c.column)].name);
        return context_.qualify && !entry.name.empty() ? quote_identifier(entry.name) + "." + name : name;
    }

    std::string cast(const Expr* arg, const Expr& to, CallForm form) {
        if (form == CallForm::implicit_cast) return text(arg);
        return fmt::format("({})::{}", text(arg), type_name(to));
    }

    std::string call(const CallExpr& c) {
        if (c.form == CallForm::implicit_cast && !c.args.empty()) return text(c.args[0]);
        if (c.form == CallForm::explicit_cast && !c.args.empty()) return cast(c.args[0], c, c.form);
        if (c.op != nullptr && c.args.size() == 2) return fmt::format("({} {} {})", text(c.args[0]), c.op->name, text(c.args[1]));
        if (c.op != nullptr && c.args.size() == 1) return fmt::format("({} {})", c.op->name, text(c.args[0]));
        return fmt::format("{}({}{})", quote_identifier(c.function->name), c.variadic_array ? "VARIADIC " : "", list(c.args));
    }

    std::string boolean(const BooleanOp& b) {
        if (b.op == BooleanOp::Op::not_) return fmt::format("(NOT {})", text(b.args[0]));
        std::string all;
        for (const Expr* arg : b.args) all += (all.empty() ? "" : b.op == BooleanOp::Op::and_ ? " AND " : " OR ") + text(arg);
        return "(" + all + ")";
    }

    std::string case_when(const CaseWhenExpr& c) {
        std::string all = c.test == nullptr ? "CASE" : "CASE " + text(c.test);
        for (const auto& [condition, result] : c.whens) {
            // In the simple form only the other side of the comparison was written.
            const auto* equal = c.test == nullptr ? nullptr : maybe<CallExpr>(condition);
            all += fmt::format(" WHEN {} THEN {}", equal != nullptr && equal->args.size() == 2 ? text(equal->args[1]) : text(condition), text(result));
        }
        return all + " ELSE " + text(c.otherwise) + " END";
    }

    std::string subscript(const SubscriptExpr& s) {
        std::string all = s.array->kind == ExprKind::column ? text(s.array) : "(" + text(s.array) + ")";
        for (std::size_t i = 0; i < s.upper.size(); ++i) {
            all += '[';
            if (s.slice) all += (i < s.lower.size() && s.lower[i] != nullptr ? text(s.lower[i]) : "") + ":";
            all += (s.upper[i] != nullptr ? text(s.upper[i]) : "") + "]";
        }
        return all;
    }

    std::string filter(const Expr* e) { return e == nullptr ? "" : fmt::format(" FILTER (WHERE {})", text(e)); }

    std::string aggregate(const AggregateExpr& a) {
        std::string order;
        for (const SortKey& key : a.order_by) order += (order.empty() ? " ORDER BY " : ", ") + text(key.expr) + (key.descending ? " DESC" : "");
        return fmt::format("{}({}{}{}){}", a.function->name, a.distinct ? "DISTINCT " : "", a.star ? "*" : list(a.args), order, filter(a.filter));
    }

    std::string sublink(const SubLinkExpr& s) {
        switch (s.form) {
            case SubLinkExpr::Form::exists: return "EXISTS(SubPlan)";
            case SubLinkExpr::Form::array: return "ARRAY(SubPlan)";
            case SubLinkExpr::Form::scalar: return "(SubPlan)";
            case SubLinkExpr::Form::any: return fmt::format("({} IN (SubPlan))", list(s.left));
            case SubLinkExpr::Form::all: return fmt::format("({} ALL (SubPlan))", list(s.left));
        }
        return "(SubPlan)";
    }

    const DeparseContext& context_;
};

}  // namespace

std::string deparse(const Expr* e, const DeparseContext& context) { return Deparser(context).text(e); }

}  // namespace forklore
