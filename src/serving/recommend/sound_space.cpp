#include "serving/recommend/sound_space.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include "foundation/math/blas.h"

namespace mla::recommend {
namespace {

constexpr int kMostSweeps = 50;
constexpr double kLeastGain = 1e-6;  // rounding is no improvement

float dot(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
}

// A path that is being improved.
class Path {
 public:
  Path(const std::vector<SoundSpace::Track>& tracks, const math::Matrix& vectors, int per_artist)
      : tracks_(tracks), vectors_(vectors), per_artist_(per_artist), products_(tracks.size()) {}

  std::vector<std::size_t> find(std::size_t from, std::size_t to, std::size_t count) {
    begin(from, to, count);
    for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
      bool better = false;
      for (std::size_t k = 1; k + 1 < steps_.size(); ++k) better = replace(k) || better;
      better = turn() || better;
      if (!better) break;
    }
    return steps_;
  }

 private:
  // Puts into the largest step that takes one the free track nearest to its middle, until there are enough.
  void begin(std::size_t from, std::size_t to, std::size_t count) {
    steps_ = {from, to};
    take(from);
    take(to);
    std::vector<bool> full(1, false);  // of each step: no track may stand in it
    while (steps_.size() < count) {
      std::size_t largest = full.size();
      for (std::size_t k = 0; k < full.size(); ++k) {
        if (full[k]) continue;
        if (largest == full.size() || step(k) > step(largest)) largest = k;
      }
      if (largest == full.size()) return;
      const std::size_t before = steps_[largest], after = steps_[largest + 1];
      const std::size_t best = nearest_free(middle_of(before, after), before, after);
      if (best == kNone) {
        full[largest] = true;
        continue;
      }
      take(best);
      const auto at = static_cast<std::ptrdiff_t>(largest + 1);
      steps_.insert(steps_.begin() + at, best);
      full.insert(full.begin() + at, false);
    }
  }

  double step(std::size_t k) const { return squared_step(steps_[k], steps_[k + 1]); }

  std::vector<float> middle_of(std::size_t a, std::size_t b) const {
    std::vector<float> middle(vectors_.cols());
    for (std::size_t d = 0; d < middle.size(); ++d) middle[d] = vectors_(a, d) + vectors_(b, d);
    return middle;
  }

  // The free track with the largest product with `point` that may stand between `before` and `after`.
  std::size_t nearest_free(std::span<const float> point, std::size_t before, std::size_t after) {
    math::multiply(vectors_.view(), point, products_);
    std::size_t best = kNone;
    for (std::size_t i = 0; i < products_.size(); ++i) {
      if (best != kNone && products_[i] <= products_[best]) continue;
      if (may_stand(i, before, after)) best = i;
    }
    return best;
  }

  bool may_stand(std::size_t track, std::size_t before, std::size_t after) const {
    if (used_.contains(track)) return false;
    const SoundSpace::Track& one = tracks_[track];
    if (!one.song.empty() && songs_.contains(one.song)) return false;
    if (one.artist.empty()) return true;
    const auto count = artists_.find(one.artist);
    return (count == artists_.end() || count->second < per_artist_) && !by_one_artist(track, before) &&
           !by_one_artist(track, after);
  }

  bool by_one_artist(std::size_t a, std::size_t b) const {
    return a != kNone && b != kNone && !tracks_[a].artist.empty() && tracks_[a].artist == tracks_[b].artist;
  }

  void take(std::size_t track) { count(track, 1); }
  void give_back(std::size_t track) { count(track, -1); }
  void count(std::size_t track, int by) {
    const SoundSpace::Track& one = tracks_[track];
    if (by > 0) {
      used_.insert(track);
      if (!one.song.empty()) songs_.insert(one.song);
    } else {
      used_.erase(track);
      songs_.erase(one.song);
    }
    if (!one.artist.empty()) artists_[one.artist] += by;
  }

  double squared_step(std::size_t a, std::size_t b) const {
    return 2 - 2 * static_cast<double>(dot(vectors_.row(a), vectors_.row(b)));
  }

  bool replace(std::size_t k) {
    const std::size_t before = steps_[k - 1], old = steps_[k], after = steps_[k + 1];
    give_back(old);
    const std::size_t best = nearest_free(middle_of(before, after), before, after);
    // On the sphere the sum of both steps falls as the product with the middle rises.
    const bool better =
        best != kNone && static_cast<double>(products_[best]) > static_cast<double>(products_[old]) + kLeastGain;
    steps_[k] = better ? best : old;
    take(steps_[k]);
    return better;
  }

  // Turns stretches round where that makes the two steps at their ends shorter.
  bool turn() {
    bool better = false;
    for (std::size_t i = 1; i + 2 < steps_.size(); ++i) {
      for (std::size_t j = i + 1; j + 1 < steps_.size(); ++j) {
        const std::size_t before = steps_[i - 1], first = steps_[i], last = steps_[j], after = steps_[j + 1];
        if (by_one_artist(before, last) || by_one_artist(first, after)) continue;
        const double now = squared_step(before, first) + squared_step(last, after);
        const double then = squared_step(before, last) + squared_step(first, after);
        if (then >= now - kLeastGain) continue;
        std::reverse(steps_.begin() + static_cast<std::ptrdiff_t>(i),
                     steps_.begin() + static_cast<std::ptrdiff_t>(j + 1));
        better = true;
      }
    }
    return better;
  }

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  const std::vector<SoundSpace::Track>& tracks_;
  const math::Matrix& vectors_;
  const int per_artist_;
  std::vector<float> products_;
  std::vector<std::size_t> steps_;
  std::unordered_set<std::size_t> used_;
  std::unordered_set<std::string> songs_;
  std::unordered_map<std::string, int> artists_;
};

}  // namespace

SoundSpace::SoundSpace(std::vector<Track> tracks, math::Matrix vectors)
    : tracks_(std::move(tracks)), vectors_(std::move(vectors)) {}

std::optional<std::size_t> SoundSpace::find(const base::ItemId& id) const {
  const auto at = std::lower_bound(tracks_.begin(), tracks_.end(), id,
                                   [](const Track& track, const base::ItemId& wanted) { return track.id < wanted; });
  if (at == tracks_.end() || at->id != id) return std::nullopt;
  return static_cast<std::size_t>(at - tracks_.begin());
}

float SoundSpace::alike(std::size_t a, std::size_t b) const { return dot(vectors_.row(a), vectors_.row(b)); }

std::vector<math::Scored> SoundSpace::nearest(std::span<const float> vector, std::size_t limit, int per_artist) const {
  std::vector<float> products(tracks_.size());
  math::multiply(vectors_.view(), vector, products);
  std::vector<std::int32_t> order(tracks_.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return products[static_cast<std::size_t>(a)] > products[static_cast<std::size_t>(b)];
  });
  std::unordered_set<std::string> songs;
  std::unordered_map<std::string, int> artists;
  std::vector<math::Scored> found;
  for (const std::int32_t index : order) {
    if (found.size() == limit) break;
    const Track& one = tracks_[static_cast<std::size_t>(index)];
    if (!one.artist.empty() && artists[one.artist] >= per_artist) continue;
    if (!one.song.empty() && !songs.insert(one.song).second) continue;
    if (!one.artist.empty()) ++artists[one.artist];
    found.push_back({index, products[static_cast<std::size_t>(index)]});
  }
  return found;
}

std::vector<std::size_t> SoundSpace::path(std::size_t from, std::size_t to, std::size_t count, int per_artist) const {
  return Path(tracks_, vectors_, per_artist).find(from, to, count);
}

}  // namespace mla::recommend
