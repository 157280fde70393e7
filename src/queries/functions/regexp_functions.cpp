/// \file
/// Regular expressions in SQL: the operators ~ ~* !~ !~*, the regexp_… functions, substring(… from pattern).
#include "queries/functions/families.hpp"
#include "queries/functions/list_source.hpp"
#include "queries/functions/operators.hpp"
#include "queries/functions/regular_expression.hpp"
#include "queries/functions/similar.hpp"
#include "queries/functions/text_room.hpp"
#include "queries/types/array.hpp"
#include "queries/types/text.hpp"
#include "queries/types/utf8.hpp"

namespace forklore {

namespace {

using Text = std::string_view;
using Int4 = std::int32_t;
using MaybeText = std::optional<Text>;
using Match = RegularExpression::Match;

// ---------------------------------------------------------------- options

/// What a function's flags argument says.
struct Options {
    RegexFlags flags;
    bool global = false;
};

Options parse_options(Text letters) {
    Options options;
    while (!letters.empty()) {
        if (letters[0] == 'g') options.global = true;
        else if (!options.flags.apply(letters[0]))
            throw Error(sqlstate::invalid_parameter_value, "invalid regular expression option: \"{}\"",
                        letters.substr(0, utf8_length(letters[0])));
        letters.remove_prefix(1);
    }
    return options;
}

/// Options of a function that looks for all matches, or for one, by itself.
RegexFlags parse_flags(Text letters, Text function, const char* hint = "") {
    Options options = parse_options(letters);
    if (options.global)
        throw Error(sqlstate::invalid_parameter_value, "{}() does not support the \"global\" option", function).hint(hint);
    return options.flags;
}

void check_parameter(const char* name, Int4 value, Int4 least, Int4 most = INT32_MAX) {
    if (value < least || value > most)
        throw Error(sqlstate::invalid_parameter_value, "invalid value for parameter \"{}\": {}", name, value);
}

// ---------------------------------------------------------------- all matches

/// Calls f(match) for each match, from left to right, until it returns false.
/// \param skip_trivial leave out empty matches at the end of the text or right after another match
template <typename F>
void each_match(const RegularExpression& expression, Text text, std::size_t start, bool skip_trivial, F f) {
    std::size_t last_end = 0;
    Match match;
    while (start <= text.size() && expression.search(text, start, match)) {
        auto begin = static_cast<std::size_t>(match[0]->data() - text.data());
        std::size_t end = begin + match[0]->size();
        if (!skip_trivial || (begin < text.size() && end > last_end)) {
            if (!f(match)) return;
            last_end = end;
        }
        // After an empty match the search goes on behind the next character.
        start = end;
        if (begin == end) start += end < text.size() ? utf8_length(text[end]) : 1;
    }
}

/// Bytes before the character that a start parameter names.
std::size_t start_offset(Text text, Int4 start) { return utf8_offset(text, static_cast<std::size_t>(start) - 1); }
bool starts_beyond(Text text, Int4 start) { return static_cast<std::size_t>(start) > utf8_count(text) + 1; }

// ---------------------------------------------------------------- operators

template <typename T>
Text text_of(const T& value) {
    if constexpr (std::is_same_v<T, Text>) return value;
    else return value.bytes;
}

template <typename T, bool ignore_case, bool want>
bool test(T text, Text pattern) {
    return RegularExpression::compile(pattern, {.ignore_case = ignore_case})->matches(text_of(text)) == want;
}

/// OIDs of an operator and its function.
struct Pair {
    Oid op, function;
};

template <typename T>
void add_operators(Registry& to, const std::string& prefix, Pair match, Pair no_match, Pair ignoring_case, Pair no_match_ignoring_case) {
    add_operator(to, {match.op, "~", "", "!~"}, function<test<T, false, true>>(prefix + "regexeq", match.function));
    add_operator(to, {no_match.op, "!~", "", "~"}, function<test<T, false, false>>(prefix + "regexne", no_match.function));
    add_operator(to, {ignoring_case.op, "~*", "", "!~*"}, function<test<T, true, true>>(prefix + "icregexeq", ignoring_case.function));
    add_operator(to, {no_match_ignoring_case.op, "!~*", "", "~*"},
                 function<test<T, true, false>>(prefix + "icregexne", no_match_ignoring_case.function));
}

bool regexp_like_flags(Text text, Text pattern, Text flags) {
    return RegularExpression::compile(pattern, parse_flags(flags, "regexp_like"))->matches(text);
}
bool regexp_like(Text text, Text pattern) { return regexp_like_flags(text, pattern, ""); }

// ---------------------------------------------------------------- regexp_match, regexp_matches, substring

/// The groups of a match as an array, or the whole match when there are none.
Datum match_array(Arena& arena, const Match& match) {
    ArrayBuilder builder(arena, registry().type(k_text));
    for (std::size_t i = match.size() > 1 ? 1 : 0; i < match.size(); ++i) {
        if (match[i]) builder.add(*match[i]);
        else builder.add_null();
    }
    return builder.finish();
}

std::optional<Datum> regexp_match_flags(EvalContext& context, Text text, Text pattern, Text flags) {
    auto expression = RegularExpression::compile(
        pattern, parse_flags(flags, "regexp_match", "Use the regexp_matches function instead."));
    Match match;
    if (!expression->search(text, 0, match)) return std::nullopt;
    return match_array(context.arena, match);
}
std::optional<Datum> regexp_match(EvalContext& context, Text text, Text pattern) {
    return regexp_match_flags(context, text, pattern, "");
}

std::unique_ptr<RowSource> regexp_matches(EvalContext&, const CallSite&, std::span<const Datum> arguments) {
    Options options = parse_options(arguments.size() > 2 ? arguments[2].view() : Text{});
    auto expression = RegularExpression::compile(arguments[1].view(), options.flags);
    auto source = std::make_unique<ListSource>(1);
    each_match(*expression, arguments[0].view(), 0, false, [&](const Match& match) {
        source->add({match_array(source->arena(), match)});
        return options.global;
    });
    return source;
}

MaybeText substring_pattern(Text text, Text pattern) {
    auto expression = RegularExpression::compile(pattern, {});
    Match match;
    if (!expression->search(text, 0, match)) return std::nullopt;
    return match.size() > 1 ? match[1] : match[0];
}

MaybeText substring_similar(Text text, Text pattern, Text escape) {
    return substring_pattern(text, similar_to_regex(pattern, escape));
}

// ---------------------------------------------------------------- regexp_replace

/// Adds a replacement: \1 to \9 stand for groups, \& for the match, \\ for a backslash.
void append_replacement(TextRoom& room, Text replacement, const Match& match) {
    for (std::size_t at; (at = replacement.find('\\')) != Text::npos;) {
        room.append(replacement.substr(0, at));
        replacement.remove_prefix(at + 1);
        if (replacement.empty()) return room.put('\\');
        char c = replacement[0];
        replacement.remove_prefix(1);
        if (c >= '1' && c <= '9') {
            auto group = static_cast<std::size_t>(c - '0');
            if (group < match.size() && match[group]) room.append(*match[group]);
        } else if (c == '&') {
            room.append(*match[0]);
        } else {
            // Anything else stands for itself, and so does the backslash before it, unless it is another one.
            room.put('\\');
            if (c != '\\') room.put(c);
        }
    }
    room.append(replacement);
}

/// Replaces the n-th match, or all of them when n is 0.
Text replace(EvalContext& context, Text text, Text pattern, Text replacement, Int4 start, Int4 n, RegexFlags flags) {
    auto expression = RegularExpression::compile(pattern, flags);
    if (starts_beyond(text, start)) return text;
    TextRoom room(context.arena, text.size() + 16);
    std::size_t copied = 0;
    Int4 seen = 0;
    each_match(*expression, text, start_offset(text, start), false, [&](const Match& match) {
        if (n > 0 && ++seen != n) return true;
        auto begin = static_cast<std::size_t>(match[0]->data() - text.data());
        room.append(text.substr(copied, begin - copied));
        append_replacement(room, replacement, match);
        copied = begin + match[0]->size();
        return n == 0;
    });
    room.append(text.substr(copied));
    return room.finish();
}

Text regexp_replace(EvalContext& context, Text text, Text pattern, Text replacement) {
    return replace(context, text, pattern, replacement, 1, 1, {});
}

Text regexp_replace_flags(EvalContext& context, Text text, Text pattern, Text replacement, Text flags) {
    if (!flags.empty() && flags[0] >= '0' && flags[0] <= '9')
        throw Error(sqlstate::invalid_parameter_value, "invalid regular expression option: \"{}\"", flags[0])
            .hint("If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.");
    Options options = parse_options(flags);
    return replace(context, text, pattern, replacement, 1, options.global ? 0 : 1, options.flags);
}

Text regexp_replace_all(EvalContext& context, Text text, Text pattern, Text replacement, Int4 start, Int4 n, Text flags) {
    check_parameter("start", start, 1);
    check_parameter("n", n, 0);
    // The count decides; "g" says nothing more.
    return replace(context, text, pattern, replacement, start, n, parse_options(flags).flags);
}
Text regexp_replace_n(EvalContext& context, Text text, Text pattern, Text replacement, Int4 start, Int4 n) {
    return regexp_replace_all(context, text, pattern, replacement, start, n, "");
}
Text regexp_replace_start(EvalContext& context, Text text, Text pattern, Text replacement, Int4 start) {
    return regexp_replace_all(context, text, pattern, replacement, start, 1, "");
}

// ---------------------------------------------------------------- regexp_split_to_…

/// Calls f(part) for each part between matches.
template <typename F>
void split(Text text, Text pattern, Text flags, Text function, F f) {
    auto expression = RegularExpression::compile(pattern, parse_flags(flags, function));
    std::size_t begin = 0;
    each_match(*expression, text, 0, true, [&](const Match& match) {
        auto at = static_cast<std::size_t>(match[0]->data() - text.data());
        f(text.substr(begin, at - begin));
        begin = at + match[0]->size();
        return true;
    });
    f(text.substr(begin));
}

Datum split_to_array_flags(EvalContext& context, Text text, Text pattern, Text flags) {
    ArrayBuilder builder(context.arena, registry().type(k_text));
    split(text, pattern, flags, "regexp_split_to_array", [&](Text part) { builder.add(part); });
    return builder.finish();
}
Datum split_to_array(EvalContext& context, Text text, Text pattern) { return split_to_array_flags(context, text, pattern, ""); }

std::unique_ptr<RowSource> split_to_table(EvalContext&, const CallSite&, std::span<const Datum> arguments) {
    auto source = std::make_unique<ListSource>(1);
    split(arguments[0].view(), arguments[1].view(), arguments.size() > 2 ? arguments[2].view() : Text{},
          "regexp_split_to_table", [&](Text part) { source->add({Datum(part)}); });
    return source;
}

// ---------------------------------------------------------------- regexp_count, regexp_instr, regexp_substr

Int4 count_flags(Text text, Text pattern, Int4 start, Text flags) {
    check_parameter("start", start, 1);
    auto expression = RegularExpression::compile(pattern, parse_flags(flags, "regexp_count"));
    Int4 count = 0;
    if (starts_beyond(text, start)) return 0;
    each_match(*expression, text, start_offset(text, start), false, [&](const Match&) { return ++count > 0; });
    return count;
}
Int4 count_start(Text text, Text pattern, Int4 start) { return count_flags(text, pattern, start, ""); }
Int4 count(Text text, Text pattern) { return count_flags(text, pattern, 1, ""); }

/// The n-th match's group; the match itself for group 0, and for group 1 of a pattern without groups.
MaybeText nth_match(const RegularExpression& expression, Text text, Int4 start, Int4 n, Int4 group) {
    MaybeText result;
    if (group == 1 && expression.groups() == 0) group = 0;
    if (group > expression.groups() || starts_beyond(text, start)) return result;
    each_match(expression, text, start_offset(text, start), false, [&](const Match& match) {
        if (--n > 0) return true;
        result = match[static_cast<std::size_t>(group)];
        return false;
    });
    return result;
}

Int4 instr_group(Text text, Text pattern, Int4 start, Int4 n, Int4 end_option, Text flags, Int4 group) {
    check_parameter("start", start, 1);
    check_parameter("n", n, 1);
    check_parameter("endoption", end_option, 0, 1);
    check_parameter("subexpr", group, 0);
    auto expression = RegularExpression::compile(pattern, parse_flags(flags, "regexp_instr"));
    MaybeText part = nth_match(*expression, text, start, n, group);
    if (!part) return 0;
    auto at = static_cast<std::size_t>(part->data() - text.data());
    return static_cast<Int4>(utf8_count(text.substr(0, at + (end_option == 1 ? part->size() : 0)))) + 1;
}
Int4 instr_flags(Text text, Text pattern, Int4 start, Int4 n, Int4 end_option, Text flags) {
    return instr_group(text, pattern, start, n, end_option, flags, 0);
}
Int4 instr_end(Text text, Text pattern, Int4 start, Int4 n, Int4 end_option) { return instr_group(text, pattern, start, n, end_option, "", 0); }
Int4 instr_n(Text text, Text pattern, Int4 start, Int4 n) { return instr_group(text, pattern, start, n, 0, "", 0); }
Int4 instr_start(Text text, Text pattern, Int4 start) { return instr_group(text, pattern, start, 1, 0, "", 0); }
Int4 instr(Text text, Text pattern) { return instr_group(text, pattern, 1, 1, 0, "", 0); }

MaybeText substr_group(Text text, Text pattern, Int4 start, Int4 n, Text flags, Int4 group) {
    check_parameter("start", start, 1);
    check_parameter("n", n, 1);
    check_parameter("subexpr", group, 0);
    auto expression = RegularExpression::compile(pattern, parse_flags(flags, "regexp_substr"));
    return nth_match(*expression, text, start, n, group);
}
MaybeText substr_flags(Text text, Text pattern, Int4 start, Int4 n, Text flags) { return substr_group(text, pattern, start, n, flags, 0); }
MaybeText substr_n(Text text, Text pattern, Int4 start, Int4 n) { return substr_group(text, pattern, start, n, "", 0); }
MaybeText substr_start(Text text, Text pattern, Int4 start) { return substr_group(text, pattern, start, 1, "", 0); }
MaybeText substr(Text text, Text pattern) { return substr_group(text, pattern, 1, 1, "", 0); }

/// A function that returns rows.
void add_set(Registry& to, const char* name, Oid oid, std::vector<Oid> arguments, Oid result, OpenSource open) {
    Function f;
    f.oid = oid;
    f.name = name;
    f.kind = FunctionKind::set_returning;
    f.result = result;
    f.arguments = std::move(arguments);
    f.open = open;
    to.add(std::move(f));
}

}  // namespace

void register_regular_expressions(Registry& to) {
    add_operators<Text>(to, "text", {641, 1254}, {642, 1256}, {1228, 1238}, {1229, 1239});
    add_operators<Name>(to, "name", {639, 79}, {640, 1252}, {1226, 1240}, {1227, 1241});
    add_operators<BpChar>(to, "bpchar", {1055, 1658}, {1056, 1659}, {1234, 1656}, {1235, 1657});
    to.add(function<regexp_like>("regexp_like", 6263));
    to.add(function<regexp_like_flags>("regexp_like", 6264));

    const Declared array{.result = k_text_array};
    to.add(function<regexp_match>("regexp_match", 3396, array));
    to.add(function<regexp_match_flags>("regexp_match", 3397, array));
    add_set(to, "regexp_matches", 2763, {k_text, k_text}, k_text_array, regexp_matches);
    add_set(to, "regexp_matches", 2764, {k_text, k_text, k_text}, k_text_array, regexp_matches);
    to.add(function<substring_pattern>("substring", 2073));
    to.add(function<substring_similar>("substring", 2074));

    to.add(function<regexp_replace>("regexp_replace", 2284));
    to.add(function<regexp_replace_flags>("regexp_replace", 2285));
    to.add(function<regexp_replace_all>("regexp_replace", 6251));
    to.add(function<regexp_replace_n>("regexp_replace", 6252));
    to.add(function<regexp_replace_start>("regexp_replace", 6253));

    to.add(function<split_to_array>("regexp_split_to_array", 2767, array));
    to.add(function<split_to_array_flags>("regexp_split_to_array", 2768, array));
    add_set(to, "regexp_split_to_table", 2765, {k_text, k_text}, k_text, split_to_table);
    add_set(to, "regexp_split_to_table", 2766, {k_text, k_text, k_text}, k_text, split_to_table);

    to.add(function<count>("regexp_count", 6254));
    to.add(function<count_start>("regexp_count", 6255));
    to.add(function<count_flags>("regexp_count", 6256));
    to.add(function<instr>("regexp_instr", 6257));
    to.add(function<instr_start>("regexp_instr", 6258));
    to.add(function<instr_n>("regexp_instr", 6259));
    to.add(function<instr_end>("regexp_instr", 6260));
    to.add(function<instr_flags>("regexp_instr", 6261));
    to.add(function<instr_group>("regexp_instr", 6262));
    to.add(function<substr>("regexp_substr", 6265));
    to.add(function<substr_start>("regexp_substr", 6266));
    to.add(function<substr_n>("regexp_substr", 6267));
    to.add(function<substr_flags>("regexp_substr", 6268));
    to.add(function<substr_group>("regexp_substr", 6269));
    register_similar(to);
}

}  // namespace forklore
