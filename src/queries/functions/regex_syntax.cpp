#include "queries/functions/regex_syntax.hpp"

#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "queries/functions/encodings.hpp"
#include "queries/types/utf8.hpp"

namespace forklore {

bool RegexFlags::apply(char letter) {
    switch (letter) {
        case 'b': basic = true; return true;
        case 'c': ignore_case = false; return true;
        case 'e': basic = false; return true;
        case 'i': ignore_case = true; return true;
        case 'm':
        case 'n': dot_excludes_newline = lines = true; return true;
        case 'p': dot_excludes_newline = true; lines = false; return true;
        case 'q': literal = true; return true;
        case 's': dot_excludes_newline = lines = false; return true;
        case 't': expanded = false; return true;
        case 'w': dot_excludes_newline = false; lines = true; return true;
        case 'x': expanded = true; return true;
        default: return false;
    }
}

namespace {

[[noreturn]] void refuse(std::string_view what) {
    throw Error(sqlstate::invalid_regular_expression, "invalid regular expression: {}", what);
}
[[noreturn]] void refuse_feature(std::string_view what) {
    throw Error(sqlstate::feature_not_supported, "regular expressions with {} are not supported", what);
}

// ---------------------------------------------------------------- tree

constexpr int k_unlimited = -1;

/// A part of a pattern. What RE2 spells as it is, is kept as text; only quantifiers wait until it is known whether they
/// are to be lazy.
struct Node {
    enum class Kind { text, group, capture, branch, alternatives, repeat } kind = Kind::text;
    std::string text{};                             // of kind text
    bool is_constraint = false;                     // matches a place, not a character: cannot be repeated
    std::vector<std::unique_ptr<Node>> parts{};
    int least = 1, most = 1;                        // of kind repeat
    bool lazy = false;                              // of kind repeat
};
using NodePtr = std::unique_ptr<Node>;

NodePtr text_node(std::string text, bool is_constraint = false) {
    auto node = std::make_unique<Node>();
    node->text = std::move(text);
    node->is_constraint = is_constraint;
    return node;
}

/// A character that stands for itself.
std::string literal(char32_t c) {
    bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ' ' || c == '_';
    if (plain) return std::string(1, static_cast<char>(c));
    return fmt::format("\\x{{{:x}}}", static_cast<std::uint32_t>(c));
}

// ---------------------------------------------------------------- character classes

constexpr std::string_view k_word = "\\pL\\pN_";
constexpr std::string_view k_space = "\\t-\\r \\x{85}\\pZ";

std::string_view class_members(std::string_view name) {
    static constexpr std::pair<std::string_view, std::string_view> k_classes[] = {
        {"alnum", "\\pL\\pN"}, {"alpha", "\\pL"}, {"blank", " \\t"}, {"cntrl", "\\p{Cc}"}, {"digit", "0-9"},
        {"graph", "\\pL\\pM\\pN\\pP\\pS"}, {"lower", "\\p{Ll}"}, {"print", "\\pL\\pM\\pN\\pP\\pS "}, {"punct", "\\pP\\pS"},
        {"space", k_space}, {"upper", "\\p{Lu}"}, {"word", k_word}, {"xdigit", "0-9A-Fa-f"}};
    for (auto [known, members] : k_classes)
        if (known == name) return members;
    refuse("invalid character class");
}

/// What a bracket expression collects.
struct Set {
    std::string members{};                    // in RE2's brackets
    std::vector<std::string> complements{};   // members of classes that are taken the other way round (\W in brackets)
    bool negated = false;

    std::string re2(bool exclude_newline) const {
        std::string all = members;
        if (!negated) {
            std::string result = all.empty() ? "" : "[" + all + "]";
            for (const std::string& complement : complements)
                result += fmt::format("{}[^{}{}]", result.empty() ? "" : "|", complement, exclude_newline ? "\\n" : "");
            return complements.empty() ? result : "(?:" + result + ")";
        }
        if (!complements.empty()) {
            // [^\W] is \w again; what is more would need an intersection.
            if (complements.size() > 1 || !members.empty()) refuse_feature("complements of classes in [^…]");
            return "[" + complements[0] + "]";
        }
        return fmt::format("[^{}{}]", all, exclude_newline ? "\\n" : "");
    }
};

// ---------------------------------------------------------------- reader

/// Recursive descent over the pattern.
class Reader {
public:
    Reader(std::string_view pattern, RegexFlags flags) : rest_(pattern), flags_(flags) {}

    NodePtr read() {
        NodePtr node = alternatives(0);
        if (!rest_.empty()) refuse("parentheses () not balanced");
        return node;
    }

private:
    bool at(char c) const { return !rest_.empty() && rest_[0] == c; }
    bool take(std::string_view text) {
        if (!rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }

    /// Remarks, and in the expanded syntax white space.
    void skip_nothing() {
        for (;;) {
            if (flags_.expanded && !rest_.empty() && (rest_[0] == ' ' || (rest_[0] >= '\t' && rest_[0] <= '\r'))) {
                rest_.remove_prefix(1);
            } else if (flags_.expanded && at('#')) {
                rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
            } else if (rest_.starts_with("(?#")) {
                std::size_t end = rest_.find(')');
                rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
            } else {
                return;
            }
        }
    }

    NodePtr alternatives(int depth) {
        constexpr int k_deepest = 500;
        if (depth > k_deepest) refuse("regular expression is too complex");
        auto node = std::make_unique<Node>();
        node->kind = Node::Kind::alternatives;
        do node->parts.push_back(branch(depth));
        while (take("|"));
        return node;
    }

    NodePtr branch(int depth) {
        auto node = std::make_unique<Node>();
        node->kind = Node::Kind::branch;
        for (skip_nothing(); !rest_.empty() && rest_[0] != '|' && !(rest_[0] == ')' && depth > 0); skip_nothing()) {
            NodePtr part = atom(depth);
            skip_nothing();
            node->parts.push_back(quantified(std::move(part)));
        }
        return node;
    }

    NodePtr quantified(NodePtr part) {
        int least, most;
        if (take("*")) {
            least = 0;
            most = k_unlimited;
        } else if (take("+")) {
            least = 1;
            most = k_unlimited;
        } else if (take("?")) {
            least = 0;
            most = 1;
        } else if (rest_.size() > 1 && rest_[0] == '{' && is_digit(rest_[1])) {
            rest_.remove_prefix(1);
            bounds(least, most);
        } else {
            return part;
        }
        if (part->is_constraint) refuse("quantifier operand invalid");
        auto node = std::make_unique<Node>();
        node->kind = Node::Kind::repeat;
        node->least = least;
        node->most = most;
        node->lazy = take("?");
        node->parts.push_back(std::move(part));
        skip_nothing();
        bool another = at('*') || at('+') || at('?') || (rest_.size() > 1 && rest_[0] == '{' && is_digit(rest_[1]));
        if (another) refuse("quantifier operand invalid");
        return node;
    }

    static bool is_digit(char c) { return c >= '0' && c <= '9'; }

    void bounds(int& least, int& most) {
        constexpr int k_largest = 255;
        auto number = [&]() {
            int value = 0;
            for (; !rest_.empty() && is_digit(rest_[0]); rest_.remove_prefix(1)) {
                value = value * 10 + (rest_[0] - '0');
                if (value > k_largest) refuse("invalid repetition count(s)");
            }
            return value;
        };
        least = most = number();
        if (take(",")) most = rest_.empty() || !is_digit(rest_[0]) ? k_unlimited : number();
        if (rest_.empty()) refuse("braces {} not balanced");
        if (!take("}") || (most != k_unlimited && least > most)) refuse("invalid repetition count(s)");
    }

    NodePtr atom(int depth) {
        char c = rest_[0];
        switch (c) {
            case '(': return group(depth);
            case '[': return bracket();
            case '\\': return escape();
            case ')': refuse("parentheses () not balanced");
            case '*':
            case '+':
            case '?': refuse("quantifier operand invalid");
            case '{':
                if (rest_.size() > 1 && is_digit(rest_[1])) refuse("quantifier operand invalid");
                break;
            case '.': rest_.remove_prefix(1); return text_node(flags_.dot_excludes_newline ? "[^\\n]" : "(?s:.)");
            case '^': rest_.remove_prefix(1); return text_node(flags_.lines ? "(?m:^)" : "\\A", true);
            case '$': rest_.remove_prefix(1); return text_node(flags_.lines ? "(?m:$)" : "\\z", true);
            default: break;
        }
        return text_node(literal(utf8_take(rest_)));
    }

    NodePtr group(int depth) {
        rest_.remove_prefix(1);
        auto node = std::make_unique<Node>();
        node->kind = Node::Kind::capture;
        if (take("?")) {
            if (at('=') || at('!') || rest_.starts_with("<=") || rest_.starts_with("<!")) refuse_feature("look-around");
            if (!take(":")) refuse("quantifier operand invalid");
            node->kind = Node::Kind::group;
        } else {
            ++groups_;
        }
        node->parts.push_back(alternatives(depth + 1));
        if (!take(")")) refuse("parentheses () not balanced");
        return node;
    }

    // ------------------------------------------------------------ brackets

    NodePtr bracket() {
        if (take("[[:<:]]") || take("[[:>:]]")) return text_node("\\b", true);
        rest_.remove_prefix(1);
        Set set;
        set.negated = take("^");
        for (bool first = true; first || !at(']'); first = false) {
            if (rest_.empty()) refuse("brackets [] not balanced");
            member(set);
        }
        rest_.remove_prefix(1);
        return text_node(set.re2(flags_.dot_excludes_newline));
    }

    /// One character, range or class in brackets.
    void member(Set& set) {
        if (take("[:")) {
            set.members += class_members(until(":]"));
            if (at('-') && !rest_.starts_with("-]")) refuse("invalid character range");
            return;
        }
        if (at('\\') && rest_.size() > 1) {
            char letter = rest_[1];
            if (letter == 'd' || letter == 's' || letter == 'w') {
                set.members += letter == 'd' ? "0-9" : letter == 's' ? k_space : k_word;
                rest_.remove_prefix(2);
                return;
            }
            if (letter == 'D' || letter == 'S' || letter == 'W') {
                set.complements.emplace_back(letter == 'D' ? "0-9" : letter == 'S' ? k_space : k_word);
                rest_.remove_prefix(2);
                return;
            }
        }
        char32_t from = bracket_character();
        set.members += literal(from);
        if (!at('-') || rest_.starts_with("-]")) return;
        rest_.remove_prefix(1);
        if (rest_.empty()) refuse("brackets [] not balanced");
        if (rest_.starts_with("[:")) refuse("invalid character range");
        char32_t until_character = bracket_character();
        if (until_character < from) refuse("invalid character range");
        set.members += "-" + literal(until_character);
    }

    char32_t bracket_character() {
        if (take("[.")) return element(until(".]"));
        if (take("[=")) return element(until("=]"));
        if (at('\\')) {
            rest_.remove_prefix(1);
            std::optional<char32_t> c = character_escape();
            if (!c) refuse("invalid character range");
            return *c;
        }
        return utf8_take(rest_);
    }

    std::string_view until(std::string_view end) {
        std::size_t size = rest_.find(end);
        if (size == std::string_view::npos) refuse("brackets [] not balanced");
        std::string_view name = rest_.substr(0, size);
        rest_.remove_prefix(size + end.size());
        return name;
    }

    static char32_t element(std::string_view name) {
        if (name.empty() || utf8_length(name[0]) != name.size()) refuse("invalid collating element");
        return utf8_take(name);
    }

    // ------------------------------------------------------------ escapes

    NodePtr escape() {
        rest_.remove_prefix(1);
        if (rest_.empty()) refuse("invalid escape \\ sequence");
        switch (rest_[0]) {
            case 'd': return class_escape("[0-9]");
            case 'D': return class_escape(flags_.dot_excludes_newline ? "[^0-9\\n]" : "[^0-9]");
            case 's': return class_escape(fmt::format("[{}]", k_space));
            case 'S': return class_escape(fmt::format("[^{}]", k_space));
            case 'w': return class_escape(fmt::format("[{}]", k_word));
            case 'W': return class_escape(fmt::format("[^{}{}]", k_word, flags_.dot_excludes_newline ? "\\n" : ""));
            case 'A': return constraint_escape("\\A");
            case 'Z': return constraint_escape("\\z");
            case 'm':
            case 'M':
            case 'y': return constraint_escape("\\b");
            case 'Y': return constraint_escape("\\B");
            default: break;
        }
        if (rest_[0] >= '1' && rest_[0] <= '9') {
            // Several digits are an octal character when there are not so many groups.
            int number = 0;
            std::size_t digits = 0;
            for (; digits < rest_.size() && is_digit(rest_[digits]) && number < 1000; ++digits) number = number * 10 + (rest_[digits] - '0');
            if (digits == 1 || number <= groups_) {
                if (number > groups_) refuse("invalid backreference number");
                refuse_feature("back-references");
            }
        }
        std::optional<char32_t> c = character_escape();
        if (!c) refuse("invalid escape \\ sequence");
        return text_node(literal(*c));
    }

    NodePtr class_escape(std::string text) {
        rest_.remove_prefix(1);
        return text_node(std::move(text));
    }
    NodePtr constraint_escape(std::string text) {
        rest_.remove_prefix(1);
        return text_node(std::move(text), true);
    }

    /// A character by its escape, from the letter after the backslash on.
    std::optional<char32_t> character_escape() {
        if (rest_.empty()) refuse("invalid escape \\ sequence");
        char c = rest_[0];
        bool alphanumeric = is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!alphanumeric) return utf8_take(rest_);
        rest_.remove_prefix(1);
        switch (c) {
            case 'a': return '\a';
            case 'b': return '\b';
            case 'B': return '\\';
            case 'c':
                if (rest_.empty()) refuse("invalid escape \\ sequence");
                return utf8_take(rest_) & 037;
            case 'e': return 033;
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'v': return '\v';
            case 'u': return digits(16, 4, 4);
            case 'U': return digits(16, 8, 8);
            case 'x': return digits(16, 1, 255);
            default: break;
        }
        if (!is_digit(c)) return std::nullopt;
        char32_t value = static_cast<char32_t>(c - '0');
        for (int more = 2; more > 0 && !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '7'; --more) {
            value = value * 8 + static_cast<char32_t>(rest_[0] - '0');
            rest_.remove_prefix(1);
        }
        return value;
    }

    char32_t digits(int base, int least, int most) {
        char32_t value = 0;
        int count = 0;
        for (; count < most && !rest_.empty(); ++count, rest_.remove_prefix(1)) {
            char c = rest_[0];
            int digit = is_digit(c) ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : base;
            if (digit >= base) break;
            value = value * static_cast<char32_t>(base) + static_cast<char32_t>(digit);
            if (value > 0x10ffff) refuse("invalid escape \\ sequence");
        }
        if (count < least) refuse("invalid escape \\ sequence");
        return value;
    }

    std::string_view rest_;
    RegexFlags flags_;
    int groups_ = 0;
};

// ---------------------------------------------------------------- writer

bool any_lazy(const Node& node) {
    if (node.kind == Node::Kind::repeat && node.lazy) return true;
    for (const NodePtr& part : node.parts)
        if (any_lazy(*part)) return true;
    return false;
}

/// Whether a pattern as a whole prefers to match little: its first quantifier says so, unless there are alternatives.
bool prefers_little(const Node& node) {
    switch (node.kind) {
        case Node::Kind::alternatives: return node.parts.size() == 1 && prefers_little(*node.parts[0]);
        case Node::Kind::branch:
            for (const NodePtr& part : node.parts) {
                if (part->kind == Node::Kind::repeat) return part->least != part->most || part->most == 1 ? part->lazy : prefers_little(*part->parts[0]);
                if (part->kind == Node::Kind::group || part->kind == Node::Kind::capture)
                    if (any_lazy(*part)) return prefers_little(*part->parts[0]);
            }
            return false;
        case Node::Kind::group:
        case Node::Kind::capture: return prefers_little(*node.parts[0]);
        default: return false;
    }
}

/// Writes a tree. \param lazy whether an enclosing part made all quantifiers lazy
void write(const Node& node, bool lazy, std::string& to) {
    switch (node.kind) {
        case Node::Kind::text: to += node.text; return;
        case Node::Kind::group:
        case Node::Kind::capture:
            to += node.kind == Node::Kind::group ? "(?:" : "(";
            write(*node.parts[0], lazy, to);
            to += ')';
            return;
        case Node::Kind::branch:
            for (const NodePtr& part : node.parts) write(*part, lazy, to);
            return;
        case Node::Kind::alternatives:
            for (std::size_t i = 0; i < node.parts.size(); ++i) {
                if (i > 0) to += '|';
                write(*node.parts[i], lazy, to);
            }
            return;
        case Node::Kind::repeat: break;
    }
    // {1,1} repeats nothing; it is written to decide how much a part likes to match.
    bool once = node.least == 1 && node.most == 1;
    if (!once) to += "(?:";
    write(*node.parts[0], once ? node.lazy : lazy, to);
    if (once) return;
    to += ')';
    if (node.most == k_unlimited && node.least <= 1) to += node.least == 0 ? "*" : "+";
    else if (node.least == 0 && node.most == 1) to += "?";
    else if (node.most == k_unlimited) to += fmt::format("{{{},}}", node.least);
    else if (node.least == node.most) to += fmt::format("{{{}}}", node.least);
    else to += fmt::format("{{{},{}}}", node.least, node.most);
    if (node.lazy || lazy) to += '?';
}

/// Takes ***: or ***= and (?letters) off the pattern's beginning.
void read_options(std::string_view& pattern, RegexFlags& flags) {
    if (pattern.starts_with("***")) {
        if (pattern.starts_with("***=")) flags.literal = true;
        else if (!pattern.starts_with("***:")) refuse("quantifier operand invalid");
        pattern.remove_prefix(4);
        if (flags.literal) return;
    }
    if (!pattern.starts_with("(?") || pattern.size() < 3) return;
    char letter = static_cast<char>(pattern[2] | 0x20);
    if (letter < 'a' || letter > 'z') return;
    std::size_t at = 2;
    for (; at < pattern.size() && pattern[at] != ')'; ++at)
        if (!flags.apply(pattern[at])) refuse("invalid embedded option");
    if (at == pattern.size()) refuse("invalid embedded option");
    pattern.remove_prefix(at + 1);
}

}  // namespace

Re2Pattern translate_regex(std::string_view pattern, RegexFlags flags) {
    if (!flags.literal) read_options(pattern, flags);
    Re2Pattern result;
    if (flags.basic && !flags.literal) refuse_feature("the basic syntax");
    if (flags.literal) {
        while (!pattern.empty()) result.text += literal(utf8_take(pattern));
    } else {
        NodePtr tree = Reader(pattern, flags).read();
        result.longest = !any_lazy(*tree);
        write(*tree, prefers_little(*tree), result.text);
    }
    result.ignore_case = flags.ignore_case;
    return result;
}

}  // namespace forklore
