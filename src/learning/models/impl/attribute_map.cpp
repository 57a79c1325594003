#include "learning/models/impl/attribute_map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "foundation/base/random.h"
#include "foundation/math/blas.h"
#include "foundation/math/decompose.h"

namespace mla::models::impl {
namespace {

constexpr std::size_t kTags = 1024;
constexpr std::array kRidges = {3.0F, 30.0F, 300.0F};
// Heard items of an artist at which their common deviation from what tags foretell counts half; infinite: not at all.
constexpr std::array kArtistPriors = {1.0F, 5.0F, std::numeric_limits<float>::infinity()};

// items × chosen tags: the a_jt of the header.
math::CsrMatrix attributes_of(const TrainingData& data) {
  const math::CsrMatrix& tags = data.item_tags;
  std::vector<std::int32_t> carriers(static_cast<std::size_t>(tags.cols), 0);
  for (const std::int32_t tag : tags.columns) ++carriers[static_cast<std::size_t>(tag)];
  std::vector<std::int32_t> order(carriers.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    const std::int32_t of_a = carriers[static_cast<std::size_t>(a)];
    const std::int32_t of_b = carriers[static_cast<std::size_t>(b)];
    return of_a != of_b ? of_a > of_b : a < b;
  });
  order.resize(std::min(order.size(), kTags));
  std::vector<std::int32_t> index(carriers.size(), -1);
  for (std::size_t i = 0; i < order.size(); ++i)
    index[static_cast<std::size_t>(order[i])] = static_cast<std::int32_t>(i);

  double tagged = 0;
  for (std::int32_t item = 0; item < tags.rows; ++item) tagged += tags.view().row_size(item) > 0 ? 1 : 0;
  std::vector<math::Triplet> entries;
  for (std::int32_t item = 0; item < tags.rows; ++item) {
    const auto columns = tags.view().row_columns(item);
    const auto values = tags.view().row_values(item);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto tag = static_cast<std::size_t>(columns[i]);
      if (index[tag] < 0) continue;
      const double rarity = std::log1p(tagged / carriers[tag]);
      entries.push_back({item, index[tag], static_cast<float>(std::log1p(static_cast<double>(values[i])) * rarity)});
    }
  }
  return math::make_csr(data.items(), static_cast<std::int32_t>(order.size()), entries);
}

// AᵀA + ridge·I and AᵀV over some items, then W = the one's inverse times the other.
base::Result<math::Matrix> learn(const math::CsrView& attributes, const math::Matrix& vectors,
                                 std::span<const std::int32_t> items, float ridge, base::Work& work) {
  const auto tags = static_cast<std::size_t>(attributes.cols);
  if (tags == 0) return math::Matrix(0, vectors.cols());
  math::Matrix normal(tags, tags);
  math::Matrix right(tags, vectors.cols());
  for (const std::int32_t item : items) {
    const auto columns = attributes.row_columns(item);
    const auto values = attributes.row_values(item);
    const auto vector = vectors.row(static_cast<std::size_t>(item));
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto row = static_cast<std::size_t>(columns[i]);
      for (std::size_t j = 0; j <= i; ++j) normal(row, static_cast<std::size_t>(columns[j])) += values[i] * values[j];
      for (std::size_t k = 0; k < vector.size(); ++k) right(row, k) += values[i] * vector[k];
    }
  }
  for (std::size_t t = 0; t < tags; ++t) normal(t, t) += ridge;
  MLA_CHECK(math::invert_positive(normal.view(), work));
  math::Matrix map(tags, vectors.cols());
  math::multiply(1, std::as_const(normal).view(), std::as_const(right).view(), 0, map.view());
  return map;
}

std::vector<float> by_tags(const math::CsrView& attributes, const math::Matrix& map, std::int32_t item) {
  std::vector<float> vector(map.cols(), 0.0F);
  const auto columns = attributes.row_columns(item);
  const auto values = attributes.row_values(item);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto row = map.row(static_cast<std::size_t>(columns[i]));
    for (std::size_t k = 0; k < vector.size(); ++k) vector[k] += values[i] * row[k];
  }
  return vector;
}

// What the heard items of each artist have in common beside their tags.
class ArtistDeviations {
 public:
  ArtistDeviations(std::span<const std::int32_t> artists, const math::CsrView& attributes, const math::Matrix& map,
                   const math::Matrix& vectors, std::span<const std::int32_t> heard)
      : artists_(artists) {
    if (artists.empty()) return;
    const auto count = static_cast<std::size_t>(*std::max_element(artists.begin(), artists.end()) + 1);
    sums_ = math::Matrix(count, map.cols());
    items_.assign(count, 0.0F);
    for (const std::int32_t item : heard) {
      const std::int32_t artist = artists[static_cast<std::size_t>(item)];
      if (artist < 0) continue;
      const std::vector<float> guess = by_tags(attributes, map, item);
      const auto truth = vectors.row(static_cast<std::size_t>(item));
      const auto sum = sums_.row(static_cast<std::size_t>(artist));
      for (std::size_t k = 0; k < guess.size(); ++k) sum[k] += truth[k] - guess[k];
      items_[static_cast<std::size_t>(artist)] += 1;
    }
  }

  void add_to(std::vector<float>& guess, std::int32_t item, float prior) const {
    const std::int32_t artist = artists_.empty() ? -1 : artists_[static_cast<std::size_t>(item)];
    if (artist < 0 || std::isinf(prior)) return;
    const auto sum = sums_.row(static_cast<std::size_t>(artist));
    const float share = 1 / (items_[static_cast<std::size_t>(artist)] + prior);
    for (std::size_t k = 0; k < guess.size(); ++k) guess[k] += share * sum[k];
  }

 private:
  std::span<const std::int32_t> artists_;
  math::Matrix sums_;
  std::vector<float> items_;
};

}  // namespace

base::Status foretell_unheard(const TrainingData& data, math::Matrix& vectors, base::Work& work) {
  const bool tagged = data.item_tags.rows > 0 && !data.item_tags.columns.empty();
  if (!tagged && data.item_artists.empty()) return {};
  std::vector<std::uint8_t> was_heard(vectors.rows(), 0);
  for (const std::int32_t item : data.interactions.columns) was_heard[static_cast<std::size_t>(item)] = 1;
  const math::CsrMatrix owned = attributes_of(data);
  const math::CsrView attributes = owned.view();
  std::vector<std::int32_t> heard;
  std::vector<std::int32_t> unheard;
  for (std::int32_t item = 0; item < attributes.rows; ++item) {
    const bool by_artist = !data.item_artists.empty() && data.item_artists[static_cast<std::size_t>(item)] >= 0;
    if (attributes.row_size(item) == 0 && !by_artist) continue;
    (was_heard[static_cast<std::size_t>(item)] != 0 ? heard : unheard).push_back(item);
  }
  if (unheard.empty() || heard.size() < 2) return {};

  base::Random(work.seed).shuffle(heard);
  const std::size_t asked = std::max<std::size_t>(1, heard.size() / 5);
  const std::span<const std::int32_t> all(heard);
  work.progress.begin("vectors from attributes", (kRidges.size() + 1) * static_cast<std::uint64_t>(attributes.cols));
  float best_ridge = kRidges.front();
  float best_prior = kArtistPriors.back();
  double least = std::numeric_limits<double>::infinity();
  for (const float ridge : kRidges) {
    MLA_CHECK(work.check());
    MLA_ASSIGN(const math::Matrix map, learn(attributes, vectors, all.subspan(asked), ridge, work));
    const ArtistDeviations artists(data.item_artists, attributes, map, vectors, all.subspan(asked));
    for (const float prior : kArtistPriors) {
      double error = 0;
      for (const std::int32_t item : all.first(asked)) {
        std::vector<float> guess = by_tags(attributes, map, item);
        artists.add_to(guess, item, prior);
        const auto truth = std::as_const(vectors).row(static_cast<std::size_t>(item));
        for (std::size_t k = 0; k < guess.size(); ++k) {
          const double miss = static_cast<double>(guess[k]) - static_cast<double>(truth[k]);
          error += miss * miss;
        }
      }
      if (error < least) {
        least = error;
        best_ridge = ridge;
        best_prior = prior;
      }
    }
  }
  MLA_ASSIGN(const math::Matrix map, learn(attributes, vectors, all, best_ridge, work));
  const ArtistDeviations artists(data.item_artists, attributes, map, vectors, all);
  for (const std::int32_t item : unheard) {
    std::vector<float> guess = by_tags(attributes, map, item);
    artists.add_to(guess, item, best_prior);
    std::copy(guess.begin(), guess.end(), vectors.row(static_cast<std::size_t>(item)).begin());
  }
  work.progress.end();
  return {};
}

}  // namespace mla::models::impl
