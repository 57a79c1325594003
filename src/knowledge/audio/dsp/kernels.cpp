#include "knowledge/audio/dsp/kernels.h"

#ifndef MLA_AUDIO_KERNELS_ONCE  // this file is compiled for one processor after the other
#define MLA_AUDIO_KERNELS_ONCE
namespace mla::audio {
inline constexpr std::size_t kMostLanes = 16;  // of lane_extremes
}
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "knowledge/audio/dsp/kernels.cpp"
#include <hwy/foreach_target.h>
// foreach_target must come before highway.h.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mla::audio::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;

float dot(const float* a, const float* b, std::size_t n) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  auto sum0 = hn::Zero(d);
  auto sum1 = hn::Zero(d);
  std::size_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    sum0 = hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), sum0);
    sum1 = hn::MulAdd(hn::LoadU(d, a + i + lanes), hn::LoadU(d, b + i + lanes), sum1);
  }
  for (; i + lanes <= n; i += lanes) sum0 = hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), sum0);
  float total = hn::GetLane(hn::SumOfLanes(d, hn::Add(sum0, sum1)));
  for (; i < n; ++i) total += a[i] * b[i];
  return total;
}

// Four lags at once, so that each value is loaded once for them.
void correlate(const float* a, std::size_t n, float* out, std::size_t lags) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t lag = 0;
  for (; lag + 4 <= lags; lag += 4) {
    auto sum0 = hn::Zero(d), sum1 = hn::Zero(d), sum2 = hn::Zero(d), sum3 = hn::Zero(d);
    std::size_t i = 0;
    for (; i + lanes + lag + 3 <= n; i += lanes) {
      const auto value = hn::LoadU(d, a + i);
      const float* later = a + i + lag;
      sum0 = hn::MulAdd(value, hn::LoadU(d, later), sum0);
      sum1 = hn::MulAdd(value, hn::LoadU(d, later + 1), sum1);
      sum2 = hn::MulAdd(value, hn::LoadU(d, later + 2), sum2);
      sum3 = hn::MulAdd(value, hn::LoadU(d, later + 3), sum3);
    }
    out[lag] = hn::GetLane(hn::SumOfLanes(d, sum0));
    out[lag + 1] = hn::GetLane(hn::SumOfLanes(d, sum1));
    out[lag + 2] = hn::GetLane(hn::SumOfLanes(d, sum2));
    out[lag + 3] = hn::GetLane(hn::SumOfLanes(d, sum3));
    for (std::size_t k = lag; k < lag + 4; ++k) {
      for (std::size_t j = i; j + k < n; ++j) out[k] += a[j] * a[j + k];
    }
  }
  for (; lag < lags; ++lag) out[lag] = dot(a, a + lag, n - lag);
}

void filter(const float* a, const float* taps, std::size_t order, float* out, std::size_t n) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    auto sum0 = hn::Zero(d), sum1 = hn::Zero(d), sum2 = hn::Zero(d), sum3 = hn::Zero(d);
    for (std::size_t j = 0; j < order; ++j) {
      const auto tap = hn::Set(d, taps[j]);
      const float* from = a + i + j;
      sum0 = hn::MulAdd(tap, hn::LoadU(d, from), sum0);
      sum1 = hn::MulAdd(tap, hn::LoadU(d, from + lanes), sum1);
      sum2 = hn::MulAdd(tap, hn::LoadU(d, from + 2 * lanes), sum2);
      sum3 = hn::MulAdd(tap, hn::LoadU(d, from + 3 * lanes), sum3);
    }
    hn::StoreU(sum0, d, out + i);
    hn::StoreU(sum1, d, out + i + lanes);
    hn::StoreU(sum2, d, out + i + 2 * lanes);
    hn::StoreU(sum3, d, out + i + 3 * lanes);
  }
  for (; i < n; ++i) {
    out[i] = 0;
    for (std::size_t j = 0; j < order; ++j) out[i] += taps[j] * a[i + j];
  }
}

float sum(const float* a, std::size_t n) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  auto total = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) total = hn::Add(total, hn::LoadU(d, a + i));
  float result = hn::GetLane(hn::SumOfLanes(d, total));
  for (; i < n; ++i) result += a[i];
  return result;
}

float sum_above(const float* a, float floor, std::size_t n) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  const auto least = hn::Set(d, floor);
  auto total = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) total = hn::Add(total, hn::Max(hn::LoadU(d, a + i), least));
  float result = hn::GetLane(hn::SumOfLanes(d, total));
  for (; i < n; ++i) result += HWY_MAX(a[i], floor);
  return result;
}

float spread(const float* a, const float* b, float centre, std::size_t n) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  const auto middle = hn::Set(d, centre);
  auto total = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto away = hn::Sub(hn::LoadU(d, b + i), middle);
    total = hn::MulAdd(hn::LoadU(d, a + i), hn::Mul(away, away), total);
  }
  float result = hn::GetLane(hn::SumOfLanes(d, total));
  for (; i < n; ++i) result += a[i] * (b[i] - centre) * (b[i] - centre);
  return result;
}

float squared_distance(const float* a, const float* b, std::size_t n) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  auto total = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto difference = hn::Sub(hn::LoadU(d, a + i), hn::LoadU(d, b + i));
    total = hn::MulAdd(difference, difference, total);
  }
  float result = hn::GetLane(hn::SumOfLanes(d, total));
  for (; i < n; ++i) result += (a[i] - b[i]) * (a[i] - b[i]);
  return result;
}

float largest_magnitude(const float* a, std::size_t n) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  auto most = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) most = hn::Max(most, hn::Abs(hn::LoadU(d, a + i)));
  float result = hn::GetLane(hn::MaxOfLanes(d, most));
  for (; i < n; ++i) result = HWY_MAX(result, HWY_MAX(a[i], -a[i]));
  return result;
}

Roughness roughness(const float* a, std::size_t n) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  const auto six = hn::Set(d, 6.0F), fifteen = hn::Set(d, 15.0F), twenty = hn::Set(d, 20.0F);
  auto most = hn::Zero(d);
  auto total = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes + 6 <= n; i += lanes) {
    const float* from = a + i;
    const auto outer = hn::Add(hn::LoadU(d, from), hn::LoadU(d, from + 6));
    const auto middle = hn::Add(hn::LoadU(d, from + 1), hn::LoadU(d, from + 5));
    const auto inner = hn::Add(hn::LoadU(d, from + 2), hn::LoadU(d, from + 4));
    const auto centre = hn::MulAdd(fifteen, inner, hn::NegMulAdd(six, middle, outer));
    const auto size = hn::Abs(hn::NegMulAdd(twenty, hn::LoadU(d, from + 3), centre));
    most = hn::Max(most, size);
    total = hn::Add(total, size);
  }
  Roughness result{hn::GetLane(hn::MaxOfLanes(d, most)), hn::GetLane(hn::SumOfLanes(d, total))};
  for (; i + 6 < n; ++i) {
    const float difference = (a[i] + a[i + 6]) - 6 * (a[i + 1] + a[i + 5]) + 15 * (a[i + 2] + a[i + 4]) - 20 * a[i + 3];
    result.largest = HWY_MAX(result.largest, HWY_MAX(difference, -difference));
    result.sum += HWY_MAX(difference, -difference);
  }
  return result;
}

// Of each lane, over all n values in their order, the `rows` smallest in ascending rows, and the smallest negated ones
// (the largest) in the same way: what the smallest of all are among, found without a branch. `rows` × lanes each.
std::size_t lane_extremes(const float* values, std::size_t n, std::size_t rows, float* smallest, float* largest) {
  const hn::CappedTag<float, kMostLanes> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto infinity = hn::Set(d, hwy::HighestValue<float>());
  for (std::size_t row = 0; row < rows; ++row) {
    hn::StoreU(infinity, d, smallest + row * lanes);
    hn::StoreU(infinity, d, largest + row * lanes);
  }
  const auto offer = [&](hn::Vec<decltype(d)> value, float* kept) {
    for (std::size_t row = 0; row < rows; ++row, kept += lanes) {
      const auto before = hn::LoadU(d, kept);
      hn::StoreU(hn::Min(before, value), d, kept);
      value = hn::Max(before, value);
    }
  };
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto value = hn::LoadU(d, values + i);
    offer(value, smallest);
    offer(hn::Neg(value), largest);
  }
  if (i < n) {
    float rest[kMostLanes] = {};
    for (std::size_t lane = 0; i + lane < n; ++lane) rest[lane] = values[i + lane];
    const auto there = hn::FirstN(d, n - i);
    const auto value = hn::LoadU(d, rest);
    offer(hn::IfThenElse(there, value, infinity), smallest);
    offer(hn::IfThenElse(there, hn::Neg(value), infinity), largest);
  }
  return lanes;
}

void log_above(const float* values, float floor, float* out, std::size_t n) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  const auto least = hn::Set(d, floor);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(hn::Log(d, hn::Max(hn::LoadU(d, values + i), least)), d, out + i);
  const hn::CappedTag<float, 1> d1;
  for (; i < n; ++i) {
    hn::StoreU(hn::Log(d1, hn::Max(hn::LoadU(d1, values + i), hn::Set(d1, floor))), d1, out + i);
  }
}

float log_sum(const float* values, float floor, std::size_t n) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  const auto least = hn::Set(d, floor);
  auto total = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    total = hn::Add(total, hn::Log(d, hn::Max(hn::LoadU(d, values + i), least)));
  }
  float result = hn::GetLane(hn::SumOfLanes(d, total));
  const hn::CappedTag<float, 1> d1;
  for (; i < n; ++i) {
    result += hn::GetLane(hn::Log(d1, hn::Max(hn::LoadU(d1, values + i), hn::Set(d1, floor))));
  }
  return result;
}

std::size_t sign_changes(const float* values, float threshold, std::size_t n) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  const auto below = hn::Set(d, -threshold);
  std::size_t changes = 0;
  std::size_t i = 1;
  for (; i + lanes <= n; i += lanes) {
    const auto here = hn::Lt(hn::LoadU(d, values + i), below);
    const auto before = hn::Lt(hn::LoadU(d, values + i - 1), below);
    changes += hn::CountTrue(d, hn::Xor(here, before));
  }
  for (; i < n; ++i) changes += (values[i] < -threshold) != (values[i - 1] < -threshold) ? 1 : 0;
  return changes;
}

void pack(const float* values, float scale, std::uint16_t* out, std::size_t n) {
  const D d;
  const hn::Rebind<std::int32_t, D> di;
  const hn::Rebind<std::uint16_t, D> d16;
  const std::size_t lanes = hn::Lanes(d);
  const auto factor = hn::Set(d, scale);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto codes = hn::NearestInt(hn::Mul(hn::LoadU(d, values + i), factor));
    hn::StoreU(hn::DemoteTo(d16, hn::BitCast(di, codes)), d16, out + i);
  }
  for (; i < n; ++i) out[i] = static_cast<std::uint16_t>(HWY_MIN(values[i] * scale + 0.5f, 65535.0f));
}

void unpack_squared(const std::uint16_t* codes, float scale, float* out, std::size_t n) {
  const D d;
  const hn::Rebind<std::int32_t, D> di;
  const hn::Rebind<std::uint16_t, D> d16;
  const std::size_t lanes = hn::Lanes(d);
  const auto factor = hn::Set(d, scale);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto value = hn::Mul(hn::ConvertTo(d, hn::PromoteTo(di, hn::LoadU(d16, codes + i))), factor);
    hn::StoreU(hn::Mul(value, value), d, out + i);
  }
  for (; i < n; ++i) out[i] = static_cast<float>(codes[i]) * scale * (static_cast<float>(codes[i]) * scale);
}

}  // namespace mla::audio::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <vector>

namespace mla::audio {
namespace {

HWY_EXPORT(dot);
HWY_EXPORT(correlate);
HWY_EXPORT(filter);
HWY_EXPORT(sum);
HWY_EXPORT(sum_above);
HWY_EXPORT(spread);
HWY_EXPORT(squared_distance);
HWY_EXPORT(largest_magnitude);
HWY_EXPORT(roughness);
HWY_EXPORT(lane_extremes);
HWY_EXPORT(log_above);
HWY_EXPORT(log_sum);
HWY_EXPORT(sign_changes);
HWY_EXPORT(pack);
HWY_EXPORT(unpack_squared);

constexpr float kCodes = 65535;
constexpr std::size_t kMostRows = 24;  // more are quicker found by partial sorting

// The mean of the `count` smallest of ascending rows of `lanes` values.
float mean_of_smallest(std::span<const float> rows, std::size_t lanes, std::size_t count) {
  std::array<float, kMostRows> kept;
  std::size_t size = 0;
  for (std::size_t row = 0; row < count; ++row) {
    bool any = false;
    for (const float value : rows.subspan(row * lanes, lanes)) {
      if (size == count && value >= kept[size - 1]) continue;
      any = true;
      std::size_t at = size < count ? size++ : size - 1;
      for (; at > 0 && value < kept[at - 1]; --at) kept[at] = kept[at - 1];
      kept[at] = value;
    }
    if (!any) break;
  }
  return std::accumulate(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(count), 0.0F) /
         static_cast<float>(count);
}

}  // namespace

float dot(std::span<const float> a, std::span<const float> b) {
  return HWY_DYNAMIC_DISPATCH(dot)(a.data(), b.data(), a.size());
}
void correlate(std::span<const float> values, std::span<float> out) {
  HWY_DYNAMIC_DISPATCH(correlate)(values.data(), values.size(), out.data(), out.size());
}
void filter(std::span<const float> values, std::span<const float> taps, std::span<float> out) {
  HWY_DYNAMIC_DISPATCH(filter)(values.data(), taps.data(), taps.size(), out.data(), out.size());
}
float sum(std::span<const float> values) { return HWY_DYNAMIC_DISPATCH(sum)(values.data(), values.size()); }
float sum_above(std::span<const float> values, float floor) {
  return HWY_DYNAMIC_DISPATCH(sum_above)(values.data(), floor, values.size());
}
float spread(std::span<const float> a, std::span<const float> b, float centre) {
  return HWY_DYNAMIC_DISPATCH(spread)(a.data(), b.data(), centre, a.size());
}
float squared_distance(std::span<const float> a, std::span<const float> b) {
  return HWY_DYNAMIC_DISPATCH(squared_distance)(a.data(), b.data(), a.size());
}
float largest_magnitude(std::span<const float> values) {
  return HWY_DYNAMIC_DISPATCH(largest_magnitude)(values.data(), values.size());
}
Roughness roughness(std::span<const float> values) {
  return HWY_DYNAMIC_DISPATCH(roughness)(values.data(), values.size());
}
Extremes extremes(std::span<const float> values, std::size_t count) {
  if (count <= kMostRows) {
    std::array<float, kMostRows * kMostLanes> smallest;
    std::array<float, kMostRows * kMostLanes> largest;
    const std::size_t lanes =
        HWY_DYNAMIC_DISPATCH(lane_extremes)(values.data(), values.size(), count, smallest.data(), largest.data());
    return {mean_of_smallest(smallest, lanes, count), -mean_of_smallest(largest, lanes, count)};
  }
  const auto mean_of_first = [&](auto before) {
    std::vector<float> sorted(count);
    std::partial_sort_copy(values.begin(), values.end(), sorted.begin(), sorted.end(), before);
    return std::accumulate(sorted.begin(), sorted.end(), 0.0F) / static_cast<float>(count);
  };
  return {mean_of_first(std::less<>()), mean_of_first(std::greater<>())};
}
void log_above(std::span<const float> values, float floor, std::span<float> out) {
  HWY_DYNAMIC_DISPATCH(log_above)(values.data(), floor, out.data(), values.size());
}
float log_sum(std::span<const float> values, float floor) {
  return HWY_DYNAMIC_DISPATCH(log_sum)(values.data(), floor, values.size());
}
std::size_t sign_changes(std::span<const float> values, float threshold) {
  return HWY_DYNAMIC_DISPATCH(sign_changes)(values.data(), threshold, values.size());
}
void pack(std::span<const float> values, float peak, std::span<std::uint16_t> out) {
  HWY_DYNAMIC_DISPATCH(pack)(values.data(), kCodes / peak, out.data(), values.size());
}
void unpack_squared(std::span<const std::uint16_t> codes, float peak, std::span<float> out) {
  HWY_DYNAMIC_DISPATCH(unpack_squared)(codes.data(), peak / kCodes, out.data(), codes.size());
}

}  // namespace mla::audio
#endif  // HWY_ONCE
