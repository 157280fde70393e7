#include "tests/queries/type_rig.hpp"

#include "base/error.hpp"
#include "base/settings.hpp"
#include "queries/registry.hpp"
#include "tests/queries/harness.hpp"

namespace forklore::test {

namespace {

std::string text_of(const Type& type, const Datum& value, Arena& arena) {
    if (value.is_null) return "null";
    ByteWriter to;
    type.output({arena, type, -1}, value, to);
    return std::string(to.view());
}

std::string text_of(const Error& error) {
    const Report& report = error.report();
    return fmt::format("ERROR {} {}|{}|{}", report.code.text(), report.message, report.detail, report.hint);
}

const Type& type_named(std::string_view name) {
    const Type* type = registry().find_type(name);
    if (type == nullptr) throw Error(sqlstate::undefined_object, "no type {}", name);
    return *type;
}

/// The modifier in `name(1,2)`.
std::int32_t modifier(const Type& type, std::string_view in_brackets) {
    std::vector<std::string_view> words;
    for (std::size_t at = 0; at <= in_brackets.size();) {
        const std::size_t comma = std::min(in_brackets.find(',', at), in_brackets.size());
        words.push_back(in_brackets.substr(at, comma - at));
        at = comma + 1;
    }
    return type.typmod_in(words);
}

}  // namespace

std::string shown(std::string_view name, std::string_view literal) {
    set_up_registry();
    Arena arena;
    try {
        const std::size_t bracket = name.find('(');
        const Type& type = type_named(name.substr(0, bracket));
        std::int32_t typmod = -1;
        if (bracket != std::string_view::npos) typmod = modifier(type, name.substr(bracket + 1, name.size() - bracket - 2));
        const Datum value = type.input({arena, type, typmod}, arena.copy(literal));
        const std::string text = text_of(type, value, arena);
        ByteWriter wire;
        type.send({arena, type, -1}, value, wire);
        ByteReader reader(wire.view());
        const Datum back = type.receive({arena, type, typmod}, reader);
        const std::string again = text_of(type, back, arena);
        if (!reader.empty() || again != text) return fmt::format("{} became {} on the wire", text, again);
        if (type.compare != nullptr && type.compare(type, value, back) != 0) return text + " is not equal to itself";
        if (type.hash != nullptr && type.hash(type, value) != type.hash(type, back)) return text + " has two hashes";
        return text;
    } catch (const Error& error) {
        return text_of(error);
    }
}

std::string called(unsigned oid, std::string_view result, const std::vector<std::pair<std::string_view, std::string_view>>& arguments) {
    set_up_registry();
    Arena arena;
    try {
        const Function* function = registry().find_function(oid);
        if (function == nullptr) return "no such function";
        const Type& type = type_named(result);
        std::vector<const Type*> types;
        std::vector<Datum> values;
        bool any_null = false;
        for (const auto& [argument, literal] : arguments) {
            types.push_back(&type_named(argument));
            any_null = any_null || literal == "\\N";
            values.push_back(literal == "\\N" ? Datum{} : types.back()->input({arena, *types.back(), -1}, arena.copy(literal)));
        }
        const CallSite site{.function = function, .result = &type, .arguments = types};
        EvalContext context{arena};
        if (function->kind == FunctionKind::set_returning) {
            std::string text;
            const std::unique_ptr<RowSource> source = function->open(context, site, values);
            for (Batch batch; source->next(batch);)
                batch.rows.each([&](std::uint32_t row) {
                    if (!text.empty()) text += ';';
                    for (std::size_t i = 0; i < batch.columns.size(); ++i) {
                        const Type& column = function->out_columns.empty() ? type : registry().type(function->out_columns[i].type);
                        text += (i == 0 ? "" : ",") + text_of(column, batch.columns[i][row], arena);
                    }
                });
            return text;
        }
        if (function->kind == FunctionKind::aggregate) {
            // Each argument is a row.
            void* state = arena.allocate_bytes(function->aggregate.state_size, 16);
            function->aggregate.initialise(state);
            for (const Datum& value : values) {
                const Column column{&value, 0};
                function->aggregate.update(arena, context, site, &state, 0, &column, Rows(1));
            }
            return text_of(type, function->aggregate.finish(context, site, state), arena);
        }
        if (any_null && function->strict) return "null";
        std::vector<Column> columns;
        for (const Datum& value : values) columns.push_back({&value, 0});
        Datum value;
        function->kernel(context, site, columns.data(), Rows(1), &value);
        return text_of(type, value, arena);
    } catch (const Error& error) {
        return text_of(error);
    }
}

std::string set(std::string_view name, std::string_view value) {
    set_up_registry();
    try {
        settings().set(name, value, SettingSource::session);
        return settings().get(name).show();
    } catch (const Error& error) {
        return text_of(error);
    }
}

}  // namespace forklore::test
