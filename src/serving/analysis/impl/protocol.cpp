#include "serving/analysis/impl/protocol.h"

#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <unistd.h>

namespace mla::analysis {
namespace {

using base::Error;
using base::ErrorCode;

// Reads exactly `bytes` bytes; keeps a descriptor that comes with them in `descriptor`. 1 done, 0 end, -1 broken.
int receive_exactly(int socket, char* out, std::size_t bytes, int& descriptor) {
  std::size_t got = 0;
  while (got < bytes) {
    ::iovec part{out + got, bytes - got};
    alignas(::cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    ::msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ::ssize_t count = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    if (count == 0) return got == 0 ? 0 : -1;
    got += static_cast<std::size_t>(count);
    const ::cmsghdr* attached = CMSG_FIRSTHDR(&message);
    if (attached != nullptr && attached->cmsg_type == SCM_RIGHTS) {
      std::memcpy(&descriptor, CMSG_DATA(attached), sizeof descriptor);
    }
  }
  return 1;
}

}  // namespace

bool send_all(int socket, std::string_view bytes, int descriptor) {
  while (!bytes.empty()) {
    ::iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    ::msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(::cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    if (descriptor >= 0) {
      message.msg_control = control;
      message.msg_controllen = sizeof control;
      ::cmsghdr* attached = CMSG_FIRSTHDR(&message);
      attached->cmsg_level = SOL_SOCKET;
      attached->cmsg_type = SCM_RIGHTS;
      attached->cmsg_len = CMSG_LEN(sizeof descriptor);
      std::memcpy(CMSG_DATA(attached), &descriptor, sizeof descriptor);
    }
    const ::ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    descriptor = -1;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

base::Result<Request> receive_request(int socket) {
  RequestHeader header;
  Request request;
  const int got = receive_exactly(socket, reinterpret_cast<char*>(&header), sizeof header, request.descriptor);
  if (got == 0) return Error{ErrorCode::kNotFound, "no more requests"};
  if (got < 0 || header.magic != kMagic || header.name_bytes > kMaxNameBytes || header.task > Task::kQueryPrint ||
      request.descriptor < 0) {
    return Error{ErrorCode::kCorrupt, "not a request"};
  }
  request.wanted = {.task = header.task, .plot = header.with_plot != 0, .left_out = header.left_out};
  request.name.resize(header.name_bytes);
  int none = -1;
  if (header.name_bytes > 0 && receive_exactly(socket, request.name.data(), request.name.size(), none) != 1) {
    return Error{ErrorCode::kCorrupt, "half a request"};
  }
  return request;
}

bool send_reply(int socket, ReplyKind kind, std::string_view result, std::string_view attachment,
                std::span<const float> excerpts) {
  ReplyHeader header;
  header.kind = kind;
  header.result_bytes = static_cast<std::uint32_t>(result.size());
  header.attachment_bytes = static_cast<std::uint32_t>(attachment.size());
  header.excerpt_bytes = static_cast<std::uint32_t>(excerpts.size_bytes());
  return send_all(socket, {reinterpret_cast<const char*>(&header), sizeof header}) && send_all(socket, result) &&
         send_all(socket, attachment) &&
         send_all(socket, {reinterpret_cast<const char*>(excerpts.data()), excerpts.size_bytes()});
}

base::Result<bool> ReplyReader::add(std::string_view bytes) {
  if (bytes.empty()) return Error{ErrorCode::kIo, "the stream ended"};
  buffer_ += bytes;
  if (buffer_.size() < sizeof header_) return false;
  std::memcpy(&header_, buffer_.data(), sizeof header_);
  const bool known =
      header_.kind == ReplyKind::kReady || header_.kind == ReplyKind::kAnalysis || header_.kind == ReplyKind::kFailure;
  if (header_.magic != kMagic || !known || header_.result_bytes > kMaxResultBytes ||
      header_.attachment_bytes > kMaxAttachmentBytes || header_.excerpt_bytes > kMaxExcerptBytes ||
      header_.excerpt_bytes % sizeof(float) != 0) {
    return Error{ErrorCode::kCorrupt, "not a reply"};
  }
  const std::size_t wanted = sizeof header_ + header_.result_bytes + header_.attachment_bytes + header_.excerpt_bytes;
  if (buffer_.size() > wanted) return Error{ErrorCode::kCorrupt, "more than one reply"};
  return buffer_.size() == wanted;
}

std::vector<float> ReplyReader::excerpts() const {
  std::vector<float> values(header_.excerpt_bytes / sizeof(float));
  const std::size_t begin = sizeof(ReplyHeader) + header_.result_bytes + header_.attachment_bytes;
  if (!values.empty()) std::memcpy(values.data(), buffer_.data() + begin, values.size() * sizeof(float));
  return values;
}

}  // namespace mla::analysis
