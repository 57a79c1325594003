#include "foundation/base/private_file.h"

#include <cerrno>

#include <fmt/format.h>
#include <sys/stat.h>

#include "foundation/base/file.h"

namespace mla::base {

Result<std::string> read_private_file(const std::filesystem::path& path, std::uint64_t limit) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return system_error(errno, "open", path);
  if ((status.st_mode & S_IRWXO) != 0) {
    return Error{
        ErrorCode::kPermission,
        fmt::format("'{0}' holds a key, and everybody on this machine can reach it (mode {1:04o}): chmod o= '{0}'",
                    path.string(), status.st_mode & 07777)};
  }
  return read_file(path, limit);
}

}  // namespace mla::base
