#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "foundation/base/worker_queue.h"
#include "front/http/impl/listener.h"
#include "front/http/impl/stream.h"
#include "front/http/message.h"

namespace mla::http {

class Connection;

// What the connections of a listener share; touched by the I/O thread alone.
struct Shared {
  const ListenerOptions& options;
  Handler& handler;
  base::WorkerQueue& workers;
  telemetry::Gauge active;
  bool draining = false;
  std::size_t body_bytes = 0;  // promised to requests that are being read or handled
  std::unordered_set<Connection*> connections;
  std::unordered_map<std::string, std::size_t> of_address;  // how many, by base::IpAddress::household
  std::function<void()> on_empty;                           // the last connection has gone while draining
  std::shared_ptr<Tls> tls;                                 // of connections to come; null: as they are
};

// One client. All members but `handle` on a worker run on the I/O thread, one operation at a time, so that nothing
// needs a lock. Requests on it are answered one after the other, in order (pipelining).
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, const base::IpAddress& peer, Shared& shared);
  ~Connection();

  void start();
  // Ends now if no request has begun; else after its answer.
  void drain();
  // Ends now.
  void close();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using ErrorCode = boost::beast::error_code;

  void await_request();
  void read_header();
  void on_header(ErrorCode error);
  void read_body();
  void on_body(ErrorCode error);
  void on_read_error(ErrorCode error);
  void refuse(int status, std::string detail);
  void take_header();
  bool reserve_body();
  void dispatch();
  void await_answer();
  void give_up();
  void respond(Response response);
  void on_written(ErrorCode error);
  void end_tls();
  void begin_pieces();
  void ask_for_piece();
  void wait_for_piece();
  void send_piece(Piece piece);
  void end_pieces();
  void linger();

  Shared& shared_;
  Stream stream_;
  base::IpAddress peer_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::string head_;  // of the answer that is being written
  std::string body_;
  Request request_;
  std::size_t reserved_ = 0;  // of Shared::body_bytes
  std::size_t lingered_ = 0;  // bytes dropped after the last answer
  // Of an answer that goes on:
  std::function<Piece()> more_;
  bool chunked_ = false;
  boost::asio::steady_timer pause_;
  std::string piece_;
  boost::asio::steady_timer limit_;  // of the answer that is being made
  bool awaited_ = false;             // one is
  bool idle_ = true;                 // no byte of a request has come
  bool close_after_ = false;         // this answer is the last one
};

}  // namespace mla::http
