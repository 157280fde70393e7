/// \file
/// UniqueFd: the owner of a file descriptor.
#pragma once

#include <utility>

namespace forklore {

/// Closes its descriptor when it goes out of scope. Movable, not copyable.
class UniqueFd {
public:
    UniqueFd() = default;

    /// \param fd taken over; -1 for none.
    explicit UniqueFd(int fd) noexcept : fd_(fd) {}

    /// \param other left empty.
    UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}

    /// \param other left empty.
    /// \return itself.
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        reset(other.release());
        return *this;
    }

    ~UniqueFd() { reset(); }

    /// The descriptor, still owned; -1 for none.
    int get() const noexcept { return fd_; }

    /// Whether there is one.
    explicit operator bool() const noexcept { return fd_ >= 0; }

    /// Gives it up without closing.
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

    /// Closes it and owns another.
    /// \param fd taken over; -1 for none.
    void reset(int fd = -1) noexcept;

private:
    int fd_ = -1;
};

}  // namespace forklore
