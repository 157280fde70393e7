#include "base/unique_fd.hpp"

#include <unistd.h>

namespace forklore {

void UniqueFd::reset(int fd) noexcept {
    // Linux frees the descriptor even when close() says EINTR: a second try could close somebody else's.
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
}

}  // namespace forklore
