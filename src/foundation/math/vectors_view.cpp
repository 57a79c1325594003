#include "foundation/math/vectors_view.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "foundation/math/vectors_view.cpp"
#include <hwy/foreach_target.h>
// foreach_target must come before highway.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mla::math::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

void widen(const std::uint16_t* from, std::size_t size, float* to) {
  const auto all = [&](auto d, std::size_t first) HWY_ATTR {
    const hn::Rebind<hwy::float16_t, decltype(d)> half;
    const auto* halves = reinterpret_cast<const hwy::float16_t*>(from);
    for (; first + hn::Lanes(d) <= size; first += hn::Lanes(d)) {
      hn::StoreU(hn::PromoteTo(d, hn::LoadU(half, halves + first)), d, to + first);
    }
    return first;
  };
  all(hn::CappedTag<float, 1>(), all(hn::ScalableTag<float>(), 0));
}

void narrow(const float* from, std::size_t size, std::uint16_t* to) {
  constexpr float kLargest = 65504;
  const auto all = [&](auto d, std::size_t first) HWY_ATTR {
    const hn::Rebind<hwy::float16_t, decltype(d)> half;
    auto* halves = reinterpret_cast<hwy::float16_t*>(to);
    for (; first + hn::Lanes(d) <= size; first += hn::Lanes(d)) {
      const auto bounded = hn::Clamp(hn::LoadU(d, from + first), hn::Set(d, -kLargest), hn::Set(d, kLargest));
      hn::StoreU(hn::DemoteTo(half, bounded), half, halves + first);
    }
    return first;
  };
  all(hn::CappedTag<float, 1>(), all(hn::ScalableTag<float>(), 0));
}

}  // namespace mla::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>
#include <cassert>

namespace mla::math {
namespace {

HWY_EXPORT(widen);
HWY_EXPORT(narrow);

}  // namespace

void VectorsView::row(std::size_t i, std::span<float> out) const {
  assert(out.size() == cols);
  if (halves != nullptr) {
    HWY_DYNAMIC_DISPATCH(widen)(halves + i * stride, cols, out.data());
  } else {
    std::copy_n(floats + i * stride, cols, out.data());
  }
}

Matrix VectorsView::gather(std::span<const std::int32_t> listed) const {
  Matrix gathered(listed.size(), cols);
  for (std::size_t i = 0; i < listed.size(); ++i) row(static_cast<std::size_t>(listed[i]), gathered.row(i));
  return gathered;
}

std::vector<std::uint16_t> to_halves(std::span<const float> values) {
  std::vector<std::uint16_t> halves(values.size());
  HWY_DYNAMIC_DISPATCH(narrow)(values.data(), values.size(), halves.data());
  return halves;
}

}  // namespace mla::math
#endif  // HWY_ONCE
