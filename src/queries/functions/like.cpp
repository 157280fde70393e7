#include "queries/functions/like.hpp"

#include <cstring>

#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "queries/functions/families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/functions/text_case.hpp"
#include "queries/types/bytea.hpp"
#include "queries/types/text.hpp"
#include "queries/types/utf8.hpp"

namespace forklore {

bool like_matches(std::string_view text, std::string_view pattern, bool bytes) {
    const char *t = text.data(), *t_end = t + text.size();
    const char *p = pattern.data(), *p_end = p + pattern.size();
    // Where to go on when a match fails: after the last %, with one more character under it. Earlier ones need never be
    // tried again: whatever they would take, the last one can take instead.
    const char *retry_pattern = nullptr, *retry_text = nullptr;
    auto one_further = [&](const char* at) {
        std::size_t step = bytes ? 1 : utf8_length(*at);
        return step < static_cast<std::size_t>(t_end - at) ? at + step : t_end;
    };
    auto literal = [&](const char* at) {
        if (*at != '\\') return at;
        if (at + 1 == p_end)
            throw Error(sqlstate::invalid_escape_sequence, "LIKE pattern must not end with escape character");
        return at + 1;
    };
    for (;;) {
        if (p != p_end && *p == '%') {
            while (p != p_end && *p == '%') ++p;
            if (p == p_end) return true;
            retry_pattern = p;
            retry_text = t;
            continue;
        }
        bool fits;
        // Nothing is left of the text: so must the pattern be, and a longer % would leave even less.
        if (t == t_end) return p == p_end;
        if (p == p_end) {
            fits = false;
        } else if (*p == '_') {
            ++p;
            t = one_further(t);
            fits = true;
        } else {
            const char* want = literal(p);
            fits = *want == *t;
            if (fits) {
                p = want + 1;
                ++t;
            }
        }
        if (fits) continue;
        if (retry_pattern == nullptr) return false;
        check_for_interrupts();
        retry_text = one_further(retry_text);
        if (*retry_pattern != '_') {
            // Straight to the next place where the first character after the % may be.
            char first = *literal(retry_pattern);
            auto left = static_cast<std::size_t>(t_end - retry_text);
            retry_text = left == 0 ? nullptr : static_cast<const char*>(std::memchr(retry_text, first, left));
            if (retry_text == nullptr) return false;
        }
        t = retry_text;
        p = retry_pattern;
    }
}

std::string like_with_backslash(std::string_view pattern, std::string_view escape, bool bytes) {
    if (escape == "\\") return std::string(pattern);
    if (!escape.empty() && escape.size() != (bytes ? 1 : utf8_length(escape[0])))
        throw Error(sqlstate::invalid_escape_sequence, "invalid escape string")
            .hint("Escape string must be empty or one character.");
    std::string result;
    bool escaped = false;
    while (!pattern.empty()) {
        if (!escape.empty() && !escaped && pattern.starts_with(escape)) {
            result += '\\';
            pattern.remove_prefix(escape.size());
            escaped = true;
            continue;
        }
        if (pattern[0] == '\\' && !escaped) result += '\\';
        result += pattern[0];
        pattern.remove_prefix(1);
        escaped = false;
    }
    return result;
}

namespace {

using Text = std::string_view;

bool ilike_matches(EvalContext& context, Text text, Text pattern) {
    return like_matches(lower(context.arena, text), lower(context.arena, pattern));
}

/// LIKE and ILIKE with their negations, for one type on the left.
template <typename T>
struct LikeOf {
    static Text text(const T& value) {
        if constexpr (std::is_same_v<T, Text>) return value;
        else return value.bytes;
    }
    static bool like(T a, Text b) { return like_matches(text(a), b); }
    static bool not_like(T a, Text b) { return !like_matches(text(a), b); }
    static bool ilike(EvalContext& c, T a, Text b) { return ilike_matches(c, text(a), b); }
    static bool not_ilike(EvalContext& c, T a, Text b) { return !ilike_matches(c, text(a), b); }
};

/// OIDs of an operator and its function.
struct Pair {
    Oid op, function;
};

template <typename T>
void add_like(Registry& to, const std::string& prefix, Pair like, Pair not_like, Pair ilike, Pair not_ilike) {
    using L = LikeOf<T>;
    add_operator(to, {like.op, "~~", "", "!~~"}, function<L::like>(prefix + "like", like.function));
    add_operator(to, {not_like.op, "!~~", "", "~~"}, function<L::not_like>(prefix + "nlike", not_like.function));
    add_operator(to, {ilike.op, "~~*", "", "!~~*"}, function<L::ilike>(prefix + "iclike", ilike.function));
    add_operator(to, {not_ilike.op, "!~~*", "", "~~*"}, function<L::not_ilike>(prefix + "icnlike", not_ilike.function));
}

bool bytea_like(Bytea a, Bytea b) { return like_matches(a.bytes, b.bytes, true); }
bool bytea_not_like(Bytea a, Bytea b) { return !bytea_like(a, b); }

}  // namespace

void register_like(Registry& to) {
    add_like<Text>(to, "text", {1209, 850}, {1210, 851}, {1627, 1633}, {1628, 1634});
    add_like<Name>(to, "name", {1207, 858}, {1208, 859}, {1625, 1635}, {1626, 1636});
    add_like<BpChar>(to, "bpchar", {1211, 1631}, {1212, 1632}, {1629, 1660}, {1630, 1661});
    to.add(function<LikeOf<Text>::like>("like", 1569));
    to.add(function<LikeOf<Text>::not_like>("notlike", 1570));
    to.add(function<LikeOf<Name>::like>("like", 1571));
    to.add(function<LikeOf<Name>::not_like>("notlike", 1572));
    to.add(function<[](Text pattern, Text escape) { return like_with_backslash(pattern, escape); }>("like_escape", 1637));
}

void register_bytea_like(Registry& to) {
    add_operator(to, {2016, "~~", "", "!~~"}, function<bytea_like>("bytealike", 2005));
    add_operator(to, {2017, "!~~", "", "~~"}, function<bytea_not_like>("byteanlike", 2006));
    to.add(function<bytea_like>("like", 2007));
    to.add(function<bytea_not_like>("notlike", 2008));
    to.add(function<[](EvalContext& context, Bytea pattern, Bytea escape) {
        return Bytea{context.arena.copy(like_with_backslash(pattern.bytes, escape.bytes, true))};
    }>("like_escape", 2009));
}

}  // namespace forklore
