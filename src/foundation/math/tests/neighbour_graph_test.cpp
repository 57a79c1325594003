#include "foundation/math/neighbour_graph.h"

#include <algorithm>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/random.h"
#include "foundation/math/vector_scan.h"

namespace mla::math {
namespace {

// Vectors about some centres, of unequal length as factor models give them.
Matrix clustered(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  base::Random random(seed);
  Matrix centres(12, cols);
  for (float& v : centres.values()) v = static_cast<float>(random.normal());
  Matrix m(rows, cols);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t centre = random.below(12);
    const auto length = static_cast<float>(0.2 + random.uniform());
    for (std::size_t k = 0; k < cols; ++k) {
      m(i, k) = length * (centres(centre, k) + static_cast<float>(random.normal()));
    }
  }
  return m;
}

base::Result<NeighbourGraph> make(const Matrix& vectors, int threads = 1, const base::CancelFlag& cancel = {}) {
  base::ThreadPool pool(threads);
  base::SilentProgress progress;
  base::Work work{pool, progress, cancel};
  return make_neighbour_graph(vectors.view(), {.links = 8, .looks = 60}, work);
}

std::vector<Scored> search(const NeighbourGraph& graph, const VectorsView& vectors, std::span<const float> query,
                           std::size_t k, std::size_t in_sight, const std::vector<std::int32_t>& excluded = {}) {
  std::vector<Scored> out{{99, 1.0F}};  // must be replaced
  top_k_products(graph.view(), vectors, query, excluded, k, in_sight, out);
  return out;
}

TEST(NeighbourGraph, FindsNearlyAllOfTheBest) {
  const Matrix vectors = clustered(3000, 20, 1);
  const NeighbourGraph graph = make(vectors).value();
  ASSERT_TRUE(graph.view().check(3000).ok());
  const std::vector<std::uint16_t> halves = to_halves(vectors.values());
  std::size_t found = 0;
  std::size_t found_in_halves = 0;
  constexpr std::size_t kQueries = 50;
  for (std::size_t q = 0; q < kQueries; ++q) {
    std::vector<Scored> exact;
    top_k_products(vectors.view(), vectors.row(q), {}, 10, exact);
    const auto count = [&](const std::vector<Scored>& answer) {
      EXPECT_TRUE(std::is_sorted(answer.begin(), answer.end(), better));
      return static_cast<std::size_t>(std::ranges::count_if(exact, [&](const Scored& one) {
        return std::ranges::any_of(answer, [&](const Scored& other) { return other.index == one.index; });
      }));
    };
    const std::vector<Scored> answer = search(graph, vectors.view(), vectors.row(q), 10, 80);
    for (const Scored& one : answer) {
      std::vector<float> scores(3000);
      products(vectors.view(), vectors.row(q), scores);
      EXPECT_EQ(one.score, scores[static_cast<std::size_t>(one.index)]);
    }
    found += count(answer);
    found_in_halves += count(search(graph, VectorsView(halves, 20), vectors.row(q), 10, 80));
  }
  EXPECT_GE(found, kQueries * 10 * 97 / 100);
  EXPECT_GE(found_in_halves, kQueries * 10 * 96 / 100);
}

TEST(NeighbourGraph, LeavesOutWhatIsExcluded) {
  const Matrix vectors = clustered(500, 8, 2);
  const NeighbourGraph graph = make(vectors).value();
  const std::vector<Scored> all = search(graph, vectors.view(), vectors.row(0), 10, 100);
  std::vector<std::int32_t> excluded{all[0].index, all[1].index, all[5].index};
  std::ranges::sort(excluded);
  const std::vector<Scored> rest = search(graph, vectors.view(), vectors.row(0), 7, 100, excluded);
  std::vector<Scored> expected;
  for (const Scored& one : all) {
    if (!std::ranges::binary_search(excluded, one.index)) expected.push_back(one);
  }
  EXPECT_EQ(rest, expected);
}

TEST(NeighbourGraph, IsTheSameAtAnyThreadCountAndStopsWhenAsked) {
  const Matrix vectors = clustered(700, 8, 3);
  const NeighbourGraph one = make(vectors, 1).value();
  const NeighbourGraph three = make(vectors, 3).value();
  EXPECT_EQ(one.links, three.links);
  EXPECT_EQ(one.entries, three.entries);
  base::CancelFlag cancel;
  cancel.cancel();
  const auto cancelled = make(vectors, 1, cancel);
  ASSERT_FALSE(cancelled.ok());
  EXPECT_EQ(cancelled.error().code, base::ErrorCode::kCancelled);
}

TEST(NeighbourGraph, OfFewOrEqualVectorsAnswersAll) {
  for (const std::size_t rows : {0U, 1U, 2U, 30U}) {
    const Matrix vectors(rows, 4);  // all zero: every product is 0
    const NeighbourGraph graph = make(vectors).value();
    const std::vector<float> query{1, 2, 3, 4};
    EXPECT_EQ(search(graph, vectors.view(), query, 50, 50).size(), rows);
    EXPECT_TRUE(search(graph, vectors.view(), query, 0, 50).empty());
  }
}

TEST(NeighbourGraph, RefusesWhatIsNoGraphOfTheseVectors) {
  const NeighbourGraph good{{1, -1, 0, -1}, {0}, 2};
  EXPECT_TRUE(good.view().check(2).ok());
  const auto message = [](const NeighbourGraph& graph) {
    const base::Status status = graph.view().check(2);
    return status.ok() ? "" : status.error().message;
  };
  EXPECT_THAT(message({{1, -1}, {0}, 2}), testing::HasSubstr("2 links are not 2 rows of 2"));
  EXPECT_THAT(message({{1, -1, 2, -1}, {0}, 2}), testing::HasSubstr("2 is none of 2 rows"));
  EXPECT_THAT(message({{1, -1, -2, -1}, {0}, 2}), testing::HasSubstr("-2 is none of 2 rows"));
  EXPECT_THAT(message({{1, -1, 0, -1}, {}, 2}), testing::HasSubstr("no entries"));
  EXPECT_THAT(message({{1, -1, 0, -1}, {-1}, 2}), testing::HasSubstr("-1 among its entries"));
  EXPECT_THAT(message({{}, {0}, 0}), testing::HasSubstr("links are not"));
}

}  // namespace
}  // namespace mla::math
