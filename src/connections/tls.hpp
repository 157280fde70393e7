/// \file
/// TLS: the server's certificate and key, and the transport that speaks it. The postmaster reads the files,
/// so that a child needs no right to; each child does its own handshake.
///
/// Counterpart in PostgreSQL: be-secure-openssl.c.
#pragma once

#include <memory>
#include <string>

#include "connections/client_stream.hpp"

typedef struct ssl_ctx_st SSL_CTX;

namespace forklore {

/// Certificate, key and rules, ready for handshakes.
class TlsContext {
public:
    /// Reads everything that the `ssl_…` settings name. \param data_directory where relative paths begin.
    /// Throws Error F0000 saying what is wrong, also when others may read the key.
    explicit TlsContext(const std::string& data_directory);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    /// Does the server's half of the handshake on a stream, waiting for the client, and makes the stream use
    /// TLS. Throws ClientGone when it fails; the reason is logged. \param stream with nothing left in its
    /// input.
    void accept(ClientStream& stream) const;

    /// Hash of the certificate for SCRAM's channel binding (RFC 5929, tls-server-end-point).
    const std::string& certificate_hash() const { return certificate_hash_; }

private:
    SSL_CTX* context_;
    std::string certificate_hash_;
};

/// "TLSv1.3" and the cipher's name of a connection, for the log; empty without TLS.
struct TlsFacts {
    std::string version;  ///< protocol version
    std::string cipher;   ///< cipher suite
    int bits = 0;         ///< of the cipher's key
};

/// Facts about this process's TLS connection. Filled by TlsContext::accept.
const TlsFacts& tls_facts();

}  // namespace forklore
