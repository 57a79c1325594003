#include "front/http/impl/connection.h"

#include <array>
#include <iterator>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/read.hpp>
#include <fmt/format.h>

#include "foundation/base/log.h"
#include "foundation/base/parse.h"

namespace mla::http {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;

namespace {

constexpr std::uint32_t kMaxHeader = 16 << 10;  // bytes, request line included
constexpr std::size_t kMaxTarget = 8 << 10;
constexpr std::size_t kFirstRead = 2 << 10;     // holds most requests with their token
constexpr std::size_t kMaxBuffer = 64 << 10;    // also bounds a chunk header
constexpr std::size_t kLingerBytes = 64 << 20;  // of a refused upload that are read and dropped
constexpr std::chrono::seconds kLingerTime{5};
constexpr const char* kTooLong = "The answer took longer to make than the server allows; try again later";
constexpr const char* kBusy = "The server is busy; try again in a moment";
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// RFC 9112 3.2: exactly one Host in HTTP/1.1.
bool has_valid_host(const bhttp::fields& fields, unsigned version) {
  const std::size_t count = fields.count(bhttp::field::host);
  return count == 1 || (count == 0 && version < 11);
}

// Other readings of these two headers, by us or by a proxy before us, would find another end of the message: request
// smuggling (RFC 9112 6.3, 11.2). The parser refuses both at once, and an unreadable length, itself.
bool has_valid_framing(const bhttp::fields& fields, unsigned version) {
  const auto encodings = fields.count(bhttp::field::transfer_encoding);
  if (encodings > 1 || fields.count(bhttp::field::content_length) > 1) return false;
  if (encodings == 1 && (version < 11 || base::to_lower(fields[bhttp::field::transfer_encoding]) != "chunked"))
    return false;
  const std::string_view length = fields[bhttp::field::content_length];
  return length.find_first_not_of("0123456789") == std::string_view::npos;
}

// Status line and fields (RFC 9112 4, 5), written at once: a container of fields costs a tenth of an answer from
// memory.
std::string head_of(const Response& response, bool old, bool keep_alive, bool chunked) {
  std::string head;
  head.reserve(1024);
  const auto out = std::back_inserter(head);
  fmt::format_to(out, "HTTP/1.{} {} {}\r\n", old ? 0 : 1, response.status, reason_phrase(response.status));
  if (response.status != 204 && response.status != 304) {
    fmt::format_to(out, "Content-Type: {}\r\n", response.content_type);
    if (!response.more) fmt::format_to(out, "Content-Length: {}\r\n", response.body.size());
  }
  for (const auto& [name, value] : response.headers) fmt::format_to(out, "{}: {}\r\n", name, value);
  if (chunked) head += "Transfer-Encoding: chunked\r\n";
  if (keep_alive == old) head += old ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
  head += "\r\n";
  return head;
}

}  // namespace

Connection::Connection(net::ip::tcp::socket socket, const base::IpAddress& peer, Shared& shared)
    : shared_(shared),
      stream_(std::move(socket), shared.tls),
      peer_(peer),
      buffer_(kMaxBuffer),
      pause_(stream_.get_executor()),
      limit_(stream_.get_executor()) {
  ErrorCode ignored;
  stream_.tcp().socket().set_option(net::ip::tcp::no_delay(true), ignored);
  shared_.connections.insert(this);
  ++shared_.of_address[std::string(peer_.household())];
  shared_.active.add(1);
}

Connection::~Connection() {
  shared_.body_bytes -= reserved_;
  shared_.active.add(-1);
  shared_.connections.erase(this);
  const auto count = shared_.of_address.find(std::string(peer_.household()));
  if (--count->second == 0) shared_.of_address.erase(count);
  if (shared_.draining && shared_.connections.empty()) shared_.on_empty();
}

void Connection::start() {
  if (!stream_.is_secure()) return await_request();
  // One deadline for the whole handshake, as for a request.
  stream_.tcp().expires_after(shared_.options.request_timeout);
  stream_.async_handshake([self = shared_from_this()](ErrorCode error) {
    if (error) return self->close();
    self->await_request();
  });
}

void Connection::drain() {
  close_after_ = true;
  if (idle_ || more_) close();
}

void Connection::close() {
  pause_.cancel();
  limit_.cancel();
  stream_.tcp().close();
}

// Waits for the first byte with the patience of an idle connection; then the whole request has one deadline, which a
// client that sends byte after byte cannot move.
void Connection::await_request() {
  idle_ = buffer_.size() == 0;
  if (!idle_) return read_header();
  // Thousands may wait: nothing of the last request stays. An empty string that is assigned would leave the memory.
  parser_.reset();
  for (std::string* text : {&head_, &body_, &request_.target, &request_.body}) std::string().swap(*text);
  request_ = {};
  if (buffer_.capacity() > kFirstRead) buffer_.shrink_to_fit();
  stream_.tcp().expires_after(shared_.options.keep_alive_timeout);
  stream_.async_read_some(buffer_.prepare(kFirstRead), [self = shared_from_this()](ErrorCode error, std::size_t bytes) {
    if (error) return self->close();
    self->buffer_.commit(bytes);
    self->read_header();
  });
}

void Connection::read_header() {
  idle_ = false;
  parser_.emplace();
  parser_->header_limit(kMaxHeader);
  parser_->body_limit(shared_.options.max_body);
  request_ = {};
  request_.peer = peer_;
  stream_.tcp().expires_after(shared_.options.request_timeout);
  bhttp::async_read_header(stream_, buffer_, *parser_,
                           [self = shared_from_this()](ErrorCode error, std::size_t) { self->on_header(error); });
}

// Copies what came before the body; trailers of a chunked body never become headers.
void Connection::take_header() {
  const auto& message = parser_->get();
  request_.method = std::string(message.method_string());
  request_.target = std::string(message.target());
  for (const auto& field : message) request_.headers.emplace_back(field.name_string(), field.value());
}

bool Connection::reserve_body() {
  const auto announced = parser_->content_length();
  const std::size_t bytes = announced            ? static_cast<std::size_t>(*announced)
                            : parser_->chunked() ? shared_.options.max_body
                                                 : 0;
  if (shared_.body_bytes + bytes > shared_.options.max_bodies_at_once) return false;
  reserved_ = bytes;
  shared_.body_bytes += bytes;
  return true;
}

void Connection::on_header(ErrorCode error) {
  if (error) return on_read_error(error);
  take_header();
  const auto& message = parser_->get();
  if (message.version() != 10 && message.version() != 11)
    return refuse(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here");
  if (!has_valid_host(message, message.version())) return refuse(400, "The request needs exactly one Host header");
  if (request_.target.size() > kMaxTarget) return refuse(414, "The request target is too long");
  if (!has_valid_framing(message, message.version())) {
    return refuse(400, "Give one Content-Length, or one Transfer-Encoding that is 'chunked' (HTTP/1.1)");
  }
  if (!reserve_body()) return refuse(503, "Too many large requests at once; try again");
  const std::string_view expect = request_.header("Expect");
  if (expect.empty() || parser_->is_done()) return read_body();
  if (base::to_lower(expect) != "100-continue") return refuse(417, "Only Expect: 100-continue is understood");
  net::async_write(stream_, net::buffer(kContinue), [self = shared_from_this()](ErrorCode failed, std::size_t) {
    if (failed) return self->close();
    self->read_body();
  });
}

void Connection::read_body() {
  bhttp::async_read(stream_, buffer_, *parser_,
                    [self = shared_from_this()](ErrorCode error, std::size_t) { self->on_body(error); });
}

void Connection::on_body(ErrorCode error) {
  if (error) return on_read_error(error);
  request_.body = std::move(parser_->get().body());
  close_after_ = close_after_ || shared_.draining || !parser_->keep_alive();
  dispatch();
}

void Connection::on_read_error(ErrorCode error) {
  if (request_.method.empty() && parser_->got_some()) take_header();
  if (error == bhttp::error::body_limit) return refuse(413, "The request body is larger than the server allows");
  if (error == bhttp::error::header_limit) {
    if (request_.target.empty()) return refuse(414, "The request line is too long");
    return refuse(431, "The request header is too large");
  }
  if (error == bhttp::error::buffer_overflow) return refuse(400, "A line of the request is too long");
  // A client that went away or was too slow gets no answer: who stops in the middle does not listen.
  if (error.category() != bhttp::make_error_code(bhttp::error::bad_method).category() ||
      error == bhttp::error::end_of_stream || error == bhttp::error::partial_message) {
    return close();
  }
  refuse(400, "The request is not valid HTTP: " + error.message());
}

// The bytes after a refused message cannot be told from the next one: the connection ends with the answer.
void Connection::refuse(int status, std::string detail) {
  close_after_ = true;
  request_.refusal = Refusal{status, std::move(detail)};
  respond(shared_.handler.handle(request_));
}

void Connection::dispatch() {
  if (shared_.handler.is_light(request_)) return respond(shared_.handler.handle(request_));
  // The job hands its reference back with the answer: the last one must go on the I/O thread.
  const auto come = std::chrono::steady_clock::now();
  const bool queued = shared_.workers.push([self = shared_from_this(), come]() mutable {
    // Whoever asked has given up by now, or asked again: work for nobody would make the others late, too.
    const auto waited = std::chrono::steady_clock::now() - come;
    if (waited > self->shared_.options.request_timeout) self->request_.refusal = Refusal{503, kBusy};
    const bool late = self->request_.verdict->given_up().cancelled();
    Response response = late ? Response() : self->shared_.handler.handle(self->request_);
    auto io = self->stream_.get_executor();
    net::post(io, [back = std::move(self), made = std::move(response)]() mutable {
      if (back->awaited_) back->respond(std::move(made));
    });
  });
  if (queued) return await_answer();
  request_.refusal = Refusal{503, kBusy};
  respond(shared_.handler.handle(request_));
}

void Connection::await_answer() {
  awaited_ = true;
  limit_.expires_after(shared_.options.handler_timeout);
  limit_.async_wait([self = shared_from_this()](ErrorCode error) {
    // One that is over may have been told before it was cancelled.
    const bool over = !error && self->limit_.expiry() <= std::chrono::steady_clock::now();
    if (over && self->awaited_ && self->request_.verdict->give_up()) self->give_up();
  });
}

// The worker that makes the answer still has the request: nothing of it is changed here, and no other one is read.
void Connection::give_up() {
  close_after_ = true;
  Request late;
  late.method = request_.method;
  late.target = request_.target;
  late.headers = request_.headers;
  late.peer = request_.peer;
  late.refusal = Refusal{503, kTooLong};
  respond(shared_.handler.handle(late));
}

void Connection::respond(Response response) {
  awaited_ = false;
  limit_.cancel();
  const bool only_head = request_.method == "HEAD";
  const bool goes_on = response.more && !only_head;
  const bool old = parser_->is_header_done() && parser_->get().version() == 10;
  close_after_ = close_after_ || shared_.draining || response.more;
  chunked_ = goes_on && !old;
  head_ = head_of(response, old, !close_after_, chunked_);
  body_ = only_head ? std::string() : std::move(response.body);
  shared_.body_bytes -= reserved_;
  reserved_ = 0;
  stream_.tcp().expires_after(shared_.options.request_timeout);
  if (goes_on) {
    more_ = std::move(response.more);
    return begin_pieces();
  }
  const std::array<net::const_buffer, 2> message{net::buffer(head_), net::buffer(body_)};
  net::async_write(stream_, message,
                   [self = shared_from_this()](ErrorCode error, std::size_t) { self->on_written(error); });
}

// Chunked; to a client of HTTP/1.0 the end of the connection is the end of the answer.
void Connection::begin_pieces() {
  net::async_write(stream_, net::buffer(head_), [self = shared_from_this()](ErrorCode error, std::size_t) {
    if (error) return self->close();
    self->ask_for_piece();
  });
}

// As `dispatch`; where the queue is full, the next turn will do.
void Connection::ask_for_piece() {
  const bool queued = shared_.workers.push([self = shared_from_this()]() mutable {
    Piece piece{.bytes = {}, .last = true};
    try {
      piece = self->more_();
    } catch (const std::exception& error) {
      base::log::error("http", "an answer that went on ended too early", {{"reason", error.what()}});
    }
    auto io = self->stream_.get_executor();
    net::post(io, [back = std::move(self), made = std::move(piece)]() mutable { back->send_piece(std::move(made)); });
  });
  if (!queued) wait_for_piece();
}

void Connection::wait_for_piece() {
  pause_.expires_after(kPiecePause);
  pause_.async_wait([self = shared_from_this()](ErrorCode error) {
    if (!error) self->ask_for_piece();
  });
}

void Connection::send_piece(Piece piece) {
  if (!stream_.tcp().socket().is_open()) return;
  if (piece.bytes.empty()) return piece.last ? end_pieces() : wait_for_piece();
  piece_ = std::move(piece.bytes);
  auto written = [self = shared_from_this(), last = piece.last](ErrorCode error, std::size_t) {
    if (error) return self->close();
    last ? self->end_pieces() : self->wait_for_piece();
  };
  stream_.tcp().expires_after(shared_.options.request_timeout);
  if (chunked_) {
    net::async_write(stream_, bhttp::make_chunk(net::buffer(piece_)), std::move(written));
  } else {
    net::async_write(stream_, net::buffer(piece_), std::move(written));
  }
}

void Connection::end_pieces() {
  more_ = nullptr;
  if (!chunked_) return on_written({});
  stream_.tcp().expires_after(shared_.options.request_timeout);
  net::async_write(stream_, bhttp::make_chunk_last(),
                   [self = shared_from_this()](ErrorCode error, std::size_t) { self->on_written(error); });
}

void Connection::on_written(ErrorCode error) {
  if (error) return close();
  if (!close_after_) return await_request();
  if (stream_.is_secure()) return end_tls();
  ErrorCode ignored;
  stream_.tcp().socket().shutdown(net::ip::tcp::socket::shutdown_send, ignored);
  if (shared_.draining) return close();
  stream_.tcp().expires_after(kLingerTime);
  linger();
}

// A client must be able to tell the end of an answer from a connection that somebody cut (RFC 8446 6.1).
void Connection::end_tls() {
  stream_.tcp().expires_after(kLingerTime);
  stream_.async_shutdown([self = shared_from_this()](ErrorCode) {
    ErrorCode ignored;
    self->stream_.tcp().socket().shutdown(net::ip::tcp::socket::shutdown_send, ignored);
    if (self->shared_.draining) return self->close();
    self->linger();
  });
}

// Reads and drops what the client still sends: closing over unread bytes would reset the connection, and the client
// would lose the answer that tells it why (RFC 9112 9.6).
void Connection::linger() {
  buffer_.clear();
  stream_.tcp().async_read_some(buffer_.prepare(kMaxBuffer / 2),
                                [self = shared_from_this()](ErrorCode error, std::size_t bytes) {
                                  self->lingered_ += bytes;
                                  if (error || self->lingered_ > kLingerBytes) return self->close();
                                  self->linger();
                                });
}

}  // namespace mla::http
