/// \file
/// Relation: anything with columns that can be scanned. Queries know rows, not where they are kept: a system view
/// makes them up, later layers read them from pages.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "queries/registry.hpp"

namespace forklore {

/// A column of a relation.
struct ColumnInfo {
    std::string name;          ///< pg_attribute.attname
    Oid type;                  ///< its type
    std::int32_t typmod = -1;  ///< type modifier, -1 for none
};

/// Something to select from.
class Relation {
public:
    virtual ~Relation() = default;
    virtual const std::string& schema() const = 0;               ///< "pg_catalog", …
    virtual const std::string& name() const = 0;                 ///< "pg_settings", …
    virtual Oid oid() const = 0;                                 ///< PostgreSQL's where it has one
    virtual std::span<const ColumnInfo> columns() const = 0;     ///< in order
    /// Starts a scan. \param context must outlive the source.
    /// \param needed the columns wanted, by position, in the order in which the batches shall have them.
    virtual std::unique_ptr<RowSource> scan(EvalContext& context, std::span<const std::uint16_t> needed) = 0;
};

/// Receives the rows of a system view, one after the other: `to.row(a, b, c)`, a value for each column in C++ types
/// that declare.hpp knows (std::optional for null).
class ViewWriter;

/// A relation whose rows are made up when it is scanned.
class SystemView : public Relation {
public:
    using Fill = std::function<void(EvalContext&, ViewWriter&)>;  ///< writes all rows
    /// \param schema "pg_catalog" as a rule \param name its name \param oid PostgreSQL's, or 0 \param columns in order \param fill makes the rows
    SystemView(std::string schema, std::string name, Oid oid, std::vector<ColumnInfo> columns, Fill fill)
        : schema_(std::move(schema)), name_(std::move(name)), oid_(oid), columns_(std::move(columns)), fill_(std::move(fill)) {}
    const std::string& schema() const override { return schema_; }
    const std::string& name() const override { return name_; }
    Oid oid() const override { return oid_; }
    std::span<const ColumnInfo> columns() const override { return columns_; }
    std::unique_ptr<RowSource> scan(EvalContext& context, std::span<const std::uint16_t> needed) override;

private:
    std::string schema_, name_;
    Oid oid_;
    std::vector<ColumnInfo> columns_;
    Fill fill_;
};

}  // namespace forklore
