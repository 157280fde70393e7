#include "queries/analyze/candidates.hpp"

#include <algorithm>

namespace forklore {

namespace {

bool is_preferred(const Type& type, char category) { return type.category == category && type.preferred; }

// Keeps the candidates with the highest score.
template <typename F>
void keep_best(std::vector<Candidate>& candidates, F&& score) {
    int best = 0;
    std::vector<int> scores;
    for (const Candidate& candidate : candidates) {
        scores.push_back(score(candidate));
        best = std::max(best, scores.back());
    }
    std::vector<Candidate> kept;
    for (std::size_t i = 0; i < candidates.size(); ++i)
        if (scores[i] == best) kept.push_back(std::move(candidates[i]));
    candidates = std::move(kept);
}

// With unknown arguments left: what category could each be? Keeps the candidates that agree.
bool resolve_unknown_categories(std::span<const Type* const> actual, std::vector<Candidate>& candidates) {
    std::vector<char> categories(actual.size(), 0);
    std::vector<bool> prefer(actual.size(), false);
    bool resolved = false;
    for (std::size_t i = 0; i < actual.size(); ++i) {
        if (actual[i]->oid != k_unknown) continue;
        resolved = true;
        bool first = true, conflict = false;
        char category = 0;
        bool preferred = false;
        for (const Candidate& candidate : candidates) {
            const Type& type = *candidate.arguments[i];
            if (first) {
                category = type.category, preferred = type.preferred, first = false;
            } else if (type.category == category) {
                preferred = preferred || type.preferred;
            } else if (type.category == 'S') {
                // A literal is a string if it may be one.
                category = 'S', preferred = type.preferred, conflict = false;
            } else if (category != 'S') {
                conflict = true;
            }
        }
        if (conflict) return false;
        categories[i] = category;
        prefer[i] = preferred;
    }
    if (!resolved) return false;
    std::vector<Candidate> kept;
    for (const Candidate& candidate : candidates) {
        bool keep = true;
        for (std::size_t i = 0; i < actual.size() && keep; ++i) {
            if (actual[i]->oid != k_unknown) continue;
            const Type& type = *candidate.arguments[i];
            keep = type.category == categories[i] && (!prefer[i] || type.preferred);
        }
        if (keep) kept.push_back(candidate);
    }
    if (!kept.empty()) candidates = std::move(kept);
    return true;
}

}  // namespace

Choice choose_candidate(std::span<const Type* const> actual, std::vector<Candidate>& candidates) {
    std::erase_if(candidates, [&](const Candidate& c) { return !can_coerce(actual, c.arguments, CastContext::implicit); });
    if (candidates.empty()) return Choice::none;
    if (candidates.size() == 1) return Choice::found;

    // Most arguments that fit exactly.
    std::size_t unknowns = 0;
    for (const Type* type : actual) unknowns += type->oid == k_unknown;
    keep_best(candidates, [&](const Candidate& c) {
        int matches = 0;
        for (std::size_t i = 0; i < actual.size(); ++i) matches += actual[i]->oid != k_unknown && c.arguments[i] == actual[i];
        return matches;
    });
    if (candidates.size() == 1) return Choice::found;

    // Most arguments that fit exactly or are converted to their category's preferred type.
    keep_best(candidates, [&](const Candidate& c) {
        int matches = 0;
        for (std::size_t i = 0; i < actual.size(); ++i)
            matches += actual[i]->oid != k_unknown &&
                       (c.arguments[i] == actual[i] || is_preferred(*c.arguments[i], category_of(*actual[i])));
        return matches;
    });
    if (candidates.size() == 1) return Choice::found;
    if (unknowns == 0) return Choice::ambiguous;

    if (resolve_unknown_categories(actual, candidates) && candidates.size() == 1) return Choice::found;

    // If all known arguments are of one type, perhaps the unknown ones are too.
    if (unknowns < actual.size()) {
        const Type* known = nullptr;
        bool alike = true;
        for (const Type* type : actual) {
            if (type->oid == k_unknown) continue;
            if (known == nullptr) known = type;
            else alike = alike && known == type;
        }
        if (alike) {
            const std::vector<const Type*> assumed(actual.size(), known);
            const Candidate* only = nullptr;
            bool several = false;
            for (const Candidate& candidate : candidates) {
                if (!can_coerce(assumed, candidate.arguments, CastContext::implicit)) continue;
                several = several || only != nullptr;
                only = &candidate;
            }
            if (only != nullptr && !several) {
                Candidate kept = *only;
                candidates.assign(1, std::move(kept));
                return Choice::found;
            }
        }
    }
    return Choice::ambiguous;
}

std::vector<Candidate> function_candidates(std::string_view name, std::size_t count, bool spread) {
    std::vector<Candidate> found;
    for (const Function* function : registry().functions(name)) {
        const std::size_t declared = function->arguments.size();
        Candidate candidate{function, nullptr, {}, false, 0};
        const bool spreads = function->variadic && spread && count >= declared;
        if (spreads) {
            candidate.variadic_spread = true;
        } else if (count > declared || count + function->defaults < declared || (function->variadic && spread)) {
            continue;
        } else {
            candidate.defaults_used = static_cast<std::uint16_t>(declared - count);
        }
        for (std::size_t i = 0; i < count; ++i) {
            if (!spreads || i + 1 < declared) {
                candidate.arguments.push_back(&registry().type(function->arguments[i]));
                continue;
            }
            const Oid last = function->arguments.back();
            Oid element = last;
            if (last == k_any_array) element = k_any_element;
            else if (last == k_any_compatible_array) element = k_any_compatible;
            else if (last != k_any) element = registry().type(last).element;
            candidate.arguments.push_back(&registry().type(element));
        }
        // A function that takes the arguments as they are hides a variadic one with the same types.
        const auto same = std::ranges::find_if(found, [&](const Candidate& other) { return other.arguments == candidate.arguments; });
        if (same == found.end()) found.push_back(std::move(candidate));
        else if (same->variadic_spread && !candidate.variadic_spread) *same = std::move(candidate);
    }
    return found;
}

const Operator* choose_operator(std::string_view name, const Type* left, const Type* right, Choice& choice) {
    choice = Choice::none;
    std::vector<Candidate> candidates;
    const Type* exact_left = left;
    const Type* exact_right = right;
    if (left != nullptr) {
        // One side unknown: first assume that it is like the other.
        if (left->oid == k_unknown) exact_left = right;
        else if (right->oid == k_unknown) exact_right = left;
    }
    for (const Operator* op : registry().operators(name)) {
        if ((op->left == 0) != (left == nullptr)) continue;
        if ((left == nullptr || op->left == exact_left->oid) && op->right == exact_right->oid) {
            choice = Choice::found;
            return op;
        }
        Candidate candidate{registry().find_function(op->function), op, {}, false, 0};
        if (left != nullptr) candidate.arguments.push_back(&registry().type(op->left));
        candidate.arguments.push_back(&registry().type(op->right));
        candidates.push_back(std::move(candidate));
    }
    std::vector<const Type*> actual;
    if (left != nullptr) actual.push_back(left);
    actual.push_back(right);
    choice = choose_candidate(actual, candidates);
    return choice == Choice::found ? candidates[0].op : nullptr;
}

}  // namespace forklore
