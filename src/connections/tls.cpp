#include "connections/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <new>

#include "base/log.hpp"
#include "connections/connection_settings.hpp"

namespace forklore {

namespace {

//! [tls-errors]
TlsFacts facts;

/// What OpenSSL complains about; takes the complaint off its list.
std::string complaint() {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) return "no SSL error reported";
    if (ERR_SYSTEM_ERROR(code)) return errno_text(static_cast<int>(ERR_GET_REASON(code)));
    const char* reason = ERR_reason_error_string(code);
    return reason != nullptr ? reason : fmt::format("SSL error code {}", code);
}

std::string in_directory(const std::string& directory, const std::string& path) {
    return path.empty() || path[0] == '/' ? path : directory + '/' + path;
}
//! [tls-errors]

//! [tls-key-file]
/// A private key that others can read is not private. Owned by root, a group may read it.
void check_key_file(const std::string& path) {
    struct stat file {};
    if (stat(path.c_str(), &file) != 0)
        throw Error(sqlstate::config_file_error, "could not access private key file \"{}\": {}", path,
                    errno_text(errno));
    if (!S_ISREG(file.st_mode))
        throw Error(sqlstate::config_file_error, "private key file \"{}\" is not a regular file", path);
    if (file.st_uid != geteuid() && file.st_uid != 0)
        throw Error(sqlstate::config_file_error,
                    "private key file \"{}\" must be owned by the database user or root", path);
    const mode_t forbidden = file.st_uid == 0 ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO;
    if ((file.st_mode & forbidden) != 0)
        throw Error(sqlstate::config_file_error, "private key file \"{}\" has group or world access", path)
            .detail(
                "File must have permissions u=rw (0600) or less if owned by the database user, or "
                "permissions u=rw,g=r (0640) or less if owned by root.");
}
//! [tls-key-file]

//! [tls-versions]
int version_number(setting::TlsVersion version) {
    static constexpr std::array<int, 5> k_numbers{0, TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION,
                                                  TLS1_3_VERSION};
    return k_numbers[static_cast<std::size_t>(version)];
}
//! [tls-versions]

//! [tls-transport]
class TlsTransport : public Transport {
public:
    explicit TlsTransport(SSL* ssl) : ssl_(ssl) {}
    ~TlsTransport() override { SSL_free(ssl_); }

    ssize_t read(char* to, std::size_t size) override {
        std::size_t got = 0;
        ERR_clear_error();
        if (SSL_read_ex(ssl_, to, size, &got) == 1) return static_cast<ssize_t>(got);
        return must_wait() ? -1 : 0;
    }

    ssize_t write(const char* from, std::size_t size) override {
        std::size_t wrote = 0;
        ERR_clear_error();
        if (SSL_write_ex(ssl_, from, size, &wrote) == 1) return static_cast<ssize_t>(wrote);
        if (!must_wait()) throw ClientGone();
        return -1;
    }

    //! [tls-transport]

    //! [tls-handshake]
    /// One step of the handshake. \return whether it is done; false: wait. Throws Error saying why it failed.
    bool handshake() {
        ERR_clear_error();
        if (SSL_accept(ssl_) == 1) return true;
        if (must_wait()) return false;
        throw Error(sqlstate::protocol_violation, "could not accept SSL connection: {}", complaint());
    }

    std::uint32_t wants() const override { return wants_; }
    bool has_buffered_input() const override { return SSL_has_pending(ssl_) == 1; }

    // Without this a client could not tell the end from one that somebody in between has made.
    void finish() noexcept override {
        ERR_clear_error();
        SSL_shutdown(ssl_);
    }

private:
    /// TLS may have to write in order to read, and the other way round.
    bool must_wait() {
        const int why = SSL_get_error(ssl_, 0);
        wants_ = why == SSL_ERROR_WANT_WRITE ? k_writable : k_readable;
        return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
    }

    SSL* ssl_;
    std::uint32_t wants_ = k_readable;
};
//! [tls-handshake]

//! [tls-certificate-hash]
/// RFC 5929: the certificate, hashed with the algorithm of its own signature, or SHA-256 if that one is weak.
std::string hash_of_certificate(SSL_CTX* context) {
    X509* certificate = SSL_CTX_get0_certificate(context);
    int digest = NID_undef;
    OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &digest, nullptr);
    if (digest == NID_undef || digest == NID_md5 || digest == NID_sha1) digest = NID_sha256;
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash;
    unsigned size = 0;
    X509_digest(certificate, EVP_get_digestbynid(digest), hash.data(), &size);
    return {reinterpret_cast<const char*>(hash.data()), size};
}
//! [tls-certificate-hash]

}  // namespace

//! [tls-facts]
const TlsFacts& tls_facts() { return facts; }
//! [tls-facts]

//! [tls-context]
TlsContext::TlsContext(const std::string& data_directory) : context_(SSL_CTX_new(TLS_server_method())) {
    const auto require = [](bool ok, const char* what, const std::string& path) {
        if (!ok) throw Error(sqlstate::config_file_error, "could not {} \"{}\": {}", what, path, complaint());
    };
    const std::string certificate = in_directory(data_directory, setting::ssl_cert_file.value()),
                      key = in_directory(data_directory, setting::ssl_key_file.value());
    try {
        require(SSL_CTX_use_certificate_chain_file(context_, certificate.c_str()) == 1,
                "load server certificate file", certificate);
        check_key_file(key);
        require(SSL_CTX_use_PrivateKey_file(context_, key.c_str(), SSL_FILETYPE_PEM) == 1,
                "load private key file", key);
        require(SSL_CTX_check_private_key(context_) == 1, "use private key file", key);
        require(SSL_CTX_set_cipher_list(context_, setting::ssl_ciphers.value().c_str()) == 1,
                "set the cipher list", setting::ssl_ciphers.value());
        SSL_CTX_set_min_proto_version(
            context_, version_number(setting::ssl_min_protocol_version.as<setting::TlsVersion>()));
        SSL_CTX_set_max_proto_version(
            context_, version_number(setting::ssl_max_protocol_version.as<setting::TlsVersion>()));
        if (setting::ssl_prefer_server_ciphers.value())
            SSL_CTX_set_options(context_, SSL_OP_CIPHER_SERVER_PREFERENCE);
        SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
        SSL_CTX_set_session_cache_mode(
            context_, SSL_SESS_CACHE_OFF);  // each process would have a cache of its own: of no use
        SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        certificate_hash_ = hash_of_certificate(context_);
    } catch (...) {
        SSL_CTX_free(context_);
        throw;
    }
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }
//! [tls-context]

//! [tls-accept]
void TlsContext::accept(ClientStream& stream) const {
    SSL* ssl = SSL_new(context_);
    if (ssl == nullptr) throw std::bad_alloc();
    SSL_set_fd(ssl, stream.socket());
    auto transport = std::make_unique<TlsTransport>(ssl);
    try {
        while (!transport->handshake()) stream.wait(transport->wants());
    } catch (const Fatal&) {
        throw;  // told to go while waiting
    } catch (const Error& error) {
        log_line(sqlstate::protocol_violation, "{}", error.what());
        throw ClientGone();
    }
    facts = {SSL_get_version(ssl), SSL_get_cipher_name(ssl), SSL_get_cipher_bits(ssl, nullptr)};
    stream.use(std::move(transport));
}
//! [tls-accept]

}  // namespace forklore
