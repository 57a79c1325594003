#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "foundation/base/result.h"

namespace mla::catalog {

// A stream of bytes that is read once from front to back.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills the front of `buffer`; 0 at the end. Errors name the source.
  virtual base::Result<std::size_t> read(std::span<char> buffer) = 0;
  // How much of the file was used, and how big it is (0 if unknown): for a progress bar.
  virtual std::uint64_t consumed() const = 0;
  virtual std::uint64_t size() const = 0;
  // What people call it, for messages.
  virtual const std::string& name() const = 0;
};

// A file, decompressed if its first bytes say gzip, or a member of a ZIP archive (zip.h). Reading a .gz that ends too
// early fails with kCorrupt.
base::Result<std::unique_ptr<ByteSource>> open_source(const std::filesystem::path& path);

// Bytes in memory; REQUIRES: `bytes` outlives the source.
std::unique_ptr<ByteSource> memory_source(std::string_view bytes, std::string name);

}  // namespace mla::catalog
