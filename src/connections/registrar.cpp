#include "connections/registrar.hpp"

#include <sys/random.h>

#include "base/error.hpp"

namespace forklore {

//! [process-kind-name]
std::string_view process_kind_name(ProcessKind kind) {
    switch (kind) {
        case ProcessKind::none: break;
        case ProcessKind::client_backend: return "client backend";
        case ProcessKind::undertaker: return "undertaker";
        case ProcessKind::background_worker: return "background worker";
    }
    return "";
}
//! [process-kind-name]

//! [cancel-keys]
CancelKey make_cancel_key() {
    CancelKey key;
    if (getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size()))
        throw Error(sqlstate::internal_error, "could not generate random cancel key");
    return key;
}
//! [cancel-keys]

}  // namespace forklore
