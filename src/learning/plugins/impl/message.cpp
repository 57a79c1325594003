#include "learning/plugins/impl/message.h"

#include <cerrno>

#include <sys/socket.h>

namespace mla::plugins {
namespace {

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ::ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

bool send_message(int socket, std::uint32_t kind, std::string_view bytes) {
  const Header header{.kind = kind, .bytes = bytes.size()};
  return send_all(socket, {reinterpret_cast<const char*>(&header), sizeof header}) && send_all(socket, bytes);
}

}  // namespace mla::plugins
