#include "request.hpp"

#include <strings.h>

#include <algorithm>
#include <utility>

namespace explorer {

namespace {

//! [request-words]
bool same_word(std::string_view a, std::string_view b) {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// Takes what stands before the next `end` off the front of a text, and the end with it.
std::optional<std::string_view> take_until(std::string_view& text, std::string_view end) {
    const std::size_t at = text.find(end);
    if (at == std::string_view::npos) return {};
    const std::string_view taken = text.substr(0, at);
    text.remove_prefix(at + end.size());
    return taken;
}

// Takes a line off the front, and its end.
std::string_view take_line(std::string_view& text) {
    if (const auto line = take_until(text, "\r\n")) return *line;
    return std::exchange(text, {});
}

// Any port: whoever forwards one to here (ssh -L) asks for that.
bool is_this_machine(std::string_view host) {
    const std::size_t colon = std::min(host.find(':'), host.size());
    const std::string_view port = host.substr(std::min(colon + 1, host.size()));
    const bool digits = std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
    return digits && (host.substr(0, colon) == "127.0.0.1" || same_word(host.substr(0, colon), "localhost"));
}

enum Status {
    k_bad_request = 400,
    k_forbidden = 403,
    k_wrong_method = 405,
    k_wrong_host = 421,
    k_head_too_long = 431,
    k_wrong_version = 505
};
//! [request-words]

}  // namespace

//! [read-request]
std::optional<Request> read_request(std::string_view received) {
    const auto refuse = [](Status why) { return Request{.refusal = why}; };
    std::string_view rest = received.substr(0, k_longest_head);
    const std::optional<std::string_view> head = take_until(rest, "\r\n\r\n");
    if (!head)
        return received.size() < k_longest_head ? std::nullopt : std::optional(refuse(k_head_too_long));

    std::string_view lines = received.substr(0, head->size() + 2);  // each with its end
    std::string_view first = take_line(lines);
    const auto method = take_until(first, " "), target = take_until(first, " ");
    if (!method || method->empty() || !target || !first.starts_with("HTTP/")) return refuse(k_bad_request);
    if (first != "HTTP/1.1" && first != "HTTP/1.0") return refuse(k_wrong_version);

    std::optional<std::string_view> host;
    bool from_elsewhere = false;
    while (!lines.empty()) {
        std::string_view value = take_line(lines);
        const std::optional<std::string_view> name = take_until(value, ":");
        if (!name || name->empty() || name->find_first_of(" \t") != std::string_view::npos)
            return refuse(k_bad_request);
        value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
        value = value.substr(0, value.find_last_not_of(" \t") + 1);
        if (same_word(*name, "Sec-Fetch-Site")) from_elsewhere |= value != "same-origin" && value != "none";
        if (!same_word(*name, "Host")) continue;
        if (host) return refuse(k_bad_request);
        host = value;
    }
    if (!host) return refuse(k_bad_request);
    if (!is_this_machine(*host)) return refuse(k_wrong_host);
    if (from_elsewhere) return refuse(k_forbidden);
    if (*method != "GET" && *method != "HEAD") return refuse(k_wrong_method);
    return Request{.head_only = *method == "HEAD", .path = target->substr(0, target->find('?'))};
}
//! [read-request]

}  // namespace explorer
