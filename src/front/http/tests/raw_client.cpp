#include "front/http/tests/raw_client.h"

#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "foundation/base/parse.h"

namespace mla::http {

std::string RawAnswer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

RawClient::RawClient(int port) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{10, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(socket_);
    socket_ = -1;
  }
}

RawClient::~RawClient() {
  if (socket_ >= 0) close(socket_);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawClient::finish_sending() { shutdown(socket_, SHUT_WR); }

bool RawClient::fill() {
  char bytes[65536];
  const ssize_t got = recv(socket_, bytes, sizeof bytes, 0);
  if (got <= 0) return false;
  buffer_.append(bytes, static_cast<std::size_t>(got));
  return true;
}

RawAnswer RawClient::read(bool head) {
  RawAnswer answer;
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return answer;
  }
  const std::string header = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  answer.status = static_cast<int>(base::parse_integer(header.substr(9, 3)).value_or(-1));
  for (std::size_t line = header.find("\r\n") + 2; line < header.size();) {
    const std::size_t stop = header.find("\r\n", line);
    const std::size_t colon = header.find(':', line);
    answer.headers.emplace_back(base::to_lower(header.substr(line, colon - line)),
                                base::trim(std::string_view(header).substr(colon + 1, stop - colon - 1)));
    line = stop + 2;
  }
  const auto length = static_cast<std::size_t>(base::parse_integer(answer.header("content-length")).value_or(0));
  if (head || answer.status == 100) return answer;
  while (buffer_.size() < length) {
    if (!fill()) return RawAnswer{};
  }
  answer.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return answer;
}

std::string RawClient::read_to_end() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

bool RawClient::closed_by_server() {
  for (;;) {
    char bytes[4096];
    const ssize_t got = recv(socket_, bytes, sizeof bytes, 0);
    if (got == 0) return true;
    if (got < 0) return errno == ECONNRESET;
  }
}

RawAnswer RawClient::ask(std::string_view method, std::string_view target, std::string_view body,
                         std::string_view more_headers) {
  std::string request = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n{}", method, target, more_headers);
  if (!body.empty()) request += fmt::format("Content-Length: {}\r\n", body.size());
  send(request + "\r\n" + std::string(body));
  return read(method == "HEAD");
}

}  // namespace mla::http
