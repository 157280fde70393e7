#include "queries/relation.hpp"

#include <algorithm>

#include "queries/view_writer.hpp"

namespace forklore {

namespace {

// A view's rows, made all at once, handed out in batches.
class ViewSource final : public RowSource {
public:
    ViewSource(const SystemView::Fill& fill, EvalContext& context, std::span<const std::uint16_t> needed) : writer_(arena_, needed), columns_(needed.size()) {
        EvalContext own{arena_, context.session};
        fill(own, writer_);
    }
    bool next(Batch& to) override {
        if (at_ >= writer_.rows()) return false;
        const std::size_t count = std::min<std::size_t>(writer_.rows() - at_, k_batch_rows);
        for (std::size_t i = 0; i < columns_.size(); ++i) columns_[i] = {writer_.column(i) + at_, 1};
        to = {columns_, Rows(static_cast<std::uint32_t>(count))};
        at_ += count;
        return true;
    }

private:
    Arena arena_;
    ViewWriter writer_;
    std::vector<Column> columns_;
    std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<RowSource> SystemView::scan(EvalContext& context, std::span<const std::uint16_t> needed) {
    return std::make_unique<ViewSource>(fill_, context, needed);
}

}  // namespace forklore
