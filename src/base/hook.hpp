/// \file
/// Hook: a place in the server's work where others may step in.
///
/// Whoever steps in puts a link in front of those that are there already. It is called in place of the work and gets the way on,
/// `next`: it may do something before or after, change what is handed on, or not go on at all.
/// \code
/// Hook<int(std::string_view)> measure_hook;                         // where the work is done
/// … measure_hook.call([](std::string_view text) { return work(text); }, text) …
///
/// measure_hook.add([](const auto& next, std::string_view text) {    // elsewhere
///     return next(text) + 1;
/// });
/// \endcode
/// A hook that nobody is in costs a load and a branch. Links belong to the process: a child inherits its parent's.
///
/// Counterpart in PostgreSQL: function pointers such as ExecutorRun_hook, where each module saves its predecessor by hand.
#pragma once

#include <functional>
#include <memory>
#include <utility>

namespace forklore {

template <typename Signature>
class Hook;

/// \copydoc hook.hpp
template <typename R, typename... A>
class Hook<R(A...)> {
    struct Node;

public:
    /// The way on: the link that came before, or the work itself.
    class Next {
    public:
        /// Goes on. \param arguments for whoever comes next \return what came of it
        R operator()(A... arguments) const {
            if (node_ == nullptr) return call_(work_, std::forward<A>(arguments)...);
            return node_->link(Next(node_->next.get(), work_, call_), std::forward<A>(arguments)...);
        }

    private:
        friend class Hook;
        using Call = R (*)(const void* work, A...);
        Next(const Node* node, const void* work, Call call) : node_(node), work_(work), call_(call) {}
        const Node* node_;
        const void* work_;
        Call call_;
    };
    /// What steps in.
    using Link = std::function<R(const Next& next, A...)>;

    /// Puts a link in front. \param link what steps in \return a handle for remove()
    const void* add(Link link) {
        first_ = std::make_unique<Node>(Node{std::move(link), std::move(first_)});
        return first_.get();
    }

    /// Takes a link out. Not while the hook is being called. \param handle from add()
    void remove(const void* handle) {
        for (std::unique_ptr<Node>* at = &first_; *at != nullptr; at = &(*at)->next) {
            if (at->get() != handle) continue;
            std::unique_ptr<Node> rest = std::move((*at)->next);
            *at = std::move(rest);
            return;
        }
    }

    /// Whether anybody is in it.
    bool empty() const { return first_ == nullptr; }

    /// Does the work, by way of all who have stepped in. \param work what happens at the end of the chain, with the arguments
    /// \param arguments of this call \return what came of it
    template <typename Work>
    R call(const Work& work, A... arguments) const {
        if (first_ == nullptr) return work(std::forward<A>(arguments)...);
        return Next(first_.get(), &work, [](const void* at, A... a) -> R {
            return (*static_cast<const Work*>(at))(std::forward<A>(a)...);
        })(std::forward<A>(arguments)...);
    }

private:
    struct Node {
        Link link;
        std::unique_ptr<Node> next;
    };
    std::unique_ptr<Node> first_;
};

}  // namespace forklore
