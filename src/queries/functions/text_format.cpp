/// \file
/// concat, concat_ws and format: functions of any number of arguments of any types.
#include <charconv>
#include <limits>

#include "queries/functions/families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/functions/output_text.hpp"
#include "queries/functions/quoting.hpp"
#include "queries/functions/text_room.hpp"
#include "queries/types/array.hpp"
#include "queries/types/integer.hpp"
#include "queries/types/utf8.hpp"

namespace forklore {

namespace {

/// The arguments of one call from the first variadic one on, whether they came one by one or as an array.
class AnyArguments {
public:
    /// \param first position of the first variadic argument
    AnyArguments(const CallSite& site, const Column* columns, std::uint32_t row, std::size_t first)
        : site_(site), columns_(columns), row_(row), first_(first) {
        if (!site.variadic_array) {
            count_ = site.arguments.size() - first;
            return;
        }
        const Datum& array = columns[first][row];
        is_null_ = array.is_null;
        if (is_null_) return;
        array_.emplace(array);
        element_ = &registry().type(array_->element());
        count_ = array_->count();
    }
    bool is_null() const { return is_null_; }          ///< VARIADIC NULL
    std::size_t count() const { return count_; }
    Datum value(std::size_t i) const {
        return array_ ? (*array_)[static_cast<std::uint32_t>(i)] : columns_[first_ + i][row_];
    }
    const Type& type(std::size_t i) const { return array_ ? *element_ : *site_.arguments[first_ + i]; }

private:
    const CallSite& site_;
    const Column* columns_;
    std::uint32_t row_;
    std::size_t first_, count_ = 0;
    bool is_null_ = false;
    std::optional<ArrayView> array_;
    const Type* element_ = nullptr;
};

// ---------------------------------------------------------------- concat

std::string_view join(EvalContext& context, const AnyArguments& arguments, std::string_view separator) {
    TextRoom room(context.arena);
    bool first = true;
    for (std::size_t i = 0; i < arguments.count(); ++i) {
        Datum value = arguments.value(i);
        if (value.is_null) continue;
        if (!first) room.append(separator);
        first = false;
        room.append(output_text(context, arguments.type(i), value));
    }
    return room.finish();
}

void concat(EvalContext& context, const CallSite& site, const Column* columns, Rows rows, Datum* result) {
    rows.each([&](std::uint32_t row) {
        AnyArguments arguments(site, columns, row, 0);
        result[row] = arguments.is_null() ? Datum{} : Datum(join(context, arguments, ""));
    });
}

void concat_ws(EvalContext& context, const CallSite& site, const Column* columns, Rows rows, Datum* result) {
    rows.each([&](std::uint32_t row) {
        AnyArguments arguments(site, columns, row, 1);
        const Datum& separator = columns[0][row];
        if (separator.is_null || arguments.is_null()) result[row] = Datum{};
        else result[row] = Datum(join(context, arguments, separator.view()));
    });
}

// ---------------------------------------------------------------- format

constexpr const char* k_percent_hint = "For a single \"%\" use \"%%\".";

[[noreturn]] void throw_unterminated() {
    throw Error(sqlstate::invalid_parameter_value, "unterminated format() type specifier").hint(k_percent_hint);
}

/// What stands between a percent sign and its letter: [position$][-][width | * | *position$].
struct Specifier {
    int position = -1;          // of the value; -1: the next
    bool on_left = false;
    int width = 0;
    bool width_given_by_argument = false;
    int width_position = -1;    // of the width; -1: the next
    char letter = 0;
};

/// Reads format specifiers, from the character after the percent sign.
class SpecifierReader {
public:
    explicit SpecifierReader(std::string_view& rest) : rest_(rest) {}

    Specifier read() {
        Specifier result;
        int number;
        if (digits(number)) {
            if (peek() == '$') {
                result.position = checked_position(number);
                next();
            } else {
                // A width without position or flags.
                result.width = number;
                result.letter = peek();
                return result;
            }
        }
        while (peek() == '-') {
            result.on_left = true;
            next();
        }
        if (peek() == '*') {
            next();
            result.width_given_by_argument = true;
            if (digits(number)) {
                if (peek() != '$') {
                    throw Error(sqlstate::invalid_parameter_value, "width argument position must be ended by \"$\"");
                }
                result.width_position = checked_position(number);
                next();
            }
        } else if (digits(number)) {
            result.width = number;
        }
        result.letter = peek();
        return result;
    }

private:
    char peek() const {
        if (rest_.empty()) throw_unterminated();
        return rest_[0];
    }
    void next() {
        rest_.remove_prefix(1);
        if (rest_.empty()) throw_unterminated();
    }
    bool digits(int& number) {
        if (peek() < '0' || peek() > '9') return false;
        auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
        if (error != std::errc{})
            throw Error(sqlstate::numeric_value_out_of_range, "number is out of range");
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
        if (rest_.empty()) throw_unterminated();
        return true;
    }
    static int checked_position(int position) {
        if (position == 0)
            throw Error(sqlstate::invalid_parameter_value, "format specifies argument 0, but arguments are numbered from 1");
        return position;
    }

    std::string_view& rest_;
};

/// One call of format.
class Formatter {
public:
    Formatter(EvalContext& context, const AnyArguments* arguments) : context_(context), arguments_(arguments), room_(context.arena) {}

    std::string_view format(std::string_view text) {
        for (std::size_t percent; (percent = text.find('%')) != std::string_view::npos;) {
            room_.append(text.substr(0, percent));
            text.remove_prefix(percent + 1);
            if (text.empty()) throw_unterminated();
            if (text[0] == '%') {
                room_.put('%');
            } else {
                convert(text, SpecifierReader(text).read());
            }
            text.remove_prefix(1);
        }
        room_.append(text);
        return room_.finish();
    }

private:
    void convert(std::string_view rest, Specifier specifier) {
        if (specifier.letter != 's' && specifier.letter != 'I' && specifier.letter != 'L')
            throw Error(sqlstate::invalid_parameter_value, "unrecognized format() type specifier \"{}\"",
                        rest.substr(0, utf8_length(specifier.letter))).hint(k_percent_hint);
        if (specifier.width_given_by_argument) {
            std::size_t i = take(specifier.width_position);
            Datum width = arguments_->value(i);
            if (!width.is_null) specifier.width = width_of(arguments_->type(i), width);
        }
        if (specifier.width < 0) {
            specifier.on_left = true;
            specifier.width = specifier.width > -INT32_MAX ? -specifier.width : throw Error(sqlstate::numeric_value_out_of_range, "number is out of range");
        }
        std::size_t i = take(specifier.position);
        Datum value = arguments_->value(i);
        if (value.is_null) {
            if (specifier.letter == 'I')
                throw Error(sqlstate::null_value_not_allowed, "null values cannot be formatted as an SQL identifier");
            return put(specifier.letter == 'L' ? "NULL" : "", specifier);
        }
        std::string_view text = output_text(context_, arguments_->type(i), value);
        if (specifier.letter == 's') put(text, specifier);
        else if (specifier.letter == 'I') put(quote_identifier(text), specifier);
        else put(quote_literal(text), specifier);
    }

    /// An argument's index. A position also moves what "the next" is.
    std::size_t take(int position) {
        if (position > 0) next_ = static_cast<std::size_t>(position);
        else ++next_;
        if (arguments_ == nullptr || next_ > arguments_->count())
            throw Error(sqlstate::invalid_parameter_value, "too few arguments for format()");
        return next_ - 1;
    }

    int width_of(const Type& type, const Datum& value) {
        if (type.oid == k_int4) return value.int4;
        if (type.oid == k_int2) return value.int2;
        return parse_integer<std::int32_t>(output_text(context_, type, value));
    }

    void put(std::string_view text, const Specifier& specifier) {
        std::size_t width = static_cast<std::size_t>(specifier.width), have = width == 0 ? 0 : utf8_count(text);
        std::size_t blanks = have < width ? width - have : 0;
        if (!specifier.on_left) room_.fill(' ', blanks);
        room_.append(text);
        if (specifier.on_left) room_.fill(' ', blanks);
    }

    EvalContext& context_;
    const AnyArguments* arguments_;
    TextRoom room_;
    std::size_t next_ = 0;
};

void format(EvalContext& context, const CallSite& site, const Column* columns, Rows rows, Datum* result) {
    rows.each([&](std::uint32_t row) {
        const Datum& text = columns[0][row];
        if (text.is_null) {
            result[row] = Datum{};
            return;
        }
        AnyArguments arguments(site, columns, row, 1);
        result[row] = Datum(Formatter(context, &arguments).format(text.view()));
    });
}

std::string_view format_alone(EvalContext& context, std::string_view text) { return Formatter(context, nullptr).format(text); }

}  // namespace

void register_text_format(Registry& to) {
    auto variadic = [&](const char* name, Oid oid, std::vector<Oid> arguments, Kernel kernel) {
        Function f;
        f.oid = oid;
        f.name = name;
        f.result = k_text;
        f.arguments = std::move(arguments);
        f.variadic = true;
        f.strict = false;
        f.volatility = Volatility::stable;
        f.kernel = kernel;
        to.add(std::move(f));
    };
    variadic("concat", 3058, {k_any}, concat);
    variadic("concat_ws", 3059, {k_text, k_any}, concat_ws);
    variadic("format", 3539, {k_text, k_any}, format);
    to.add(function<format_alone>("format", 3540, {.volatility = Volatility::stable}));
}

}  // namespace forklore
