// Sub-selects in expressions.
#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "queries/execute/group_table.hpp"
#include "queries/execute/step.hpp"
#include "queries/type_oids.hpp"
#include "queries/types/array.hpp"

namespace forklore {

namespace {

Datum boolean(bool value) {
    Datum d;
    d.boolean = value;
    d.is_null = false;
    return d;
}

class SubLinkEvaluator final : public Evaluator {
public:
    SubLinkEvaluator(const SubLinkExpr& e, Compiler& compiler, std::unique_ptr<ValueCell[]> cells, EvaluatorPtr comparison)
        : e_(e), frame_(compiler.frame()), left_(compiler.compile(e.left)), outer_(compiler.compile(e.outer_values)), cells_(std::move(cells)),
          comparison_(std::move(comparison)), results_(compiler.frame()), rows_(e.plan->outputs) {
        StepMaker maker{frame_};
        step_ = maker.make(*e.plan, own_.context);
        left_columns_.resize(left_.size());
        std::vector<const Type*> types;
        for (const Expr* output : e.plan->outputs) types.push_back(output->type);
        bool hashable = e.equality && !e.depends;
        for (std::size_t i = 0; i < e.left.size(); ++i)
            hashable = hashable && e.left[i]->type == e.plan->outputs[i]->type && types[i]->compare != nullptr;
        if (hashable) table_ = std::make_unique<GroupTable>(std::move(types));
    }

    Column evaluate(EvalContext& context, const Batch& input, Rows rows) override {
        own_.context.session = frame_.session;
        for (std::size_t i = 0; i < left_.size(); ++i) left_columns_[i] = left_[i]->evaluate(context, input, rows);
        if (rows.empty()) return {results_.for_count(0), 1};
        if (!e_.depends) {
            // Its rows are the same for all: one run.
            if (ran_ != frame_.run) {
                run_once(context);
                ran_ = frame_.run;
            }
            if (left_.empty()) {
                once_ = single_;
                return {&once_, 0};
            }
            Datum* const result = results_.for_rows(rows);
            if (table_ != nullptr) ask_table(rows, result);
            else rows.each([&](std::uint32_t row) { result[row] = compare_kept(context, input, row); });
            return {result, 1};
        }
        std::vector<Column> outer;
        for (const EvaluatorPtr& e : outer_) outer.push_back(e->evaluate(context, input, rows));
        Datum* const result = results_.for_rows(rows);
        rows.each([&](std::uint32_t row) {
            check_for_interrupts();
            for (std::size_t i = 0; i < outer.size(); ++i) frame_.outer[static_cast<std::size_t>(e_.outer_slots[i])] = outer[i][row];
            result[row] = run_for(context, input, row);
        });
        return {result, 1};
    }

private:
    // The value of a sub-select that is not compared with anything.
    Datum value_of(EvalContext& context) {
        step_->open();
        Batch batch;
        Datum value;
        switch (e_.form) {
            case SubLinkExpr::Form::exists: {
                bool found = false;
                while (!found && (own_.arena.reset(), step_->next(batch))) found = !batch.rows.empty();
                value = boolean(found);
                break;
            }
            case SubLinkExpr::Form::scalar: {
                std::uint32_t seen = 0;
                while (own_.arena.reset(), step_->next(batch)) {
                    if (batch.rows.empty()) continue;
                    seen += batch.rows.count();
                    if (seen > 1) throw Error(sqlstate::cardinality_violation, "more than one row returned by a subquery used as an expression");
                    value = batch.columns[0][batch.rows[0]];
                    if (e_.type->by_reference && !value.is_null) value.bytes = context.arena.copy(value.view()).data();
                }
                break;
            }
            default: {
                // ARRAY(SELECT …)
                rows_.clear();
                while (own_.arena.reset(), step_->next(batch)) {
                    check_for_interrupts();
                    rows_.add(batch);
                }
                std::vector<Datum> elements;
                for (std::size_t i = 0; i < rows_.size(); ++i) elements.push_back(rows_[i][0]);
                value = make_array_of(context, elements);
                rows_.clear();
                break;
            }
        }
        step_->close();
        return value;
    }

    Datum make_array_of(EvalContext& context, const std::vector<Datum>& elements) const {
        const Type& element = registry().type(e_.type->element);
        const Type* column = e_.plan->outputs[0]->type;
        if (column != e_.type) return make_array(context.arena, element, elements);
        // Arrays stacked up.
        std::vector<Datum> all;
        std::vector<ArrayDimension> shape;
        for (const Datum& one : elements) {
            if (one.is_null) throw Error(sqlstate::null_value_not_allowed, "cannot accumulate null arrays");
            const ArrayView view(one);
            if (view.dimensions() == 0) throw Error(sqlstate::array_subscript_error, "cannot accumulate empty arrays");
            if (shape.empty()) shape.assign(view.shape().begin(), view.shape().end());
            else if (!std::ranges::equal(shape, view.shape()))
                throw Error(sqlstate::array_subscript_error, "cannot accumulate arrays of different dimensionality");
            for (std::uint32_t i = 0; i < view.count(); ++i) all.push_back(view[i]);
        }
        if (elements.empty()) return make_array(context.arena, element, {});
        shape.insert(shape.begin(), {static_cast<std::int32_t>(elements.size()), 1});
        return make_array(context.arena, element, all, shape);
    }

    // Not dependent on the outer row: everything that can be known before it.
    void run_once(EvalContext&) {
        kept_.reset();
        EvalContext keep{kept_, frame_.session};
        if (left_.empty()) {
            single_ = value_of(keep);
            return;
        }
        rows_.clear();
        if (table_ != nullptr) table_->clear();
        any_rows_ = null_rows_ = false;
        step_->open();
        Batch batch;
        while (own_.arena.reset(), step_->next(batch)) {
            check_for_interrupts();
            if (batch.rows.empty()) continue;
            any_rows_ = true;
            if (table_ == nullptr) {
                rows_.add(batch);
                continue;
            }
            hashes_.resize(k_batch_rows);
            table_->hash(batch.columns, batch.rows, hashes_.data());
            batch.rows.each([&](std::uint32_t row) {
                for (std::size_t c = 0; c < left_.size(); ++c)
                    if (batch.columns[c][row].is_null) {
                        null_rows_ = true;
                        rows_.add(batch.columns, row);
                        return;
                    }
                table_->find_or_add(batch.columns, row, hashes_[row]);
            });
        }
        step_->close();
    }

    // x IN (SELECT …) by a hash table; rows with nulls are kept beside it.
    void ask_table(Rows rows, Datum* result) {
        hashes_.resize(k_batch_rows);
        table_->hash(left_columns_, rows, hashes_.data());
        rows.each([&](std::uint32_t row) {
            bool any_null = false;
            for (const Column& left : left_columns_) any_null = any_null || left[row].is_null;
            if (!any_rows_) result[row] = boolean(false);
            else if (!any_null && table_->find(left_columns_, row, hashes_[row]) != GroupTable::k_none) result[row] = boolean(true);
            else if (left_columns_.size() == 1) result[row] = any_null || null_rows_ ? Datum{} : boolean(false);
            else result[row] = unknown_match(row, any_null) ? Datum{} : boolean(false);
        });
    }
    // Whether some row would be equal if its nulls, or ours, were something else.
    bool unknown_match(std::uint32_t row, bool any_null) const {
        const auto fits = [&](const Datum* other) {
            for (std::size_t c = 0; c < left_columns_.size(); ++c) {
                const Datum& mine = left_columns_[c][row];
                if (mine.is_null || other[c].is_null) continue;
                const Type& type = *e_.left[c]->type;
                if (type.compare(type, mine, other[c]) != 0) return false;
            }
            return true;
        };
        for (std::size_t i = 0; i < rows_.size(); ++i)
            if (fits(rows_[i])) return true;
        if (any_null)
            for (std::uint32_t g = 0; g < table_->size(); ++g)
                if (fits(table_->key(g))) return true;
        return false;
    }

    // One left row against one right row.
    Datum compare(EvalContext& context, const Batch& input, std::uint32_t row, const Datum* right) {
        for (std::size_t i = 0; i < left_.size(); ++i) {
            cells_[i].column = {&left_columns_[i][row], 0};
            cells_[left_.size() + i].column = {&right[i], 0};
        }
        return comparison_->evaluate(context, input, Rows(1))[0];
    }
    Datum compare_kept(EvalContext& context, const Batch& input, std::uint32_t row) {
        const bool any = e_.form == SubLinkExpr::Form::any;
        bool unknown = false;
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            if (i % 1024 == 0) check_for_interrupts();
            const Datum test = compare(context, input, row, rows_[i]);
            if (test.is_null) unknown = true;
            else if (test.boolean == any) return boolean(any);
        }
        return unknown ? Datum{} : boolean(!any);
    }

    Datum run_for(EvalContext& context, const Batch& input, std::uint32_t row) {
        if (left_.empty()) return value_of(context);
        rows_.clear();
        step_->open();
        Batch batch;
        while (own_.arena.reset(), step_->next(batch)) {
            check_for_interrupts();
            rows_.add(batch);
        }
        step_->close();
        return compare_kept(context, input, row);
    }

    const SubLinkExpr& e_;
    Frame& frame_;
    std::vector<EvaluatorPtr> left_, outer_;
    std::vector<Column> left_columns_;
    std::unique_ptr<ValueCell[]> cells_;  // left values, then right values
    EvaluatorPtr comparison_;
    Results results_;
    ChildContext own_;
    StepPtr step_;
    RowSet rows_;
    std::unique_ptr<GroupTable> table_;
    std::vector<std::uint64_t> hashes_;
    bool any_rows_ = false, null_rows_ = false;
    Arena kept_{256};
    Datum single_, once_;
    std::uint64_t ran_ = 0;
};

}  // namespace

EvaluatorPtr Compiler::compile_sublink(const SubLinkExpr& e) {
    auto cells = std::make_unique<ValueCell[]>(2 * e.left.size());
    for (std::size_t i = 0; i < e.left.size(); ++i) {
        bind(e.left_values[i], &cells[i]);
        bind(e.inputs[i], &cells[e.left.size() + i]);
    }
    EvaluatorPtr comparison = e.comparison == nullptr ? nullptr : compile(e.comparison);
    return std::make_unique<SubLinkEvaluator>(e, *this, std::move(cells), std::move(comparison));
}

}  // namespace forklore
