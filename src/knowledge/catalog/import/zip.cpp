#include "knowledge/catalog/import/zip.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "foundation/base/descriptor.h"
#include "foundation/base/file.h"

namespace mla::catalog {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;
using base::Result;

// APPNOTE 4.3: signatures, and sizes of the parts without their names and comments.
constexpr std::string_view kLocalHeader = "PK\x03\x04";
constexpr std::string_view kDirectoryEntry = "PK\x01\x02";
constexpr std::string_view kEnd = "PK\x05\x06";
constexpr std::string_view kEnd64 = "PK\x06\x06";
constexpr std::string_view kLocator64 = "PK\x06\x07";
constexpr std::size_t kLocalBytes = 30, kEntryBytes = 46, kEndBytes = 22, kEnd64Bytes = 56, kLocatorBytes = 20;
constexpr std::size_t kMostComment = 65'535;
constexpr std::uint64_t kMostDirectory = std::uint64_t{64} << 20;
constexpr std::uint16_t kEncrypted = 1;  // bit of the flags
constexpr std::uint16_t kStored = 0, kDeflated = 8;
constexpr std::uint32_t kIn64 = 0xFFFFFFFF;  // the number stands in the Zip64 field

template <class Number>
Number number_at(std::string_view bytes, std::size_t at) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    number |= static_cast<Number>(static_cast<Number>(static_cast<unsigned char>(bytes[at + i])) << (8 * i));
  }
  return number;
}

struct Entry {
  std::string name;
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t crc = 0;
  std::uint64_t packed = 0;
  std::uint64_t size = 0;
  std::uint64_t header = 0;  // where its local header is
};

class Archive {
 public:
  static Result<Archive> open(const fs::path& path) {
    base::Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0) return base::system_error(errno, "open", path);
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return base::system_error(errno, "read", path);
    return Archive(std::move(fd), static_cast<std::uint64_t>(info.st_size), path);
  }

  const fs::path& path() const { return path_; }
  std::uint64_t size() const { return size_; }

  Error damaged(std::string_view why) const {
    return {ErrorCode::kCorrupt, fmt::format("'{}' is a damaged archive ({})", path_.string(), why)};
  }

  // At most `buffer.size()` bytes; fewer only at the end of the file.
  Result<std::size_t> read(std::uint64_t at, std::span<char> buffer) const {
    std::size_t got = 0;
    while (got < buffer.size()) {
      const ssize_t some = ::pread(fd_.get(), buffer.data() + got, buffer.size() - got, static_cast<off_t>(at + got));
      if (some < 0 && errno == EINTR) continue;
      if (some < 0) return base::system_error(errno, "read", path_);
      if (some == 0) break;
      got += static_cast<std::size_t>(some);
    }
    return got;
  }

  Result<std::string> bytes(std::uint64_t at, std::uint64_t count, std::string_view what) const {
    if (at > size_ || count > size_ - at) {
      return damaged(fmt::format("its {} lies beyond its end: the copy or download was cut off", what));
    }
    std::string text(count, '\0');
    MLA_ASSIGN(const std::size_t got, read(at, text));
    if (got < count) return damaged(fmt::format("its {} ends too early", what));
    return text;
  }

  Result<std::vector<Entry>> entries() const {
    MLA_ASSIGN(const Directory directory, find_directory());
    if (directory.size > kMostDirectory) return damaged("its directory is larger than 64 MiB");
    MLA_ASSIGN(const std::string text, bytes(directory.at, directory.size, "directory"));
    std::vector<Entry> entries;
    for (std::string_view rest = text; !rest.empty();) {
      if (rest.size() < kEntryBytes || !rest.starts_with(kDirectoryEntry)) break;
      const std::size_t name = number_at<std::uint16_t>(rest, 28);
      const std::size_t more = number_at<std::uint16_t>(rest, 30);
      const std::size_t comment = number_at<std::uint16_t>(rest, 32);
      const std::size_t whole = kEntryBytes + name + more + comment;
      if (rest.size() < whole) break;
      Entry entry;
      entry.name = rest.substr(kEntryBytes, name);
      entry.flags = number_at<std::uint16_t>(rest, 8);
      entry.method = number_at<std::uint16_t>(rest, 10);
      entry.crc = number_at<std::uint32_t>(rest, 16);
      entry.packed = number_at<std::uint32_t>(rest, 20);
      entry.size = number_at<std::uint32_t>(rest, 24);
      entry.header = number_at<std::uint32_t>(rest, 42);
      widen(rest.substr(kEntryBytes + name, more), entry);
      entries.push_back(std::move(entry));
      rest.remove_prefix(whole);
    }
    if (entries.size() != directory.entries) {
      return damaged(fmt::format("its directory has {} entries of {}", entries.size(), directory.entries));
    }
    return entries;
  }

 private:
  struct Directory {
    std::uint64_t at = 0;
    std::uint64_t size = 0;
    std::uint64_t entries = 0;
  };
  Archive(base::Descriptor fd, std::uint64_t size, fs::path path)
      : fd_(std::move(fd)), size_(size), path_(std::move(path)) {}

  // The end record is the last one whose comment reaches to the end of the file.
  Result<Directory> find_directory() const {
    const std::uint64_t tail = std::min<std::uint64_t>(size_, kEndBytes + kMostComment);
    MLA_ASSIGN(const std::string text, bytes(size_ - tail, tail, "end"));
    for (std::size_t at = text.rfind(kEnd); at != std::string::npos; at = at == 0 ? at - 1 : text.rfind(kEnd, at - 1)) {
      const std::string_view end = std::string_view(text).substr(at);
      if (end.size() < kEndBytes || end.size() != kEndBytes + number_at<std::uint16_t>(end, 20)) continue;
      const Directory directory{number_at<std::uint32_t>(end, 16), number_at<std::uint32_t>(end, 12),
                                number_at<std::uint16_t>(end, 10)};
      const bool wide = directory.at == kIn64 || directory.size == kIn64 || directory.entries == 0xFFFF;
      if (!wide || at < kLocatorBytes) return directory;
      const std::string_view locator = std::string_view(text).substr(at - kLocatorBytes, kLocatorBytes);
      if (!locator.starts_with(kLocator64)) return directory;
      MLA_ASSIGN(const std::string wider, bytes(number_at<std::uint64_t>(locator, 8), kEnd64Bytes, "end"));
      if (!wider.starts_with(kEnd64)) return damaged("its Zip64 end is missing");
      return Directory{number_at<std::uint64_t>(wider, 48), number_at<std::uint64_t>(wider, 40),
                       number_at<std::uint64_t>(wider, 32)};
    }
    return damaged("it has no end: the copy or download was cut off");
  }

  // APPNOTE 4.5.3: the numbers that did not fit, in this order.
  static void widen(std::string_view fields, Entry& entry) {
    while (fields.size() >= 4) {
      const std::size_t length = number_at<std::uint16_t>(fields, 2);
      if (fields.size() < 4 + length) return;
      if (number_at<std::uint16_t>(fields, 0) == 1) {
        std::string_view wide = fields.substr(4, length);
        for (std::uint64_t* number : {&entry.size, &entry.packed, &entry.header}) {
          if (*number != kIn64 || wide.size() < 8) continue;
          *number = number_at<std::uint64_t>(wide, 0);
          wide.remove_prefix(8);
        }
      }
      fields.remove_prefix(4 + length);
    }
  }

  base::Descriptor fd_;
  std::uint64_t size_;
  fs::path path_;
};

class ZipMember final : public ByteSource {
 public:
  ZipMember(Archive archive, Entry entry, std::uint64_t data)
      : archive_(std::move(archive)), entry_(std::move(entry)), at_(data), data_(data) {}
  ~ZipMember() override {
    if (ready_) ::inflateEnd(&stream_);
  }
  ZipMember(const ZipMember&) = delete;
  ZipMember& operator=(const ZipMember&) = delete;

  Result<std::size_t> read(std::span<char> buffer) override {
    MLA_ASSIGN(const std::size_t got, entry_.method == kStored ? packed(buffer) : inflated(buffer));
    crc_ = static_cast<std::uint32_t>(
        ::crc32_z(crc_, reinterpret_cast<const Bytef*>(buffer.data()), static_cast<z_size_t>(got)));
    produced_ += got;
    if (produced_ > entry_.size || (got == 0 && !buffer.empty() && (produced_ < entry_.size || crc_ != entry_.crc))) {
      return damaged("it is not what was packed");
    }
    return got;
  }
  std::uint64_t consumed() const override { return at_ - data_; }
  std::uint64_t size() const override { return entry_.packed; }
  const std::string& name() const override { return entry_.name; }

 private:
  Error damaged(std::string_view why) const {
    return archive_.damaged(fmt::format("'{}' in it: {}", entry_.name, why));
  }

  Result<std::size_t> packed(std::span<char> buffer) {
    const std::uint64_t left = entry_.packed - consumed();
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left));
    MLA_ASSIGN(const std::size_t got, archive_.read(at_, buffer.first(wanted)));
    if (got < wanted) return damaged("it ends too early");
    at_ += got;
    return got;
  }

  Result<std::size_t> inflated(std::span<char> buffer) {
    if (!ready_) {
      if (::inflateInit2(&stream_, -MAX_WBITS) != Z_OK) return damaged("no memory to decompress");
      ready_ = true;
    }
    stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
    const auto wanted = static_cast<uInt>(std::min<std::size_t>(buffer.size(), 1U << 30));
    stream_.avail_out = wanted;
    while (stream_.avail_out == wanted && !ended_ && wanted > 0) {
      if (stream_.avail_in == 0) {
        MLA_ASSIGN(const std::size_t got, packed(input_));
        if (got == 0) return damaged("it ends too early");
        stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
        stream_.avail_in = static_cast<uInt>(got);
      }
      const int code = ::inflate(&stream_, Z_NO_FLUSH);
      ended_ = code == Z_STREAM_END;
      if (code != Z_OK && code != Z_BUF_ERROR && !ended_) {
        return damaged(stream_.msg == nullptr ? "bad data" : stream_.msg);
      }
    }
    return static_cast<std::size_t>(wanted - stream_.avail_out);
  }

  Archive archive_;
  Entry entry_;
  std::uint64_t at_;
  std::uint64_t data_;
  std::uint64_t produced_ = 0;
  std::uint32_t crc_ = 0;
  z_stream stream_{};
  bool ready_ = false;
  bool ended_ = false;
  std::array<char, 1 << 16> input_;
};

fs::path inside(const fs::path& archive, const std::string& member) { return archive.string() + '/' + member; }

}  // namespace

bool is_zip(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return false;  // a pipe is left alone
  const base::Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4> magic{};
  if (fd.get() < 0 || ::pread(fd.get(), magic.data(), magic.size(), 0) != 4) return false;
  const std::string_view begin(magic.data(), magic.size());
  return begin == kLocalHeader || begin == kEnd;  // the latter of an empty archive
}

Result<std::vector<fs::path>> zip_members(const fs::path& archive) {
  MLA_ASSIGN(const Archive opened, Archive::open(archive));
  MLA_ASSIGN(const std::vector<Entry> entries, opened.entries());
  std::vector<fs::path> members;
  for (const Entry& entry : entries) {
    const bool none = entry.name.empty() || entry.name.ends_with('/') || entry.name.starts_with("__MACOSX/");
    if (!none) members.push_back(inside(archive, entry.name));
  }
  return members;
}

std::optional<std::pair<fs::path, std::string>> split_zip_path(const fs::path& path) {
  const std::string& text = path.native();
  for (std::size_t at = text.find('/', 1); at != std::string::npos; at = text.find('/', at + 1)) {
    const fs::path front = text.substr(0, at);
    std::error_code error;
    if (!fs::is_regular_file(front, error)) continue;
    if (!is_zip(front)) return std::nullopt;
    return std::pair(front, text.substr(at + 1));
  }
  return std::nullopt;
}

Result<std::unique_ptr<ByteSource>> open_zip_member(const fs::path& archive, const std::string& member) {
  MLA_ASSIGN(Archive opened, Archive::open(archive));
  MLA_ASSIGN(std::vector<Entry> entries, opened.entries());
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const Entry& each) { return each.name == member; });
  if (found == entries.end()) {
    return Error{ErrorCode::kNotFound, fmt::format("there is no '{}' in '{}'", member, archive.string())};
  }
  if ((found->flags & kEncrypted) != 0 || (found->method != kStored && found->method != kDeflated)) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("'{}' in '{}' is {}: unpack the archive and import its folder", member, archive.string(),
                             (found->flags & kEncrypted) != 0 ? "encrypted" : "compressed in an unusual way")};
  }
  MLA_ASSIGN(const std::string local, opened.bytes(found->header, kLocalBytes, "local header"));
  if (!local.starts_with(kLocalHeader)) return opened.damaged(fmt::format("'{}' is not where it should be", member));
  const std::uint64_t data =
      found->header + kLocalBytes + number_at<std::uint16_t>(local, 26) + number_at<std::uint16_t>(local, 28);
  if (data > opened.size() || found->packed > opened.size() - data) {
    return opened.damaged(fmt::format("'{}' lies beyond its end", member));
  }
  return std::unique_ptr<ByteSource>(std::make_unique<ZipMember>(std::move(opened), std::move(*found), data));
}

}  // namespace mla::catalog
