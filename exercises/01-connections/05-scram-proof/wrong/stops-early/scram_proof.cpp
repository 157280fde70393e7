// Compares as one compares strings.
#include "scram_proof.hpp"

namespace forklore::exercise {

bool same_secret(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] != b[i]) return false;
    }
    return true;
}

bool proof_is_valid(const Verifier& verifier, std::string_view auth_message, std::string_view proof) {
    if (proof.size() != k_hash_size) return false;
    std::string client_key = hmac_sha256(verifier.stored_key, auth_message);
    for (std::size_t i = 0; i < k_hash_size; ++i) client_key[i] = static_cast<char>(client_key[i] ^ proof[i]);
    // The key itself is not known here; its hash is.
    return same_secret(sha256(client_key), verifier.stored_key);
}

std::string server_signature(const Verifier& verifier, std::string_view auth_message) {
    return hmac_sha256(verifier.server_key, auth_message);
}

}  // namespace forklore::exercise
