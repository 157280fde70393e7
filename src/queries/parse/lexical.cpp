#include "queries/parse/lexical.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "queries/parse/stack_depth.hpp"

namespace forklore {

namespace {

// Tokens that may lengthen chains one inside the other. libpg_query was seen to survive twice as many links of two
// tokens on a stack of 8 MB, and PostgreSQL itself gives up far earlier.
constexpr std::size_t k_max_chain_tokens = 20'000;

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool is(std::string_view word, std::string_view keyword) {
    if (word.size() != keyword.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i)
        if ((word[i] | 0x20) != keyword[i]) return false;
    return true;
}

// What is open at one level of parentheses (or of CASE … END).
struct Level {
    std::size_t chain = 0, joins = 0, unions = 0;
    bool is_case = false;
    std::size_t depth() const { return chain + joins + unions; }
};

class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    void run() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == ' ' || (c >= '\t' && c <= '\r')) ++at_;
            else if (text_.substr(at_, 2) == "--") skip_line();
            else if (text_.substr(at_, 2) == "/*") skip_comment();
            else if (c == '\'') skip_quoted('\'', false), link();
            else if (c == '"') skip_quoted('"', false), link();
            else if (c == '$' && skip_dollar_quoted()) link();
            else if (is_word(c)) word();
            else punctuation(c);
        }
    }

private:
    Level& top() { return levels_.back(); }
    void link() {
        ++top().chain;
        limit();
    }
    void limit() const {
        if (below_ + levels_.back().depth() > k_max_chain_tokens) report_stack_depth_exceeded();
    }
    void push(bool is_case) {
        below_ += top().depth();
        levels_.push_back({.is_case = is_case});
    }
    void pop() {
        if (levels_.size() == 1) return;
        levels_.pop_back();
        below_ -= top().depth();
    }

    void word() {
        const std::size_t begin = at_;
        while (at_ < text_.size() && is_word(text_[at_])) ++at_;
        const std::string_view w = text_.substr(begin, at_ - begin);
        if (is(w, "e") && at_ < text_.size() && text_[at_] == '\'') return skip_quoted('\'', true), link();
        if (is(w, "and") || is(w, "or") || is(w, "when") || is(w, "then") || is(w, "else")) top().chain = 0;
        else if (is(w, "union") || is(w, "intersect") || is(w, "except")) top() = {0, 0, top().unions + 1, top().is_case};
        else if (is(w, "join")) top() = {0, top().joins + 1, top().unions, top().is_case};
        else if (is(w, "case")) push(true);
        else if (is(w, "end") && top().is_case) pop(), link();
        else link();
        limit();
    }

    void punctuation(char c) {
        ++at_;
        switch (c) {
            case '(': case '[': push(false); break;
            case ')': case ']': pop(); link(); break;
            case ',': top() = {0, 0, top().unions, top().is_case}; break;
            case ';':
                levels_.assign(1, {});
                below_ = 0;
                break;
            default: link();
        }
    }

    void skip_line() {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
    }
    void skip_comment() {
        int depth = 0;
        do {
            if (text_.substr(at_, 2) == "/*") ++depth, at_ += 2;
            else if (text_.substr(at_, 2) == "*/") --depth, at_ += 2;
            else ++at_;
        } while (depth > 0 && at_ < text_.size());
    }
    void skip_quoted(char quote, bool escapes) {
        for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_)
            if (escapes && text_[at_] == '\\') ++at_;
        ++at_;
    }
    bool skip_dollar_quoted() {
        std::size_t end = at_ + 1;
        while (end < text_.size() && is_word(text_[end])) ++end;
        if (end >= text_.size() || text_[end] != '$' || (text_[at_ + 1] >= '0' && text_[at_ + 1] <= '9')) return false;
        const std::string_view tag = text_.substr(at_, end - at_ + 1);
        const std::size_t close = text_.find(tag, end + 1);
        at_ = close == text_.npos ? text_.size() : close + tag.size();
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t below_ = 0;  // sum of the levels under the top
    std::vector<Level> levels_ = std::vector<Level>(1);
};

}  // namespace

void refuse_deep_nesting(std::string_view text) {
    // A token is a byte at least.
    if (text.size() > k_max_chain_tokens) Scanner(text).run();
}

}  // namespace forklore
