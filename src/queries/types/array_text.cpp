// Arrays as text: `{1,2,NULL}`, `[2:3]={"a b",c}`, `{{1,2},{3,4}}`.
#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <vector>

#include "base/error.hpp"
#include "queries/types/array.hpp"
#include "queries/types/array_type.hpp"

namespace forklore {

namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool equals_null(std::string_view text) {
    return text.size() == 4 && (text[0] | 32) == 'n' && (text[1] | 32) == 'u' && (text[2] | 32) == 'l' && (text[3] | 32) == 'l';
}

/// Takes an array literal apart. Structure first, elements later: a bad bracket is told before a bad element.
class ArrayLiteral {
public:
    ArrayLiteral(Arena& arena, std::string_view text, char delimiter)
        : arena_(arena), text_(text), delimiter_(delimiter), dimensions_{}, elements_(&arena) {}

    void parse() {
        skip_spaces();
        parse_dimensions();
        if (peek() != '{') {
            if (!explicit_) fail("Array value must start with \"{\" or dimension information.");
            fail("Array contents must start with \"{\".");
        }
        // What is wrong with the contents is told of the contents alone, as PostgreSQL does.
        const std::string_view whole = text_;
        text_.remove_prefix(at_);
        at_ = 0;
        parse_contents();
        skip_spaces();
        if (at_ != text_.size()) fail("Junk after closing right brace.");
        text_ = whole;
        if (explicit_) check_against_contents();
    }

    ArrayShape shape() const { return {dimensions_, static_cast<std::size_t>(count_)}; }
    /// Unescaped texts in storage order; none for null.
    const std::pmr::vector<std::optional<std::string_view>>& elements() const { return elements_; }

private:
    [[noreturn]] void fail(std::string detail) const {
        throw Error(sqlstate::invalid_text_representation, "malformed array literal: \"{}\"", text_).detail(std::move(detail));
    }
    [[noreturn]] void unexpected(char c) const { fail(fmt::format("Unexpected \"{}\" character.", c)); }
    /// A character that begins or continues an element where none may be.
    [[noreturn]] void misplaced(char c) const { c == '\\' ? unexpected(c) : fail("Unexpected array element."); }
    [[noreturn]] static void too_deep(int depth) {
        throw Error(sqlstate::program_limit_exceeded, "number of array dimensions ({}) exceeds the maximum allowed ({})", depth,
                    k_max_array_dimensions);
    }

    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void skip_spaces() {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    }
    bool accept(char c) {
        if (peek() != c) return false;
        ++at_;
        return true;
    }

    /// A subscript, clamped to an int4 as far as possible. None when no digit is there.
    std::optional<std::int32_t> integer() {
        const std::size_t begin = at_;
        if (peek() == '-' || peek() == '+') ++at_;
        const std::size_t digits = at_;
        while (peek() >= '0' && peek() <= '9') ++at_;
        if (at_ == digits) {
            at_ = begin;
            return {};
        }
        std::int64_t value = 0;
        const std::size_t from = text_[begin] == '+' ? begin + 1 : begin;
        if (std::from_chars(text_.data() + from, text_.data() + at_, value).ec != std::errc{} ||
            value < std::numeric_limits<std::int32_t>::min() || value > std::numeric_limits<std::int32_t>::max())
            throw Error(sqlstate::numeric_value_out_of_range, "array bound is out of integer range");
        return static_cast<std::int32_t>(value);
    }

    /// `[2:3][4]=`, or nothing.
    void parse_dimensions() {
        for (;;) {
            skip_spaces();
            if (!accept('[')) break;
            if (count_ >= k_max_array_dimensions) too_deep(count_ + 1);
            std::optional<std::int32_t> first = integer();
            if (!first) fail("\"[\" must introduce explicitly-specified array dimensions.");
            ArrayDimension d{0, 1};
            std::int32_t upper = *first;
            if (accept(':')) {
                const std::optional<std::int32_t> second = integer();
                if (!second) fail("Missing array dimension value.");
                d.lower = *first;
                upper = *second;
            }
            if (!accept(']')) fail("Missing \"]\" after array dimensions.");
            if (upper < d.lower)
                throw Error(sqlstate::array_subscript_error, "upper bound cannot be less than lower bound");
            const std::int64_t length = std::int64_t{upper} - d.lower + 1;
            // More than an int4 holds is more than there can be elements.
            d.length = length > std::numeric_limits<std::int32_t>::max() ? -1 : static_cast<std::int32_t>(length);
            dimensions_[count_++] = d;
        }
        if (count_ == 0) return;
        explicit_ = true;
        if (!accept('=')) fail("Missing \"=\" after array dimensions.");
        skip_spaces();
    }

    enum class Last { open, element, delimiter_after_element, close, delimiter_after_close };

    /// The braces and what is between them.
    void parse_contents() {
        int depth = 0;
        std::int32_t lengths[k_max_array_dimensions + 1] = {};   // of the level being read
        std::int32_t expected[k_max_array_dimensions + 1];       // of levels read before, -1 when none was
        std::fill(std::begin(expected), std::end(expected), -1);
        Last last = Last::open;
        do {
            skip_spaces();
            if (at_ == text_.size()) fail("Unexpected end of input.");
            const char c = text_[at_];
            if (c == '{') {
                if (depth > 0 && last != Last::open && last != Last::delimiter_after_close) unexpected(c);
                if (depth >= k_max_array_dimensions) too_deep(depth + 1);
                lengths[depth++] = 0;
                contents_depth_ = std::max(contents_depth_, depth);
                last = Last::open;
                ++at_;
            } else if (c == '}') {
                const bool empty = depth == 1 && last == Last::open;
                if (!empty && last != Last::element && last != Last::close) unexpected(c);
                --depth;
                if (!empty) ++lengths[depth];
                if (expected[depth] >= 0 && expected[depth] != lengths[depth])
                    fail("Multidimensional arrays must have sub-arrays with matching dimensions.");
                expected[depth] = lengths[depth];
                last = Last::close;
                ++at_;
            } else if (c == delimiter_) {
                if (last != Last::element && last != Last::close) unexpected(c);
                ++lengths[depth - 1];
                last = last == Last::close ? Last::delimiter_after_close : Last::delimiter_after_element;
                ++at_;
            } else {
                if (last != Last::open && last != Last::delimiter_after_element) misplaced(c);
                if (elements_.empty()) element_depth_ = depth;
                else if (element_depth_ != depth)
                    fail("Multidimensional arrays must have sub-arrays with matching dimensions.");
                elements_.push_back(c == '"' ? quoted_element() : bare_element());
                last = Last::element;
            }
        } while (depth > 0);
        const int depths = elements_.empty() ? 0 : contents_depth_;
        if (!explicit_) {
            for (int i = 0; i < depths; ++i) dimensions_[i] = {expected[i], 1};
            count_ = depths;
        }
        std::copy(std::begin(expected), std::end(expected), contents_);
    }

    void check_against_contents() const {
        bool same = count_ == (elements_.empty() ? 0 : contents_depth_);
        for (int i = 0; same && i < count_; ++i) same = dimensions_[i].length == contents_[i];
        if (!same) fail("Specified array dimensions do not match array contents.");
    }

    std::optional<std::string_view> quoted_element() {
        ++at_;
        const std::size_t begin = at_;
        std::size_t out = 0;
        char* buffer = static_cast<char*>(arena_.allocate_bytes(closing_quote() - begin + 1, 1));
        while (text_[at_] != '"') {
            if (text_[at_] == '\\') ++at_;
            buffer[out++] = text_[at_++];
        }
        ++at_;
        skip_spaces();
        const char next = peek();
        if (at_ < text_.size() && next != delimiter_ && next != '}')
            next == '{' ? unexpected(next) : misplaced(next);
        return std::string_view(buffer, out);
    }

    std::size_t closing_quote() const {
        for (std::size_t i = at_; i < text_.size(); ++i) {
            if (text_[i] == '"') return i;
            if (text_[i] == '\\') ++i;
        }
        fail("Unexpected end of input.");
    }

    /// Up to the next delimiter or brace, without the blanks around it; a backslash takes the next character as it is.
    std::optional<std::string_view> bare_element() {
        const std::size_t begin = at_;
        std::size_t out = 0, keep = 0;
        bool escaped = false;
        std::size_t end = at_;
        while (end < text_.size() && text_[end] != delimiter_ && text_[end] != '{' && text_[end] != '}' && text_[end] != '"')
            end += text_[end] == '\\' ? 2 : 1;
        if (end >= text_.size()) fail("Unexpected end of input.");
        if (text_[end] == '"') fail("Unexpected array element.");
        if (text_[end] == '{') unexpected('{');
        char* buffer = static_cast<char*>(arena_.allocate_bytes(end - begin + 1, 1));
        while (at_ < end) {
            if (text_[at_] == '\\') {
                escaped = true;
                buffer[out++] = text_[at_ + 1];
                keep = out;
                at_ += 2;
            } else {
                buffer[out++] = text_[at_];
                if (!is_space(text_[at_])) keep = out;
                ++at_;
            }
        }
        const std::string_view element(buffer, keep);
        if (!escaped && equals_null(element)) return {};
        return element;
    }

    Arena& arena_;
    std::string_view text_;
    std::size_t at_ = 0;
    char delimiter_;
    bool explicit_ = false;
    int count_ = 0;
    ArrayDimension dimensions_[k_max_array_dimensions];
    int contents_depth_ = 0, element_depth_ = 0;
    std::int32_t contents_[k_max_array_dimensions + 1] = {};
    std::pmr::vector<std::optional<std::string_view>> elements_;
};

bool needs_quotes(std::string_view text, char delimiter) {
    if (text.empty() || equals_null(text)) return true;
    return std::any_of(text.begin(), text.end(), [delimiter](char c) {
        return c == '"' || c == '\\' || c == '{' || c == '}' || c == delimiter || is_space(c);
    });
}

/// Puts what was written after `begin` into quotes if it needs them.
void quote_tail(ByteWriter& to, std::size_t begin, char delimiter) {
    const std::string_view tail = to.view().substr(begin);
    if (!needs_quotes(tail, delimiter)) return;
    const std::string copy(tail);
    to.truncate(begin);
    to.put_char('"');
    for (char c : copy) {
        if (c == '"' || c == '\\') to.put_char('\\');
        to.put_char(c);
    }
    to.put_char('"');
}

}  // namespace

Datum array_input(const TypeContext& context, std::string_view text) {
    const Type& element = registry().type(context.type.element);
    ArrayLiteral literal(context.arena, text, element.delimiter);
    literal.parse();
    const TypeContext inner{context.arena, element, context.typmod};
    array_count(literal.shape());
    std::pmr::vector<Datum> values(&context.arena);
    values.reserve(literal.elements().size());
    for (const std::optional<std::string_view>& e : literal.elements())
        values.push_back(e ? element.input(inner, *e) : Datum{});
    return make_array(context.arena, element, values, literal.shape());
}

void array_output(const TypeContext& context, Datum value, ByteWriter& to) {
    const ArrayView array(value);
    if (array.dimensions() == 0) return to.append("{}");
    const Type& element = registry().type(array.element());
    const ArrayShape shape = array.shape();
    if (std::any_of(shape.begin(), shape.end(), [](const ArrayDimension& d) { return d.lower != 1; })) {
        for (const ArrayDimension& d : shape) to.append(fmt::format("[{}:{}]", d.lower, d.lower + d.length - 1));
        to.put_char('=');
    }
    // Braces open where an element begins a new run along some dimension, and close where it ends one.
    const TypeContext inner{context.arena, element, -1};
    std::uint32_t run[k_max_array_dimensions];
    std::uint32_t length = 1;
    for (int i = array.dimensions() - 1; i >= 0; --i) run[i] = length *= static_cast<std::uint32_t>(shape[i].length);
    for (std::uint32_t i = 0; i < array.count(); ++i) {
        if (i != 0) to.put_char(element.delimiter);
        for (int d = 0; d < array.dimensions(); ++d)
            if (i % run[d] == 0) to.put_char('{');
        if (array.is_null(i)) {
            to.append("NULL");
        } else {
            const std::size_t begin = to.size();
            element.output(inner, array[i], to);
            quote_tail(to, begin, element.delimiter);
        }
        for (int d = 0; d < array.dimensions(); ++d)
            if ((i + 1) % run[d] == 0) to.put_char('}');
    }
}

}  // namespace forklore
