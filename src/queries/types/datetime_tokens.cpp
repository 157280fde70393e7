#include "queries/types/datetime_tokens.hpp"

#include <charconv>
#include <string>

#include "queries/types/datetime_words.hpp"

namespace forklore {

namespace {

constexpr bool is_punctuation(char c) { return c > ' ' && c < 0x7f && !is_digit(c) && !is_letter(c); }

}  // namespace

DateTimeTokens::DateTimeTokens(std::string_view text) { valid_ = split(text); }

bool DateTimeTokens::split(std::string_view text) {
    std::size_t at = 0, used = 0;
    auto peek = [&]() { return at < text.size() ? text[at] : '\0'; };
    char* begin = buffer_;
    auto take = [&]() {
        if (used == k_buffer) return false;
        buffer_[used++] = lower(text[at++]);
        return true;
    };
    auto take_while = [&](auto belongs) {
        while (at < text.size() && belongs(text[at]))
            if (!take()) return false;
        return true;
    };
    while (at < text.size()) {
        if (is_blank(peek())) {
            ++at;
            continue;
        }
        begin = buffer_ + used;
        FieldKind kind;
        const char c = peek();
        if (is_digit(c)) {
            if (!take_while(is_digit)) return false;
            const char separator = peek();
            if (separator == ':') {
                kind = FieldKind::time;
                if (!take_while([](char x) { return is_digit(x) || x == ':' || x == '.'; })) return false;
            } else if (separator == '-' || separator == '/' || separator == '.') {
                if (!take()) return false;
                if (is_digit(peek())) {
                    kind = separator == '.' ? FieldKind::number : FieldKind::date;
                    if (!take_while(is_digit)) return false;
                    if (peek() == separator) {
                        kind = FieldKind::date;
                        if (!take_while([separator](char x) { return is_digit(x) || x == separator; })) return false;
                    }
                } else {
                    kind = FieldKind::date;
                    if (!take_while([separator](char x) { return is_digit(x) || is_letter(x) || x == separator; })) return false;
                }
            } else {
                kind = FieldKind::number;
            }
        } else if (c == '.') {
            kind = FieldKind::number;
            if (!take() || !take_while(is_digit)) return false;
        } else if (is_letter(c)) {
            kind = FieldKind::word;
            if (!take_while(is_letter)) return false;
            // Letters that run into punctuation or digits are a date with a month's name, or a time zone, unless a digit
            // or a plus follows a word that means something by itself.
            const char next = peek();
            const bool joined = next == '-' || next == '/' || next == '.' ||
                                ((next == '+' || is_digit(next)) && !find_date_word({begin, used - static_cast<std::size_t>(begin - buffer_)}));
            if (joined) {
                kind = FieldKind::date;
                if (!take_while([](char x) { return is_digit(x) || is_letter(x) || std::string_view("+-/_.:").find(x) != std::string_view::npos; }))
                    return false;
            }
        } else if (c == '+' || c == '-') {
            if (!take()) return false;
            while (is_blank(peek())) ++at;
            if (is_digit(peek())) {
                kind = FieldKind::zone;
                if (!take_while([](char x) { return is_digit(x) || x == ':' || x == '.' || x == '-'; })) return false;
            } else if (is_letter(peek())) {
                kind = FieldKind::special;
                if (!take_while(is_letter)) return false;
            } else {
                return false;
            }
        } else if (is_punctuation(c)) {
            ++at;
            continue;
        } else {
            return false;
        }
        if (count_ == k_most_fields) return false;
        fields_[count_++] = {kind, {begin, used - static_cast<std::size_t>(begin - buffer_)}};
    }
    return true;
}

template <typename T>
std::optional<T> NumberReader::integer() {
    std::size_t digits = !rest_.empty() && (rest_.front() == '-' || rest_.front() == '+') ? 1 : 0;
    const std::size_t sign = digits;
    while (digits < rest_.size() && is_digit(rest_[digits])) ++digits;
    if (digits == sign) return T{0};
    T value{};
    const char* from = rest_.data() + (rest_.front() == '+' ? 1 : 0);
    const std::from_chars_result result = std::from_chars(from, rest_.data() + digits, value);
    rest_.remove_prefix(digits);
    if (result.ec != std::errc{}) return {};
    return value;
}
template std::optional<std::int32_t> NumberReader::integer<std::int32_t>();
template std::optional<std::int64_t> NumberReader::integer<std::int64_t>();

std::optional<double> parse_fraction(std::string_view text) {
    if (text.size() == 1) return 0.0;
    double value = 0;
    const std::from_chars_result result = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) return {};
    return value;
}

}  // namespace forklore
