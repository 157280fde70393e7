#include "queries/functions/digests.hpp"

// libmd's headers use size_t and the fixed-width types without including them all.
#include <cstddef>
#include <cstdint>
#include <sys/types.h>

#include <md5.h>
#include <sha2.h>

#include "queries/functions/encodings.hpp"

namespace forklore {

namespace {

const std::uint8_t* octets(std::string_view bytes) { return reinterpret_cast<const std::uint8_t*>(bytes.data()); }

std::string_view copy(Arena& arena, const std::uint8_t* digest, std::size_t size) {
    return arena.copy({reinterpret_cast<const char*>(digest), size});
}

}  // namespace

std::string_view md5_hex(Arena& arena, std::string_view bytes) {
    MD5_CTX state;
    MD5Init(&state);
    MD5Update(&state, octets(bytes), bytes.size());
    std::uint8_t digest[MD5_DIGEST_LENGTH];
    MD5Final(digest, &state);
    return hex_encode(arena, {reinterpret_cast<const char*>(digest), sizeof digest});
}

std::string_view sha224(Arena& arena, std::string_view bytes) {
    // SHA-224 is SHA-256 from another start, cut to 28 bytes (FIPS 180-4, 5.3.2); older versions of libmd lack it.
    constexpr std::uint32_t k_start[8] = {0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939,
                                          0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4};
    SHA2_CTX state;
    SHA256Init(&state);
    std::memcpy(state.state.st32, k_start, sizeof k_start);
    SHA256Update(&state, octets(bytes), bytes.size());
    std::uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256Final(digest, &state);
    return copy(arena, digest, 28);
}

std::string_view sha256(Arena& arena, std::string_view bytes) {
    SHA2_CTX state;
    SHA256Init(&state);
    SHA256Update(&state, octets(bytes), bytes.size());
    std::uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256Final(digest, &state);
    return copy(arena, digest, sizeof digest);
}

std::string_view sha384(Arena& arena, std::string_view bytes) {
    SHA2_CTX state;
    SHA384Init(&state);
    SHA384Update(&state, octets(bytes), bytes.size());
    std::uint8_t digest[SHA384_DIGEST_LENGTH];
    SHA384Final(digest, &state);
    return copy(arena, digest, sizeof digest);
}

std::string_view sha512(Arena& arena, std::string_view bytes) {
    SHA2_CTX state;
    SHA512Init(&state);
    SHA512Update(&state, octets(bytes), bytes.size());
    std::uint8_t digest[SHA512_DIGEST_LENGTH];
    SHA512Final(digest, &state);
    return copy(arena, digest, sizeof digest);
}

}  // namespace forklore
