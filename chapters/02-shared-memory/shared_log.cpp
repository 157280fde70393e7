/// \file
/// The server of this chapter, and in it functions that many sessions may call at once: they write lines to one file, in
/// three ways of which one goes wrong, and hold something shared on purpose.
#include <fcntl.h>

#include <atomic>

#include "base/error.hpp"
#include "base/syscalls.hpp"
#include "base/unique_fd.hpp"
#include "base/wait_set.hpp"
#include "queries/declare.hpp"
#include "shared_memory/blast_radius.hpp"
#include "shared_memory/subsystem.hpp"

namespace {

using namespace forklore;

UniqueFd open_log(int flags) {
    UniqueFd file(sys::open("shared.log", O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600));
    if (!file) throw Error(code_for_errno(errno), "could not open \"shared.log\": {}", errno_text(errno));
    return file;
}

//! [at-the-end]
/// Looks where the file ends, and writes there, piece by piece.
Void log_at_the_end(std::string_view text) {
    const UniqueFd file = open_log(0);
    lseek(file.get(), 0, SEEK_END);
    sys::write(file.get(), text.data(), text.size());
    sys::write(file.get(), "\n", 1);
    return {};
}
//! [at-the-end]

//! [by-append]
/// Lets the kernel look where the file ends, in the same call that writes.
Void log_by_append(std::string_view text) {
    const std::string line = std::string(text) + '\n';
    sys::write(open_log(O_APPEND).get(), line.data(), line.size());
    return {};
}
//! [by-append]

//! [at-our-place]
/// Where the next line begins: the same number for all processes.
struct LogEnd {
    using Shareable = void;
    std::atomic<off_t> next{0};
};

/// Takes a place of the right size, and writes to it.
Void log_at_our_place(std::string_view text) {
    const std::string line = std::string(text) + '\n';
    auto& end = segment().find_or_create<LogEnd>("shared log");
    const off_t place = end.next.fetch_add(static_cast<off_t>(line.size()));
    sys::pwrite(open_log(0).get(), line.data(), line.size(), place);
    return {};
}
//! [at-our-place]

//! [hold]
/// Holds something shared for a while.
Void hold_shared(double seconds) {
    const HoldingShared holding;
    interruptible_sleep(static_cast<std::int64_t>(seconds * 1e6));
    return {};
}
//! [hold]

//! [lab-layer]
class SharedLog : public Subsystem {
public:
    std::string_view name() const override { return "shared_log"; }
    void request_shared_memory() override { segment().request("shared log", sizeof(LogEnd)); }
    void register_sql(Registry& to) override {
        const auto each_time = [] { return Declared{.volatility = Volatility::volatile_}; };
        to.add(function<log_at_the_end>("log_at_the_end", 0, each_time()));
        to.add(function<log_by_append>("log_by_append", 0, each_time()));
        to.add(function<log_at_our_place>("log_at_our_place", 0, each_time()));
        to.add(function<hold_shared>("hold_shared", 0, each_time()));
    }
};
//! [lab-layer]

}  // namespace

int main(int argc, char** argv) {
    return run_server(argc, argv,
                      layers(queries_subsystem(), connections_subsystem(), shared_memory_subsystem(), std::make_unique<SharedLog>()));
}
