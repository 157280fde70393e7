// INTERSECT and EXCEPT, queries of WITH, and recursion.
#include <algorithm>

#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "queries/execute/group_table.hpp"
#include "queries/execute/step.hpp"

namespace forklore {

/// The rows of a query of WITH, made once and read by several steps; or a recursive query's last round.
class SharedRows {
public:
    explicit SharedRows(std::span<Expr* const> columns) : rows(columns) {}  ///< \param columns what the rows have
    RowSet rows;               ///< so far
    std::uint64_t run = 0;     ///< of the frame, when they were made
    std::unique_ptr<ChildContext> source_context;  ///< what makes them
    StepPtr source;
    bool complete = false;
};

namespace {

std::vector<const Type*> types_of(const std::vector<Expr*>& exprs) {
    std::vector<const Type*> types;
    for (const Expr* e : exprs) types.push_back(e->type);
    return types;
}

class SetOperationStep final : public Step {
public:
    SetOperationStep(const SetOperationPlan& plan, StepMaker& maker) : plan_(plan), frame_(maker.frame), keys_(types_of(plan.raw)) {
        for (int side = 0; side < 2; ++side) {
            contexts_[side] = std::make_unique<ChildContext>();
            children_[side] = maker.make(*plan.children[static_cast<std::size_t>(side)], contexts_[side]->context);
        }
    }
    void open() override {
        keys_.clear();
        counts_.clear();
        counted_ = false;
        at_ = 0;
        repeat_ = 0;
    }
    void close() noexcept override {
        for (int side = 0; side < 2; ++side) children_[side]->close(), contexts_[side]->arena.reset();
        keys_.clear();
    }
    bool next(Batch& to) override {
        check_for_interrupts();
        if (!counted_) count();
        shown_.clear();
        while (at_ < keys_.size() && shown_.size() < k_batch_rows) {
            const auto [left, right] = counts_[at_];
            std::uint64_t copies = 0;
            if (plan_.intersect) copies = plan_.all ? std::min(left, right) : left > 0 && right > 0;
            else copies = plan_.all ? (left > right ? left - right : 0) : left > 0 && right == 0;
            if (repeat_ >= copies) {
                ++at_;
                repeat_ = 0;
                continue;
            }
            shown_.push_back(keys_.key(static_cast<std::uint32_t>(at_)));
            ++repeat_;
        }
        if (shown_.empty()) return false;
        const std::size_t width = plan_.raw.size();
        values_.resize(width * shown_.size());
        columns_.resize(width);
        for (std::size_t c = 0; c < width; ++c) {
            for (std::size_t i = 0; i < shown_.size(); ++i) values_[c * shown_.size() + i] = shown_[i][c];
            columns_[c] = {values_.data() + c * shown_.size(), 1};
        }
        to = {columns_, Rows(static_cast<std::uint32_t>(shown_.size()))};
        return true;
    }

private:
    void count() {
        counted_ = true;
        hashes_.resize(k_batch_rows);
        for (int side = 0; side < 2; ++side) {
            contexts_[side]->context.session = frame_.session;
            children_[side]->open();
            Batch batch;
            while (contexts_[side]->arena.reset(), children_[side]->next(batch)) {
                check_for_interrupts();
                keys_.hash(batch.columns, batch.rows, hashes_.data());
                batch.rows.each([&](std::uint32_t row) {
                    // What the right side has alone is of no use.
                    const std::uint32_t group = side == 0 ? keys_.find_or_add(batch.columns, row, hashes_[row]) : keys_.find(batch.columns, row, hashes_[row]);
                    if (group == GroupTable::k_none) return;
                    if (group >= counts_.size()) counts_.resize(group + 1);
                    ++(side == 0 ? counts_[group].left : counts_[group].right);
                });
            }
            children_[side]->close();
        }
    }
    struct Counts {
        std::uint64_t left = 0, right = 0;
    };
    const SetOperationPlan& plan_;
    Frame& frame_;
    std::unique_ptr<ChildContext> contexts_[2];
    StepPtr children_[2];
    GroupTable keys_;
    std::vector<Counts> counts_;
    std::vector<std::uint64_t> hashes_;
    bool counted_ = false;
    std::size_t at_ = 0;
    std::uint64_t repeat_ = 0;
    std::vector<const Datum*> shown_;
    std::vector<Datum> values_;
    std::vector<Column> columns_;
};

class CommonTableStep final : public Step {
public:
    CommonTableStep(const CommonTablePlan& plan, StepMaker& maker) : plan_(plan), frame_(maker.frame), reader_(plan.raw) {
        std::shared_ptr<SharedRows>& shared = frame_.shared_rows[plan.table];
        if (shared == nullptr) shared = std::make_shared<SharedRows>(plan.raw);
        shared_ = shared;
        if (plan.definition != nullptr && shared_->source == nullptr) {
            shared_->source_context = std::make_unique<ChildContext>();
            shared_->source = maker.make(*plan.definition, shared_->source_context->context);
        }
    }
    void open() override { at_ = 0; }
    bool next(Batch& to) override {
        check_for_interrupts();
        if (plan_.definition != nullptr) {
            // Whoever asks first makes the rows, as far as they are wanted.
            if (shared_->run != frame_.run) {
                shared_->run = frame_.run;
                shared_->rows.clear();
                shared_->complete = false;
                shared_->source_context->context.session = frame_.session;
                shared_->source->open();
            }
            while (at_ >= shared_->rows.size() && !shared_->complete) {
                Batch batch;
                shared_->source_context->arena.reset();
                if (shared_->source->next(batch)) shared_->rows.add(batch);
                else shared_->complete = true;
            }
        }
        if (at_ >= shared_->rows.size()) return false;
        const std::size_t count = std::min<std::size_t>(shared_->rows.size() - at_, k_batch_rows);
        rows_.clear();
        for (std::size_t i = 0; i < count; ++i) rows_.push_back(shared_->rows[at_ + i]);
        reader_.gather(rows_, to);
        at_ += count;
        return true;
    }

private:
    const CommonTablePlan& plan_;
    Frame& frame_;
    std::shared_ptr<SharedRows> shared_;
    RowSet reader_;
    std::vector<const Datum*> rows_;
    std::size_t at_ = 0;
};

// The first part's rows, then again and again the second part's over the rows of the round before.
class RecursiveUnionStep final : public Step {
public:
    RecursiveUnionStep(const RecursiveUnionPlan& plan, StepMaker& maker) : plan_(plan), frame_(maker.frame), seen_(types_of(plan.raw)), round_(plan.raw) {
        // The scans inside the recursive part, which are made next, find it there.
        frame_.shared_rows[plan.work_table] = work_ = std::make_shared<SharedRows>(plan.raw);
        for (int side = 0; side < 2; ++side) {
            contexts_[side] = std::make_unique<ChildContext>();
            children_[side] = maker.make(*plan.children[static_cast<std::size_t>(side)], contexts_[side]->context);
        }
    }
    void open() override {
        for (auto& context : contexts_) context->context.session = frame_.session;
        seen_.clear();
        work_->rows.clear();
        round_.clear();
        side_ = 0;
        ended_ = false;
        children_[0]->open();
    }
    void close() noexcept override {
        for (int side = 0; side < 2; ++side) children_[side]->close(), contexts_[side]->arena.reset();
        seen_.clear();
        work_->rows.clear();
        round_.clear();
    }
    bool next(Batch& to) override {
        while (!ended_) {
            check_for_interrupts();
            contexts_[side_]->arena.reset();
            if (children_[side_]->next(to)) {
                if (plan_.distinct) keep_new(to);
                round_.add(to);
                return true;
            }
            children_[side_]->close();
            // The next round sees what this one gave.
            if (round_.size() == 0) {
                ended_ = true;
                break;
            }
            work_->rows.clear();
            for (std::size_t i = 0; i < round_.size(); i += k_batch_rows) {
                Batch batch;
                round_.read(i, static_cast<std::uint32_t>(std::min<std::size_t>(round_.size() - i, k_batch_rows)), batch);
                work_->rows.add(batch);
            }
            round_.clear();
            side_ = 1;
            children_[1]->open();
        }
        return false;
    }

private:
    void keep_new(Batch& batch) {
        hashes_.resize(k_batch_rows);
        seen_.hash(batch.columns, batch.rows, hashes_.data());
        kept_.clear();
        batch.rows.each([&](std::uint32_t row) {
            const std::uint32_t before = seen_.size();
            if (seen_.find_or_add(batch.columns, row, hashes_[row]) == before) kept_.add(row);
        });
        batch.rows = kept_.rows();
    }
    const RecursiveUnionPlan& plan_;
    Frame& frame_;
    GroupTable seen_;
    RowSet round_;
    std::shared_ptr<SharedRows> work_;
    std::unique_ptr<ChildContext> contexts_[2];
    StepPtr children_[2];
    std::vector<std::uint64_t> hashes_;
    RowList kept_;
    int side_ = 0;
    bool ended_ = false;
};

}  // namespace

void release_shared_rows(Frame& frame) noexcept {
    for (auto& [table, shared] : frame.shared_rows) {
        if (shared->source != nullptr) shared->source->close();
        shared->rows.clear();
        shared->run = 0;
    }
}

StepPtr make_set_operation_step(const SetOperationPlan& plan, StepMaker& maker, EvalContext&) { return std::make_unique<SetOperationStep>(plan, maker); }
StepPtr make_common_table_step(const CommonTablePlan& plan, StepMaker& maker, EvalContext&) { return std::make_unique<CommonTableStep>(plan, maker); }
StepPtr make_recursive_union_step(const RecursiveUnionPlan& plan, StepMaker& maker, EvalContext&) { return std::make_unique<RecursiveUnionStep>(plan, maker); }

}  // namespace forklore
