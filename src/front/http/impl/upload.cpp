#include "front/http/impl/upload.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include "foundation/base/descriptor.h"
#include "foundation/base/file.h"
#include "foundation/base/parse.h"
#include "serving/analysis/file_kind.h"

namespace mla::http {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

constexpr std::size_t kMostName = 255;
constexpr std::size_t kRandomBytes = 16;
constexpr std::string_view kPrefix = "upload-";
constexpr std::chrono::hours kYoung{1};  // younger ones may be on their way to their job

// What a name may not hide before its last extension.
constexpr std::string_view kOthers[] = {
    ".exe",  ".com", ".bat",  ".cmd", ".scr", ".dll",  ".msi", ".so",  ".sh",   ".bash", ".js",   ".mjs",
    ".vbs",  ".ps1", ".py",   ".pl",  ".rb",  ".php",  ".asp", ".jsp", ".cgi",  ".htm",  ".html", ".svg",
    ".xml",  ".zip", ".gz",   ".bz2", ".xz",  ".tar",  ".7z",  ".rar", ".jar",  ".iso",  ".pdf",  ".doc",
    ".docx", ".mp3", ".flac", ".wav", ".ogg", ".opus", ".m4a", ".aac", ".aiff", ".mp4"};

Error off(std::string what) { return {ErrorCode::kInvalidArgument, std::move(what)}; }

}  // namespace

Status check_file_name(std::string_view name, const std::vector<std::string>& allowed) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (name.empty() || name.size() > kMostName || !base::is_utf8(name) || std::ranges::any_of(name, is_control) ||
      name.find_first_of("/\\") != std::string_view::npos || name.front() == '.') {
    return off(fmt::format("The file needs a name of 1 to {} bytes of UTF-8 without folders and control characters",
                           kMostName));
  }
  const std::string extension = analysis::extension_of(name);
  if (std::ranges::find(allowed, extension) == allowed.end()) {
    std::string list;
    for (const std::string& one : allowed) list += (list.empty() ? "" : ", ") + one;
    return off(fmt::format("The file's name must end in one of {}", list));
  }
  const std::string before = analysis::extension_of(base::trim(name.substr(0, name.size() - extension.size())));
  if (std::ranges::find(kOthers, before) != std::end(kOthers))
    return off(fmt::format("The file's name has two extensions, {}{}", before, extension));
  return {};
}

Result<StoredUpload> StoredUpload::write(const std::filesystem::path& folder, std::string_view content,
                                         std::string_view extension) {
  std::error_code failed;
  if (std::filesystem::create_directories(folder, failed))
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
  if (failed) return base::system_error(failed.value(), "make the folder", folder);
  std::array<char, kRandomBytes> random{};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
    return base::system_error(errno, "draw a name in", folder);
  const std::filesystem::path path =
      folder / (std::string(kPrefix) + base::to_hex({random.data(), random.size()}) + std::string(extension));
  const base::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0) return base::system_error(errno, "make", path);
  StoredUpload stored(path);
  MLA_CHECK(base::write_durably(file.get(), content, path));
  return stored;
}

StoredUpload::~StoredUpload() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove(path_, ignored);
}

std::size_t remove_leftovers(const std::filesystem::path& folder, const std::vector<std::string>& awaited,
                             std::filesystem::file_time_type now) {
  std::error_code failed;
  std::vector<std::filesystem::path> leftovers;
  for (auto entry = std::filesystem::directory_iterator(folder, failed); !failed && entry != end(entry);
       entry.increment(failed)) {
    const std::filesystem::path& path = entry->path();
    if (!path.filename().string().starts_with(kPrefix)) continue;
    if (std::ranges::find(awaited, path.stem().string()) != awaited.end()) continue;
    std::error_code gone;
    const auto written = std::filesystem::last_write_time(path, gone);
    if (!gone && now - written >= kYoung) leftovers.push_back(path);
  }
  return static_cast<std::size_t>(std::ranges::count_if(leftovers, [](const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::remove(path, ignored);
  }));
}

}  // namespace mla::http
