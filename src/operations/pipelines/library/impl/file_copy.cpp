#include "operations/pipelines/library/impl/file_copy.h"

#include <array>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "foundation/base/descriptor.h"
#include "foundation/base/file.h"

namespace mla::pipelines {
namespace {

base::Status copy_bytes(int from, int to, const std::filesystem::path& path) {
  if (::ioctl(to, FICLONE, from) == 0) return {};
  std::vector<char> buffer(1 << 20);
  for (;;) {
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::system_error(errno, "read", path);
    if (got == 0) return {};
    for (ssize_t done = 0; done < got;) {
      const ssize_t written = ::write(to, buffer.data() + done, static_cast<std::size_t>(got - done));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return base::system_error(errno, "write a copy beside", path);
      done += written;
    }
  }
}

// What a filesystem does not know, or only root may set, is left out.
void copy_attributes(int from, int to) {
  std::vector<char> names(1 << 16);
  const ssize_t length = ::flistxattr(from, names.data(), names.size());
  std::vector<char> value(1 << 16);
  for (ssize_t at = 0; at < length;) {
    const char* name = names.data() + at;
    at += static_cast<ssize_t>(std::char_traits<char>::length(name)) + 1;
    const ssize_t size = ::fgetxattr(from, name, value.data(), value.size());
    if (size >= 0) static_cast<void>(::fsetxattr(to, name, value.data(), static_cast<std::size_t>(size), 0));
  }
}

// Another owner's file stays that owner's; who may not give files away may not replace them either.
base::Status copy_owner(int to, const struct stat& about, const std::filesystem::path& path) {
  struct stat now {};
  if (::fstat(to, &now) != 0) return base::system_error(errno, "read", path);
  const bool same = now.st_uid == about.st_uid && now.st_gid == about.st_gid;
  if (!same && ::fchown(to, about.st_uid, about.st_gid) != 0)
    return base::system_error(errno, "keep the owner of", path);
  if (::fchmod(to, about.st_mode & 07777) != 0) return base::system_error(errno, "keep the mode of", path);
  return {};
}

bool same_moment(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

}  // namespace

base::Result<FileCopy> FileCopy::make(const std::filesystem::path& original) {
  const base::Descriptor from(::open(original.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (from.get() < 0 && errno == ELOOP) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("'{}' is a link: its target is the file to change", original.string())};
  }
  if (from.get() < 0) return base::system_error(errno, "open", original);
  struct stat about {};
  if (::fstat(from.get(), &about) != 0) return base::system_error(errno, "read", original);
  if (!S_ISREG(about.st_mode)) {
    return base::Error{base::ErrorCode::kInvalidArgument, fmt::format("'{}' is not a regular file", original.string())};
  }
  if (about.st_nlink > 1) {
    return base::Error{
        base::ErrorCode::kInvalidArgument,
        fmt::format("'{}' has {} names (hard links); a new file would part them", original.string(), about.st_nlink)};
  }
  if (::access(original.c_str(), W_OK) != 0) return base::system_error(errno, "write", original);
  const std::filesystem::path path =
      original.parent_path() / fmt::format(".mla-{}-{}{}", ::getpid(), about.st_ino, original.extension().string());
  const base::Descriptor to(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (to.get() < 0) return base::system_error(errno, "create", path);
  FileCopy copy(original, path, about);
  MLA_CHECK(copy_bytes(from.get(), to.get(), original));
  MLA_CHECK(copy_owner(to.get(), about, original));
  copy_attributes(from.get(), to.get());
  return copy;
}

FileCopy::FileCopy(FileCopy&& other) noexcept
    : original_(std::move(other.original_)), path_(std::exchange(other.path_, {})), about_(other.about_) {}

FileCopy::~FileCopy() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

base::Status FileCopy::replace_original(bool keep_time) {
  const base::Descriptor copy(::open(path_.c_str(), O_WRONLY | O_CLOEXEC));
  if (copy.get() < 0) return base::system_error(errno, "open", path_);
  const std::array<timespec, 2> times = {about_.st_atim, about_.st_mtim};
  if (keep_time && ::futimens(copy.get(), times.data()) != 0) return base::system_error(errno, "date", path_);
  if (::fsync(copy.get()) != 0) return base::system_error(errno, "write a copy beside", original_);
  struct stat now {};
  if (::lstat(original_.c_str(), &now) != 0) return base::system_error(errno, "read", original_);
  if (now.st_ino != about_.st_ino || now.st_size != about_.st_size || !same_moment(now.st_mtim, about_.st_mtim)) {
    return base::Error{
        base::ErrorCode::kBusy,
        fmt::format("'{}' was changed by another program meanwhile: it is left as that left it", original_.string())};
  }
  if (::rename(path_.c_str(), original_.c_str()) != 0) return base::system_error(errno, "replace", original_);
  path_.clear();
  return base::sync_folder(original_.parent_path());
}

}  // namespace mla::pipelines
