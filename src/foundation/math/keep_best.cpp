#include "foundation/math/keep_best.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace mla::math {
namespace {

constexpr std::size_t kFew = 128;  // up to here a partition is as fast
constexpr int kBucketBits = 11;    // sign, exponent and two bits of the mantissa: four buckets a power of two
constexpr std::uint32_t kSign = 0x80000000U;

// Larger scores have larger buckets, equal ones (0 and -0 too) the same.
std::size_t bucket_of(float score) {
  const auto bits = std::bit_cast<std::uint32_t>(score + 0.0F);
  const std::uint32_t ordered = bits ^ ((bits & kSign) != 0 ? ~0U : kSign);
  return ordered >> (32 - kBucketBits);
}

}  // namespace

void keep_best(std::vector<Scored>& scored, std::size_t k) {
  if (scored.size() <= k) return;
  const auto place = [](std::vector<Scored>& v, std::size_t n) { return v.begin() + static_cast<std::ptrdiff_t>(n); };
  if (scored.size() <= kFew) {
    std::nth_element(scored.begin(), place(scored, k), scored.end(), better);
    return scored.resize(k);
  }
  std::array<std::uint32_t, std::size_t{1} << kBucketBits> counts{};
  for (const Scored& one : scored) ++counts[bucket_of(one.score)];
  // The bucket that the k-th best falls into, and how many are above it.
  std::size_t border = counts.size() - 1;
  std::size_t above = 0;
  while (above + counts[border] < k) above += counts[border--];

  std::vector<Scored> at_border(counts[border] + 1);  // one more, as each entry is written before it is known to stay
  std::size_t kept = 0;
  std::size_t undecided = 0;
  for (const Scored one : scored) {
    const std::size_t bucket = bucket_of(one.score);
    scored[kept] = one;
    kept += bucket > border ? 1 : 0;
    at_border[undecided] = one;
    undecided += bucket == border ? 1 : 0;
  }
  at_border.resize(undecided);
  std::nth_element(at_border.begin(), place(at_border, k - above), at_border.end(), better);
  std::copy_n(at_border.begin(), k - above, place(scored, kept));
  scored.resize(k);
}

}  // namespace mla::math
