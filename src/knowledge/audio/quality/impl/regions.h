#pragma once

#include <cstddef>
#include <vector>

namespace mla::audio {

// Places of one fault, ascending; neighbours become one, so that a damaged minute is one finding.
struct Region {
  std::size_t begin = 0;  // frames
  std::size_t end = 0;
  std::size_t count = 0;  // how many faults it holds
  double strongest = 0;
};

class Regions {
 public:
  // Faults at most `gap` frames apart are one region.
  explicit Regions(std::size_t gap) : gap_(gap) {}

  // REQUIRES: begin is not before that of the last call.
  void add(std::size_t begin, std::size_t end, double strength, std::size_t count = 1) {
    if (!regions_.empty() && (begin <= regions_.back().end + gap_ || regions_.size() == kMost)) {
      Region& last = regions_.back();
      last.end = last.end < end ? end : last.end;
      last.count += count;
      last.strongest = last.strongest < strength ? strength : last.strongest;
      return;
    }
    regions_.push_back({begin, end, count, strength});
  }
  const std::vector<Region>& all() const { return regions_; }

 private:
  static constexpr std::size_t kMost = 100;  // then the last one grows to the end
  std::size_t gap_;
  std::vector<Region> regions_;
};

}  // namespace mla::audio
