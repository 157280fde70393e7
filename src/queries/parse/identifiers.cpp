#include "queries/parse/identifiers.hpp"

namespace forklore {

namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

bool split_identifiers(std::string_view list, std::vector<std::string>& to) {
    std::size_t at = 0;
    const auto skip_space = [&] { while (at < list.size() && is_space(list[at])) ++at; };
    skip_space();
    if (at == list.size()) return true;
    for (;;) {
        std::string name;
        if (list[at] == '"') {
            for (++at;; ++at) {
                if (at >= list.size()) return false;
                if (list[at] == '"') {
                    if (list.substr(at + 1, 1) != "\"") break;
                    ++at;
                }
                name += list[at];
            }
            ++at;
        } else {
            while (at < list.size() && list[at] != ',' && !is_space(list[at])) {
                const char c = list[at++];
                name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
            }
            if (name.empty()) return false;
        }
        to.emplace_back(clip(name, k_max_identifier));
        skip_space();
        if (at == list.size()) return true;
        if (list[at++] != ',') return false;
        skip_space();
        if (at == list.size()) return false;
    }
}

std::string_view clip(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return text;
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
    return text.substr(0, bytes);
}

}  // namespace forklore
