#include "queries/plan/prepared_query.hpp"

#include "base/error.hpp"
#include "queries/parse/ast.hpp"
#include "queries/type_oids.hpp"

namespace forklore {

std::unique_ptr<PreparedQuery> prepare_query(std::string_view, const ast::Select& select, std::span<const Oid>, Session&) {
    auto prepared = std::make_unique<PreparedQuery>();
    Plan* plan = prepared->plan = prepared->pool.make<Plan>();
    plan->kind = PlanKind::result;
    for (const ast::Node* node : select.targets) {
        const auto& target = ast::as<ast::Target>(node);
        const auto* constant = ast::maybe<ast::Constant>(target.value);
        if (constant == nullptr || !select.from.empty()) throw Error(sqlstate::feature_not_supported, "only constants can be selected");
        auto* e = prepared->pool.make<ConstantExpr>();
        if (constant->form == ast::Constant::Form::integer) {
            e->type = &registry().type(k_int4);
            e->value.int4 = constant->integer;
        } else {
            e->type = &registry().type(k_text);
            e->value = Datum(prepared->pool.arena().copy(constant->text));
        }
        e->value.is_null = constant->form == ast::Constant::Form::null;
        plan->outputs.push_back(e);
        prepared->columns.push_back({target.name.empty() ? "?column?" : std::string(target.name), e->type->oid, e->type->length});
    }
    return prepared;
}

}  // namespace forklore
