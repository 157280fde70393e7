/// \file
/// SCRAM-SHA-256, the part of the server in which secrets are compared (RFC 5802, RFC 7677).
#pragma once

#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace forklore::exercise {

inline constexpr std::size_t k_hash_size = 32;  ///< bytes of a SHA-256

/// What the server keeps of a password. Both keys have k_hash_size bytes.
struct Verifier {
    std::string stored_key;
    std::string server_key;
};

/// The SHA-256 of some bytes. \param bytes any number.
inline std::string sha256(std::string_view bytes) {
    std::string hash(k_hash_size, '\0');
    ::SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
             reinterpret_cast<unsigned char*>(hash.data()));
    return hash;
}

/// HMAC with SHA-256 (RFC 2104). \param key the secret. \param bytes what is signed.
inline std::string hmac_sha256(std::string_view key, std::string_view bytes) {
    std::string hash(k_hash_size, '\0');
    ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
           reinterpret_cast<unsigned char*>(hash.data()), nullptr);
    return hash;
}

/// Whether two secrets are equal. Touches all bytes of both whatever they are. \param a one. \param b the
/// other.
bool same_secret(std::string_view a, std::string_view b);

/// Whether a client has proved that it knows the password.
/// \param verifier of its role. \param auth_message what both sides have said. \param proof as it came: any
/// bytes.
bool proof_is_valid(const Verifier& verifier, std::string_view auth_message, std::string_view proof);

/// The server's own proof. \param verifier of the client's role. \param auth_message what both sides have
/// said.
std::string server_signature(const Verifier& verifier, std::string_view auth_message);

}  // namespace forklore::exercise
