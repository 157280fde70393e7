#include "queries/types/boolean.hpp"

#include "base/error.hpp"
#include "queries/builtins.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/hash.hpp"

namespace forklore {

std::string_view trim_space(std::string_view text) {
    constexpr std::string_view k_space = " \t\n\v\f\r";
    std::size_t first = text.find_first_not_of(k_space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(k_space) - first + 1);
}

std::optional<bool> parse_boolean(std::string_view text) {
    auto begins = [&](std::string_view word, std::size_t at_least) {
        if (text.size() < at_least || text.size() > word.size()) return false;
        for (std::size_t i = 0; i < text.size(); ++i) {
            char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
            if (c != word[i]) return false;
        }
        return true;
    };
    if (begins("true", 1) || begins("yes", 1) || begins("on", 2) || begins("1", 1)) return true;
    if (begins("false", 1) || begins("no", 1) || begins("off", 2) || begins("0", 1)) return false;
    return std::nullopt;
}

namespace {

Datum bool_in(const TypeContext& context, std::string_view text) {
    std::optional<bool> value = parse_boolean(trim_space(text));
    if (!value) throw Error(sqlstate::invalid_text_representation, "invalid input syntax for type boolean: \"{}\"", text);
    return SqlType<bool>::put(context.arena, *value);
}

void bool_out(const TypeContext&, Datum value, ByteWriter& to) { to.put_char(value.boolean ? 't' : 'f'); }
Datum bool_receive(const TypeContext& context, ByteReader& from) {
    return SqlType<bool>::put(context.arena, from.get<char>() != 0);
}
void bool_send(const TypeContext&, Datum value, ByteWriter& to) { to.put_char(value.boolean ? 1 : 0); }
int bool_compare(const Type&, const Datum& a, const Datum& b) { return int(a.boolean) - int(b.boolean); }
std::uint64_t bool_hash(const Type&, const Datum& value) { return hash_number(value.boolean); }

/// True when every (or some) row was true.
template <bool need_all>
struct Verdict {
    bool any = false, value = need_all;
    void add(bool row) {
        any = true;
        value = need_all ? value && row : value || row;
    }
    std::optional<bool> result() const { return any ? std::optional<bool>(value) : std::nullopt; }
};

}  // namespace

void register_booleans(Registry& to) {
    to.add(Type{.oid = k_bool, .name = "bool", .sql_name = "boolean", .length = 1, .category = 'B', .preferred = true,
                .array = k_bool_array, .input = bool_in, .output = bool_out, .receive = bool_receive,
                .send = bool_send, .compare = bool_compare, .hash = bool_hash});
    add_comparisons<bool>(to, "bool", "bool", {60, 84, 56, 1691, 57, 1692}, {91, 85, 58, 1694, 59, 1695});
    to.add(function<[](bool a, bool b) { return a && b; }>("booland_statefunc", 2515));
    to.add(function<[](bool a, bool b) { return a || b; }>("boolor_statefunc", 2516));
    to.add(aggregate<Verdict<true>>("bool_and", 2517));
    to.add(aggregate<Verdict<false>>("bool_or", 2518));
    to.add(aggregate<Verdict<true>>("every", 2519));
}

}  // namespace forklore
