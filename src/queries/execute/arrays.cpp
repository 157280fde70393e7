// Expressions that make arrays, take them apart, or look through them.
#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "queries/execute/evaluator.hpp"
#include "queries/execute/records.hpp"
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

// ARRAY[…]
class ArrayMakeEvaluator final : public Evaluator {
public:
    ArrayMakeEvaluator(const ArrayMakeExpr& e, std::vector<EvaluatorPtr> elements, Frame& frame)
        : element_(*e.element_type), nested_(e.nested), elements_(std::move(elements)), columns_(elements_.size()),
          values_(elements_.size()), results_(frame) {}
    Column evaluate(EvalContext& context, const Batch& input, Rows rows) override {
        bool same = true;
        for (std::size_t i = 0; i < elements_.size(); ++i) {
            columns_[i] = elements_[i]->evaluate(context, input, rows);
            same = same && columns_[i].stride == 0;
        }
        Datum* const result = results_.for_rows(rows);
        if (rows.empty()) return {result, 1};
        if (same) {
            result[0] = make(context, 0);
            return {result, 0};
        }
        rows.each([&](std::uint32_t row) { result[row] = make(context, row); });
        return {result, 1};
    }

private:
    Datum make(EvalContext& context, std::uint32_t row) {
        for (std::size_t i = 0; i < columns_.size(); ++i) values_[i] = columns_[i][row];
        return nested_ ? nest(context) : make_array(context.arena, element_, values_);
    }
    // Arrays of equal shape become one with a dimension more.
    Datum nest(EvalContext& context) {
        std::vector<Datum> all;
        std::vector<ArrayDimension> shape;
        bool first = true, any_empty = false;
        for (const Datum& value : values_) {
            // Nulls and empty arrays have no shape.
            if (value.is_null) {
                any_empty = true;
                continue;
            }
            const ArrayView view(value);
            if (view.dimensions() == 0) {
                any_empty = true;
                continue;
            }
            if (first) {
                shape.assign(view.shape().begin(), view.shape().end());
                first = false;
            } else if (!std::ranges::equal(shape, view.shape())) {
                throw Error(sqlstate::array_subscript_error, "multidimensional arrays must have array expressions with matching dimensions");
            }
            for (std::uint32_t i = 0; i < view.count(); ++i) all.push_back(view[i]);
        }
        if (first) return make_array(context.arena, element_, {});
        if (any_empty) throw Error(sqlstate::array_subscript_error, "multidimensional arrays must have array expressions with matching dimensions");
        if (shape.size() >= static_cast<std::size_t>(k_max_array_dimensions))
            throw Error(sqlstate::program_limit_exceeded, "number of array dimensions ({}) exceeds the maximum allowed ({})", shape.size() + 1,
                        k_max_array_dimensions);
        shape.insert(shape.begin(), {static_cast<std::int32_t>(values_.size()), 1});
        return make_array(context.arena, element_, all, shape);
    }

    const Type& element_;
    bool nested_;
    std::vector<EvaluatorPtr> elements_;
    std::vector<Column> columns_;
    std::vector<Datum> values_;
    Results results_;
};

// x op ANY (array), x op ALL (array)
class ArrayComparisonEvaluator final : public Evaluator {
public:
    ArrayComparisonEvaluator(bool any, EvaluatorPtr left, EvaluatorPtr array, std::unique_ptr<ValueCell> left_cell,
                             std::unique_ptr<ValueCell> element_cell, EvaluatorPtr comparison, Frame& frame)
        : any_(any), left_(std::move(left)), array_(std::move(array)), left_cell_(std::move(left_cell)),
          element_cell_(std::move(element_cell)), comparison_(std::move(comparison)), results_(frame) {}

    Column evaluate(EvalContext& context, const Batch& input, Rows rows) override {
        const Column left = left_->evaluate(context, input, rows);
        const Column array = array_->evaluate(context, input, rows);
        Datum* const result = results_.for_rows(rows);
        if (rows.empty()) return {result, 1};
        if (array.stride == 0) one_array(context, input, rows, left, array[0], result);
        else rows.each([&](std::uint32_t row) { result[row] = one_row(context, input, left[row], array[row]); });
        return {result, 1};
    }

private:
    // The same array for all rows: element by element, for the rows that are still open.
    void one_array(EvalContext& context, const Batch& input, Rows rows, const Column& left, const Datum& array, Datum* result) {
        if (array.is_null) return rows.each([&](std::uint32_t row) { result[row] = Datum{}; });
        const ArrayView view(array);
        rows.each([&](std::uint32_t row) { result[row] = boolean(!any_); });
        Rows open = rows;
        left_cell_->column = left;
        for (std::uint32_t i = 0; i < view.count() && !open.empty(); ++i) {
            if (i % 1024 == 0) check_for_interrupts();
            const Datum element = view[i];
            element_cell_->column = {&element, 0};
            const Column test = comparison_->evaluate(context, input, open);
            RowList& rest = i % 2 == 0 ? even_ : odd_;
            rest.clear();
            open.each([&](std::uint32_t row) {
                if (test[row].is_null) result[row] = Datum{};
                if (!test[row].is_null && test[row].boolean == any_) result[row] = test[row];
                else rest.add(row);
            });
            open = rest.rows();
        }
    }

    // All elements for one row, a batch of them at a time.
    Datum one_row(EvalContext& context, const Batch& input, const Datum& left, const Datum& array) {
        if (array.is_null) return Datum{};
        const ArrayView view(array);
        bool unknown = false;
        left_cell_->column = {&left, 0};
        for (std::uint32_t begin = 0; begin < view.count(); begin += k_batch_rows) {
            check_for_interrupts();
            const std::uint32_t count = std::min(k_batch_rows, view.count() - begin);
            elements_.resize(count);
            for (std::uint32_t i = 0; i < count; ++i) elements_[i] = view[begin + i];
            element_cell_->column = {elements_.data(), 1};
            const Column test = comparison_->evaluate(context, input, Rows(count));
            for (std::uint32_t i = 0; i < count; ++i) {
                if (test[i].is_null) unknown = true;
                else if (test[i].boolean == any_) return boolean(any_);
            }
        }
        return unknown ? Datum{} : boolean(!any_);
    }

    bool any_;
    EvaluatorPtr left_, array_;
    std::unique_ptr<ValueCell> left_cell_, element_cell_;
    EvaluatorPtr comparison_;
    Results results_;
    RowList even_, odd_;
    std::vector<Datum> elements_;
};

// array[i], array[i:j]
class SubscriptEvaluator final : public Evaluator {
public:
    SubscriptEvaluator(const SubscriptExpr& e, EvaluatorPtr array, std::vector<EvaluatorPtr> lower, std::vector<EvaluatorPtr> upper, Frame& frame)
        : slice_(e.slice), array_(std::move(array)), lower_(std::move(lower)), upper_(std::move(upper)), lower_columns_(lower_.size()),
          upper_columns_(upper_.size()), results_(frame) {}

    Column evaluate(EvalContext& context, const Batch& input, Rows rows) override {
        const Column array = array_->evaluate(context, input, rows);
        for (std::size_t i = 0; i < upper_.size(); ++i) {
            if (lower_[i] != nullptr) lower_columns_[i] = lower_[i]->evaluate(context, input, rows);
            if (upper_[i] != nullptr) upper_columns_[i] = upper_[i]->evaluate(context, input, rows);
        }
        Datum* const result = results_.for_rows(rows);
        rows.each([&](std::uint32_t row) {
            if (array[row].is_null) result[row] = Datum{};
            else result[row] = slice_ ? slice(context, array[row], row) : element(array[row], row);
        });
        return {result, 1};
    }

private:
    Datum element(const Datum& array, std::uint32_t row) const {
        const ArrayView view(array);
        if (static_cast<std::size_t>(view.dimensions()) != upper_.size()) return Datum{};
        std::uint32_t at = 0;
        for (std::size_t i = 0; i < upper_.size(); ++i) {
            const Datum& subscript = upper_columns_[i][row];
            const ArrayDimension& dimension = view.shape()[i];
            if (subscript.is_null) return Datum{};
            const std::int64_t offset = std::int64_t{subscript.int4} - dimension.lower;
            if (offset < 0 || offset >= dimension.length) return Datum{};
            at = at * static_cast<std::uint32_t>(dimension.length) + static_cast<std::uint32_t>(offset);
        }
        return view[at];
    }

    Datum slice(EvalContext& context, const Datum& array, std::uint32_t row) const {
        const ArrayView view(array);
        const Type& element = registry().type(view.element());
        const auto dimensions = static_cast<std::size_t>(view.dimensions());
        std::vector<std::int64_t> begin(dimensions), end(dimensions);  // offsets in the array, end exclusive
        bool empty = dimensions == 0 || upper_.size() > dimensions;
        for (std::size_t i = 0; i < std::max(dimensions, upper_.size()); ++i) {
            const ArrayDimension dimension = i < dimensions ? view.shape()[i] : ArrayDimension{0, 1};
            std::int64_t from = dimension.lower, to = std::int64_t{dimension.lower} + dimension.length - 1;
            if (i < upper_.size()) {
                if (lower_[i] != nullptr) {
                    if (lower_columns_[i][row].is_null) return Datum{};
                    from = std::max(from, std::int64_t{lower_columns_[i][row].int4});
                }
                if (upper_[i] != nullptr) {
                    if (upper_columns_[i][row].is_null) return Datum{};
                    to = std::min(to, std::int64_t{upper_columns_[i][row].int4});
                }
            }
            if (from > to) empty = true;
            if (i < dimensions) begin[i] = from - dimension.lower, end[i] = to - dimension.lower + 1;
        }
        if (empty) return make_array(context.arena, element, {});
        std::vector<ArrayDimension> shape(dimensions);
        std::vector<std::uint32_t> steps(dimensions, 1);
        for (std::size_t i = dimensions; i-- > 0;) {
            shape[i] = {static_cast<std::int32_t>(end[i] - begin[i]), 1};
            if (i + 1 < dimensions) steps[i] = steps[i + 1] * static_cast<std::uint32_t>(view.shape()[i + 1].length);
        }
        std::vector<Datum> values;
        std::vector<std::int64_t> at = begin;
        for (;;) {
            std::uint32_t index = 0;
            for (std::size_t i = 0; i < dimensions; ++i) index += static_cast<std::uint32_t>(at[i]) * steps[i];
            values.push_back(view[index]);
            std::size_t i = dimensions;
            while (i > 0 && ++at[i - 1] == end[i - 1]) at[i - 1] = begin[i - 1], --i;
            if (i == 0) break;
        }
        return make_array(context.arena, element, values, shape);
    }

    bool slice_;
    EvaluatorPtr array_;
    std::vector<EvaluatorPtr> lower_, upper_;
    std::vector<Column> lower_columns_, upper_columns_;
    Results results_;
};

// A cast of every element.
class ArrayCoerceEvaluator final : public Evaluator {
public:
    ArrayCoerceEvaluator(const Type& element, EvaluatorPtr array, std::unique_ptr<ValueCell> cell, EvaluatorPtr each, Frame& frame)
        : element_(element), array_(std::move(array)), cell_(std::move(cell)), each_(std::move(each)), results_(frame) {}

    Column evaluate(EvalContext& context, const Batch& input, Rows rows) override {
        const Column array = array_->evaluate(context, input, rows);
        Datum* const result = results_.for_rows(rows);
        if (rows.empty()) return {result, 1};
        if (array.stride == 0) {
            result[0] = convert(context, input, array[0]);
            return {result, 0};
        }
        rows.each([&](std::uint32_t row) { result[row] = convert(context, input, array[row]); });
        return {result, 1};
    }

private:
    Datum convert(EvalContext& context, const Batch& input, const Datum& array) {
        if (array.is_null) return Datum{};
        const ArrayView view(array);
        converted_.clear();
        for (std::uint32_t begin = 0; begin < view.count(); begin += k_batch_rows) {
            check_for_interrupts();
            const std::uint32_t count = std::min(k_batch_rows, view.count() - begin);
            elements_.resize(count);
            for (std::uint32_t i = 0; i < count; ++i) elements_[i] = view[begin + i];
            cell_->column = {elements_.data(), 1};
            const Column values = each_->evaluate(context, input, Rows(count));
            for (std::uint32_t i = 0; i < count; ++i) converted_.push_back(values[i]);
        }
        return make_array(context.arena, element_, converted_, view.shape());
    }

    const Type& element_;
    EvaluatorPtr array_;
    std::unique_ptr<ValueCell> cell_;
    EvaluatorPtr each_;
    Results results_;
    std::vector<Datum> elements_, converted_;
};

// ROW(…)
class RowMakeEvaluator final : public Evaluator {
public:
    RowMakeEvaluator(const RowMakeExpr& e, std::vector<EvaluatorPtr> fields, Frame& frame)
        : fields_(std::move(fields)), columns_(fields_.size()), values_(fields_.size()), results_(frame), names_(e.names) {
        for (const Expr* field : e.fields) types_.push_back(field->type);
    }
    Column evaluate(EvalContext& context, const Batch& input, Rows rows) override {
        for (std::size_t i = 0; i < fields_.size(); ++i) columns_[i] = fields_[i]->evaluate(context, input, rows);
        Datum* const result = results_.for_rows(rows);
        rows.each([&](std::uint32_t row) {
            for (std::size_t i = 0; i < columns_.size(); ++i) values_[i] = columns_[i][row];
            result[row] = make_record(context.arena, types_, names_, values_);
        });
        return {result, 1};
    }

private:
    std::vector<EvaluatorPtr> fields_;
    std::vector<Column> columns_;
    std::vector<Datum> values_;
    std::vector<const Type*> types_;
    Results results_;
    std::vector<std::string> names_;
};

}  // namespace

EvaluatorPtr Compiler::compile_array(const Expr* e) {
    const auto optional = [&](const std::vector<Expr*>& list) {
        std::vector<EvaluatorPtr> evaluators;
        for (const Expr* one : list) evaluators.push_back(one == nullptr ? nullptr : compile(one));
        return evaluators;
    };
    switch (e->kind) {
        case ExprKind::array: {
            const auto& a = *static_cast<const ArrayMakeExpr*>(e);
            return std::make_unique<ArrayMakeEvaluator>(a, compile(a.elements), frame_);
        }
        case ExprKind::array_comparison: {
            const auto& c = *static_cast<const ArrayComparisonExpr*>(e);
            auto left_cell = std::make_unique<ValueCell>(), element_cell = std::make_unique<ValueCell>();
            bind(c.left_value, left_cell.get());
            bind(c.element, element_cell.get());
            EvaluatorPtr comparison = compile(c.comparison);
            return std::make_unique<ArrayComparisonEvaluator>(c.any, compile(c.left), compile(c.array), std::move(left_cell), std::move(element_cell),
                                                              std::move(comparison), frame_);
        }
        case ExprKind::subscript: {
            const auto& s = *static_cast<const SubscriptExpr*>(e);
            return std::make_unique<SubscriptEvaluator>(s, compile(s.array), optional(s.lower), optional(s.upper), frame_);
        }
        case ExprKind::array_coerce: {
            const auto& c = *static_cast<const ArrayCoerceExpr*>(e);
            auto cell = std::make_unique<ValueCell>();
            bind(c.element, cell.get());
            EvaluatorPtr each = compile(c.each);
            return std::make_unique<ArrayCoerceEvaluator>(registry().type(c.type->element), compile(c.arg), std::move(cell), std::move(each), frame_);
        }
        default: {
            const auto& r = *static_cast<const RowMakeExpr*>(e);
            return std::make_unique<RowMakeEvaluator>(r, compile(r.fields), frame_);
        }
    }
}

}  // namespace forklore
