#include "serving/recommend/sound_space.h"

#include <cmath>
#include <map>
#include <numbers>
#include <set>

#include <gmock/gmock.h>

#include "foundation/base/random.h"

namespace mla::recommend {
namespace {

using testing::ElementsAre;
using testing::FloatNear;

std::string name_of(std::size_t i) {
  std::string digits = std::to_string(i);
  return "t" + std::string(4 - digits.size(), '0') + digits;
}

// Tracks on a quarter of a circle, `count` of them, evenly; by artists of their own unless `artists` names them.
SoundSpace quarter(std::size_t count, const std::vector<std::string>& artists = {}) {
  std::vector<SoundSpace::Track> tracks;
  math::Matrix vectors(count, 2);
  for (std::size_t i = 0; i < count; ++i) {
    tracks.push_back({base::ItemId(name_of(i)), artists.empty() ? "artist " + name_of(i) : artists[i], ""});
    const double angle = std::numbers::pi / 2 * static_cast<double>(i) / static_cast<double>(count - 1);
    vectors(i, 0) = static_cast<float>(std::cos(angle));
    vectors(i, 1) = static_cast<float>(std::sin(angle));
  }
  return {std::move(tracks), std::move(vectors)};
}

// Random points on a sphere of 13 dimensions, by `artists` artists.
SoundSpace cloud(std::size_t count, std::size_t artists, std::uint64_t seed) {
  base::Random random(seed);
  std::vector<SoundSpace::Track> tracks;
  math::Matrix vectors(count, 13);
  for (std::size_t i = 0; i < count; ++i) {
    tracks.push_back({base::ItemId(name_of(i)), "artist " + std::to_string(i % artists), "song " + name_of(i)});
    float squares = 0;
    for (float& value : vectors.row(i)) {
      for (int draws = 0; draws < 12; ++draws) value += static_cast<float>(random.below(1000)) / 1000 - 0.5F;
      squares += value * value;
    }
    for (float& value : vectors.row(i)) value /= std::sqrt(squares);
  }
  return {std::move(tracks), std::move(vectors)};
}

double sum_of_squares(const SoundSpace& space, const std::vector<std::size_t>& path) {
  double sum = 0;
  for (std::size_t k = 1; k < path.size(); ++k) sum += 2 - 2 * static_cast<double>(space.alike(path[k - 1], path[k]));
  return sum;
}

double largest_step(const SoundSpace& space, const std::vector<std::size_t>& path) {
  double largest = 0;
  for (std::size_t k = 1; k < path.size(); ++k) {
    largest = std::max(largest, 2 - 2 * static_cast<double>(space.alike(path[k - 1], path[k])));
  }
  return largest;
}

// From one nearest neighbour to the next among those that are nearer to the end, and then to the end.
std::vector<std::size_t> walk(const SoundSpace& space, std::size_t from, std::size_t to, std::size_t count) {
  std::vector<std::size_t> path = {from};
  std::set<std::size_t> used = {from, to};
  while (path.size() + 1 < count) {
    std::size_t best = to;
    for (std::size_t i = 0; i < space.size(); ++i) {
      if (used.contains(i) || space.alike(i, to) <= space.alike(path.back(), to)) continue;
      if (best == to || space.alike(i, path.back()) > space.alike(best, path.back())) best = i;
    }
    if (best == to) break;
    used.insert(best);
    path.push_back(best);
  }
  path.push_back(to);
  return path;
}

TEST(SoundSpace, FindsTracksByTheirIds) {
  const SoundSpace space = quarter(5);
  EXPECT_EQ(space.find(base::ItemId("t0003")), 3U);
  EXPECT_EQ(space.find(base::ItemId("t0009")), std::nullopt);
  EXPECT_NEAR(space.alike(0, 2), std::cos(std::numbers::pi / 4), 1e-6);
}

TEST(SoundSpace, NearestComesFirstWithinTheCaps) {
  SoundSpace space = quarter(5, {"a", "a", "a", "b", ""});
  const std::vector<float> here = {1, 0};
  const auto found = space.nearest(here, 4, 2);
  std::vector<std::int32_t> order;
  for (const math::Scored& one : found) order.push_back(one.index);
  EXPECT_THAT(order, ElementsAre(0, 1, 3, 4)) << "2 would be the third of an artist";
  EXPECT_NEAR(found[0].score, 1, 1e-6);
  EXPECT_EQ(space.nearest(here, 2, 2).size(), 2U);
}

TEST(SoundSpace, APathOnACircleIsEven) {
  const SoundSpace space = quarter(9);
  EXPECT_THAT(space.path(0, 8, 5, 2), ElementsAre(0, 2, 4, 6, 8));
  EXPECT_THAT(space.path(8, 0, 3, 2), ElementsAre(8, 4, 0));
  EXPECT_THAT(space.path(2, 6, 2, 2), ElementsAre(2, 6));
  EXPECT_THAT(space.path(0, 8, 9, 2), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8));
}

TEST(SoundSpace, APathHasNoTrackTwiceAndNoArtistTwiceInARow) {
  const SoundSpace space = cloud(400, 40, 1);
  for (std::size_t from = 0; from < 20; ++from) {
    const std::size_t to = 399 - from * 7;
    const auto path = space.path(from, to, 15, 2);
    ASSERT_EQ(path.size(), 15U);
    EXPECT_EQ(path.front(), from);
    EXPECT_EQ(path.back(), to);
    EXPECT_EQ(std::set<std::size_t>(path.begin(), path.end()).size(), path.size());
    std::map<std::string, int> artists;
    for (std::size_t k = 0; k < path.size(); ++k) {
      EXPECT_LE(++artists[space.track(path[k]).artist], 2);
      if (k > 0) {
        EXPECT_NE(space.track(path[k]).artist, space.track(path[k - 1]).artist);
      }
    }
  }
}

TEST(SoundSpace, APathIsSmootherThanAWalk) {
  const SoundSpace space = cloud(2000, 2000, 2);
  double ours = 0, theirs = 0, our_largest = 0, their_largest = 0;
  for (std::size_t from = 0; from < 30; ++from) {
    const std::size_t to = 1999 - from;
    const auto path = space.path(from, to, 10, 2);
    const auto other = walk(space, from, to, 10);
    ours += sum_of_squares(space, path) / static_cast<double>(path.size() - 1);
    theirs += sum_of_squares(space, other) / static_cast<double>(other.size() - 1);
    our_largest += largest_step(space, path);
    their_largest += largest_step(space, other);
  }
  EXPECT_LT(ours, 0.95 * theirs);
  EXPECT_LT(our_largest, 0.9 * their_largest);
}

TEST(SoundSpace, NoSingleExchangeMakesAPathSmoother) {
  const SoundSpace space = cloud(300, 300, 3);
  auto path = space.path(1, 2, 8, 2);
  const double sum = sum_of_squares(space, path);
  const std::set<std::size_t> used(path.begin(), path.end());
  for (std::size_t k = 1; k + 1 < path.size(); ++k) {
    const std::size_t old = path[k];
    for (std::size_t other = 0; other < space.size(); ++other) {
      if (used.contains(other)) continue;
      path[k] = other;
      EXPECT_GE(sum_of_squares(space, path), sum - 1e-4);
    }
    path[k] = old;
  }
}

TEST(SoundSpace, APathIsShorterWhereTheLibraryIsSmall) {
  EXPECT_EQ(quarter(4).path(0, 3, 10, 2).size(), 4U);
  const SoundSpace one_artist = quarter(6, {"a", "a", "a", "a", "a", "a"});
  EXPECT_THAT(one_artist.path(0, 5, 6, 2), ElementsAre(0, 5)) << "the ends are what was asked for";
}

TEST(SoundSpace, OppositeEndsAreNoTrouble) {
  std::vector<SoundSpace::Track> tracks = {
      {base::ItemId("a"), "", ""}, {base::ItemId("b"), "", ""}, {base::ItemId("c"), "", ""}};
  math::Matrix vectors(3, 2);
  vectors(0, 0) = 1;
  vectors(1, 1) = 1;
  vectors(2, 0) = -1;
  const SoundSpace space(std::move(tracks), std::move(vectors));
  EXPECT_THAT(space.path(0, 2, 3, 2), ElementsAre(0, 1, 2));
}

}  // namespace
}  // namespace mla::recommend
