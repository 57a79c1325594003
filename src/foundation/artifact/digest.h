#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace mla::artifact {

// SHA-256 (FIPS 180-4) in lower-case hexadecimal, fed piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(std::span<const std::byte> bytes);
  std::string finish();

 private:
  void* context_;
};

std::string sha256(std::span<const std::byte> bytes);

}  // namespace mla::artifact
