#include "signaling/memory_report.hpp"

#include <malloc.h>
#include <unistd.h>

#include "base/log.hpp"
#include "queries/declare.hpp"
#include "queries/session.hpp"
#include "signaling/process_signal.hpp"

namespace forklore {

namespace {

//! [log-memory]
// A statement's memory is an arena's, and arenas take theirs from the heap; what is mapped lies beside it.
void log_memory_contexts() {
    const struct mallinfo2 heap = mallinfo2();
    log_line(sqlstate::successful_completion, "logging memory contexts of PID {}", getpid());
    log_line(sqlstate::successful_completion, "level: 0; heap: {} total in 1 blocks; {} free ({} chunks); {} used", heap.arena, heap.fordblks,
             heap.ordblks, heap.uordblks);
    log_line(sqlstate::successful_completion, "level: 1; mapped: {} total in {} blocks; 0 free (0 chunks); {} used", heap.hblkhd, heap.hblks,
             heap.hblkhd);
    log_line(sqlstate::successful_completion, "Grand total: {} bytes in {} blocks; {} free ({} chunks); {} used", heap.arena + heap.hblkhd,
             1 + heap.hblks, heap.fordblks, heap.ordblks, heap.uordblks + heap.hblkhd);
}
//! [log-memory]

//! [ask-memory]
bool pg_log_backend_memory_contexts(EvalContext& context, std::int32_t pid) {
    if (!context.session->identity().superuser)
        throw Error(sqlstate::insufficient_privilege, "permission denied for function pg_log_backend_memory_contexts");
    if (send_process_signal(pid, ProcessSignal::log_memory_contexts)) return true;
    report({.severity = Severity::warning,
            .code = sqlstate::warning,
            .message = fmt::format("PID {} is not a PostgreSQL server process", pid)});
    return false;
}
//! [ask-memory]

}  // namespace

//! [register-memory]
void register_memory_report(Registry& to) {
    on_process_signal(ProcessSignal::log_memory_contexts, log_memory_contexts);
    to.add(function<pg_log_backend_memory_contexts>("pg_log_backend_memory_contexts", 4543, Declared{.volatility = Volatility::volatile_}));
}
//! [register-memory]

}  // namespace forklore
