#pragma once

#include <filesystem>
#include <utility>

#include "foundation/base/descriptor.h"
#include "foundation/base/result.h"

namespace mla::registry {

// One holder at a time, among threads and processes: flock(2) on `<folder>/.lock`, which a crash lets go by itself.
// The file stays; it is empty.
class FolderLock {
 public:
  // Waits up to 10 seconds; then kBusy. The folder must exist.
  static base::Result<FolderLock> acquire(const std::filesystem::path& folder);

 private:
  explicit FolderLock(base::Descriptor fd) : fd_(std::move(fd)) {}
  base::Descriptor fd_;
};

}  // namespace mla::registry
