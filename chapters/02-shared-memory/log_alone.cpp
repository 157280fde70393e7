/// \file
/// The server of chapter 1, and SQL functions that append to one file.
#include "shared_log.hpp"

namespace forklore {

//! [numbered]
/// select shared_log_numbered('…')
std::int64_t shared_log_numbered(std::string_view text) {
    static std::int64_t last_number = 0;
    return log_numbered(++last_number, text);
}
//! [numbered]

class SharedLog : public Subsystem {
public:
    std::string_view name() const override { return "shared_log"; }
    void register_sql(Registry& to) override {
        to.add(function<shared_log>("shared_log", 0, {.volatility = Volatility::volatile_}));
        to.add(function<shared_log_append>("shared_log_append", 0, {.volatility = Volatility::volatile_}));
        to.add(
            function<shared_log_numbered>("shared_log_numbered", 0, {.volatility = Volatility::volatile_}));
    }
};

}  // namespace forklore

int main(int argc, char** argv) {
    using namespace forklore;
    return run_server(argc, argv,
                      layers(queries_subsystem(), connections_subsystem(), std::make_unique<SharedLog>()));
}
