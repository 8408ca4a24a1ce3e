// OpenSSL never sees the socket: it works on two buffers, and what it wants sent or needs to read
// goes through the connection, whose time limits hold for TLS too.
#include "io/tls_stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <fmt/core.h>

namespace weir::io {

namespace {

constexpr Micros kHandshakeWait = 10'000'000;

Error failed(const char* what, const SSL* ssl) {
  std::string reason;
  const long verified = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
  if (verified != X509_V_OK) {
    reason = X509_verify_cert_error_string(verified);
  } else if (const unsigned long code = ERR_get_error(); code != 0) {
    const char* text = ERR_reason_error_string(code);
    reason = text ? text : "";
  }
  ERR_clear_error();
  return Error(ErrorKind::kUnavailable, 1862, fmt::format("TLS {}: {}", what, reason));
}

class TlsConnection final : public Connection {
 public:
  explicit TlsConnection(std::unique_ptr<Connection> inner) : inner_(std::move(inner)) {}
  ~TlsConnection() override {
    if (ssl_) SSL_free(ssl_);  // and its buffers
    if (context_) SSL_CTX_free(context_);
  }

  Status start(const std::string& host, const std::string& ca_file) {
    context_ = SSL_CTX_new(TLS_client_method());
    if (!context_) return failed("cannot be used", nullptr);
    SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
    const int loaded = ca_file.empty()
                           ? SSL_CTX_set_default_verify_paths(context_)
                           : SSL_CTX_load_verify_locations(context_, ca_file.c_str(), nullptr);
    if (loaded != 1) return failed("cannot read the authorities", nullptr);
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    ssl_ = SSL_new(context_);
    incoming_ = BIO_new(BIO_s_mem());
    outgoing_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_, incoming_, outgoing_);
    SSL_set_tlsext_host_name(ssl_, host.c_str());
    X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl_);
    if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) != 1) SSL_set1_host(ssl_, host.c_str());
    for (;;) {
      const int done = SSL_connect(ssl_);
      if (done != 1 && SSL_get_error(ssl_, done) != SSL_ERROR_WANT_READ) {
        return failed("handshake failed", ssl_);
      }
      TRY_VOID(flush());
      if (done == 1) return {};
      if (!TRY(fetch(kHandshakeWait))) return failed("handshake was cut off", ssl_);
    }
  }

  Result<size_t> read_some(char* out, size_t size, Micros wait) override {
    for (;;) {
      const int got = SSL_read(ssl_, out, static_cast<int>(std::min<size_t>(size, 1 << 20)));
      if (got > 0) return static_cast<size_t>(got);
      const int why = SSL_get_error(ssl_, got);
      if (why == SSL_ERROR_ZERO_RETURN) return size_t{0};
      if (why != SSL_ERROR_WANT_READ) return failed("broke", nullptr);
      TRY_VOID(flush());
      // An end without TLS's own may be an attacker's: the reader must know how much was to come.
      if (!TRY(fetch(wait))) return failed("was cut off", nullptr);
    }
  }

  Status write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const int size = static_cast<int>(std::min<size_t>(bytes.size(), 1 << 20));
      const int sent = SSL_write(ssl_, bytes.data(), size);
      if (sent <= 0) return failed("broke", nullptr);
      bytes.remove_prefix(static_cast<size_t>(sent));
      TRY_VOID(flush());
    }
    return {};
  }

  void end_writing() override {
    SSL_shutdown(ssl_);
    if (flush()) inner_->end_writing();
  }
  bool peer_is_gone() override { return inner_->peer_is_gone(); }
  bool stopping() override { return inner_->stopping(); }
  std::string peer() const override { return inner_->peer(); }

 private:
  Status flush() {
    char bytes[16384];
    for (int n = 0; (n = BIO_read(outgoing_, bytes, sizeof bytes)) > 0;) {
      TRY_VOID(inner_->write({bytes, static_cast<size_t>(n)}));
    }
    return {};
  }
  Result<bool> fetch(Micros wait) {
    char bytes[16384];
    const size_t got = TRY(inner_->read_some(bytes, sizeof bytes, wait));
    if (got > 0) BIO_write(incoming_, bytes, static_cast<int>(got));
    return got > 0;
  }

  std::unique_ptr<Connection> inner_;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  BIO* incoming_ = nullptr;  // the SSL's
  BIO* outgoing_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<Connection>> start_tls(std::unique_ptr<Connection> inner,
                                              const std::string& host,
                                              const std::string& ca_file) {
  auto out = std::make_unique<TlsConnection>(std::move(inner));
  TRY_VOID(out->start(host, ca_file));
  return std::unique_ptr<Connection>(std::move(out));
}

}  // namespace weir::io
