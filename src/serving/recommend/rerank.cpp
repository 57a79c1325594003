#include "serving/recommend/rerank.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

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

double cosine(std::span<const float> a, std::span<const float> b) {
  double dot = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    dot += static_cast<double>(a[i]) * b[i];
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
  }
  return aa > 0 && bb > 0 ? dot / std::sqrt(aa * bb) : 0;
}

double sparse_cosine(const math::CsrView& matrix, std::int32_t a, std::int32_t b) {
  const auto ac = matrix.row_columns(a);
  const auto bc = matrix.row_columns(b);
  const auto av = matrix.row_values(a);
  const auto bv = matrix.row_values(b);
  double dot = 0;
  for (std::size_t i = 0, j = 0; i < ac.size() && j < bc.size();) {
    if (ac[i] == bc[j]) {
      dot += static_cast<double>(av[i++]) * bv[j++];
    } else {
      ac[i] < bc[j] ? ++i : ++j;
    }
  }
  if (dot == 0) return 0;
  const auto norm = [](std::span<const float> values) {
    double sum = 0;
    for (const float v : values) sum += static_cast<double>(v) * v;
    return std::sqrt(sum);
  };
  return dot / (norm(av) * norm(bv));
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
    relevance[i] += knobs.novelty_factor / 2 * novelty[i] + knobs.popularity_bias / 2 * (1 - novelty[i]);
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

}  // namespace

Similarity make_similarity(math::ConstMatrixView vectors, const math::CsrView& tags) {
  const bool has_tags = tags.cols > 0 && tags.size() > 0;
  return [=](std::int32_t a, std::int32_t b) {
    double sum = 0;
    int parts = 0;
    if (vectors.rows > 0) {
      sum += cosine(vectors.row(static_cast<std::size_t>(a)), vectors.row(static_cast<std::size_t>(b)));
      ++parts;
    }
    if (has_tags && tags.row_size(a) > 0 && tags.row_size(b) > 0) {
      sum += sparse_cosine(tags, a, b);
      ++parts;
    }
    return parts > 0 ? std::clamp(sum / parts, 0.0, 1.0) : 0.0;
  };
}

std::vector<Candidate> rerank(std::span<const Candidate> candidates, const Knobs& knobs, const Options& options,
                              const Similarity& similarity, int limit) {
  std::vector<Candidate> chosen;
  if (candidates.empty()) return chosen;
  const std::vector<double> value = values_of(candidates, knobs);
  const double lambda = knobs.diversity_factor / 2;
  std::vector<double> nearest(candidates.size(), 0);  // highest similarity to anything chosen
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
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (!gone[i]) nearest[i] = std::max(nearest[i], similarity(candidates[i].item, candidates[best].item));
    }
  }
  return chosen;
}

}  // namespace mla::recommend
