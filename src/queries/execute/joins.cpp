// Joins: nested loop and hash.
#include <algorithm>

#include "base/interrupts.hpp"
#include "queries/execute/group_table.hpp"
#include "queries/execute/row_errors.hpp"
#include "queries/execute/row_set.hpp"
#include "queries/execute/step.hpp"

namespace forklore {

namespace {

// Collects pairs of a left row (of the present batch) and a right row (null: none) into an output batch.
class PairBatch {
public:
    PairBatch(std::size_t left_width, std::size_t right_width) : left_width_(left_width), values_(left_width + right_width), columns_(left_width + right_width) {}
    void clear() { count_ = 0; }
    std::uint32_t count() const { return count_; }
    bool full() const { return count_ == k_batch_rows; }
    void add(std::span<const Column> left, std::uint32_t row, const Datum* right) {
        for (std::size_t c = 0; c < left_width_; ++c) cell(c) = row == k_no_left ? Datum{} : left[c][row];
        for (std::size_t c = left_width_; c < values_.size(); ++c) cell(c) = right == nullptr ? Datum{} : right[c - left_width_];
        ++count_;
    }
    void show(Batch& to) {
        for (std::size_t c = 0; c < values_.size(); ++c) columns_[c] = {values_[c].data(), 1};
        to = {columns_, Rows(count_)};
    }
    static constexpr std::uint32_t k_no_left = 0xFFFFFFFF;

private:
    Datum& cell(std::size_t c) {
        std::vector<Datum>& column = values_[c];
        if (column.size() <= count_) column.resize(std::max<std::size_t>(2 * column.size(), count_ + 1));
        return column[count_];
    }
    std::size_t left_width_;
    std::uint32_t count_ = 0;
    std::vector<std::vector<Datum>> values_;
    std::vector<Column> columns_;
};

// For each left row all right rows, kept from a first pass, or made anew when they depend on the left row.
class NestedLoopStep final : public Step {
public:
    NestedLoopStep(const JoinPlan& plan, StepMaker& maker, EvalContext& context)
        : plan_(plan), frame_(maker.frame), context_(context), rights_(plan.children[1]->outputs),
          pairs_(plan.children[0]->outputs.size(), plan.children[1]->outputs.size()) {
        left_ = maker.make(*plan.children[0], left_side_.context);
        right_ = maker.make(*plan.children[1], right_side_.context);
        lateral_ = maker.compiler(plan.children[0]->outputs).compile(plan.lateral_values);
        if (plan.condition != nullptr) condition_ = maker.compiler(plan.raw).compile(plan.condition);
    }
    void open() override {
        left_side_.context.session = right_side_.context.session = frame_.session;
        left_->open();
        left_batch_.rows = Rows(0);
        left_at_ = 0;
        have_rights_ = false;
        rights_.clear();
        right_at_ = 0;
        in_row_ = false;
        right_matched_.clear();
        left_done_ = false;
        unmatched_at_ = 0;
        errors_.clear();
    }
    void close() noexcept override {
        left_->close();
        right_->close();
        rights_.clear();
        errors_.clear();
        left_side_.arena.reset();
        right_side_.arena.reset();
    }
    bool next(Batch& to) override {
        const bool keep_left = plan_.type == JoinType::left || plan_.type == JoinType::full;
        const bool keep_right = plan_.type == JoinType::right || plan_.type == JoinType::full;
        errors_.rethrow();
        pairs_.clear();
        while (!left_done_) {
            check_for_interrupts();
            if (!in_row_) {
                if (left_at_ >= left_batch_.rows.count()) {
                    if (pairs_.count() > 0) break;  // they point into the batch that goes now
                    left_side_.arena.reset();
                    left_at_ = 0;
                    left_batch_.rows = Rows(0);
                    if (!left_->next(left_batch_)) {
                        left_done_ = true;
                        break;
                    }
                    continue;
                }
                row_ = left_batch_.rows[left_at_];
                if (plan_.right_changes && pairs_.count() > 0) break;  // and into the right rows that go now
                begin_row();
            }
            // As many pairs as fit, tested all at once.
            candidates_begin_ = pairs_.count();
            while (right_at_ < rights_.size() && !pairs_.full()) pairs_.add(left_batch_.columns, row_, rights_[right_at_++]);
            test(keep_right);
            if (errors_.waiting()) break;
            if (right_at_ < rights_.size()) break;
            if (!matched_ && keep_left) {
                if (pairs_.full()) break;
                pairs_.add(left_batch_.columns, row_, nullptr);
                good_.push_back(pairs_.count() - 1);
            }
            in_row_ = false;
            ++left_at_;
            if (pairs_.full()) break;
        }
        if (pairs_.count() > 0 || !left_done_) {
            finish(to);
            return true;
        }
        // Right rows that found nobody.
        if (keep_right) {
            if (!have_rights_) read_rights();
            while (unmatched_at_ < rights_.size() && !pairs_.full()) {
                if (right_matched_.size() <= unmatched_at_ || !right_matched_[unmatched_at_]) {
                    pairs_.add({}, PairBatch::k_no_left, rights_[unmatched_at_]);
                    good_.push_back(pairs_.count() - 1);
                }
                ++unmatched_at_;
            }
            if (pairs_.count() > 0) {
                finish(to);
                return true;
            }
        }
        return false;
    }

private:
    void begin_row() {
        in_row_ = true;
        matched_ = false;
        right_at_ = 0;
        if (plan_.right_changes) {
            const auto number = static_cast<std::uint16_t>(row_);
            for (std::size_t i = 0; i < lateral_.size(); ++i)
                frame_.outer[static_cast<std::size_t>(plan_.lateral_slots[i])] = lateral_[i]->evaluate(left_side_.context, left_batch_, Rows(&number, 1))[row_];
            rights_.clear();
            have_rights_ = false;
        }
        if (!have_rights_) read_rights();
    }
    void read_rights() {
        have_rights_ = true;
        right_->open();
        Batch batch;
        while (right_side_.arena.reset(), right_->next(batch)) {
            check_for_interrupts();
            rights_.add(batch);
        }
    }
    // Of the newest pairs, those that fulfil the condition.
    void test(bool keep_right) {
        const std::uint32_t end = pairs_.count();
        if (end == candidates_begin_) return;
        const std::size_t first_right = right_at_ - (end - candidates_begin_);
        numbers_.clear();
        for (std::uint32_t i = candidates_begin_; i < end; ++i) numbers_.push_back(static_cast<std::uint16_t>(i));
        Rows rows(numbers_.data(), static_cast<std::uint32_t>(numbers_.size()));
        if (condition_ != nullptr) {
            Batch batch;
            pairs_.show(batch);
            errors_.settle(rows, [&](Rows some) { condition_->select(context_, batch, some, passed_); });
            rows = passed_.rows();
        }
        if (!rows.empty()) matched_ = true;
        rows.each([&](std::uint32_t row) {
            good_.push_back(row);
            if (keep_right) {
                if (right_matched_.empty()) right_matched_.resize(rights_.size());
                right_matched_[first_right + (row - candidates_begin_)] = true;
            }
        });
    }
    void finish(Batch& to) {
        pairs_.show(to);
        shown_.clear();
        for (const std::uint32_t row : good_) shown_.add(row);
        good_.clear();
        to.rows = shown_.rows();
    }

    const JoinPlan& plan_;
    Frame& frame_;
    EvalContext& context_;
    ChildContext left_side_, right_side_;
    StepPtr left_, right_;
    std::vector<EvaluatorPtr> lateral_;
    EvaluatorPtr condition_;
    RowSet rights_;
    std::vector<bool> right_matched_;
    PairBatch pairs_;
    Batch left_batch_;
    std::uint32_t left_at_ = 0, row_ = 0;
    std::size_t right_at_ = 0, unmatched_at_ = 0;
    std::uint32_t candidates_begin_ = 0;
    bool have_rights_ = false, in_row_ = false, matched_ = false, left_done_ = false;
    std::vector<std::uint32_t> good_;
    std::vector<std::uint16_t> numbers_;
    RowErrors errors_;
    RowList passed_, shown_;
};

// The right side in a hash table; the left side asks it.
class HashJoinStep final : public Step {
public:
    HashJoinStep(const JoinPlan& plan, StepMaker& maker, EvalContext& context)
        : plan_(plan), frame_(maker.frame), context_(context), rights_(plan.children[1]->outputs), table_(types_of(plan.right_keys)),
          pairs_(plan.children[0]->outputs.size(), plan.children[1]->outputs.size()) {
        left_ = maker.make(*plan.children[0], left_side_.context);
        right_ = maker.make(*plan.children[1], right_side_.context);
        left_keys_ = maker.compiler(plan.children[0]->outputs).compile(plan.left_keys);
        right_keys_ = maker.compiler(plan.children[1]->outputs).compile(plan.right_keys);
        key_columns_.resize(left_keys_.size());
        if (plan.condition != nullptr) condition_ = maker.compiler(plan.raw).compile(plan.condition);
    }
    void open() override {
        left_side_.context.session = right_side_.context.session = frame_.session;
        forget();
        built_ = false;
        left_->open();
        left_batch_.rows = Rows(0);
        left_at_ = 0;
        partner_ = k_none;
        in_row_ = left_done_ = false;
        unmatched_at_ = 0;
        key_errors_.clear();
        condition_errors_.clear();
    }
    void close() noexcept override {
        left_->close();
        right_->close();
        forget();
        key_errors_.clear();
        condition_errors_.clear();
        left_side_.arena.reset();
        right_side_.arena.reset();
    }
    bool next(Batch& to) override {
        const bool keep_left = plan_.type == JoinType::left || plan_.type == JoinType::full;
        const bool keep_right = plan_.type == JoinType::right || plan_.type == JoinType::full;
        if (!built_) build();
        condition_errors_.rethrow();
        for (;;) {
            check_for_interrupts();
            pairs_.clear();
            starts_.clear();
            if (left_done_) break;
            if (!in_row_ && left_at_ >= left_batch_.rows.count() && !pull_left()) {
                left_done_ = true;
                continue;
            }
            // Fill with candidates of one or more left rows; without a condition they are pairs already.
            while (left_at_ < left_batch_.rows.count() && !pairs_.full()) {
                const std::uint32_t row = left_batch_.rows[left_at_];
                if (!in_row_) {
                    in_row_ = true;
                    matched_ = false;
                    partner_ = head_of(row);
                }
                while (partner_ != k_none && !pairs_.full()) {
                    pairs_.add(left_batch_.columns, row, rights_[partner_]);
                    starts_.push_back({row, partner_});
                    partner_ = chain_[partner_];
                    if (condition_ == nullptr) {
                        matched_ = true;
                        if (keep_right) right_matched_[starts_.back().right] = true;
                    }
                }
                if (partner_ != k_none) break;
                if (condition_ == nullptr) {
                    if (!matched_ && keep_left) {
                        if (pairs_.full()) break;
                        pairs_.add(left_batch_.columns, row, nullptr);
                        starts_.push_back({row, k_none});
                    }
                } else if (keep_left) {
                    // Whether the row found a partner is known after the condition: one left row at a time.
                    in_row_ = false;
                    ++left_at_;
                    row_ended_ = true;
                    break;
                }
                in_row_ = false;
                ++left_at_;
            }
            if (condition_ == nullptr) {
                if (pairs_.count() == 0) continue;
                pairs_.show(to);
                return true;
            }
            shown_.clear();
            if (pairs_.count() > 0) {
                Batch batch;
                pairs_.show(batch);
                condition_errors_.settle(batch.rows, [&](Rows rows) { condition_->select(context_, batch, rows, shown_); });
                if (shown_.count() > 0) matched_ = true;
                if (keep_right) shown_.rows().each([&](std::uint32_t i) { right_matched_[starts_[i].right] = true; });
            }
            if (row_ended_ && !condition_errors_.waiting()) {
                row_ended_ = false;
                if (!matched_ && keep_left) {
                    const std::uint32_t row = left_batch_.rows[left_at_ - 1];
                    if (pairs_.full()) pairs_.clear(), shown_.clear();
                    pairs_.add(left_batch_.columns, row, nullptr);
                    shown_.add(pairs_.count() - 1);
                }
            }
            if (shown_.count() == 0 && !condition_errors_.waiting()) continue;
            pairs_.show(to);
            to.rows = shown_.rows();
            return true;
        }
        if (keep_right) {
            while (unmatched_at_ < rights_.size() && !pairs_.full()) {
                if (!right_matched_[unmatched_at_]) pairs_.add({}, PairBatch::k_no_left, rights_[unmatched_at_]);
                ++unmatched_at_;
            }
            if (pairs_.count() > 0) {
                pairs_.show(to);
                return true;
            }
        }
        return false;
    }

private:
    static constexpr std::uint32_t k_none = GroupTable::k_none;
    static std::vector<const Type*> types_of(const std::vector<Expr*>& exprs) {
        std::vector<const Type*> types;
        for (const Expr* e : exprs) types.push_back(e->type);
        return types;
    }
    void forget() noexcept {
        rights_.clear();
        table_.clear();
        heads_.clear();
        chain_.clear();
        right_matched_.clear();
    }
    void build() {
        built_ = true;
        right_->open();
        Batch batch;
        std::vector<std::uint32_t> tails;
        while (right_side_.arena.reset(), right_->next(batch)) {
            check_for_interrupts();
            for (std::size_t k = 0; k < right_keys_.size(); ++k) key_columns_[k] = right_keys_[k]->evaluate(right_side_.context, batch, batch.rows);
            hashes_.resize(k_batch_rows);
            table_.hash(key_columns_, batch.rows, hashes_.data());
            batch.rows.each([&](std::uint32_t row) {
                const auto number = static_cast<std::uint32_t>(rights_.size());
                rights_.add(batch.columns, row);
                chain_.push_back(k_none);
                // A null is equal to nothing.
                for (const Column& key : key_columns_)
                    if (key[row].is_null) return;
                const std::uint32_t group = table_.find_or_add(key_columns_, row, hashes_[row]);
                if (group == heads_.size()) {
                    heads_.push_back(number);
                    tails.push_back(number);
                } else {
                    chain_[tails[group]] = number;
                    tails[group] = number;
                }
            });
        }
        right_matched_.resize(rights_.size());
    }
    bool pull_left() {
        key_errors_.rethrow();
        do {
            check_for_interrupts();
            left_side_.arena.reset();
            left_at_ = 0;
            left_batch_.rows = Rows(0);
            if (!left_->next(left_batch_)) return false;
        } while (left_batch_.rows.empty());
        left_batch_.rows = key_errors_.settle(left_batch_.rows, [&](Rows rows) {
            for (std::size_t k = 0; k < left_keys_.size(); ++k) key_columns_[k] = left_keys_[k]->evaluate(left_side_.context, left_batch_, rows);
        });
        hashes_.resize(k_batch_rows);
        table_.hash(key_columns_, left_batch_.rows, hashes_.data());
        return true;
    }
    std::uint32_t head_of(std::uint32_t row) const {
        for (const Column& key : key_columns_)
            if (key[row].is_null) return k_none;
        const std::uint32_t group = table_.find(key_columns_, row, hashes_[row]);
        return group == k_none ? k_none : heads_[group];
    }

    struct Pair {
        std::uint32_t left, right;
    };
    const JoinPlan& plan_;
    Frame& frame_;
    EvalContext& context_;
    ChildContext left_side_, right_side_;
    StepPtr left_, right_;
    std::vector<EvaluatorPtr> left_keys_, right_keys_;
    EvaluatorPtr condition_;
    RowSet rights_;
    GroupTable table_;
    std::vector<std::uint32_t> heads_, chain_;  // first row of a key; next row of the same key
    std::vector<bool> right_matched_;
    PairBatch pairs_;
    std::vector<Column> key_columns_;
    std::vector<std::uint64_t> hashes_;
    Batch left_batch_;
    std::uint32_t left_at_ = 0, partner_ = k_none;
    std::size_t unmatched_at_ = 0;
    bool built_ = false, in_row_ = false, matched_ = false, left_done_ = false, row_ended_ = false;
    std::vector<Pair> starts_;
    RowErrors key_errors_, condition_errors_;
    RowList shown_;
};

}  // namespace

StepPtr make_nested_loop_step(const JoinPlan& plan, StepMaker& maker, EvalContext& context) {
    return std::make_unique<NestedLoopStep>(plan, maker, context);
}
StepPtr make_hash_join_step(const JoinPlan& plan, StepMaker& maker, EvalContext& context) {
    return std::make_unique<HashJoinStep>(plan, maker, context);
}

}  // namespace forklore
