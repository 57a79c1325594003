#include "knowledge/audio/quality/impl/k_weighting.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "knowledge/audio/quality/impl/k_weighting.cpp"
#include <hwy/foreach_target.h>
// foreach_target must come before highway.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mla::audio::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Direct form I: of each output only one multiplication and addition wait for the output before. What costs is the
// number of multiplications, so the shelf runs without its gain and the high-pass takes differences.
void k_weighted_energy(const float* first, const float* second, std::size_t count,
                       const KWeighting::Coefficients& shelf, const KWeighting::Coefficients& high_pass,
                       KWeighting::Memory& shelf_memory, KWeighting::Memory& high_pass_memory, double* energy) {
  const hn::CappedTag<double, 2> d;  // both channels, or (on processors without vectors) one after the other
  constexpr std::size_t kStretch = 256;
  const hn::Rebind<float, decltype(d)> floats;
  HWY_ALIGN float in[2 * kStretch];
  for (std::size_t begin = 0; begin < count; begin += kStretch) {
    const std::size_t length = HWY_MIN(kStretch, count - begin);
    for (std::size_t i = 0; i < length; ++i) {
      in[2 * i] = first[begin + i];
      in[2 * i + 1] = second[begin + i];
    }
    for (std::size_t c = 0; c < 2; c += hn::Lanes(d)) {
      struct Filter {
        hn::Vec<decltype(d)> a1, a2, x1, x2, y1, y2;
        Filter(const KWeighting::Coefficients& k, const KWeighting::Memory& memory, std::size_t channel) {
          const hn::CappedTag<double, 2> tag;
          a1 = hn::Set(tag, k.a1), a2 = hn::Set(tag, k.a2);
          x1 = hn::LoadU(tag, &memory[0][channel]), x2 = hn::LoadU(tag, &memory[1][channel]);
          y1 = hn::LoadU(tag, &memory[2][channel]), y2 = hn::LoadU(tag, &memory[3][channel]);
        }
        // The next output, of what the inputs come to.
        HWY_INLINE hn::Vec<decltype(d)> step(hn::Vec<decltype(d)> x, hn::Vec<decltype(d)> inputs) {
          const auto y = hn::NegMulAdd(a1, y1, hn::NegMulAdd(a2, y2, inputs));
          x2 = x1, x1 = x, y2 = y1, y1 = y;
          return y;
        }
        void keep(KWeighting::Memory& memory, std::size_t channel) const {
          const hn::CappedTag<double, 2> tag;
          hn::StoreU(x1, tag, &memory[0][channel]), hn::StoreU(x2, tag, &memory[1][channel]);
          hn::StoreU(y1, tag, &memory[2][channel]), hn::StoreU(y2, tag, &memory[3][channel]);
        }
      };
      Filter head(shelf, shelf_memory, c);
      Filter low_cut(high_pass, high_pass_memory, c);
      const auto b1 = hn::Set(d, shelf.b1 / shelf.b0);
      const auto b2 = hn::Set(d, shelf.b2 / shelf.b0);
      auto rise = hn::Sub(low_cut.x1, low_cut.x2);
      auto sum = hn::Zero(d);
      HWY_UNROLL(4)  // what is a sample older then stays in its register
      for (std::size_t i = 0; i < length; ++i) {
        const auto x = hn::PromoteTo(d, hn::LoadU(floats, in + 2 * i + c));
        const auto shelved = head.step(x, hn::MulAdd(b1, head.x1, hn::MulAdd(b2, head.x2, x)));
        const auto rose = hn::Sub(shelved, low_cut.x1);
        const auto y = low_cut.step(shelved, hn::Sub(rose, rise));
        rise = rose;
        sum = hn::MulAdd(y, y, sum);
      }
      const auto gain = hn::Set(d, shelf.b0 * shelf.b0);
      hn::StoreU(hn::MulAdd(gain, sum, hn::LoadU(d, energy + c)), d, energy + c);
      head.keep(shelf_memory, c);
      low_cut.keep(high_pass_memory, c);
    }
  }
}

}  // namespace mla::audio::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>
#include <numbers>

namespace mla::audio {
namespace {

HWY_EXPORT(k_weighted_energy);

constexpr double kShelfHz = 1681.974450955533;
constexpr double kShelfGainDb = 3.999843853973347;
constexpr double kShelfQ = 0.7071752369554196;
constexpr double kHighPassHz = 38.13547087602444;
constexpr double kHighPassQ = 0.5003270373238773;

// In silence the memory would shrink into denormal numbers, a hundred times slower.
void settle(KWeighting::Memory& memory) {
  constexpr double kInaudible = 1e-30;
  for (auto& channels : memory) {
    for (double& value : channels) value = std::abs(value) < kInaudible ? 0 : value;
  }
}

}  // namespace

KWeighting::KWeighting(int sample_rate) {
  if (sample_rate > 2 * kShelfHz) {
    const double k = std::tan(std::numbers::pi * kShelfHz / sample_rate);
    const double high = std::pow(10.0, kShelfGainDb / 20.0);
    const double band = std::pow(high, 0.4996667741545416);
    const double a0 = 1.0 + k / kShelfQ + k * k;
    shelf_.b0 = (high + band * k / kShelfQ + k * k) / a0;
    shelf_.b1 = 2.0 * (k * k - high) / a0;
    shelf_.b2 = (high - band * k / kShelfQ + k * k) / a0;
    shelf_.a1 = 2.0 * (k * k - 1.0) / a0;
    shelf_.a2 = (1.0 - k / kShelfQ + k * k) / a0;
  }
  high_pass_ = {.b0 = 1, .b1 = -2, .b2 = 1, .a1 = -2, .a2 = 1};  // of lower rates nothing: poles upon the zeros
  if (sample_rate > 2 * kHighPassHz) {
    const double k = std::tan(std::numbers::pi * kHighPassHz / sample_rate);
    const double a0 = 1.0 + k / kHighPassQ + k * k;
    high_pass_.a1 = 2.0 * (k * k - 1.0) / a0;
    high_pass_.a2 = (1.0 - k / kHighPassQ + k * k) / a0;
  }
}

std::array<double, 2> KWeighting::energy(std::span<const float> first, std::span<const float> second) {
  std::array<double, 2> sums{};
  HWY_DYNAMIC_DISPATCH(k_weighted_energy)
  (first.data(), second.data(), first.size(), shelf_, high_pass_, shelf_memory_, high_pass_memory_, sums.data());
  settle(shelf_memory_);
  settle(high_pass_memory_);
  return sums;
}

}  // namespace mla::audio
#endif  // HWY_ONCE
