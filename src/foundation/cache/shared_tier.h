#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mla::cache {

// What stands behind the memory of one process, and other processes share: bytes by key. It may lose anything at any
// time, and what it gives back was written by who knows whom. Thread-safe.
class SharedTier {
 public:
  virtual ~SharedTier() = default;
  // What was put under exactly this key, unless it has expired or is lost. Takes a few milliseconds at most: nothing,
  // too, where the tier is out of reach.
  virtual std::optional<std::string> find(std::string_view key) = 0;
  // Keeps `bytes` for so many seconds (above 0), by and by: nobody waits for it, and it may not happen.
  virtual void put(std::string_view key, std::string bytes, double seconds) = 0;
  // Why the tier is out of reach, in one line; empty where it is not.
  virtual std::string problem() const = 0;
};

}  // namespace mla::cache
