#include "knowledge/catalog/import/zip.h"

#include <array>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zip.h>

#include "foundation/base/descriptor.h"
#include "foundation/base/file.h"

namespace mla::catalog {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;
using base::Result;

struct Closer {
  void operator()(zip_t* archive) const { ::zip_discard(archive); }
  void operator()(zip_file_t* member) const { ::zip_fclose(member); }
};
using Archive = std::unique_ptr<zip_t, Closer>;
using Member = std::unique_ptr<zip_file_t, Closer>;

Error damaged(const fs::path& archive, std::string_view why) {
  return {ErrorCode::kCorrupt,
          fmt::format("'{}' is a damaged archive, perhaps cut off by a copy or download ({})", archive.string(), why)};
}

Result<Archive> open_archive(const fs::path& path) {
  int code = 0;
  Archive archive(::zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (archive != nullptr) return archive;
  if (code == ZIP_ER_OPEN || code == ZIP_ER_NOENT) return base::system_error(errno, "open", path);
  zip_error_t error;
  ::zip_error_init_with_code(&error, code);
  const std::string why = ::zip_error_strerror(&error);
  ::zip_error_fini(&error);
  return damaged(path, why);
}

class ZipMember final : public ByteSource {
 public:
  ZipMember(Archive archive, Member member, fs::path path, std::string name, std::uint64_t size)
      : archive_(std::move(archive)),
        member_(std::move(member)),
        path_(std::move(path)),
        name_(std::move(name)),
        size_(size) {}

  Result<std::size_t> read(std::span<char> buffer) override {
    const zip_int64_t got = ::zip_fread(member_.get(), buffer.data(), buffer.size());
    if (got < 0) return damaged(path_, fmt::format("'{}' in it: {}", name_, ::zip_file_strerror(member_.get())));
    consumed_ += static_cast<std::uint64_t>(got);
    return static_cast<std::size_t>(got);
  }
  std::uint64_t consumed() const override { return consumed_; }
  std::uint64_t size() const override { return size_; }
  const std::string& name() const override { return name_; }

 private:
  Archive archive_;
  Member member_;  // closed before its archive
  fs::path path_;
  std::string name_;
  std::uint64_t size_;
  std::uint64_t consumed_ = 0;
};

}  // namespace

bool is_zip(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return false;  // a pipe is left alone
  const base::Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4> magic{};
  if (fd.get() < 0 || ::pread(fd.get(), magic.data(), magic.size(), 0) != 4) return false;
  const std::string_view begin(magic.data(), magic.size());
  return begin == "PK\x03\x04" || begin == "PK\x05\x06";  // the latter of an empty archive
}

Result<std::vector<fs::path>> zip_members(const fs::path& archive) {
  MLA_ASSIGN(const Archive opened, open_archive(archive));
  const zip_int64_t count = ::zip_get_num_entries(opened.get(), 0);
  std::vector<fs::path> members;
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* raw = ::zip_get_name(opened.get(), static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
    const std::string_view name = raw != nullptr ? raw : "";
    const bool none = name.empty() || name.ends_with('/') || name.starts_with("__MACOSX/");
    if (!none) members.emplace_back(fmt::format("{}/{}", archive.string(), name));
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
  MLA_ASSIGN(Archive opened, open_archive(archive));
  const zip_int64_t index = ::zip_name_locate(opened.get(), member.c_str(), ZIP_FL_ENC_RAW);
  zip_stat_t about;
  ::zip_stat_init(&about);
  if (index < 0 || ::zip_stat_index(opened.get(), static_cast<zip_uint64_t>(index), 0, &about) != 0) {
    return Error{ErrorCode::kNotFound, fmt::format("there is no '{}' in '{}'", member, archive.string())};
  }
  Member file(::zip_fopen_index(opened.get(), static_cast<zip_uint64_t>(index), 0));
  if (file == nullptr) {
    const std::string why = ::zip_strerror(opened.get());
    const int code = ::zip_error_code_zip(::zip_get_error(opened.get()));
    if (code == ZIP_ER_NOPASSWD || code == ZIP_ER_ENCRNOTSUPP || code == ZIP_ER_COMPNOTSUPP) {
      return Error{ErrorCode::kUnsupported, fmt::format("'{}' in '{}' cannot be read ({}): unpack the archive and "
                                                        "import its folder",
                                                        member, archive.string(), why)};
    }
    return damaged(archive, fmt::format("'{}' in it: {}", member, why));
  }
  return std::unique_ptr<ByteSource>(
      std::make_unique<ZipMember>(std::move(opened), std::move(file), archive, member, about.size));
}

}  // namespace mla::catalog
