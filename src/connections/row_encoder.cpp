#include "connections/row_encoder.hpp"

#include "base/error.hpp"
#include "base/interrupts.hpp"

namespace forklore {

//! [encoder-begin]
void RowEncoder::begin(Encoding encoding, std::span<const ResultColumn> columns,
                       std::span<const std::int16_t> formats) {
    encoding_ = encoding;
    encoders_.clear();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const Type& type = registry().type(columns[i].type);
        const bool text = i >= formats.size() || formats[i] == 0;
        if (!text && formats[i] != 1)
            throw Error(sqlstate::invalid_parameter_value, "unsupported format code: {}", formats[i]);
        auto* const write = text ? type.output : type.send;
        if (write == nullptr)
            throw Error(sqlstate::undefined_function, "no {} function available for type {}",
                        text ? "output" : "binary output", type.sql_name.empty() ? type.name : type.sql_name);
        encoders_.push_back({&type, write, columns[i].typmod, text});
    }
}
//! [encoder-begin]

//! [encoder-rows]
void RowEncoder::rows(EvalContext& context, const Batch& batch) {
    ByteWriter& out = stream_.out();
    for (std::uint32_t i = 0; i < batch.rows.count(); ++i) {
        const std::uint32_t row = batch.rows[i];
        const std::size_t start = out.size();
        try {
            out.put_char('D');
            out.put<std::int32_t>(0);
            out.put(static_cast<std::int16_t>(encoders_.size()));
            for (std::size_t c = 0; c < encoders_.size(); ++c)
                write_value(context, encoders_[c], batch.columns[c][row]);
            out.patch_int32(start + 1, static_cast<std::int32_t>(out.size() - start - 1));
        } catch (...) {
            out.truncate(start);  // a value that cannot be shown: the client must not see half a row
            throw;
        }
        stream_.flush_if_large();
    }
    check_for_interrupts();
}
//! [encoder-rows]

//! [encoder-value]
void RowEncoder::write_value(EvalContext& context, const ColumnEncoder& column, const Datum& value) {
    ByteWriter& out = stream_.out();
    if (value.is_null) return out.put<std::int32_t>(-1);
    const std::size_t start = out.size();
    out.put<std::int32_t>(0);
    column.write(TypeContext{context.arena, *column.type, column.typmod}, value, out);
    if (column.text && encoding_ == Encoding::latin1) {
        const std::string_view converted = to_client_encoding(out.view().substr(start + 4), encoding_, room_);
        if (converted.data() == room_.data()) {
            out.truncate(start + 4);
            out.append(converted);
        }
    }
    out.patch_int32(start, static_cast<std::int32_t>(out.size() - start - 4));
}
//! [encoder-value]

}  // namespace forklore
