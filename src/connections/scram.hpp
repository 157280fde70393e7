/// \file
/// SCRAM-SHA-256: proving that one knows a password without saying it, to a server that does not know it
/// either.
///
/// The server keeps a verifier: salt, iteration count, and two keys derived from the password. From the
/// verifier one can check a proof but not make one. The exchange also proves to the client that the server
/// has the verifier.
///
/// Source: RFC 5802, RFC 7677. Counterpart in PostgreSQL: auth-scram.c, scram-common.c.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace forklore {

//! [scram-verifier]
/// A SHA-256 digest, or a key of that size.
using ScramKey = std::array<unsigned char, 32>;

inline constexpr int k_scram_iterations = 4096;        ///< of PBKDF2, for new verifiers; RFC 7677's minimum
inline constexpr std::size_t k_scram_salt_bytes = 16;  ///< of new verifiers

/// What the server keeps of a password.
struct ScramVerifier {
    int iterations = k_scram_iterations;  ///< of PBKDF2
    std::string salt;                     ///< bytes
    ScramKey stored_key{};                ///< checks the client's proof
    ScramKey server_key{};                ///< proves the server to the client
};

/// Makes a verifier with a new salt. \param password as it was typed.
ScramVerifier make_verifier(std::string_view password);

/// The verifier's text: `SCRAM-SHA-256$4096:salt$StoredKey:ServerKey`. \param verifier to print.
std::string print_verifier(const ScramVerifier& verifier);

/// Reads a verifier's text. \param text as above. \return none if it is something else.
std::optional<ScramVerifier> parse_verifier(std::string_view text);

/// A verifier that nothing fits, for a role that does not exist. The same name gives the same salt, or an
/// attacker could tell by asking twice. \param user the name. \param secret known to this server only.
ScramVerifier mock_verifier(std::string_view user, std::string_view secret);

/// Whether a password fits; takes the same time either way. \param verifier the role's. \param password what
/// the client said.
bool check_password(const ScramVerifier& verifier, std::string_view password);

/// Unpredictable bytes from the kernel. Throws Fatal XX000 when there are none. \param count how many, at most 256
std::string random_bytes(std::size_t count);

/// Base64 as RFC 4648 has it. \param bytes to encode.
std::string to_base64(std::string_view bytes);
/// \param text to decode. \return none if it is not base64.
std::optional<std::string> from_base64(std::string_view text);

//! [scram-verifier]
//! [scram-exchange]
/// The server's side of one exchange.
class ScramExchange {
public:
    /// \param verifier the role's, or a mock. \param channel_binding hash of the server's certificate over
    /// TLS; empty without.
    ScramExchange(ScramVerifier verifier, std::string channel_binding)
        : verifier_(std::move(verifier)), channel_binding_(std::move(channel_binding)) {}

    /// Answers the client's first message. Throws Fatal 08P01 for a malformed one. \param message the
    /// client's. \param plus whether the client chose SCRAM-SHA-256-PLUS. \return the server's first message.
    std::string first(std::string_view message, bool plus);

    /// Checks the client's final message. Throws Fatal 08P01 for a malformed one. \param message the
    /// client's. \return the server's final message, or none if the proof does not fit.
    std::optional<std::string> final(std::string_view message);

private:
    ScramVerifier verifier_;
    std::string channel_binding_;
    std::string gs2_header_, client_first_bare_, server_first_, nonce_;
    bool plus_ = false;
};
//! [scram-exchange]

}  // namespace forklore
