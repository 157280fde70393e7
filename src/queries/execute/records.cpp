#include "queries/execute/records.hpp"

#include <cstring>

#include "base/error.hpp"
#include "queries/builtins.hpp"
#include "queries/type_oids.hpp"

namespace forklore {

namespace {

// A record is the number of fields, a head for each, then their bytes and names.
struct FieldHead {
    Oid type;
    std::uint32_t is_null;
    std::uint32_t offset, size;            // of the value's bytes
    std::uint32_t name_offset, name_size;
    std::int64_t inline_value;             // of types that lie in the datum
};

FieldHead head_of(std::string_view bytes, std::uint32_t field) {
    FieldHead head;
    std::memcpy(&head, bytes.data() + sizeof(std::uint64_t) + field * sizeof head, sizeof head);
    return head;
}

bool needs_quotes(std::string_view text) {
    if (text.empty()) return true;
    for (const char c : text)
        if (c == '"' || c == '\\' || c == '(' || c == ')' || c == ',' || c == ' ' || (c >= '\t' && c <= '\r')) return true;
    return false;
}

void record_out(const TypeContext& context, Datum value, ByteWriter& to) {
    const RecordView record(value.view());
    to.put_char('(');
    ByteWriter field;
    for (std::uint32_t i = 0; i < record.count(); ++i) {
        if (i > 0) to.put_char(',');
        const Datum part = record[i];
        if (part.is_null) continue;
        field.clear();
        const Type& type = record.type(i);
        type.output({context.arena, type}, part, field);
        if (!needs_quotes(field.view())) {
            to.append(field.view());
            continue;
        }
        to.put_char('"');
        for (const char c : field.view()) {
            if (c == '"' || c == '\\') to.put_char(c);
            to.put_char(c);
        }
        to.put_char('"');
    }
    to.put_char(')');
}

void record_send(const TypeContext& context, Datum value, ByteWriter& to) {
    const RecordView record(value.view());
    to.put(static_cast<std::int32_t>(record.count()));
    for (std::uint32_t i = 0; i < record.count(); ++i) {
        const Type& type = record.type(i);
        to.put(type.oid);
        const Datum part = record[i];
        const std::size_t at = to.size();
        to.put(std::int32_t{-1});
        if (part.is_null) continue;
        if (type.send == nullptr) throw Error(sqlstate::undefined_function, "no binary output function available for type {}", type.sql_name);
        type.send({context.arena, type}, part, to);
        to.patch_int32(at, static_cast<std::int32_t>(to.size() - at - 4));
    }
}

Datum record_in(const TypeContext&, std::string_view) {
    throw Error(sqlstate::feature_not_supported, "input of anonymous composite types is not implemented");
}

int record_compare(const Type&, const Datum& a, const Datum& b) {
    const RecordView x(a.view()), y(b.view());
    for (std::uint32_t i = 0; i < x.count() && i < y.count(); ++i) {
        const Type& type = x.type(i);
        if (&type != &y.type(i))
            throw Error(sqlstate::datatype_mismatch, "cannot compare dissimilar column types {} and {} at record column {}", type.sql_name,
                        y.type(i).sql_name, i + 1);
        const Datum left = x[i], right = y[i];
        if (left.is_null || right.is_null) {
            if (left.is_null && right.is_null) continue;
            return left.is_null ? 1 : -1;
        }
        if (type.compare == nullptr) throw Error(sqlstate::undefined_function, "could not identify a comparison function for type {}", type.sql_name);
        if (const int order = type.compare(type, left, right)) return order;
    }
    if (x.count() != y.count()) throw Error(sqlstate::datatype_mismatch, "cannot compare record types with different numbers of columns");
    return 0;
}

std::uint64_t record_hash(const Type&, const Datum& value) {
    const RecordView record(value.view());
    std::uint64_t hash = 0;
    for (std::uint32_t i = 0; i < record.count(); ++i) {
        const Datum part = record[i];
        const Type& type = record.type(i);
        hash = hash * 31 + (part.is_null || type.hash == nullptr ? 0 : type.hash(type, part));
    }
    return hash;
}

}  // namespace

Datum make_record(Arena& arena, std::span<const Type* const> types, std::span<const std::string> names, std::span<const Datum> values) {
    const std::size_t heads = sizeof(std::uint64_t) + types.size() * sizeof(FieldHead);
    std::size_t size = heads;
    for (std::size_t i = 0; i < types.size(); ++i) {
        if (types[i]->by_reference && !values[i].is_null) size += values[i].size;
        if (i < names.size()) size += names[i].size();
    }
    char* const bytes = static_cast<char*>(arena.allocate_bytes(size, alignof(FieldHead)));
    const std::uint64_t count = types.size();
    std::memcpy(bytes, &count, sizeof count);
    std::size_t at = heads;
    for (std::size_t i = 0; i < types.size(); ++i) {
        FieldHead head{types[i]->oid, values[i].is_null, 0, 0, 0, 0, 0};
        if (types[i]->by_reference && !values[i].is_null) {
            head.offset = static_cast<std::uint32_t>(at);
            head.size = values[i].size;
            std::memcpy(bytes + at, values[i].bytes, values[i].size);
            at += values[i].size;
        } else {
            head.inline_value = values[i].int8;
        }
        if (i < names.size()) {
            head.name_offset = static_cast<std::uint32_t>(at);
            head.name_size = static_cast<std::uint32_t>(names[i].size());
            std::memcpy(bytes + at, names[i].data(), names[i].size());
            at += names[i].size();
        }
        std::memcpy(bytes + sizeof(std::uint64_t) + i * sizeof head, &head, sizeof head);
    }
    return Datum(std::string_view(bytes, size));
}

std::uint32_t RecordView::count() const {
    std::uint64_t count;
    std::memcpy(&count, bytes_.data(), sizeof count);
    return static_cast<std::uint32_t>(count);
}

const Type& RecordView::type(std::uint32_t field) const { return registry().type(head_of(bytes_, field).type); }

std::string_view RecordView::name(std::uint32_t field) const {
    const FieldHead head = head_of(bytes_, field);
    return bytes_.substr(head.name_offset, head.name_size);
}

Datum RecordView::operator[](std::uint32_t field) const {
    const FieldHead head = head_of(bytes_, field);
    Datum value;
    if (head.is_null != 0) return value;
    if (registry().type(head.type).by_reference) return Datum(bytes_.substr(head.offset, head.size));
    value.int8 = head.inline_value;
    value.is_null = false;
    return value;
}

void register_records(Registry& to) {
    Type record{.oid = k_record, .name = "record", .sql_name = {}};
    record.category = 'P';
    record.kind = 'p';
    record.array = k_record_array;
    record.by_reference = true;
    record.input = record_in;
    record.output = record_out;
    record.send = record_send;
    record.compare = record_compare;
    record.hash = record_hash;
    to.add(std::move(record));
}

}  // namespace forklore
