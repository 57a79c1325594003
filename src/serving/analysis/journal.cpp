#include "serving/analysis/journal.h"

#include <cerrno>
#include <utility>

#include <boost/json/parse.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "foundation/base/file.h"

namespace mla::analysis {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxLineBytes = std::size_t{64} << 20;

}  // namespace

FileStamp stamp_of(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {static_cast<std::uint64_t>(status.st_size),
          std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

base::Result<Journal> Journal::open(const std::filesystem::path& path, bool resume) {
  const int flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | (resume ? 0 : O_TRUNC);
  base::Descriptor descriptor(::open(path.c_str(), flags, 0666));
  if (descriptor.get() < 0) return base::system_error(errno, "open", path);
  Journal journal(std::move(descriptor), path);
  if (resume) MLA_CHECK(journal.read_back());
  return journal;
}

base::Status Journal::read_back() {
  std::string line;
  std::string buffer(1 << 20, '\0');
  std::uint64_t line_begin = 0;
  std::uint64_t offset = 0;
  std::size_t number = 0;
  for (;;) {
    const ::ssize_t got = ::pread(descriptor_.get(), buffer.data(), buffer.size(), static_cast<::off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::system_error(errno, "read", path_);
    if (got == 0) break;
    std::string_view part(buffer.data(), static_cast<std::size_t>(got));
    offset += part.size();
    while (!part.empty()) {
      const std::size_t end = part.find('\n');
      line += part.substr(0, end);
      const bool complete = end != std::string_view::npos;
      part.remove_prefix(complete ? end + 1 : part.size());
      if (complete) {
        ++number;
        boost::system::error_code error;
        const json::value value = json::parse(line, error);
        const json::object* object = value.if_object();
        const json::value* file = object != nullptr && !error ? object->if_contains("file") : nullptr;
        if (file == nullptr || !file->is_string()) {
          return base::Error{base::ErrorCode::kCorrupt,
                             fmt::format("{}: line {} is not one that analyze wrote; name another --output, or leave "
                                         "--resume out to replace the file",
                                         path_.string(), number)};
        }
        Entry entry;
        if (const auto* bytes = object->if_contains("file_bytes"); bytes != nullptr && bytes->is_int64()) {
          entry.stamp.bytes = static_cast<std::uint64_t>(bytes->get_int64());
        }
        if (const auto* time = object->if_contains("file_modified_ns"); time != nullptr && time->is_int64()) {
          entry.stamp.modified_ns = time->get_int64();
        }
        entry.failed = object->contains("error");
        done_[std::string(file->get_string())] = entry;
        line_begin += line.size() + 1;
        line.clear();
      } else if (line.size() > kMaxLineBytes) {
        return base::Error{base::ErrorCode::kTooLarge, fmt::format("{}: a line is too long", path_.string())};
      }
    }
  }
  if (!line.empty() && ::ftruncate(descriptor_.get(), static_cast<::off_t>(line_begin)) != 0) {
    return base::system_error(errno, "cut the torn last line of", path_);
  }
  return {};
}

bool Journal::has(const std::string& file, const FileStamp& stamp, bool& failed) const {
  const auto found = done_.find(file);
  if (found == done_.end() || found->second.stamp != stamp) return false;
  failed = found->second.failed;
  return true;
}

base::Status Journal::write(std::string_view line) {
  std::string whole(line);
  whole += '\n';
  std::string_view left = whole;
  while (!left.empty()) {
    const ::ssize_t written = ::write(descriptor_.get(), left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return base::system_error(errno, "write", path_);
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

base::Status Journal::sync() {
  if (::fsync(descriptor_.get()) != 0 && errno != EINVAL && errno != EROFS)
    return base::system_error(errno, "write", path_);
  return {};
}

}  // namespace mla::analysis
