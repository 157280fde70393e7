#include "queries/functions/regular_expression.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <list>
#include <string>

#include "base/error.hpp"

namespace forklore {

struct RegularExpression::Impl {
    Impl(const Re2Pattern& pattern, const re2::RE2::Options& options) : re2(pattern.text, options) {}
    re2::RE2 re2;
};

namespace {

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

RegularExpression::RegularExpression(std::string_view pattern, RegexFlags flags) {
    Re2Pattern translated = translate_regex(pattern, flags);
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_longest_match(translated.longest);
    options.set_case_sensitive(!translated.ignore_case);
    constexpr std::int64_t k_max_memory = 64 << 20;
    options.set_max_mem(k_max_memory);
    impl_ = std::make_unique<Impl>(translated, options);
    // The translation is well-formed: all that can be wrong is that RE2 finds it too large.
    if (!impl_->re2.ok())
        throw Error(sqlstate::invalid_regular_expression, "invalid regular expression: regular expression is too complex")
            .detail(impl_->re2.error());
}

RegularExpression::~RegularExpression() = default;

bool RegularExpression::matches(std::string_view text) const {
    return impl_->re2.Match(piece(text), 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

bool RegularExpression::search(std::string_view text, std::size_t start, Match& match) const {
    std::vector<re2::StringPiece> parts(static_cast<std::size_t>(groups()) + 1);
    if (!impl_->re2.Match(piece(text), start, text.size(), re2::RE2::UNANCHORED, parts.data(), static_cast<int>(parts.size())))
        return false;
    match.clear();
    for (const re2::StringPiece& part : parts) {
        if (part.data() == nullptr) match.emplace_back();
        else match.emplace_back(std::string_view(part.data(), part.size()));
    }
    return true;
}

int RegularExpression::groups() const { return impl_->re2.NumberOfCapturingGroups(); }

std::shared_ptr<const RegularExpression> RegularExpression::compile(std::string_view pattern, RegexFlags flags) {
    struct Entry {
        std::string pattern;
        RegexFlags flags;
        std::shared_ptr<const RegularExpression> compiled;
    };
    // Most recently used first. A statement rarely has more than a few patterns.
    constexpr std::size_t k_kept = 32;
    static std::list<Entry> cache;
    auto found = std::find_if(cache.begin(), cache.end(),
                              [&](const Entry& entry) { return entry.pattern == pattern && entry.flags == flags; });
    if (found != cache.end()) {
        cache.splice(cache.begin(), cache, found);
        return cache.front().compiled;
    }
    auto compiled = std::make_shared<const RegularExpression>(pattern, flags);
    cache.push_front({std::string(pattern), flags, compiled});
    if (cache.size() > k_kept) cache.pop_back();
    return compiled;
}

}  // namespace forklore
