#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "serving/analysis/wanted.h"

// What travels between `Worker` and `worker_main` over a Unix stream socket: one request with the open file as an
// attached descriptor, one reply, and so on. Host byte order: both ends are the same program. The parent trusts nothing
// in a reply: sizes are checked before anything is reserved.
namespace mla::analysis {

inline constexpr std::uint32_t kMagic = 0x414C4D31;
inline constexpr std::size_t kMaxNameBytes = 8192;
inline constexpr std::size_t kMaxResultBytes = std::size_t{32} << 20;
inline constexpr std::size_t kMaxAttachmentBytes = std::size_t{16} << 20;
inline constexpr std::size_t kMaxExcerptBytes = std::size_t{1} << 20;

struct RequestHeader {
  std::uint32_t magic = kMagic;
  std::uint32_t name_bytes = 0;
  Task task = Task::kAnalysis;
  std::uint32_t with_plot = 0;
  std::uint32_t left_out = 0;
};

enum class ReplyKind : std::uint32_t { kReady = 1, kAnalysis = 2, kFailure = 3 };

struct ReplyHeader {
  std::uint32_t magic = kMagic;
  ReplyKind kind = ReplyKind::kReady;
  std::uint32_t result_bytes = 0;      // JSON: the analysis, or {code, message}
  std::uint32_t attachment_bytes = 0;  // an SVG or a print
  std::uint32_t excerpt_bytes = 0;     // floats: the excerpt vectors
};

// Sends all of `bytes`, with `descriptor` attached to the first of them unless it is -1. False if the other end is
// gone.
bool send_all(int socket, std::string_view bytes, int descriptor = -1);

struct Request {
  std::string name;
  Wanted wanted = {};
  int descriptor = -1;  // the receiver closes it
};

// The next request. Blocks; kNotFound at the end of the stream, kCorrupt if it is none.
base::Result<Request> receive_request(int socket);

bool send_reply(int socket, ReplyKind kind, std::string_view result, std::string_view attachment,
                std::span<const float> excerpts = {});

// Collects the bytes of one reply as they come.
class ReplyReader {
 public:
  // Takes what is there. kIo at the end of the stream, kCorrupt if it is no reply; true once it is complete.
  base::Result<bool> add(std::string_view bytes);

  ReplyKind kind() const { return header_.kind; }
  std::string_view result() const {
    return std::string_view(buffer_).substr(sizeof(ReplyHeader), header_.result_bytes);
  }
  std::string_view attachment() const {
    return std::string_view(buffer_).substr(sizeof(ReplyHeader) + header_.result_bytes, header_.attachment_bytes);
  }
  std::vector<float> excerpts() const;

 private:
  ReplyHeader header_;
  std::string buffer_;
};

}  // namespace mla::analysis
