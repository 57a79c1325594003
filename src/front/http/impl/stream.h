#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "front/http/impl/tls.h"

namespace mla::http {

// The bytes of one connection, through TLS or as they are: an AsyncReadStream and AsyncWriteStream of Asio. Deadlines
// are those of the socket below, so that they hold for handshakes, too.
class Stream {
 public:
  using executor_type = boost::beast::tcp_stream::executor_type;

  // Without `tls` as they are.
  Stream(boost::asio::ip::tcp::socket socket, std::shared_ptr<Tls> tls)
      : tls_(std::move(tls)), tcp_(std::move(socket)) {
    if (tls_) secure_.emplace(tcp_, tls_->context());
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  bool is_secure() const { return secure_.has_value(); }
  executor_type get_executor() { return tcp_.get_executor(); }
  // What lies below TLS: deadlines, the socket, bytes nobody will read.
  boost::beast::tcp_stream& tcp() { return tcp_; }

  // Handlers take (error_code, size_t).
  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (secure_) return secure_->async_read_some(buffers, std::forward<Handler>(handler));
    return tcp_.async_read_some(buffers, std::forward<Handler>(handler));
  }
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (secure_) return secure_->async_write_some(buffers, std::forward<Handler>(handler));
    return tcp_.async_write_some(buffers, std::forward<Handler>(handler));
  }
  // Handlers take (error_code). REQUIRES: is_secure().
  template <class Handler>
  void async_handshake(Handler&& handler) {
    secure_->async_handshake(boost::asio::ssl::stream_base::server, std::forward<Handler>(handler));
  }
  // Says that nothing more will come, and waits until the client says so, or something else.
  template <class Handler>
  void async_shutdown(Handler&& handler) {
    secure_->async_shutdown(std::forward<Handler>(handler));
  }

 private:
  const std::shared_ptr<Tls> tls_;
  boost::beast::tcp_stream tcp_;
  std::optional<boost::beast::ssl_stream<boost::beast::tcp_stream&>> secure_;
};

}  // namespace mla::http
