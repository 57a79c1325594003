#include "knowledge/audio/rhythm/impl/beat_track.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace mla::audio::rhythm {

namespace {

constexpr double kTightness = 120.0;
constexpr float kBassWeight = 0.5F;
constexpr float kHarmonyWeight = 0.5F;

double period_at(const Tempogram& tempogram, const std::vector<double>& periods, double frame) {
  const double at = (frame - tempogram.centre(0)) / static_cast<double>(Tempogram::kHop);
  if (at <= 0.0) return periods.front();
  const auto window = static_cast<std::size_t>(at);
  if (window + 1 >= periods.size()) return periods.back();
  const double part = at - static_cast<double>(window);
  return (periods[window] * (1.0 - part)) + (periods[window + 1] * part);
}

// What a beat scores at a frame. An onset is smeared over a few frames; so is its score, or the path would have to hit
// one of them.
float score_at(const Signals& signals, std::size_t frame) {
  const auto struck = [&](std::size_t i) {  // nothing before the first frame, whose number wraps around, nor after all
    return i < signals.onset.size() ? signals.onset[i] + (kBassWeight * signals.bass[i]) : 0.0F;
  };
  return struck(frame) + (0.5F * (struck(frame - 1) + struck(frame + 1))) + (kHarmonyWeight * signals.harmony[frame]);
}

// The place of the maximum around `frame`, between frames.
double refine(const Signals& signals, std::size_t frame) {
  if (frame == 0 || frame + 1 >= signals.onset.size()) return static_cast<double>(frame);
  const float left = score_at(signals, frame - 1);
  const float right = score_at(signals, frame + 1);
  const double bend = left - (2.0 * score_at(signals, frame)) + right;
  if (bend > -1e-6) return static_cast<double>(frame);
  const double offset = 0.5 * (left - right) / bend;
  return static_cast<double>(frame) + std::clamp(offset, -0.5, 0.5);
}

}  // namespace

float strength(const Signal& signal, double frame) {
  const auto middle = static_cast<std::ptrdiff_t>(std::lround(frame));
  float top = 0.0F;
  for (std::ptrdiff_t i = middle - 2; i <= middle + 2; ++i)
    if (i >= 0 && i < static_cast<std::ptrdiff_t>(signal.size()))
      top = std::max(top, signal[static_cast<std::size_t>(i)]);
  return top;
}

std::vector<double> track_beats(const Signals& signals, const Tempogram& tempogram, const std::vector<double>& periods,
                                double ratio) {
  const std::size_t n = signals.onset.size();
  // Only so many totals are looked back at.
  const double longest = ratio * *std::max_element(periods.begin(), periods.end());
  const std::size_t memory = std::bit_ceil(static_cast<std::size_t>(std::ceil(std::max(longest, 1.0) * 1.6)) + 2);
  std::vector<double> total(memory, 0.0);
  std::vector<std::uint16_t> interval(n, 0);  // frames back to the beat before, 0 for none
  double best_end = 0.0;
  double period = 0.0;
  std::size_t nearest = 1;
  std::vector<double> costs;  // of intervals of nearest, nearest + 1, … frames
  for (std::size_t t = 0; t < n; ++t) {
    if (t % 16 == 0) {
      period = ratio * period_at(tempogram, periods, static_cast<double>(t));
      nearest = static_cast<std::size_t>(std::max(1.0, std::floor(period * 0.6)));
      costs.clear();
      for (std::size_t back = nearest; static_cast<double>(back) <= std::ceil(period * 1.6); ++back) {
        const double off = std::log(static_cast<double>(back) / period);
        costs.push_back(kTightness * off * off);
      }
    }
    double top = 0.0;
    for (std::size_t i = 0; i < costs.size() && nearest + i <= t; ++i) {
      const double value = total[(t - nearest - i) % memory] - costs[i];
      if (value > top) {
        top = value;
        interval[t] = static_cast<std::uint16_t>(nearest + i);
      }
    }
    total[t % memory] = top + score_at(signals, t);
    best_end = std::max(best_end, total[t % memory]);
  }
  // The last beat is the best of the last period.
  std::vector<double> beats;
  if (n == 0 || best_end <= 0.0) return beats;
  const auto tail = std::min(n, static_cast<std::size_t>(std::ceil(period)));
  std::size_t last = n - tail;
  for (std::size_t t = n - tail; t < n; ++t) {
    if (total[t % memory] > total[last % memory]) last = t;
  }
  for (std::size_t at = last;; at -= interval[at]) {
    beats.push_back(refine(signals, at));
    if (interval[at] == 0) break;
  }
  std::reverse(beats.begin(), beats.end());
  // Beats before the first and after the last sound were only counted on.
  const auto heard = [&](double beat) { return strength(signals.onset, beat) > 0.3F; };
  while (!beats.empty() && !heard(beats.front())) beats.erase(beats.begin());
  while (!beats.empty() && !heard(beats.back())) beats.pop_back();
  return beats;
}

}  // namespace mla::audio::rhythm
