#include "learning/registry/impl/folder_lock.h"

#include <cerrno>
#include <chrono>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "foundation/base/clock.h"
#include "foundation/base/file.h"

namespace mla::registry {
namespace {

constexpr std::string_view kFileName = ".lock";
constexpr double kPatienceSeconds = 10;
constexpr std::chrono::milliseconds kPause{5};

}  // namespace

base::Result<FolderLock> FolderLock::acquire(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kFileName;
  FolderLock lock(base::Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)));
  if (lock.fd_.get() < 0) return base::system_error(errno, "lock", path);
  const double start = base::monotonic_seconds();
  while (::flock(lock.fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return base::system_error(errno, "lock", path);
    if (base::monotonic_seconds() - start > kPatienceSeconds) {
      return base::Error{base::ErrorCode::kBusy,
                         fmt::format("another process has held '{}' for {} seconds; try again when it is done",
                                     path.string(), kPatienceSeconds)};
    }
    std::this_thread::sleep_for(kPause);
  }
  return lock;
}

}  // namespace mla::registry
