#include "queries/types/time_precision.hpp"

#include <charconv>

#include "base/error.hpp"
#include "base/log.hpp"
#include "queries/types/datetime.hpp"

namespace forklore {

std::int32_t read_modifier(std::string_view word) {
    std::int32_t value = 0;
    const std::from_chars_result result = std::from_chars(word.data(), word.data() + word.size(), value);
    if (result.ec != std::errc{} || result.ptr != word.data() + word.size())
        throw Error(sqlstate::invalid_text_representation, "invalid input syntax for type integer: \"{}\"", word);
    return value;
}

std::int32_t read_time_precision(std::span<const std::string_view> words, std::string_view title, std::string_view suffix) {
    if (words.size() != 1) throw Error(sqlstate::invalid_parameter_value, "invalid type modifier");
    const std::int32_t precision = read_modifier(words[0]);
    if (precision < 0)
        throw Error(sqlstate::invalid_parameter_value, "{}({}){} precision must not be negative", title, precision, suffix);
    if (precision > k_max_time_precision) {
        say(Severity::warning, sqlstate::invalid_parameter_value, "{}({}){} precision reduced to maximum allowed, {}", title,
            precision, suffix, k_max_time_precision);
        return k_max_time_precision;
    }
    return precision;
}

std::string write_time_precision(std::int32_t typmod, std::string_view suffix) {
    return typmod < 0 ? std::string(suffix) : fmt::format("({}){}", typmod, suffix);
}

}  // namespace forklore
