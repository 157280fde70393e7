// Steps that rows come from: one row of expressions, VALUES, relations, functions.
#include <algorithm>

#include "base/interrupts.hpp"
#include "queries/execute/records.hpp"
#include "queries/execute/row_errors.hpp"
#include "queries/execute/step.hpp"
#include "queries/relation.hpp"

namespace forklore {

namespace {

// One row without columns: a projection puts the expressions into it. With a child: its rows.
class OneRowStep final : public Step {
public:
    explicit OneRowStep(bool empty) : empty_(empty) {}
    void open() override { done_ = empty_; }
    bool next(Batch& to) override {
        if (done_) return false;
        check_for_interrupts();
        done_ = true;
        to = {{}, Rows(1)};
        return true;
    }

private:
    bool empty_, done_ = true;
};

class ValuesStep final : public Step {
public:
    ValuesStep(const ValuesPlan& plan, StepMaker& maker, EvalContext& context) : context_(context) {
        Compiler compiler = maker.compiler({});
        for (const auto& list : *plan.lists) rows_.push_back(compiler.compile(list)), singly_ = singly_ || have_effects(list);
        width_ = plan.raw.size();
    }
    void open() override {
        errors_.clear();
        at_ = 0;
    }
    bool next(Batch& to) override {
        errors_.rethrow();
        if (at_ >= rows_.size()) return false;
        check_for_interrupts();
        const std::size_t count = singly_ ? 1 : std::min<std::size_t>(rows_.size() - at_, k_batch_rows);
        values_.resize(count * width_);
        columns_.resize(width_);
        const Batch nothing{{}, Rows(1)};
        const Rows good = errors_.settle(Rows(static_cast<std::uint32_t>(count)), [&](Rows rows) {
            rows.each([&](std::uint32_t i) {
                for (std::size_t c = 0; c < width_; ++c) values_[c * count + i] = rows_[at_ + i][c]->evaluate(context_, nothing, Rows(1))[0];
            });
        });
        for (std::size_t c = 0; c < width_; ++c) columns_[c] = {values_.data() + c * count, 1};
        at_ += count;
        to = {columns_, good};
        return true;
    }

private:
    EvalContext& context_;
    std::vector<std::vector<EvaluatorPtr>> rows_;
    std::size_t width_ = 0, at_ = 0;
    bool singly_ = false;  // effects happen row by row
    RowErrors errors_;
    std::vector<Datum> values_;
    std::vector<Column> columns_;
};

class ScanStep final : public Step {
public:
    ScanStep(const ScanPlan& plan, Frame& frame, EvalContext& context) : plan_(plan), frame_(frame), context_(context) {}
    void open() override {
        context_.session = frame_.session;
        source_ = plan_.relation->scan(context_, plan_.columns);
    }
    void close() noexcept override { source_.reset(); }
    bool next(Batch& to) override {
        check_for_interrupts();
        return source_ != nullptr && source_->next(to);
    }

private:
    const ScanPlan& plan_;
    Frame& frame_;
    EvalContext& context_;
    std::unique_ptr<RowSource> source_;
};

// One function in FROM or in a select list, called for one set of arguments.
class FunctionRun {
public:
    FunctionRun(const CallExpr& call, Compiler& compiler) : call_(call), args_(compiler.compile(call.args)), types_(call.argument_types), values_(args_.size()) {
        site_.function = call.function;
        site_.result = call.type;
        site_.arguments = types_;
        site_.typmod = call.typmod;
    }
    void open(EvalContext& context, const Batch& input, std::uint32_t row) {
        close();
        arena_.reset();
        const auto number = static_cast<std::uint16_t>(row);
        bool any_null = false;
        for (std::size_t i = 0; i < args_.size(); ++i) {
            values_[i] = args_[i]->evaluate(context, input, Rows(&number, 1))[row];
            any_null = any_null || values_[i].is_null;
            // They must live as long as the source does.
            if (types_[i]->by_reference && !values_[i].is_null) values_[i].bytes = arena_.copy(values_[i].view()).data();
        }
        own_.session = context.session;
        if (!any_null || !call_.function->strict) source_ = call_.function->open(own_, site_, values_);
    }
    void close() noexcept { source_.reset(); }
    bool next(Batch& to) {
        if (source_ == nullptr) return false;
        if (source_->next(to)) return true;
        source_.reset();
        return false;
    }

private:
    const CallExpr& call_;
    std::vector<EvaluatorPtr> args_;
    std::vector<const Type*> types_;
    std::vector<Datum> values_;
    CallSite site_;
    Arena arena_{256};
    EvalContext own_{arena_};
    std::unique_ptr<RowSource> source_;
};

// Rows of several sources side by side: a source that has ended gives nulls until all have. Sources hand out batches of
// different sizes; this deals them out row by row.
class Dealer {
public:
    void reset() { left_.rows = Rows(0), used_ = 0, ended_ = false; }
    // Makes sure that rows are there; false when the source has ended.
    template <typename Pull>
    bool fill(Pull&& pull) {
        while (!ended_ && used_ >= left_.rows.count()) {
            used_ = 0;
            left_.rows = Rows(0);
            if (!pull(left_)) ended_ = true;
        }
        return !ended_;
    }
    std::uint32_t available() const { return ended_ ? 0 : left_.rows.count() - used_; }
    const Datum& value(std::size_t column, std::uint32_t ahead) const { return left_.columns[column][left_.rows[used_ + ahead]]; }
    void consume(std::uint32_t rows) { used_ += rows; }
    bool whole() const { return used_ == 0; }
    const Batch& batch() const { return left_; }

private:
    Batch left_;
    std::uint32_t used_ = 0;
    bool ended_ = false;
};

class FunctionScanStep final : public Step {
public:
    FunctionScanStep(const FunctionScanPlan& plan, StepMaker& maker, EvalContext& context) : frame_(maker.frame), context_(context), ordinality_(plan.ordinality) {
        Compiler compiler = maker.compiler({});
        for (const RangeFunctionCall& function : plan.functions) {
            Part part;
            part.columns = static_cast<std::size_t>(function.columns);
            const auto* call = maybe<CallExpr>(function.expr);
            if (call != nullptr && call->returns_set()) part.run = std::make_unique<FunctionRun>(*call, compiler);
            else part.value = compiler.compile(function.expr);
            parts_.push_back(std::move(part));
        }
        for (const Part& part : parts_) width_ += part.columns;
        if (ordinality_) ++width_;
    }
    void open() override {
        context_.session = frame_.session;
        for (Part& part : parts_) {
            part.dealer.reset();
            part.given = false;
            if (part.run != nullptr) part.run->open(context_, Batch{{}, Rows(1)}, 0);
        }
        row_number_ = 0;
    }
    void close() noexcept override {
        for (Part& part : parts_)
            if (part.run != nullptr) part.run->close();
    }
    bool next(Batch& to) override {
        check_for_interrupts();
        // A single function: its batches as they are.
        if (parts_.size() == 1 && !ordinality_) {
            if (parts_[0].run != nullptr) return parts_[0].run->next(to);
            return pull(parts_[0], to);
        }
        std::uint32_t count = k_batch_rows;
        bool any = false;
        for (Part& part : parts_)
            if (part.dealer.fill([&](Batch& batch) { return pull(part, batch); })) any = true, count = std::min(count, part.dealer.available());
        if (!any) return false;
        values_.resize(std::size_t{count} * width_);
        columns_.resize(width_);
        std::size_t column = 0;
        for (Part& part : parts_) {
            for (std::size_t c = 0; c < part.columns; ++c, ++column)
                for (std::uint32_t i = 0; i < count; ++i)
                    values_[column * count + i] = part.dealer.available() > i ? part.dealer.value(c, i) : Datum{};
            if (part.dealer.available() > 0) part.dealer.consume(count);
        }
        if (ordinality_)
            for (std::uint32_t i = 0; i < count; ++i) {
                Datum& d = values_[column * count + i];
                d.int8 = ++row_number_;
                d.is_null = false;
            }
        for (std::size_t c = 0; c < width_; ++c) columns_[c] = {values_.data() + c * count, 1};
        to = {columns_, Rows(count)};
        return true;
    }

private:
    struct Part {
        std::unique_ptr<FunctionRun> run;  // a set-returning function
        EvaluatorPtr value;                // or one value
        std::size_t columns = 1;
        bool given = false;
        Column column;
        Dealer dealer;
    };
    bool pull(Part& part, Batch& to) {
        if (part.run != nullptr) return part.run->next(to);
        if (part.given) return false;
        part.given = true;
        part.column = part.value->evaluate(context_, Batch{{}, Rows(1)}, Rows(1));
        to = {std::span(&part.column, 1), Rows(1)};
        return true;
    }

    Frame& frame_;
    EvalContext& context_;
    bool ordinality_;
    std::vector<Part> parts_;
    std::size_t width_ = 0;
    std::int64_t row_number_ = 0;
    std::vector<Datum> values_;
    std::vector<Column> columns_;
};

// Each input row once for every row that the set-returning functions give.
class ProjectSetStep final : public Step {
public:
    ProjectSetStep(const ProjectSetPlan& plan, StepMaker& maker) : frame_(maker.frame) {
        child_ = maker.make(*plan.children[0], input_.context);
        Compiler compiler = maker.compiler(plan.children[0]->outputs);
        for (const CallExpr* set : plan.sets) parts_.push_back(std::make_unique<Part>(*set, compiler));
        input_width_ = plan.children[0]->outputs.size();
    }
    void open() override {
        input_.context.session = frame_.session;
        child_->open();
        batch_.rows = Rows(0);
        at_ = 0;
        running_ = false;
    }
    void close() noexcept override {
        child_->close();
        for (auto& part : parts_) part->run.close();
        input_.arena.reset();
    }
    bool next(Batch& to) override {
        for (;;) {
            check_for_interrupts();
            if (!running_) {
                if (at_ >= batch_.rows.count()) {
                    input_.arena.reset();
                    at_ = 0;
                    batch_.rows = Rows(0);
                    if (!child_->next(batch_)) return false;
                    continue;
                }
                row_ = batch_.rows[at_++];
                for (auto& part : parts_) part->run.open(input_.context, batch_, row_), part->dealer.reset();
                running_ = true;
            }
            std::uint32_t count = k_batch_rows;
            bool any = false;
            for (auto& part : parts_)
                if (part->dealer.fill([&](Batch& b) { return part->next(b); })) any = true, count = std::min(count, part->dealer.available());
            if (!any) {
                running_ = false;
                continue;
            }
            columns_.resize(input_width_ + parts_.size());
            for (std::size_t c = 0; c < input_width_; ++c) columns_[c] = {&batch_.columns[c][row_], 0};
            if (parts_.size() == 1 && parts_[0]->dealer.whole()) {
                // A single function: its batch as it is.
                Dealer& dealer = parts_[0]->dealer;
                columns_[input_width_] = dealer.batch().columns[0];
                to = {columns_, dealer.batch().rows};
                dealer.consume(dealer.available());
                return true;
            }
            values_.resize(std::size_t{count} * parts_.size());
            for (std::size_t p = 0; p < parts_.size(); ++p) {
                Dealer& dealer = parts_[p]->dealer;
                for (std::uint32_t i = 0; i < count; ++i) values_[p * count + i] = dealer.available() > i ? dealer.value(0, i) : Datum{};
                if (dealer.available() > 0) dealer.consume(count);
                columns_[input_width_ + p] = {values_.data() + p * count, 1};
            }
            to = {columns_, Rows(count)};
            return true;
        }
    }

private:
    struct Part {
        Part(const CallExpr& call, Compiler& compiler) : run(call, compiler) {
            for (const OutColumn& out : call.function->out_columns) {
                types.push_back(&registry().type(out.type));
                names.push_back(out.name);
            }
        }
        // In a select list several columns are one record.
        bool next(Batch& to) {
            Batch given;
            if (types.empty()) return run.next(to);
            if (!run.next(given)) return false;
            arena.reset();
            records.resize(k_batch_rows);
            std::vector<Datum> fields(types.size());
            given.rows.each([&](std::uint32_t row) {
                for (std::size_t c = 0; c < fields.size(); ++c) fields[c] = given.columns[c][row];
                records[row] = make_record(arena, types, names, fields);
            });
            column = {records.data(), 1};
            to = {std::span(&column, 1), given.rows};
            return true;
        }
        FunctionRun run;
        Dealer dealer;
        std::vector<const Type*> types;  // of several columns; none: one column that is no record
        std::vector<std::string> names;
        std::vector<Datum> records;
        Column column;
        Arena arena;
    };
    Frame& frame_;
    ChildContext input_;
    StepPtr child_;
    std::vector<std::unique_ptr<Part>> parts_;
    std::size_t input_width_ = 0;
    Batch batch_;
    std::uint32_t at_ = 0, row_ = 0;
    bool running_ = false;
    std::vector<Datum> values_;
    std::vector<Column> columns_;
};

}  // namespace

StepPtr make_result_step(const Plan& plan, StepMaker& maker, EvalContext& context) {
    if (!plan.children.empty()) return maker.make(*plan.children[0], context);
    return std::make_unique<OneRowStep>(plan.empty);
}
StepPtr make_values_step(const ValuesPlan& plan, StepMaker& maker, EvalContext& context) { return std::make_unique<ValuesStep>(plan, maker, context); }
StepPtr make_scan_step(const ScanPlan& plan, StepMaker& maker, EvalContext& context) { return std::make_unique<ScanStep>(plan, maker.frame, context); }
StepPtr make_function_scan_step(const FunctionScanPlan& plan, StepMaker& maker, EvalContext& context) {
    return std::make_unique<FunctionScanStep>(plan, maker, context);
}
StepPtr make_project_set_step(const ProjectSetPlan& plan, StepMaker& maker, EvalContext&) { return std::make_unique<ProjectSetStep>(plan, maker); }

}  // namespace forklore
