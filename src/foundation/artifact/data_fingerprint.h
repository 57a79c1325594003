#pragma once

#include <cstdint>
#include <string>

#include <fmt/format.h>
#ifndef XXH_STATIC_LINKING_ONLY
#define XXH_STATIC_LINKING_ONLY  // the state by value
#endif
#include <xxhash.h>

namespace mla::artifact {

// What a model was learnt from, as its manifest names it: XXH3 over everything added, in order, each with its length.
class DataFingerprint {
 public:
  DataFingerprint() { XXH3_64bits_reset(&state_); }

  // A contiguous range of numbers, or a string.
  template <class Values>
  void add(const Values& values) {
    const std::uint64_t size = values.size();
    XXH3_64bits_update(&state_, &size, sizeof size);
    XXH3_64bits_update(&state_, values.data(), values.size() * sizeof values[0]);
  }
  // 16 hexadecimal digits.
  std::string text() const { return fmt::format("{:016x}", XXH3_64bits_digest(&state_)); }

 private:
  XXH3_state_t state_;
};

}  // namespace mla::artifact
