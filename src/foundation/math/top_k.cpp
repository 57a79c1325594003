#include "foundation/math/top_k.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "foundation/math/top_k.cpp"
#include <hwy/foreach_target.h>
// foreach_target must come before highway.h.
#include <bit>
#include <cstdint>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mla::math::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Writes the positions of scores > threshold to `found`, ascending, and returns how many there are.
// REQUIRES: room for count in `found`.
std::size_t find_above(const float* scores, std::size_t count, float threshold, std::int32_t* found) {
  const hn::CappedTag<float, 64> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto limit = hn::Set(d, threshold);
  std::size_t n = 0;
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto above = hn::Gt(hn::LoadU(d, scores + i), limit);
    if (HWY_LIKELY(hn::AllFalse(d, above))) continue;
    // Few are above; bit by bit is faster here than CompressStore, for which GCC copies a table of 1 KB each time.
    std::uint64_t bits = 0;
    hn::StoreMaskBits(d, above, reinterpret_cast<std::uint8_t*>(&bits));
    for (; bits != 0; bits &= bits - 1) found[n++] = static_cast<std::int32_t>(i) + std::countr_zero(bits);
  }
  for (; i < count; ++i) {
    if (scores[i] > threshold) found[n++] = static_cast<std::int32_t>(i);
  }
  return n;
}

}  // namespace mla::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>

#include "foundation/math/impl/best.h"

namespace mla::math {

HWY_EXPORT(find_above);

namespace impl {

void Best::offer(std::span<const float> scores, std::size_t first) {
  for (std::size_t begin = 0; begin < scores.size(); begin += kBlock) {
    const std::size_t count = std::min(kBlock, scores.size() - begin);
    const std::size_t n = HWY_DYNAMIC_DISPATCH(find_above)(scores.data() + begin, count, threshold_, found_.data());
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t at = begin + static_cast<std::size_t>(found_[i]);
      kept_.push_back({static_cast<std::int32_t>(first + at), scores[at]});
    }
    if (kept_.size() >= 2 * k_) shrink();
  }
}

void Best::offer(std::span<const float> scores, std::size_t first, std::span<const std::int32_t> excluded,
                 std::size_t& next) {
  std::size_t begin = 0;
  for (; next < excluded.size() && static_cast<std::size_t>(excluded[next]) < first + scores.size(); ++next) {
    const std::size_t gap = static_cast<std::size_t>(excluded[next]) - first;
    offer(scores.subspan(begin, gap - begin), first + begin);
    begin = gap + 1;
  }
  offer(scores.subspan(begin), first + begin);
}

void Best::finish() {
  if (kept_.size() > k_) shrink();
  std::sort(kept_.begin(), kept_.end(), better);
}

void Best::shrink() {
  const auto worst = kept_.begin() + static_cast<std::ptrdiff_t>(k_ - 1);
  std::nth_element(kept_.begin(), worst, kept_.end(), better);
  threshold_ = worst->score;
  kept_.resize(k_);
}

}  // namespace impl

void top_k(std::span<const float> scores, std::span<const std::int32_t> excluded, std::size_t k,
           std::vector<Scored>& out) {
  impl::Best best(k, out);
  if (k == 0) return;
  std::size_t next = 0;
  best.offer(scores, 0, excluded, next);
  best.finish();
}

}  // namespace mla::math
#endif  // HWY_ONCE
