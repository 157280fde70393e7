/// \file
/// RowEncoder: a result's rows as DataRow messages, written straight into the send buffer.
///
/// Counterpart in PostgreSQL: printtup.c.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "connections/client_stream.hpp"
#include "connections/encoding.hpp"
#include "queries/session.hpp"

namespace forklore {

/// Takes rows from the executor. One for a conversation; begin() makes it ready for the next result.
class RowEncoder : public RowReceiver {
public:
    /// \param stream to whom; must outlive this.
    explicit RowEncoder(ClientStream& stream) : stream_(stream) {}

    /// Gets ready for a result. \param encoding the client's. \param columns of the result. \param formats
    /// one for each column, or none for text. Throws Error 42883 for a type without the routine that a format
    /// needs.
    void begin(Encoding encoding, std::span<const ResultColumn> columns,
               std::span<const std::int16_t> formats);

    void rows(EvalContext& context, const Batch& batch) override;

private:
    struct ColumnEncoder {
        const Type* type;
        void (*write)(const TypeContext&, Datum, ByteWriter&);
        std::int32_t typmod;
        bool text;
    };
    void write_value(EvalContext& context, const ColumnEncoder& column, const Datum& value);

    ClientStream& stream_;
    Encoding encoding_ = Encoding::utf8;
    std::vector<ColumnEncoder> encoders_;
    std::string room_;
};

}  // namespace forklore
