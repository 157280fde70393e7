// Throws in its entry, after it has added something of everything.
#include "background_workers/module.hpp"
#include "base/settings.hpp"
#include "queries/query_hooks.hpp"
#include "queries/view_writer.hpp"

namespace {

using namespace forklore;

StringSetting thrown{{.name = "thrower.what"}, "nothing"};
std::int32_t one() { return 1; }

struct Unknown {};

}  // namespace

FORKLORE_MODULE("thrower", "1") {
    module.add(thrown);
    module.reserve_setting_prefix("thrower");
    module.add(function<one>("thrower_one", 0));
    module.add(std::make_unique<SystemView>("pg_catalog", "thrower_view", 0,
                                            std::vector<ColumnInfo>{{"a", k_int4}},
                                            [](EvalContext&, ViewWriter&) {}));
    module.hook(executor_run_hook,
                [](const auto&, Session&, Portal&, std::int64_t) -> std::int64_t { std::abort(); });
    if (thrown.value() == "error")
        throw Error(sqlstate::insufficient_resources, "nothing works here").hint("Try something else.");
    if (thrown.value() == "exception") throw std::runtime_error("something standard");
    if (thrown.value() == "unknown") throw Unknown();
}
