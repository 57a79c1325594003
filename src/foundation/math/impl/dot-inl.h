// Inner products of vectors with a query of floats, for each SIMD target of the source that includes it.
#if defined(MLA_MATH_DOT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef MLA_MATH_DOT_INL_H_
#undef MLA_MATH_DOT_INL_H_
#else
#define MLA_MATH_DOT_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mla::math::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class D>
HWY_INLINE hn::Vec<D> load(D d, const float* from) {
  return hn::LoadU(d, from);
}
// IEEE 754 binary16.
template <class D>
HWY_INLINE hn::Vec<D> load(D d, const std::uint16_t* from) {
  return hn::PromoteTo(d, hn::LoadU(hn::Rebind<hwy::float16_t, D>(), reinterpret_cast<const hwy::float16_t*>(from)));
}

// Four sums, so that they do not wait for each other.
template <class Element>
HWY_INLINE float dot(const Element* a, const float* b, std::size_t size) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  auto sum0 = hn::Zero(d);
  auto sum1 = hn::Zero(d);
  auto sum2 = hn::Zero(d);
  auto sum3 = hn::Zero(d);
  std::size_t k = 0;
  for (; k + 4 * lanes <= size; k += 4 * lanes) {
    sum0 = hn::MulAdd(load(d, a + k), hn::LoadU(d, b + k), sum0);
    sum1 = hn::MulAdd(load(d, a + k + lanes), hn::LoadU(d, b + k + lanes), sum1);
    sum2 = hn::MulAdd(load(d, a + k + 2 * lanes), hn::LoadU(d, b + k + 2 * lanes), sum2);
    sum3 = hn::MulAdd(load(d, a + k + 3 * lanes), hn::LoadU(d, b + k + 3 * lanes), sum3);
  }
  for (; k + lanes <= size; k += lanes) sum0 = hn::MulAdd(load(d, a + k), hn::LoadU(d, b + k), sum0);
  float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3))));
  const hn::CappedTag<float, 1> one;
  for (; k < size; ++k) sum += hn::GetLane(load(one, a + k)) * b[k];
  return sum;
}

}  // namespace mla::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
