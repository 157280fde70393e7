#include "queries/parse/nesting.hpp"

#include <cstddef>
#include <vector>

#include "queries/parse/lexer.hpp"
#include "queries/parse/stack_depth.hpp"

namespace forklore {

namespace {

// Tokens that may lengthen chains one inside the other. libpg_query was seen to survive twice as many links of two
// tokens on a stack of 8 MB, and PostgreSQL itself gives up far earlier.
constexpr std::size_t k_max_chain_tokens = 20'000;

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

class DepthEstimate {
public:
    explicit DepthEstimate(std::string_view text) : text_(text) {}

    void run() {
        Lexer lexer(text_);
        Token token;
        while (lexer.next(token)) {
            const std::string_view bytes = text_.substr(token.begin, token.end - token.begin);
            if (token.kind == Token::Kind::word) word(bytes);
            else if (token.kind == Token::Kind::punctuation) punctuation(bytes[0]);
            else link();
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

    void word(std::string_view w) {
        if (is(w, "and") || is(w, "or") || is(w, "when") || is(w, "then") || is(w, "else")) top().chain = 0;
        else if (is(w, "union") || is(w, "intersect") || is(w, "except")) top() = {0, 0, top().unions + 1, top().is_case};
        else if (is(w, "join")) top() = {0, top().joins + 1, top().unions, top().is_case};
        else if (is(w, "case")) push(true);
        else if (is(w, "end") && top().is_case) pop(), link();
        else link();
        limit();
    }

    void punctuation(char c) {
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

    std::string_view text_;
    std::size_t below_ = 0;  // sum of the levels under the top
    std::vector<Level> levels_ = std::vector<Level>(1);
};

}  // namespace

void refuse_deep_nesting(std::string_view text) {
    // A token is a byte at least.
    if (text.size() > k_max_chain_tokens) DepthEstimate(text).run();
}

}  // namespace forklore
