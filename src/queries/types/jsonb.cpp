#include "queries/types/jsonb.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "queries/parse/stack_depth.hpp"
#include "queries/types/hash.hpp"

namespace forklore {

namespace {

/// The order of keys: shorter ones first, so that most comparisons are of two numbers.
bool key_before(std::string_view a, std::string_view b) { return a.size() != b.size() ? a.size() < b.size() : a < b; }

char tag(JsonKind kind, bool boolean = false) { return static_cast<char>(static_cast<int>(kind) | (boolean ? 0x10 : 0)); }

/// Appends a value's bytes. Ends of items are written when they are known.
void encode(const JsonbNode& node, ByteWriter& to) {
    if (!node.finished.empty()) return to.append(node.finished);
    to.put_char(tag(node.kind, node.boolean));
    if (node.kind != JsonKind::array && node.kind != JsonKind::object) return to.append(node.bytes);
    check_stack_depth();
    const auto patch = [&to](std::size_t at, std::size_t value) { to.patch_int32(at, static_cast<std::int32_t>(value)); };
    if (node.kind == JsonKind::array) {
        to.put(static_cast<std::uint32_t>(node.elements->size()));
        const std::size_t table = to.size();
        to.extend(node.elements->size() * sizeof(std::uint32_t));
        const std::size_t data = to.size();
        for (std::size_t i = 0; i < node.elements->size(); ++i) {
            encode((*node.elements)[i], to);
            patch(table + i * sizeof(std::uint32_t), to.size() - data);
        }
        return;
    }
    auto& members = *node.members;
    std::stable_sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return key_before(a.first, b.first); });
    // Of equal keys the last one counts.
    std::size_t kept = 0;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (i + 1 < members.size() && members[i + 1].first == members[i].first) continue;
        if (kept != i) members[kept] = members[i];
        ++kept;
    }
    members.resize(kept);
    to.put(static_cast<std::uint32_t>(kept));
    const std::size_t table = to.size();
    to.extend(2 * kept * sizeof(std::uint32_t));
    const std::size_t data = to.size();
    for (std::size_t i = 0; i < kept; ++i) {
        to.append(members[i].first);
        patch(table + i * sizeof(std::uint32_t), to.size() - data);
    }
    for (std::size_t i = 0; i < kept; ++i) {
        encode(members[i].second, to);
        patch(table + (kept + i) * sizeof(std::uint32_t), to.size() - data);
    }
}

/// Builds a tree from what the parser reads.
class TreeMaker : public JsonHandler {
public:
    explicit TreeMaker(JsonbBuilder& builder) : builder_(builder) {}
    void begin_object() override { open_.push_back({builder_.object(), {}}); }
    void key(std::string_view name) override { open_.back().key = name; }
    void end_object() override { close(); }
    void begin_array() override { open_.push_back({builder_.array(), {}}); }
    void end_array() override { close(); }
    void string(std::string_view value) override { add(builder_.string(value)); }
    void number(std::string_view text) override { add(builder_.number(parse_numeric(builder_.arena(), text))); }
    void boolean(bool value) override { add(builder_.boolean(value)); }
    void null() override { add(builder_.null()); }
    const JsonbNode& root() const { return root_; }

private:
    struct Open {
        JsonbNode node;
        std::string_view key;
    };
    void add(const JsonbNode& node) {
        if (open_.empty()) root_ = node;
        else if (open_.back().node.kind == JsonKind::array) open_.back().node.elements->push_back(node);
        else open_.back().node.members->emplace_back(open_.back().key, node);
    }
    void close() {
        const JsonbNode node = open_.back().node;
        open_.pop_back();
        add(node);
    }
    JsonbBuilder& builder_;
    std::vector<Open> open_;
    JsonbNode root_;
};

}  // namespace

std::optional<std::uint32_t> JsonbView::find(std::string_view wanted) const {
    std::uint32_t low = 0, high = count();
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (key_before(key(middle), wanted)) low = middle + 1;
        else high = middle;
    }
    if (low < count() && key(low) == wanted) return low;
    return {};
}

JsonbNode JsonbBuilder::array() {
    arrays_.push_back(std::make_unique<std::vector<JsonbNode>>());
    return {.kind = JsonKind::array, .elements = arrays_.back().get()};
}

JsonbNode JsonbBuilder::object() {
    objects_.push_back(std::make_unique<std::vector<std::pair<std::string_view, JsonbNode>>>());
    return {.kind = JsonKind::object, .members = objects_.back().get()};
}

JsonbNode JsonbBuilder::open(const JsonbView& view) {
    JsonbNode node = view.kind() == JsonKind::array ? array() : object();
    for (std::uint32_t i = 0; i < view.count(); ++i) {
        if (node.elements != nullptr) node.elements->push_back(copy(view.element(i)));
        else node.members->emplace_back(view.key(i), copy(view.value(i)));
    }
    return node;
}

std::string_view JsonbBuilder::finish(const JsonbNode& node) {
    ByteWriter to;
    encode(node, to);
    return arena_.copy(to.view());
}

std::string_view parse_jsonb(Arena& arena, std::string_view text) {
    JsonbBuilder builder(arena);
    TreeMaker maker(builder);
    parse_json(text, maker, &arena);
    return builder.finish(maker.root());
}

void append_json_string(std::string_view text, ByteWriter& to) {
    to.put_char('"');
    for (char c : text) {
        switch (c) {
            case '\b': to.append("\\b"); break;
            case '\f': to.append("\\f"); break;
            case '\n': to.append("\\n"); break;
            case '\r': to.append("\\r"); break;
            case '\t': to.append("\\t"); break;
            case '"': to.append("\\\""); break;
            case '\\': to.append("\\\\"); break;
            default:
                if (static_cast<unsigned char>(c) < ' ') to.append(fmt::format("\\u{:04x}", static_cast<int>(c)));
                else to.put_char(c);
        }
    }
    to.put_char('"');
}

namespace {

void append_scalar(const JsonbView& value, ByteWriter& to) {
    switch (value.kind()) {
        case JsonKind::string: return append_json_string(value.string(), to);
        case JsonKind::number: return format_numeric(to, value.number());
        case JsonKind::boolean: return to.append(value.boolean() ? "true" : "false");
        default: return to.append("null");
    }
}

}  // namespace

void append_jsonb(const JsonbView& value, ByteWriter& to) {
    if (value.is_scalar()) return append_scalar(value, to);
    check_stack_depth();
    const bool object = value.kind() == JsonKind::object;
    to.put_char(object ? '{' : '[');
    for (std::uint32_t i = 0; i < value.count(); ++i) {
        if (i != 0) to.append(", ");
        if (object) {
            append_json_string(value.key(i), to);
            to.append(": ");
            append_jsonb(value.value(i), to);
        } else {
            append_jsonb(value.element(i), to);
        }
    }
    to.put_char(object ? '}' : ']');
}

void append_jsonb_pretty(const JsonbView& value, int depth, ByteWriter& to) {
    if (value.is_scalar()) return append_scalar(value, to);
    check_stack_depth();
    auto line = [&to](int level) {
        to.put_char('\n');
        for (int i = 0; i < level * 4; ++i) to.put_char(' ');
    };
    const bool object = value.kind() == JsonKind::object;
    to.put_char(object ? '{' : '[');
    for (std::uint32_t i = 0; i < value.count(); ++i) {
        if (i != 0) to.put_char(',');
        line(depth + 1);
        if (object) {
            append_json_string(value.key(i), to);
            to.append(": ");
        }
        append_jsonb_pretty(object ? value.value(i) : value.element(i), depth + 1, to);
    }
    line(depth);
    to.put_char(object ? '}' : ']');
}

std::string_view jsonb_kind_name(JsonKind kind) {
    constexpr std::string_view k_names[] = {"null", "string", "number", "boolean", "array", "object"};
    return k_names[static_cast<int>(kind)];
}

namespace {

int sign(int order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

int compare_values(const JsonbView& a, const JsonbView& b) {
    check_stack_depth();
    // Kinds are declared in their order.
    if (a.kind() != b.kind()) return a.kind() < b.kind() ? -1 : 1;
    switch (a.kind()) {
        case JsonKind::null: return 0;
        case JsonKind::string: return sign(a.string().compare(b.string()));
        case JsonKind::number: return sign(numeric_compare(a.number(), b.number()));
        case JsonKind::boolean: return static_cast<int>(a.boolean()) - static_cast<int>(b.boolean());
        default: break;
    }
    if (a.count() != b.count()) return a.count() < b.count() ? -1 : 1;
    for (std::uint32_t i = 0; i < a.count(); ++i) {
        if (a.kind() == JsonKind::array) {
            if (const int order = compare_values(a.element(i), b.element(i)); order != 0) return order;
            continue;
        }
        if (a.key(i) != b.key(i)) return sign(a.key(i).compare(b.key(i)));
        if (const int order = compare_values(a.value(i), b.value(i)); order != 0) return order;
    }
    return 0;
}

}  // namespace

int compare_jsonb(const JsonbView& a, const JsonbView& b) {
    // A scalar by itself counts as an array of one; so it is above the empty array, but below all others.
    if (a.is_scalar() && b.kind() == JsonKind::array) return b.count() == 0 ? 1 : -1;
    if (b.is_scalar() && a.kind() == JsonKind::array) return a.count() == 0 ? -1 : 1;
    return compare_values(a, b);
}

std::uint64_t hash_jsonb(const JsonbView& value) {
    std::uint64_t hash = hash_number(static_cast<std::uint64_t>(value.kind()));
    switch (value.kind()) {
        case JsonKind::null: return hash;
        case JsonKind::string: return hash_number(hash ^ hash_bytes(value.string()));
        case JsonKind::boolean: return hash_number(hash ^ (value.boolean() ? 1 : 2));
        case JsonKind::number: {
            // Equal numbers may be written with more or fewer digits: their doubles are the same.
            const double number = numeric_to_double(value.number());
            return hash_number(hash ^ hash_number(std::bit_cast<std::uint64_t>(number == 0 ? 0.0 : number)));
        }
        default: break;
    }
    for (std::uint32_t i = 0; i < value.count(); ++i) {
        if (value.kind() == JsonKind::object) hash = hash_number(hash ^ hash_bytes(value.key(i)));
        hash = hash_number(hash ^ hash_jsonb(value.kind() == JsonKind::object ? value.value(i) : value.element(i)));
    }
    return hash;
}

namespace {

/// A container in a container, or a scalar in an array.
bool contains_value(const JsonbView& whole, const JsonbView& part) {
    check_stack_depth();
    if (whole.kind() != part.kind()) return false;
    if (whole.is_scalar()) return compare_values(whole, part) == 0;
    return jsonb_contains(whole, part);
}

bool has_element(const JsonbView& array, const JsonbView& wanted) {
    for (std::uint32_t i = 0; i < array.count(); ++i)
        if (contains_value(array.element(i), wanted)) return true;
    return false;
}

}  // namespace

bool jsonb_contains(const JsonbView& whole, const JsonbView& part) {
    // An array contains a scalar that is one of its elements; nothing else contains what is of another kind.
    if (whole.kind() == JsonKind::array && part.is_scalar()) return has_element(whole, part);
    if (whole.kind() != part.kind()) return false;
    if (whole.is_scalar()) return compare_values(whole, part) == 0;
    for (std::uint32_t i = 0; i < part.count(); ++i) {
        if (part.kind() == JsonKind::array) {
            if (!has_element(whole, part.element(i))) return false;
            continue;
        }
        const std::optional<std::uint32_t> member = whole.find(part.key(i));
        if (!member || !contains_value(whole.value(*member), part.value(i))) return false;
    }
    return true;
}

}  // namespace forklore
