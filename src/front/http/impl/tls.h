#pragma once

#include <filesystem>
#include <memory>

#include <boost/asio/ssl/context.hpp>

#include "foundation/base/result.h"

namespace mla::http {

// A certificate with its key, ready for handshakes: TLS 1.2 and 1.3 with forward secrecy, ALPN "http/1.1" (RFC 7301),
// no renegotiation, no compression. A connection holds the one that it began with.
class Tls {
 public:
  // PEM files: the certificate and its chain, the key without a passphrase, which others than the owner and its group
  // must not reach. The error names the setting, the file and what is wrong with it.
  static base::Result<std::shared_ptr<Tls>> load(const std::filesystem::path& certificate,
                                                 const std::filesystem::path& key);

  boost::asio::ssl::context& context() { return context_; }

 private:
  Tls() : context_(boost::asio::ssl::context::tls_server) {}

  boost::asio::ssl::context context_;
};

}  // namespace mla::http
