/// \file
/// jsonb: JSON as a tree in one block of bytes, in which any member is found without reading the others.
///
/// A value is a kind, and what it holds. An array has a table of where its elements end; an object has one for its keys
/// and one for its values, ordered by the length of the key and then its bytes, so that a key is found by halving. The
/// block may lie at any address.
///
/// Counterpart in PostgreSQL: utils/jsonb.h.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "queries/declare.hpp"
#include "queries/types/json_parser.hpp"
#include "queries/types/numeric.hpp"

namespace forklore {

/// Reads a jsonb value; owns nothing.
class JsonbView {
public:
    /// \param bytes a jsonb value; must outlive this
    explicit JsonbView(std::string_view bytes) : bytes_(bytes) {}
    JsonKind kind() const { return static_cast<JsonKind>(bytes_[0] & 0x0f); }                      ///< what it is
    bool is_scalar() const { return kind() != JsonKind::array && kind() != JsonKind::object; }     ///< neither array nor object
    bool boolean() const { return (bytes_[0] & 0x10) != 0; }                                       ///< of a boolean
    std::string_view string() const { return bytes_.substr(1); }                                   ///< of a string
    Numeric number() const { return Numeric::decode(bytes_.substr(1)); }                           ///< of a number
    std::uint32_t count() const { return is_scalar() ? 0 : load(1); }                              ///< elements or members
    JsonbView element(std::uint32_t i) const { return JsonbView(piece(1, i)); }                    ///< of an array \param i below count()
    std::string_view key(std::uint32_t i) const { return piece(1, i); }                            ///< of an object, in order \param i below count()
    JsonbView value(std::uint32_t i) const { return JsonbView(piece(1 + count(), i)); }            ///< of an object \param i below count()
    std::optional<std::uint32_t> find(std::string_view key) const;                                 ///< which member of an object has this key \param key exact
    std::string_view bytes() const { return bytes_; }                                              ///< the whole value

private:
    std::uint32_t load(std::size_t at) const {
        std::uint32_t value;
        std::memcpy(&value, bytes_.data() + at, sizeof value);
        return network_order(value);
    }
    /// Words follow the kind: the count, then ends (of elements; or of keys, then of values). `first` is the word before an item's table.
    std::string_view piece(std::uint32_t table, std::uint32_t i) const {
        const std::uint32_t n = count(), tables = kind() == JsonKind::object ? 2 * n : n;
        const std::size_t data = 1 + (1 + std::size_t{tables}) * sizeof(std::uint32_t);
        const std::uint32_t word = table + i;
        const std::uint32_t begin = word == 1 ? 0 : load(1 + (std::size_t{word} - 1) * sizeof(std::uint32_t));
        return bytes_.substr(data + begin, load(1 + std::size_t{word} * sizeof(std::uint32_t)) - begin);
    }
    std::string_view bytes_;
};

/// A jsonb value under construction, in an arena: a scalar, a finished value, or a container of such.
struct JsonbNode {
    JsonKind kind = JsonKind::null;          ///< what it is
    bool boolean = false;                    ///< of a boolean
    std::string_view bytes{};                ///< of a string: its characters; of a number: the stored numeric
    std::string_view finished{};             ///< when not empty: the whole value as it is
    std::vector<JsonbNode>* elements = nullptr;                              ///< of an array
    std::vector<std::pair<std::string_view, JsonbNode>>* members = nullptr;  ///< of an object, in any order; of equal keys the last counts
};

/// Makes nodes and keeps their lists.
class JsonbBuilder {
public:
    explicit JsonbBuilder(Arena& arena) : arena_(arena) {}    ///< \param arena where strings, numbers and the result live
    Arena& arena() { return arena_; }                          ///< see above
    JsonbNode null() const { return {}; }                      ///< null
    JsonbNode boolean(bool value) const { return {.kind = JsonKind::boolean, .boolean = value}; }                ///< \param value which
    JsonbNode string(std::string_view value) const { return {.kind = JsonKind::string, .bytes = value}; }        ///< \param value must live as long as the builder's result is not made
    JsonbNode number(const Numeric& value) { return {.kind = JsonKind::number, .bytes = value.encode(arena_)}; } ///< \param value finite
    JsonbNode array();                                         ///< an empty one, to be filled
    JsonbNode object();                                        ///< an empty one, to be filled
    JsonbNode copy(const JsonbView& view) const { return {.kind = view.kind(), .finished = view.bytes()}; }      ///< \param view its bytes must live until the result is made
    JsonbNode open(const JsonbView& view);                     ///< an array or object whose items can be changed \param view see copy()
    std::string_view finish(const JsonbNode& node);            ///< the value's bytes \param node the root

private:
    Arena& arena_;
    std::vector<std::unique_ptr<std::vector<JsonbNode>>> arrays_;
    std::vector<std::unique_ptr<std::vector<std::pair<std::string_view, JsonbNode>>>> objects_;
};

std::string_view parse_jsonb(Arena& arena, std::string_view text);             ///< throws as parse_json() and parse_numeric() \param arena where the result lives \param text JSON
void append_jsonb(const JsonbView& value, ByteWriter& to);                     ///< `{"a": [1, 2]}` \param value it \param to where to
void append_jsonb_pretty(const JsonbView& value, int depth, ByteWriter& to);   ///< one item in a line \param value it \param depth of indentation \param to where to
void append_json_string(std::string_view text, ByteWriter& to);                ///< in quotes, escaped \param text any \param to where to
int compare_jsonb(const JsonbView& a, const JsonbView& b);                     ///< the order of B-trees \param a one \param b other
std::uint64_t hash_jsonb(const JsonbView& value);                              ///< \param value it
bool jsonb_contains(const JsonbView& whole, const JsonbView& part);            ///< `@>` \param whole left \param part right
std::string_view jsonb_kind_name(JsonKind kind);                               ///< "object", … \param kind which

using Json = BytesOf<k_json>;     ///< json: its text
using Jsonb = BytesOf<k_jsonb>;   ///< jsonb: a JsonbView's bytes

}  // namespace forklore
