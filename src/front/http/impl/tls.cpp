#include "front/http/impl/tls.h"

#include <boost/asio/buffer.hpp>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "foundation/base/file.h"
#include "foundation/base/log.h"
#include "foundation/base/private_file.h"

namespace mla::http {

namespace ssl = boost::asio::ssl;
using base::Error;
using base::ErrorCode;
using ErrorOf = boost::system::error_code;

namespace {

constexpr std::uint64_t kMaxPem = 1 << 20;
constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};  // with its length in front

// Of a client's list; none of it ours: the handshake ends with no_application_protocol, so that nobody speaks HTTP/2 to
// us, or HTTP to somebody else's protocol.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                    unsigned int size, void*) {
  unsigned char* found = nullptr;
  if (::SSL_select_next_proto(&found, length, kHttp11, sizeof kHttp11, offered, size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

void harden(SSL_CTX* context) {
  ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  ::SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");  // of TLS 1.2; those of 1.3 are all good
  ::SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // an idle connection keeps none
  ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  ::SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

Error unusable(const char* setting, const std::filesystem::path& file, std::string_view what, const ErrorOf& why) {
  return {ErrorCode::kInvalidArgument, fmt::format("{} '{}' {} ({})", setting, file.string(), what, why.message())};
}

}  // namespace

base::Result<std::shared_ptr<Tls>> Tls::load(const std::filesystem::path& certificate,
                                             const std::filesystem::path& key) {
  constexpr const char* kCertificate = "server.tls_certificate";
  constexpr const char* kKey = "server.tls_key";
  const auto chain = base::read_file(certificate, kMaxPem);
  if (!chain.ok()) return base::with_context(chain.error(), kCertificate);
  const auto secret = base::read_private_file(key, kMaxPem);
  if (!secret.ok()) return base::with_context(secret.error(), kKey);
  const std::shared_ptr<Tls> tls(new Tls());
  harden(tls->context_.native_handle());
  // Else OpenSSL would ask for the passphrase on the terminal.
  tls->context_.set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); });
  ErrorOf error;
  tls->context_.use_certificate_chain(boost::asio::buffer(*chain), error);
  if (error) return unusable(kCertificate, certificate, "is no certificate in PEM", error);
  const X509* first = ::SSL_CTX_get0_certificate(tls->context_.native_handle());
  tls->context_.use_private_key(boost::asio::buffer(*secret), ssl::context::pem, error);
  const bool mismatch = ERR_GET_REASON(static_cast<unsigned long>(error.value())) == X509_R_KEY_VALUES_MISMATCH;
  if (error && !mismatch) return unusable(kKey, key, "is no private key in PEM without a passphrase", error);
  // The second question finds a key of another kind.
  if (mismatch || ::SSL_CTX_check_private_key(tls->context_.native_handle()) != 1) {
    ::ERR_clear_error();
    return Error{ErrorCode::kInvalidArgument, fmt::format("{} '{}' is not the key of {} '{}'", kKey, key.string(),
                                                          kCertificate, certificate.string())};
  }
  if (::X509_cmp_current_time(::X509_get0_notAfter(first)) < 0) {
    base::log::warning("http", "the TLS certificate has expired: clients will refuse it",
                       {{"server.tls_certificate", certificate.string()}});
  }
  return tls;
}

}  // namespace mla::http
