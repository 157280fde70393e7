// GROUP BY and aggregates.
#include <algorithm>

#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "queries/execute/group_table.hpp"
#include "queries/execute/step.hpp"

namespace forklore {

namespace {

// One aggregate of a step, for all groups.
class AggregateRun {
public:
    AggregateRun(const AggregateExpr& e, Compiler& compiler) : e_(e), code_(e.function->aggregate), types_(e.argument_types) {
        site_.function = e.function;
        site_.result = e.type;
        site_.arguments = types_;
        args_ = compiler.compile(e.args);
        columns_.resize(args_.size());
        if (e.filter != nullptr) filter_ = compiler.compile(e.filter);
        if (!e.distinct && e.order_by.empty()) return;
        // Rows are collected, put into order, and only then taken in: first the arguments, then what else decides the order.
        std::vector<const Type*> kept = types_;
        std::vector<RowOrder::Key> keys;
        for (const SortKey& key : e.order_by) {
            std::size_t column = 0;
            while (column < e.args.size() && e.args[column] != key.expr) ++column;
            if (column == e.args.size()) {
                column = kept.size();
                kept.push_back(key.expr->type);
                args_.push_back(compiler.compile(key.expr));
            }
            keys.push_back({column, key.expr->type, key.descending, key.nulls_first});
        }
        if (e.distinct)
            for (std::size_t i = 0; i < e.args.size(); ++i)
                if (std::ranges::none_of(keys, [&](const RowOrder::Key& key) { return key.column == i; })) keys.push_back({i, e.args[i]->type});
        columns_.resize(args_.size());
        kept_types_ = std::move(kept);
        order_ = std::make_unique<RowOrder>(std::move(keys));
    }

    std::uint32_t state_size() const { return collects() ? 0 : code_.state_size; }
    bool collects() const { return order_ != nullptr; }
    void initialise(void* state) const { code_.initialise(state); }

    // `states` by row; stride 0 for one group.
    void update(Arena& arena, EvalContext& context, const Batch& input, void* const* states, std::uint32_t stride, const std::uint32_t* groups) {
        Rows rows = input.rows;
        if (filter_ != nullptr) {
            filter_->select(context, input, rows, filtered_);
            rows = filtered_.rows();
        }
        if (rows.empty()) return;
        for (std::size_t i = 0; i < args_.size(); ++i) columns_[i] = args_[i]->evaluate(context, input, rows);
        if (!collects()) {
            code_.update(arena, context, site_, states, stride, columns_.data(), rows);
            return;
        }
        rows.each([&](std::uint32_t row) {
            const std::uint32_t group = groups == nullptr ? 0 : groups[row];
            while (collected_.size() <= group) collected_.push_back(std::make_unique<RowSet>(kept_types_));
            collected_[group]->add(columns_, row);
        });
    }

    Datum finish(EvalContext& context, const void* state, std::uint32_t group) {
        if (!collects()) return code_.finish(context, site_, state);
        void* own = states_.allocate_bytes(std::max<std::size_t>(code_.state_size, 16), 16);
        code_.initialise(own);
        if (group < collected_.size()) take_ordered(*collected_[group], context, own);
        return code_.finish(context, site_, own);
    }

    void clear() {
        collected_.clear();
        states_.reset();
    }

private:
    void take_ordered(RowSet& set, EvalContext& context, void* state) {
        std::vector<Datum*>& rows = set.rows();
        std::stable_sort(rows.begin(), rows.end(), *order_);
        if (e_.distinct) {
            std::vector<RowOrder::Key> keys;
            for (std::size_t i = 0; i < e_.args.size(); ++i) keys.push_back({i, e_.args[i]->type});
            const RowOrder same(std::move(keys));
            rows.erase(std::unique(rows.begin(), rows.end(), [&](const Datum* a, const Datum* b) { return same.compare(a, b) == 0; }), rows.end());
        }
        for (std::size_t at = 0; at < rows.size(); at += k_batch_rows) {
            check_for_interrupts();
            Batch batch;
            set.read(at, static_cast<std::uint32_t>(std::min<std::size_t>(rows.size() - at, k_batch_rows)), batch);
            code_.update(states_, context, site_, &state, 0, batch.columns.data(), batch.rows);
        }
    }

    const AggregateExpr& e_;
    const AggregateCode& code_;
    std::vector<const Type*> types_, kept_types_;
    CallSite site_;
    std::vector<EvaluatorPtr> args_;
    std::vector<Column> columns_;
    EvaluatorPtr filter_;
    RowList filtered_;
    std::unique_ptr<RowOrder> order_;
    std::vector<std::unique_ptr<RowSet>> collected_;
    Arena states_{256};
};

class AggregateStep final : public Step {
public:
    AggregateStep(const AggregatePlan& plan, StepMaker& maker, EvalContext& context)
        : frame_(maker.frame), context_(context), plain_(plan.plain), groups_(types_of(plan.groups)) {
        const std::vector<Expr*> aggregates(plan.aggregates.begin(), plan.aggregates.end());
        child_ = maker.make_for(aggregates, *plan.children[0], input_.context);
        Compiler compiler = maker.compiler(plan.children[0]->outputs);
        keys_ = compiler.compile(plan.groups);
        key_columns_.resize(keys_.size());
        for (const AggregateExpr* e : plan.aggregates) {
            offsets_.push_back(state_size_);
            runs_.push_back(std::make_unique<AggregateRun>(*e, compiler));
            state_size_ += runs_.back()->state_size();
        }
    }
    void open() override {
        input_.context.session = frame_.session;
        forget();
        child_->open();
        gathered_ = false;
        at_ = 0;
    }
    void close() noexcept override {
        child_->close();
        forget();
        input_.arena.reset();
    }
    bool next(Batch& to) override {
        check_for_interrupts();
        if (!gathered_) gather();
        if (at_ >= states_.size()) return false;
        const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(states_.size() - at_, k_batch_rows));
        const std::size_t width = keys_.size() + runs_.size();
        values_.resize(std::size_t{count} * width);
        columns_.resize(width);
        for (std::size_t k = 0; k < keys_.size(); ++k)
            for (std::uint32_t i = 0; i < count; ++i) values_[k * count + i] = groups_.key(static_cast<std::uint32_t>(at_) + i)[k];
        for (std::size_t a = 0; a < runs_.size(); ++a)
            for (std::uint32_t i = 0; i < count; ++i)
                values_[(keys_.size() + a) * count + i] =
                    runs_[a]->finish(context_, states_[at_ + i] + offsets_[a], static_cast<std::uint32_t>(at_) + i);
        for (std::size_t c = 0; c < width; ++c) columns_[c] = {values_.data() + c * count, 1};
        at_ += count;
        to = {columns_, Rows(count)};
        return true;
    }

private:
    static std::vector<const Type*> types_of(const std::vector<Expr*>& exprs) {
        std::vector<const Type*> types;
        for (const Expr* e : exprs) types.push_back(e->type);
        return types;
    }
    void forget() noexcept {
        groups_.clear();
        states_.clear();
        memory_.reset();
        for (auto& run : runs_) run->clear();
    }
    char* new_state() {
        char* const state = static_cast<char*>(memory_.allocate_bytes(std::max<std::size_t>(state_size_, 16), 16));
        for (std::size_t a = 0; a < runs_.size(); ++a)
            if (!runs_[a]->collects()) runs_[a]->initialise(state + offsets_[a]);
        states_.push_back(state);
        return state;
    }
    void gather() {
        gathered_ = true;
        if (plain_) new_state();
        Batch batch;
        while (input_.arena.reset(), child_->next(batch)) {
            check_for_interrupts();
            if (batch.rows.empty()) continue;
            if (plain_) {
                for (std::size_t a = 0; a < runs_.size(); ++a) {
                    void* state = states_[0] + offsets_[a];
                    runs_[a]->update(memory_, input_.context, batch, &state, 0, nullptr);
                }
                continue;
            }
            for (std::size_t k = 0; k < keys_.size(); ++k) key_columns_[k] = keys_[k]->evaluate(input_.context, batch, batch.rows);
            hashes_.resize(k_batch_rows);
            numbers_.resize(k_batch_rows);
            row_states_.resize(k_batch_rows);
            groups_.hash(key_columns_, batch.rows, hashes_.data());
            batch.rows.each([&](std::uint32_t row) {
                const std::uint32_t group = groups_.find_or_add(key_columns_, row, hashes_[row]);
                if (group == states_.size()) new_state();
                numbers_[row] = group;
            });
            for (std::size_t a = 0; a < runs_.size(); ++a) {
                batch.rows.each([&](std::uint32_t row) { row_states_[row] = states_[numbers_[row]] + offsets_[a]; });
                runs_[a]->update(memory_, input_.context, batch, row_states_.data(), 1, numbers_.data());
            }
        }
    }

    Frame& frame_;
    EvalContext& context_;
    ChildContext input_;
    StepPtr child_;
    bool plain_;
    GroupTable groups_;
    std::vector<EvaluatorPtr> keys_;
    std::vector<Column> key_columns_;
    std::vector<std::unique_ptr<AggregateRun>> runs_;
    std::vector<std::uint32_t> offsets_;
    std::uint32_t state_size_ = 0;
    Arena memory_;                       // of states, and what aggregates keep
    std::vector<char*> states_;          // by group
    std::vector<std::uint64_t> hashes_;
    std::vector<std::uint32_t> numbers_; // group of each row
    std::vector<void*> row_states_;
    bool gathered_ = false;
    std::size_t at_ = 0;
    std::vector<Datum> values_;
    std::vector<Column> columns_;
};

}  // namespace

StepPtr make_aggregate_step(const AggregatePlan& plan, StepMaker& maker, EvalContext& context) {
    return std::make_unique<AggregateStep>(plan, maker, context);
}

}  // namespace forklore
