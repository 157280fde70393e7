#include "queries/functions/encodings.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/error.hpp"
#include "queries/types/utf8.hpp"

namespace forklore {

namespace {

char* room(Arena& arena, std::size_t bytes) { return static_cast<char*>(arena.allocate_bytes(bytes, 1)); }
constexpr bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

}  // namespace

// ---------------------------------------------------------------- hex

std::string_view hex_encode(Arena& arena, std::string_view bytes) {
    char* to = room(arena, bytes.size() * 2);
    for (std::size_t i = 0; i < bytes.size(); ++i) put_hex(static_cast<unsigned char>(bytes[i]), to + 2 * i);
    return {to, bytes.size() * 2};
}

std::string_view hex_decode(Arena& arena, std::string_view text) {
    auto digit = [&](std::size_t at) {
        char c = text[at];
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        throw Error(sqlstate::invalid_parameter_value, "invalid hexadecimal digit: \"{}\"",
                    text.substr(at, utf8_length(c)));
    };
    char* to = room(arena, text.size() / 2 + 1);
    std::size_t size = 0;
    for (std::size_t at = 0; at < text.size();) {
        if (is_space(text[at])) {
            ++at;
            continue;
        }
        int high = digit(at);
        if (at + 1 == text.size())
            throw Error(sqlstate::invalid_parameter_value, "invalid hexadecimal data: odd number of digits");
        to[size++] = static_cast<char>(high << 4 | digit(at + 1));
        at += 2;
    }
    return {to, size};
}

// ---------------------------------------------------------------- base64

namespace {

constexpr char k_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr auto k_values = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::int8_t i = 0; i < 64; ++i) values[static_cast<unsigned char>(k_alphabet[i])] = i;
    return values;
}();

}  // namespace

std::string_view base64_encode(Arena& arena, std::string_view bytes) {
    constexpr std::size_t k_line = 76;
    std::size_t groups = (bytes.size() + 2) / 3;
    char* to = room(arena, groups * 4 + groups * 4 / k_line + 1);
    std::size_t size = 0, line = 0;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t group = 0;
        std::size_t have = std::min<std::size_t>(3, bytes.size() - at);
        for (std::size_t i = 0; i < 3; ++i)
            group = group << 8 | (i < have ? static_cast<unsigned char>(bytes[at + i]) : 0u);
        for (std::size_t i = 0; i < 4; ++i)
            to[size++] = i <= have ? k_alphabet[group >> (18 - 6 * i) & 63] : '=';
        // A last group that needs padding ends the text without a new line.
        line += 4;
        if (line >= k_line && have == 3) {
            to[size++] = '\n';
            line = 0;
        }
    }
    return {to, size};
}

std::string_view base64_decode(Arena& arena, std::string_view text) {
    char* to = room(arena, text.size() / 4 * 3 + 3);
    std::size_t size = 0;
    std::uint32_t group = 0;
    int have = 0;    // characters of the group so far
    int keep = 3;    // bytes that a group stands for; fewer once an equals sign has been seen, and for good
    for (std::size_t at = 0; at < text.size(); ++at) {
        char c = text[at];
        if (is_space(c)) continue;
        int value = 0;
        if (c == '=') {
            if (keep == 3) {
                if (have != 2 && have != 3)
                    throw Error(sqlstate::invalid_parameter_value, "unexpected \"=\" while decoding base64 sequence");
                keep = have - 1;
            }
        } else {
            value = k_values[static_cast<unsigned char>(c)];
            if (value < 0)
                throw Error(sqlstate::invalid_parameter_value,
                            "invalid symbol \"{}\" found while decoding base64 sequence", text.substr(at, utf8_length(c)));
        }
        group = group << 6 | static_cast<std::uint32_t>(value);
        if (++have == 4) {
            for (int i = 0; i < keep; ++i) to[size++] = static_cast<char>(group >> (16 - 8 * i));
            group = 0;
            have = 0;
        }
    }
    if (have != 0)
        throw Error(sqlstate::invalid_parameter_value, "invalid base64 end sequence")
            .hint("Input data is missing padding, is truncated, or is otherwise corrupted.");
    return {to, size};
}

// ---------------------------------------------------------------- escape

std::string_view escape_encode(Arena& arena, std::string_view bytes) {
    std::size_t longest = 0;
    for (char c : bytes) longest += c == '\0' || static_cast<unsigned char>(c) >= 0x80 ? 4 : c == '\\' ? 2 : 1;
    char* to = room(arena, longest);
    char* at = to;
    for (char c : bytes) {
        auto byte = static_cast<unsigned char>(c);
        if (byte == 0 || byte >= 0x80) {
            *at++ = '\\';
            for (int shift = 6; shift >= 0; shift -= 3) *at++ = static_cast<char>('0' + (byte >> shift & 7));
        } else {
            if (c == '\\') *at++ = '\\';
            *at++ = c;
        }
    }
    return {to, longest};
}

std::string_view escape_decode(Arena& arena, std::string_view text) {
    char* to = room(arena, text.size());
    std::size_t size = 0;
    for (std::size_t at = 0; at < text.size();) {
        auto octal = [&](std::size_t i, char most) { return at + i < text.size() && text[at + i] >= '0' && text[at + i] <= most; };
        if (text[at] != '\\') {
            to[size++] = text[at++];
        } else if (octal(1, '3') && octal(2, '7') && octal(3, '7')) {
            to[size++] = static_cast<char>((text[at + 1] - '0') << 6 | (text[at + 2] - '0') << 3 | (text[at + 3] - '0'));
            at += 4;
        } else if (at + 1 < text.size() && text[at + 1] == '\\') {
            to[size++] = '\\';
            at += 2;
        } else {
            throw Error(sqlstate::invalid_text_representation, "invalid input syntax for type {}", "bytea");
        }
    }
    return {to, size};
}

}  // namespace forklore
