// xml: the type of EXPLAIN (FORMAT XML). Values can be shown, not read, as in a PostgreSQL built without libxml.
#include "base/error.hpp"
#include "queries/builtins.hpp"
#include "queries/type_oids.hpp"

namespace forklore {

namespace {

[[noreturn]] void refuse_xml() {
    throw Error(sqlstate::feature_not_supported, "unsupported XML feature")
        .detail("This functionality requires the server to be built with libxml support.");
}

Datum xml_in(const TypeContext&, std::string_view) { refuse_xml(); }
Datum xml_receive(const TypeContext&, ByteReader&) { refuse_xml(); }
void xml_out(const TypeContext&, Datum value, ByteWriter& to) { to.append(value.view()); }

}  // namespace

void register_xml(Registry& to) {
    Type xml{.oid = k_xml, .name = "xml", .sql_name = "xml"};
    xml.array = k_xml_array;
    xml.by_reference = true;
    xml.input = xml_in;
    xml.output = xml_out;
    xml.receive = xml_receive;
    xml.send = xml_out;
    to.add(std::move(xml));
}

}  // namespace forklore
