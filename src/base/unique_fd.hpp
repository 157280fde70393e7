/// \file
/// UniqueFd: the owner of a file descriptor.
#pragma once

#include <utility>

namespace forklore {

/// Closes its descriptor when it goes out of scope. Movable, not copyable.
class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) noexcept : fd_(fd) {}                ///< \param fd taken over; -1 for none
    UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}  ///< \param other left empty
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        reset(other.release());
        return *this;
    }  ///< \param other left empty \return itself
    ~UniqueFd() { reset(); }

    int get() const noexcept { return fd_; }  ///< the descriptor, still owned; -1 for none
    explicit operator bool() const noexcept { return fd_ >= 0; }             ///< whether there is one
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }  ///< gives it up without closing
    void reset(int fd = -1) noexcept;  ///< closes it and owns another \param fd taken over

private:
    int fd_ = -1;
};

}  // namespace forklore
