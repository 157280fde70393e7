#include "base/bytes.hpp"

#include <algorithm>
#include <new>

#include "base/error.hpp"

namespace forklore {

namespace {

constexpr std::size_t k_first_capacity = 256;

}  // namespace

void ByteWriter::grow(std::size_t n) {
    if (n > k_limit - size_) {
        throw Error(sqlstate::program_limit_exceeded, "out of memory")
            .detail(
                fmt::format("Cannot enlarge string buffer containing {} bytes by {} more bytes.", size_, n));
    }
    reallocate(std::min(k_limit, std::max({k_first_capacity, capacity_ * 2, size_ + n})));
}

void ByteWriter::reallocate(std::size_t capacity) {
    // The buffer as `new` left it: make_unique would write zeros that are overwritten at once.
    std::unique_ptr<char[]> larger{new (std::nothrow) char[capacity]};
    if (larger == nullptr) {
        throw Error(sqlstate::out_of_memory, "out of memory")
            .detail(fmt::format("Failed on request of size {}.", capacity));
    }
    if (size_ > 0) std::memcpy(larger.get(), data_.get(), size_);
    data_ = std::move(larger);
    capacity_ = capacity;
}

void ByteWriter::release_beyond(std::size_t keep) {
    if (capacity_ > keep && size_ <= keep) reallocate(keep);
}

std::string_view ByteReader::get_cstring() {
    std::size_t end = rest_.find('\0');
    if (end == std::string_view::npos) {
        throw Error(sqlstate::protocol_violation, "invalid string in message");
    }
    std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return text;
}

void ByteReader::throw_no_data() { throw Error(sqlstate::protocol_violation, "no data left in message"); }

void ByteReader::throw_insufficient_data() {
    throw Error(sqlstate::protocol_violation, "insufficient data left in message");
}

}  // namespace forklore
