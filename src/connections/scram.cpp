#include "connections/scram.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <sys/random.h>

#include <algorithm>
#include <charconv>

#include "base/error.hpp"
#include "connections/saslprep.hpp"

namespace forklore {

namespace {

//! [scram-primitives]
constexpr std::size_t k_nonce_bytes = 18;
constexpr std::string_view k_mechanism = "SCRAM-SHA-256";

std::string_view bytes_of(const ScramKey& key) {
    return {reinterpret_cast<const char*>(key.data()), key.size()};
}

ScramKey hmac(std::string_view key, std::string_view text) {
    ScramKey result;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), result.data(), nullptr);
    return result;
}

ScramKey sha256(std::string_view text) {
    ScramKey result;
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), result.data());
    return result;
}

//! [scram-primitives]

//! [scram-derive]
/// The two keys of a verifier. The slow part is PBKDF2: it makes guessing expensive for whoever stole the
/// verifiers.
ScramVerifier derive(std::string_view typed, std::string salt, int iterations) {
    const std::string password = saslprep(typed);
    ScramKey salted;
    PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                      reinterpret_cast<const unsigned char*>(salt.data()), static_cast<int>(salt.size()),
                      iterations, EVP_sha256(), static_cast<int>(salted.size()), salted.data());
    const ScramKey client_key = hmac(bytes_of(salted), "Client Key");
    return {iterations, std::move(salt), sha256(bytes_of(client_key)), hmac(bytes_of(salted), "Server Key")};
}
//! [scram-derive]

//! [scram-attribute]
Fatal malformed(std::string detail) {
    return Fatal(sqlstate::protocol_violation, "malformed SCRAM message").detail(std::move(detail));
}

/// The first character of a message as an error may show it.
std::string shown(std::string_view message) {
    const char c = message.empty() ? '\0' : message[0];
    return c >= 0x21 && c <= 0x7E ? fmt::format("'{}'", c)
                                  : fmt::format("0x{:02x}", static_cast<unsigned char>(c));
}

/// Takes `name=value` off the front of a message, up to the next comma.
std::string_view take_attribute(std::string_view& message, char name) {
    if (message.empty()) throw malformed("Attribute expected, but found end of string.");
    if (message[0] != name)
        throw malformed(fmt::format("Expected attribute \"{}\" but found \"{}\".", name, shown(message)));
    if (message.size() < 2 || message[1] != '=')
        throw malformed(fmt::format("Expected character \"=\" for attribute \"{}\".", name));
    const std::size_t end = std::min(message.find(','), message.size());
    const std::string_view value = message.substr(2, end - 2);
    message.remove_prefix(std::min(end + 1, message.size()));
    return value;
}

void skip_comma(std::string_view& message) {
    if (!message.starts_with(","))
        throw malformed(fmt::format("Comma expected, but found character \"{}\".", shown(message)));
    message.remove_prefix(1);
}

void check_whole(std::string_view message) {
    if (message.empty()) throw malformed("The message is empty.");
    if (message.find('\0') != std::string_view::npos)
        throw malformed("Message length does not match input length.");
}
//! [scram-attribute]

}  // namespace

//! [random-bytes]
std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    if (getrandom(bytes.data(), count, 0) != static_cast<ssize_t>(count))
        throw Fatal(sqlstate::internal_error, "could not generate random bytes");
    return bytes;
}
//! [random-bytes]

//! [base64]
std::string to_base64(std::string_view bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return {};
    std::string bytes(text.size() / 4 * 3, '\0');
    if (EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()),
                        static_cast<int>(text.size())) < 0)
        return {};
    for (std::size_t padding = 0;
         padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '='; ++padding)
        bytes.pop_back();
    return bytes;
}
//! [base64]

//! [scram-verifier]
ScramVerifier make_verifier(std::string_view password) {
    return derive(password, random_bytes(k_scram_salt_bytes), k_scram_iterations);
}

std::string print_verifier(const ScramVerifier& verifier) {
    return fmt::format("{}${}:{}${}:{}", k_mechanism, verifier.iterations, to_base64(verifier.salt),
                       to_base64(bytes_of(verifier.stored_key)), to_base64(bytes_of(verifier.server_key)));
}

std::optional<ScramVerifier> parse_verifier(std::string_view text) {
    const auto part = [&](char end) {
        const std::size_t at = std::min(text.find(end), text.size());
        const std::string_view taken = text.substr(0, at);
        text.remove_prefix(std::min(at + 1, text.size()));
        return taken;
    };
    if (part('$') != k_mechanism) return {};
    ScramVerifier verifier;
    const std::string_view iterations = part(':');
    const auto [end, error] =
        std::from_chars(iterations.data(), iterations.data() + iterations.size(), verifier.iterations);
    const std::optional<std::string> salt = from_base64(part('$')), stored = from_base64(part(':')),
                                     server = from_base64(text);
    if (error != std::errc{} || end != iterations.data() + iterations.size() || verifier.iterations < 1 ||
        !salt || !stored || !server)
        return {};
    if (stored->size() != verifier.stored_key.size() || server->size() != verifier.server_key.size())
        return {};
    verifier.salt = *salt;
    std::copy(stored->begin(), stored->end(), verifier.stored_key.begin());
    std::copy(server->begin(), server->end(), verifier.server_key.begin());
    return verifier;
}
//! [scram-verifier]

//! [scram-mock]
ScramVerifier mock_verifier(std::string_view user, std::string_view secret) {
    const ScramKey digest = hmac(secret, user);
    ScramVerifier verifier;
    verifier.salt.assign(bytes_of(digest).substr(0, k_scram_salt_bytes));
    // Keys at random: no proof can fit, not even by chance twice.
    const std::string noise = random_bytes(2 * verifier.stored_key.size());
    std::copy_n(noise.begin(), verifier.stored_key.size(), verifier.stored_key.begin());
    std::copy_n(noise.begin() + 32, verifier.server_key.size(), verifier.server_key.begin());
    return verifier;
}

bool check_password(const ScramVerifier& verifier, std::string_view password) {
    const ScramVerifier derived = derive(password, verifier.salt, verifier.iterations);
    return CRYPTO_memcmp(derived.stored_key.data(), verifier.stored_key.data(), verifier.stored_key.size()) ==
           0;
}
//! [scram-mock]

//! [scram-first]
std::string ScramExchange::first(std::string_view message, bool plus) {
    check_whole(message);
    plus_ = plus;
    const std::string_view whole = message;
    // gs2-header: n (client cannot bind), y (client could, but thinks that we cannot) or p=… (binds), then an
    // identity.
    if (message.starts_with("p=")) {
        const std::string_view type = take_attribute(message, 'p');
        if (!plus)
            throw malformed(
                "The client selected SCRAM-SHA-256 without channel binding, but the SCRAM message "
                "includes channel binding data.");
        if (type != "tls-server-end-point")
            throw Fatal(sqlstate::protocol_violation, "unsupported SCRAM channel-binding type \"{}\"", type);
    } else if (message[0] == 'n' || message[0] == 'y') {
        if (plus)
            throw malformed(
                "The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does not include channel "
                "binding data.");
        // A client that says y saw no PLUS among our mechanisms. If we did offer it, somebody in between took it away.
        if (message[0] == 'y' && !channel_binding_.empty())
            throw Fatal(sqlstate::invalid_authorization_specification,
                        "SCRAM channel binding negotiation error");
        message.remove_prefix(1);
        skip_comma(message);
    } else {
        throw malformed(fmt::format("Unexpected channel-binding flag \"{}\".", shown(message)));
    }
    //! [scram-first]

    //! [scram-answer]
    if (message.starts_with("a="))
        throw Fatal(sqlstate::feature_not_supported,
                    "client uses authorization identity, but it is not supported");
    skip_comma(message);
    gs2_header_ = whole.substr(0, whole.size() - message.size());
    client_first_bare_ = message;
    if (message.starts_with("m="))
        throw Fatal(sqlstate::feature_not_supported, "client requires an unsupported SCRAM extension");
    take_attribute(message, 'n');  // the user's name: already known from the start-up packet
    nonce_ = take_attribute(message, 'r');
    for (const char c : nonce_)
        if (c < 0x21 || c > 0x7E)
            throw Fatal(sqlstate::protocol_violation, "non-printable characters in SCRAM nonce");
    nonce_ += to_base64(random_bytes(k_nonce_bytes));
    server_first_ = fmt::format("r={},s={},i={}", nonce_, to_base64(verifier_.salt), verifier_.iterations);
    return server_first_;
}
//! [scram-answer]

//! [scram-final]
std::optional<std::string> ScramExchange::final(std::string_view message) {
    check_whole(message);
    const std::size_t proof_at = message.rfind(",p=");
    const std::string_view without_proof = message.substr(0, proof_at);
    const std::string binding(take_attribute(message, 'c'));
    if (from_base64(binding) != gs2_header_ + (plus_ ? channel_binding_ : "")) {
        if (plus_)
            throw Fatal(sqlstate::invalid_authorization_specification, "SCRAM channel binding check failed");
        throw Fatal(sqlstate::protocol_violation,
                    "unexpected SCRAM channel-binding attribute in client-final-message");
    }
    if (take_attribute(message, 'r') != nonce_)
        throw Fatal(sqlstate::protocol_violation, "invalid SCRAM response").detail("Nonce does not match.");
    while (!message.empty() && !message.starts_with("p="))  // extensions that we do not know
        message.remove_prefix(std::min(std::min(message.find(','), message.size() - 1) + 1, message.size()));
    const std::optional<std::string> proof = from_base64(take_attribute(message, 'p'));
    if (!message.empty()) throw malformed("Garbage found at the end of client-final-message.");
    if (!proof || proof->size() != sizeof(ScramKey))
        throw malformed("Malformed proof in client-final-message.");
    // The proof is the client's key hidden by a signature that only somebody with the stored key can compute.
    // Taking the signature away must give a key whose hash is the stored key.
    const std::string conversation =
        client_first_bare_ + ',' + server_first_ + ',' + std::string(without_proof);
    const ScramKey signature = hmac(bytes_of(verifier_.stored_key), conversation);
    ScramKey client_key;
    for (std::size_t i = 0; i < client_key.size(); ++i)
        client_key[i] = static_cast<unsigned char>((*proof)[i]) ^ signature[i];
    const ScramKey found = sha256(bytes_of(client_key));
    if (CRYPTO_memcmp(found.data(), verifier_.stored_key.data(), found.size()) != 0) return {};
    return "v=" + to_base64(bytes_of(hmac(bytes_of(verifier_.server_key), conversation)));
}
//! [scram-final]

}  // namespace forklore
