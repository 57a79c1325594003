#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace mla::base {

// Seeded generator with the same numbers on every platform: xoshiro256** (Blackman & Vigna, 2018) seeded by SplitMix64.
// One object a thread; `stream` derives independent ones, so that results do not depend on the thread count.
class Random {
 public:
  explicit Random(std::uint64_t seed);
  // An independent generator for part `index` of a work that has this seed.
  static Random stream(std::uint64_t seed, std::uint64_t index);

  std::uint64_t next();
  double uniform();                      // [0, 1)
  std::uint64_t below(std::uint64_t n);  // [0, n); REQUIRES: n > 0
  double normal();                       // mean 0, deviation 1 (Box-Muller)

  template <class Container>
  void shuffle(Container& values) {
    for (std::size_t i = values.size(); i > 1; --i) {
      using std::swap;
      swap(values[i - 1], values[below(i)]);
    }
  }

 private:
  std::uint64_t state_[4];
};

}  // namespace mla::base
