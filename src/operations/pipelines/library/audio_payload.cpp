#include "operations/pipelines/library/audio_payload.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "foundation/base/descriptor.h"
#include "foundation/base/file.h"

namespace mla::pipelines {
namespace {

constexpr std::uint64_t kPiece = 64 << 10;
constexpr int kMaxChunks = 4096;  // of a container that are looked at
constexpr std::uint64_t kOggHeader = 27;

struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// Random access to a file; what lies behind its end is missing from what is returned.
class Bytes {
 public:
  static base::Result<Bytes> open(const std::filesystem::path& path) {
    Bytes bytes(base::Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)));
    if (bytes.fd_.get() < 0) return base::system_error(errno, "open", path);
    struct stat about {};
    if (::fstat(bytes.fd_.get(), &about) != 0) return base::system_error(errno, "read", path);
    if (about.st_size == 0) return base::Error{base::ErrorCode::kCorrupt, fmt::format("'{}' is empty", path.string())};
    bytes.size_ = static_cast<std::uint64_t>(about.st_size);
    return bytes;
  }
  std::uint64_t size() const { return size_; }
  std::string read(std::uint64_t at, std::uint64_t count) const {
    if (at >= size_) return {};
    std::string text(std::min(count, size_ - at), '\0');
    std::size_t done = 0;
    while (done < text.size()) {
      const ssize_t got = ::pread(fd_.get(), text.data() + done, text.size() - done, static_cast<off_t>(at + done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      done += static_cast<std::size_t>(got);
    }
    text.resize(done);
    return text;
  }

 private:
  explicit Bytes(base::Descriptor fd) : fd_(std::move(fd)) {}
  base::Descriptor fd_;
  std::uint64_t size_ = 0;
};

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

std::uint64_t little_endian(std::string_view bytes) {
  const std::string reversed(bytes.rbegin(), bytes.rend());
  return big_endian(reversed);
}

// Where the bytes behind an ID3v2 tag begin (id3.org, ID3v2.4 section 3.1: a size of four times seven bits).
std::uint64_t behind_id3v2(const Bytes& file, std::uint64_t at) {
  const std::string head = file.read(at, 10);
  if (head.size() < 10 || !head.starts_with("ID3")) return at;
  std::uint64_t size = 0;
  for (std::size_t i = 6; i < 10; ++i) size = size << 7 | (static_cast<unsigned char>(head[i]) & 0x7FU);
  const bool footer = (static_cast<unsigned char>(head[5]) & 0x10U) != 0;
  return std::min(file.size(), at + 10 + size + (footer ? 10 : 0));
}

// Where the sound ends before an ID3v1 tag and an APEv2 tag (its footer tells its size, without a header of 32 bytes).
std::uint64_t before_trailing_tags(const Bytes& file, std::uint64_t begin) {
  std::uint64_t end = file.size();
  if (end >= begin + 128 && file.read(end - 128, 3) == "TAG") end -= 128;
  if (end < begin + 32) return end;
  const std::string footer = file.read(end - 32, 32);
  if (!footer.starts_with("APETAGEX")) return end;
  const std::uint64_t size =
      little_endian(std::string_view(footer).substr(12, 4)) + ((footer[23] & '\x80') != 0 ? 32 : 0);
  return size <= end - begin ? end - size : end;
}

// FLAC, RFC 9639 section 8: blocks of metadata, the last one marked, then frames.
std::optional<Range> flac_frames(const Bytes& file, std::uint64_t begin) {
  std::uint64_t at = begin + 4;
  for (int i = 0; i < kMaxChunks; ++i) {
    const std::string head = file.read(at, 4);
    if (head.size() < 4) return std::nullopt;
    at += 4 + big_endian(std::string_view(head).substr(1));
    if ((head[0] & '\x80') != 0) return Range{std::min(at, file.size()), before_trailing_tags(file, begin)};
  }
  return std::nullopt;
}

// The chunk `name` of a RIFF or AIFF file: four letters and a size each, padded to even.
std::optional<Range> chunk(const Bytes& file, std::string_view name, bool big) {
  std::uint64_t at = 12;
  for (int i = 0; i < kMaxChunks; ++i) {
    const std::string head = file.read(at, 8);
    if (head.size() < 8) return std::nullopt;
    const std::string_view field = std::string_view(head).substr(4);
    const std::uint64_t size = big ? big_endian(field) : little_endian(field);
    if (head.starts_with(name)) return Range{at + 8, std::min(file.size(), at + 8 + size)};
    at += 8 + size + (size & 1U);
  }
  return std::nullopt;
}

// ISO 14496-12: boxes of a size and four letters; size 1 is followed by one of 64 bits, 0 reaches to the end.
std::optional<Range> largest_mdat(const Bytes& file) {
  std::optional<Range> best;
  std::uint64_t at = 0;
  for (int i = 0; i < kMaxChunks; ++i) {
    const std::string head = file.read(at, 16);
    if (head.size() < 8) break;
    std::uint64_t size = big_endian(std::string_view(head).substr(0, 4));
    std::uint64_t header = 8;
    if (size == 1 && head.size() == 16) {
      size = big_endian(std::string_view(head).substr(8));
      header = 16;
    }
    if (size == 0) size = file.size() - at;
    if (size < header) break;
    const Range body{at + header, at + std::min(size, file.size() - at)};
    const bool larger = !best || body.end - body.begin > best->end - best->begin;
    if (std::string_view(head).substr(4, 4) == "mdat" && larger) best = body;
    if (size > file.size() - at) break;
    at += size;
  }
  return best;
}

// ASF (WMA), section 2: the header object, whose size stands behind its GUID of 16 bytes, has the tags; then the data.
std::optional<Range> asf_data(const Bytes& file) {
  const std::uint64_t header = little_endian(file.read(16, 8));
  const std::string data = file.read(header, 24);
  if (header < 30 || data.size() < 24) return std::nullopt;
  const std::uint64_t size = little_endian(std::string_view(data).substr(16));
  return Range{header + 24, header + std::min(size, file.size() - header)};
}

class Digest {
 public:
  Digest() { XXH3_64bits_reset(state_); }
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
  ~Digest() { XXH3_freeState(state_); }

  void add(std::string_view bytes) { XXH3_64bits_update(state_, bytes.data(), bytes.size()); }
  void add(std::uint64_t number) { add(fmt::format("{};", number)); }
  void add(const Bytes& file, Range range) {
    const std::uint64_t length = range.end - range.begin;
    add(length);
    if (length <= 3 * kPiece) return add(file.read(range.begin, length));
    add(file.read(range.begin, kPiece));
    add(file.read(range.begin + (length - kPiece) / 2, kPiece));
    add(file.read(range.end - kPiece, kPiece));
  }
  std::string hex() const { return fmt::format("{:016x}", XXH3_64bits_digest(state_)); }

 private:
  XXH3_state_t* state_ = XXH3_createState();
};

// Ogg, RFC 3533 section 6: a page is a header, its table of segments, and a body. Pages that have a position above 0
// hold sound. The bodies of the first of them, and the position of the last page, which is the length in samples.
void add_ogg(const Bytes& file, Digest& digest) {
  std::uint64_t at = 0;
  std::uint64_t taken = 0;
  for (int i = 0; i < kMaxChunks && taken < 2 * kPiece; ++i) {
    const std::string head = file.read(at, kOggHeader + 255);
    if (head.size() < kOggHeader || !head.starts_with("OggS")) break;
    const std::size_t segments = static_cast<unsigned char>(head[26]);
    if (head.size() < kOggHeader + segments) break;
    std::uint64_t body = 0;
    for (std::size_t s = 0; s < segments; ++s) body += static_cast<unsigned char>(head[kOggHeader + s]);
    const std::uint64_t position = little_endian(std::string_view(head).substr(6, 8));
    at += kOggHeader + segments;
    if (position != 0) {
      digest.add(file.read(at, body));
      taken += body;
    }
    at += body;
  }
  const std::uint64_t tail_begin = file.size() - std::min(file.size(), 2 * kPiece);
  const std::string tail = file.read(tail_begin, 2 * kPiece);
  const std::size_t last = tail.rfind("OggS");
  if (last != std::string::npos && last + kOggHeader <= tail.size()) {
    digest.add(little_endian(std::string_view(tail).substr(last + 6, 8)));
    digest.add(std::string_view(tail).substr(std::min(tail.size(), last + kOggHeader)));
  }
}

// Where the sound lies; nothing for containers that are not known here.
std::optional<Range> find_sound(const Bytes& file) {
  const std::uint64_t begin = behind_id3v2(file, 0);
  const std::string head = file.read(begin, 12);
  if (head.starts_with("fLaC")) return flac_frames(file, begin);
  if (head.starts_with("RIFF")) return chunk(file, "data", false);
  if (head.starts_with("FORM")) return chunk(file, "SSND", true);
  if (std::string_view(head).substr(std::min<std::size_t>(4, head.size())).starts_with("ftyp"))
    return largest_mdat(file);
  const bool ebml = head.starts_with("\x1A\x45\xDF\xA3");
  if (head.starts_with("\x30\x26\xB2\x75")) return asf_data(file);
  if (ebml || head.starts_with("caff")) return std::nullopt;
  return Range{begin, before_trailing_tags(file, begin)};
}

}  // namespace

base::Result<std::string> payload_digest(const std::filesystem::path& path) {
  MLA_ASSIGN(const Bytes file, Bytes::open(path));
  Digest digest;
  if (file.read(0, 4) == "OggS") {
    add_ogg(file, digest);
  } else {
    Range sound = find_sound(file).value_or(Range{0, file.size()});
    if (sound.begin >= sound.end) sound = {0, file.size()};
    digest.add(file, sound);
  }
  return digest.hex();
}

}  // namespace mla::pipelines
