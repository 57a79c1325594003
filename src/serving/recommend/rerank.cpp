#include "serving/recommend/rerank.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "foundation/math/blas.h"

namespace mla::recommend {
namespace {

constexpr float kRarest = 1e-6F;  // stands for "nobody has it"

// Scales to [0, 1]; all equal gives 0.
void scale(std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double floor = *low;
  const double range = *high - floor;
  for (double& value : values) value = range > 0 ? (value - floor) / range : 0;
}

// Cosines of sparse rows. The row asked for is spread out, so that every other one is read once and never merged:
// popular items have hundreds of tags.
Similarity tag_similarity(std::span<const Candidate> candidates, const math::CsrView& tags) {
  std::vector<std::int32_t> items;
  std::vector<float> inverse_norms;
  for (const Candidate& candidate : candidates) {
    float squares = 0;
    for (const float value : tags.row_values(candidate.item)) squares += value * value;
    items.push_back(candidate.item);
    inverse_norms.push_back(squares > 0 ? 1 / std::sqrt(squares) : 0);
  }
  std::vector<float> spread(static_cast<std::size_t>(tags.cols), 0);
  return [=](std::size_t to, std::span<float> out) mutable {
    const auto columns = tags.row_columns(items[to]);
    const auto values = tags.row_values(items[to]);
    for (std::size_t k = 0; k < columns.size(); ++k) {
      spread[static_cast<std::size_t>(columns[k])] = values[k] * inverse_norms[to];
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      const auto other = tags.row_columns(items[i]);
      const auto weights = tags.row_values(items[i]);
      float dot = 0;
      for (std::size_t k = 0; k < other.size(); ++k) dot += weights[k] * spread[static_cast<std::size_t>(other[k])];
      out[i] = dot * inverse_norms[i];
    }
    for (const auto column : columns) spread[static_cast<std::size_t>(column)] = 0;
  };
}

Similarity vector_similarity(std::span<const Candidate> candidates, const math::VectorsView& vectors) {
  math::Matrix unit(candidates.size(), vectors.cols);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const auto row = unit.row(i);
    vectors.row(static_cast<std::size_t>(candidates[i].item), row);
    float squares = 0;
    for (const float value : row) squares += value * value;
    const float scale = squares > 0 ? 1 / std::sqrt(squares) : 0;
    for (float& value : row) value *= scale;
  }
  return [unit = std::move(unit)](std::size_t to, std::span<float> out) {
    math::multiply(unit.view(), unit.row(to), out);
  };
}

// `base` may be nothing: then sound alone decides.
Similarity with_sound(std::span<const Candidate> candidates, const math::ConstMatrixView& sounds, Similarity base) {
  math::Matrix rows(candidates.size(), sounds.cols);
  std::vector<bool> known;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const auto sound = sounds.row(static_cast<std::size_t>(candidates[i].item));
    std::ranges::copy(sound, rows.row(i).begin());
    known.push_back(std::any_of(sound.begin(), sound.end(), [](float value) { return value != 0; }));
  }
  return [rows = std::move(rows), known = std::move(known), base = std::move(base),
          alike = std::vector<float>(candidates.size())](std::size_t to, std::span<float> out) mutable {
    math::multiply(rows.view(), rows.row(to), alike);
    if (base) base(to, out);
    // An item that is not even like itself has no tags: then sound alone decides.
    const bool deaf_base = !base || out[to] <= 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const float sound = std::max(alike[i], 0.0F);
      if (deaf_base) {
        out[i] = sound;
      } else if (known[i] && known[to]) {
        out[i] = (out[i] + sound) / 2;
      }
    }
  };
}

std::vector<double> values_of(std::span<const Candidate> candidates, const Knobs& knobs) {
  std::vector<double> relevance;
  std::vector<double> novelty;
  for (const Candidate& candidate : candidates) {
    relevance.push_back(candidate.score);
    novelty.push_back(-std::log2(std::max(candidate.popularity, kRarest)));
  }
  scale(relevance);
  scale(novelty);
  for (std::size_t i = 0; i < relevance.size(); ++i) {
    relevance[i] += knobs.novelty_factor / 2 * novelty[i] + knobs.popularity_bias / 2 * (1 - novelty[i]) -
                    static_cast<double>(candidates[i].aversion) / 2 - candidates[i].shown;
  }
  return relevance;
}

// Refuses a further version of a song and too many tracks of an artist.
class Caps {
 public:
  explicit Caps(int per_artist) : per_artist_(per_artist) {}
  bool allow(const ItemFacts& facts) const {
    if (!facts.song.empty() && songs_.count(facts.song) != 0) return false;
    if (facts.is_artist || facts.artist.empty()) return true;
    const auto found = artists_.find(facts.artist);
    return found == artists_.end() || found->second < per_artist_;
  }
  void take(const ItemFacts& facts) {
    if (!facts.song.empty()) songs_.insert(facts.song);
    if (!facts.is_artist && !facts.artist.empty()) ++artists_[facts.artist];
  }

 private:
  int per_artist_;
  std::unordered_set<std::string> songs_;
  std::unordered_map<std::string, int> artists_;
};

bool by_one_artist(const Candidate& a, const Candidate& b) {
  return !a.facts->is_artist && !a.facts->artist.empty() && a.facts->artist == b.facts->artist;
}

void separate_artists(std::vector<Candidate>& chosen) {
  for (std::size_t i = 1; i < chosen.size(); ++i) {
    if (!by_one_artist(chosen[i], chosen[i - 1])) continue;
    const auto at = chosen.begin() + static_cast<std::ptrdiff_t>(i);
    const auto other = std::find_if(at + 1, chosen.end(),
                                    [&](const Candidate& later) { return !by_one_artist(later, chosen[i - 1]); });
    if (other == chosen.end()) return;
    std::rotate(at, other, other + 1);
  }
}

}  // namespace

Similarity make_similarity(std::span<const Candidate> candidates, const ItemSpaces& spaces) {
  Similarity base = spaces.vectors.rows > 0 ? vector_similarity(candidates, spaces.vectors)
                    : spaces.tags.cols > 0  ? tag_similarity(candidates, spaces.tags)
                                            : Similarity();
  if (spaces.sounds.rows > 0) return with_sound(candidates, spaces.sounds, std::move(base));
  if (base) return base;
  return [](std::size_t, std::span<float> out) { std::ranges::fill(out, 0.0F); };
}

void set_aversion(std::span<Candidate> candidates, std::span<const Aversion> averse, const ItemSpaces& spaces) {
  if (averse.empty() || candidates.empty()) return;
  std::vector<Candidate> all(candidates.begin(), candidates.end());
  for (const Aversion& one : averse) all.push_back({one.item, 0, 0, 0});
  const Similarity similarity = make_similarity(all, spaces);
  std::vector<float> likeness(all.size());
  for (std::size_t a = 0; a < averse.size(); ++a) {
    similarity(candidates.size() + a, likeness);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      candidates[i].aversion = std::max(candidates[i].aversion, averse[a].strength * std::min(likeness[i], 1.0F));
    }
  }
}

std::vector<Candidate> rerank(std::span<const Candidate> candidates, const Knobs& knobs, const Options& options,
                              const Similarity& similarity, int limit) {
  std::vector<Candidate> chosen;
  if (candidates.empty()) return chosen;
  const std::vector<double> value = values_of(candidates, knobs);
  const double lambda = knobs.diversity_factor / 2;
  std::vector<double> nearest(candidates.size(), 0);  // highest similarity to anything chosen
  std::vector<float> likeness(candidates.size());
  std::vector<bool> gone(candidates.size(), false);
  Caps caps(options.items_per_artist);

  while (chosen.size() < static_cast<std::size_t>(limit)) {
    std::size_t best = candidates.size();
    double best_value = 0;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (gone[i]) continue;
      const double marginal = (1 - lambda) * value[i] - lambda * nearest[i];
      if (best != candidates.size() && marginal <= best_value) continue;
      if (!caps.allow(*candidates[i].facts)) {
        gone[i] = true;  // caps only tighten
        continue;
      }
      best = i;
      best_value = marginal;
    }
    if (best == candidates.size()) break;
    gone[best] = true;
    caps.take(*candidates[best].facts);
    chosen.push_back(candidates[best]);
    if (lambda == 0) continue;
    similarity(best, likeness);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      nearest[i] = std::max(nearest[i], std::clamp(static_cast<double>(likeness[i]), 0.0, 1.0));
    }
  }
  separate_artists(chosen);
  return chosen;
}

}  // namespace mla::recommend
