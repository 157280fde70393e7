// Steps about order and number: sort, unique, limit, append.
#include <algorithm>
#include <limits>

#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "queries/execute/row_set.hpp"
#include "queries/execute/step.hpp"

namespace forklore {

namespace {

constexpr std::int64_t k_no_bound = std::numeric_limits<std::int64_t>::max();

// Keys that are not plain input columns are computed beside them.
class SortStep final : public Step {
public:
    SortStep(const SortPlan& plan, StepMaker& maker) : frame_(maker.frame), width_(plan.raw.size()), order_({}) {
        child_ = maker.make(*plan.children[0], input_.context);
        Compiler compiler = maker.compiler(plan.raw);
        std::vector<const Type*> types;
        for (const Expr* e : plan.raw) types.push_back(e->type);
        std::vector<RowOrder::Key> keys;
        for (const SortKey& key : plan.keys) {
            std::size_t column = 0;
            while (column < plan.raw.size() && plan.raw[column] != key.expr) ++column;
            if (column == plan.raw.size()) {
                column = types.size();
                types.push_back(key.expr->type);
                computed_.push_back(compiler.compile(key.expr));
            }
            keys.push_back({column, key.expr->type, key.descending, key.nulls_first});
        }
        rows_ = std::make_unique<RowSet>(std::move(types));
        order_ = RowOrder(std::move(keys));
    }
    void open() override {
        input_.context.session = frame_.session;
        child_->open();
        sorted_ = false;
        at_ = 0;
        rows_->clear();
    }
    void close() noexcept override {
        child_->close();
        rows_->clear();
        input_.arena.reset();
    }
    void bound(std::int64_t rows) override { bound_ = rows; }
    bool next(Batch& to) override {
        check_for_interrupts();
        if (!sorted_) sort();
        if (at_ >= rows_->size()) return false;
        const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(rows_->size() - at_, k_batch_rows));
        rows_->read(at_, count, to);
        to.columns = to.columns.first(width_);
        at_ += count;
        return true;
    }

private:
    void sort() {
        Batch batch;
        std::vector<Column> columns;
        while (input_.arena.reset(), child_->next(batch)) {
            check_for_interrupts();
            columns.assign(batch.columns.begin(), batch.columns.end());
            for (const EvaluatorPtr& key : computed_) columns.push_back(key->evaluate(input_.context, batch, batch.rows));
            rows_->add(Batch{columns, batch.rows});
            // Of a bounded sort only the first rows can matter.
            if (bound_ < k_no_bound / 4 && rows_->size() > static_cast<std::size_t>(2 * bound_ + 4 * k_batch_rows)) keep_bound();
        }
        // Equal rows keep the order in which they came; the comparison is where a long sort can be interrupted.
        std::vector<Datum*>& rows = rows_->rows();
        std::stable_sort(rows.begin(), rows.end(), [&](const Datum* a, const Datum* b) {
            if ((++comparisons_ & 0xFFFF) == 0) check_for_interrupts();
            return order_(a, b);
        });
        if (bound_ != k_no_bound && rows.size() > static_cast<std::size_t>(bound_)) rows.resize(static_cast<std::size_t>(bound_));
        sorted_ = true;
    }
    void keep_bound() {
        std::vector<Datum*>& rows = rows_->rows();
        const auto keep = static_cast<std::ptrdiff_t>(std::max<std::int64_t>(bound_, 0));
        std::stable_sort(rows.begin(), rows.end(), order_);
        rows.resize(static_cast<std::size_t>(keep));
    }

    Frame& frame_;
    ChildContext input_;
    StepPtr child_;
    std::size_t width_;
    std::vector<EvaluatorPtr> computed_;
    std::unique_ptr<RowSet> rows_;
    RowOrder order_;
    std::int64_t bound_ = k_no_bound;
    bool sorted_ = false;
    std::size_t at_ = 0;
    std::uint64_t comparisons_ = 0;
};

// Neighbours that are equal in the keys become one.
class UniqueStep final : public Step {
public:
    UniqueStep(const UniquePlan& plan, StepMaker& maker, EvalContext& context) : context_(context), last_(plan.keys) {
        child_ = maker.make(*plan.children[0], context);
        keys_ = maker.compiler(plan.raw).compile(plan.keys);
        std::vector<RowOrder::Key> keys;
        for (std::size_t i = 0; i < plan.keys.size(); ++i) keys.push_back({i, plan.keys[i]->type});
        order_ = std::make_unique<RowOrder>(std::move(keys));
        columns_.resize(keys_.size());
        row_.resize(keys_.size());
    }
    void open() override {
        child_->open();
        last_.clear();
    }
    void close() noexcept override {
        child_->close();
        last_.clear();
    }
    bool next(Batch& to) override {
        if (!child_->next(to)) return false;
        for (std::size_t i = 0; i < keys_.size(); ++i) columns_[i] = keys_[i]->evaluate(context_, to, to.rows);
        kept_.clear();
        std::uint32_t newest = 0;
        bool any = false;
        to.rows.each([&](std::uint32_t row) {
            for (std::size_t i = 0; i < columns_.size(); ++i) row_[i] = columns_[i][row];
            if (any) {
                for (std::size_t i = 0; i < columns_.size(); ++i) before_[i] = columns_[i][newest];
                if (order_->compare(before_.data(), row_.data()) == 0) return;
            } else if (last_.size() > 0 && order_->compare(last_[0], row_.data()) == 0) {
                return;
            }
            any = true;
            newest = row;
            before_.resize(columns_.size());
            kept_.add(row);
        });
        if (any) {
            // The row must outlive its batch.
            last_.clear();
            last_.add(columns_, newest);
        }
        to.rows = kept_.rows();
        return true;
    }

private:
    EvalContext& context_;
    StepPtr child_;
    std::vector<EvaluatorPtr> keys_;
    std::vector<Column> columns_;
    std::vector<Datum> row_, before_;
    RowSet last_;
    std::unique_ptr<RowOrder> order_;
    RowList kept_;
};

class LimitStep final : public Step {
public:
    LimitStep(const LimitPlan& plan, StepMaker& maker, EvalContext& context) : context_(context) {
        child_ = maker.make(*plan.children[0], context);
        Compiler compiler = maker.compiler({});
        if (plan.limit != nullptr) limit_ = compiler.compile(plan.limit);
        if (plan.offset != nullptr) offset_ = compiler.compile(plan.offset);
        if (!plan.ties.empty()) {
            std::vector<Expr*> exprs;
            std::vector<RowOrder::Key> keys;
            for (std::size_t i = 0; i < plan.ties.size(); ++i) {
                exprs.push_back(plan.ties[i].expr);
                keys.push_back({i, plan.ties[i].expr->type});
            }
            ties_ = maker.compiler(plan.raw).compile(exprs);
            last_ = std::make_unique<RowSet>(exprs);
            order_ = std::make_unique<RowOrder>(std::move(keys));
        }
    }
    void open() override {
        const Batch nothing{{}, Rows(1)};
        const auto number = [&](const EvaluatorPtr& e, std::int64_t if_null, auto&& refuse) {
            if (e == nullptr) return if_null;
            const Datum value = e->evaluate(context_, nothing, Rows(1))[0];
            if (value.is_null) return if_null;
            if (value.int8 < 0) refuse();
            return value.int8;
        };
        skip_ = number(offset_, 0, [] { throw Error(sqlstate::invalid_row_count_in_result_offset_clause, "OFFSET must not be negative"); });
        left_ = number(limit_, k_no_bound, [] { throw Error(sqlstate::invalid_row_count_in_limit_clause, "LIMIT must not be negative"); });
        child_->bound(left_ == k_no_bound || order_ != nullptr || skip_ > k_no_bound - left_ ? k_no_bound : left_ + skip_);
        child_->open();
        tying_ = false;
        if (last_ != nullptr) last_->clear();
    }
    void close() noexcept override {
        child_->close();
        if (last_ != nullptr) last_->clear();
    }
    bool next(Batch& to) override {
        if (left_ == 0 && !tying_) return false;
        if (!child_->next(to)) return false;
        kept_.clear();
        std::vector<Column> columns;
        for (const EvaluatorPtr& tie : ties_) columns.push_back(tie->evaluate(context_, to, to.rows));
        bool done = false;
        to.rows.each([&](std::uint32_t row) {
            if (done) return;
            if (skip_ > 0) {
                --skip_;
            } else if (left_ > 0) {
                kept_.add(row);
                if (--left_ > 0) return;
                if (order_ == nullptr) {
                    done = true;
                    return;
                }
                tying_ = true;
                last_->add(columns, row);
            } else if (tying_) {
                // The peers of the last row come too.
                std::vector<Datum> keys;
                for (const Column& column : columns) keys.push_back(column[row]);
                if (order_->compare((*last_)[0], keys.data()) == 0) kept_.add(row);
                else tying_ = false, done = true;
            }
        });
        to.rows = kept_.rows();
        return true;
    }

private:
    EvalContext& context_;
    StepPtr child_;
    EvaluatorPtr limit_, offset_;
    std::vector<EvaluatorPtr> ties_;
    std::unique_ptr<RowSet> last_;
    std::unique_ptr<RowOrder> order_;
    std::int64_t skip_ = 0, left_ = 0;
    bool tying_ = false;
    RowList kept_;
};

// One child after the other.
class AppendStep final : public Step {
public:
    AppendStep(const Plan& plan, StepMaker& maker, EvalContext& context) {
        for (const Plan* child : plan.children) children_.push_back(maker.make(*child, context));
    }
    void open() override {
        at_ = 0;
        if (!children_.empty()) children_[0]->open();
    }
    void close() noexcept override {
        for (const StepPtr& child : children_) child->close();
    }
    bool next(Batch& to) override {
        while (at_ < children_.size()) {
            check_for_interrupts();
            if (children_[at_]->next(to)) return true;
            if (++at_ < children_.size()) children_[at_]->open();
        }
        return false;
    }

private:
    std::vector<StepPtr> children_;
    std::size_t at_ = 0;
};

}  // namespace

StepPtr make_sort_step(const SortPlan& plan, StepMaker& maker, EvalContext&) { return std::make_unique<SortStep>(plan, maker); }
StepPtr make_unique_step(const UniquePlan& plan, StepMaker& maker, EvalContext& context) { return std::make_unique<UniqueStep>(plan, maker, context); }
StepPtr make_limit_step(const LimitPlan& plan, StepMaker& maker, EvalContext& context) { return std::make_unique<LimitStep>(plan, maker, context); }
StepPtr make_append_step(const Plan& plan, StepMaker& maker, EvalContext& context) { return std::make_unique<AppendStep>(plan, maker, context); }

}  // namespace forklore
