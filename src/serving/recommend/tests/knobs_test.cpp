// Each knob moves its own measure, step by step, on generated data.
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "foundation/base/random.h"
#include "serving/recommend/rerank.h"
#include "serving/recommend/tests/trained.h"

namespace mla::recommend {
namespace {

constexpr double kValues[] = {0, 0.25, 0.5, 0.75, 1};

struct Measures {
  double distance = 0;
  double information = 0;
  double popularity = 0;
};

// The mean over 40 lists of 10 out of 100 candidates: 12 clusters of vectors, popularity by a power law, scores that
// favour the popular and a few clusters.
Measures measure(const Knobs& knobs) {
  constexpr int kLists = 40;
  constexpr int kLimit = 10;
  Measures mean;
  for (int list = 0; list < kLists; ++list) {
    base::Random random(static_cast<std::uint64_t>(list) + 1);
    math::Matrix centres(12, 8);
    for (float& value : centres.values()) value = static_cast<float>(random.normal());
    math::Matrix vectors(100, 8);
    std::vector<Candidate> candidates;
    for (std::int32_t i = 0; i < 100; ++i) {
      const auto cluster = static_cast<std::size_t>(12 * random.uniform() * random.uniform());
      for (std::size_t k = 0; k < 8; ++k) {
        vectors(static_cast<std::size_t>(i), k) = centres(cluster, k) + 0.4F * static_cast<float>(random.normal());
      }
      auto facts = std::make_shared<ItemFacts>();
      facts->in_catalogue = true;
      const double share = 0.5 * std::pow(1 + 99 * random.uniform(), -0.8);
      const double score = 1 + 0.2 * std::log(share) - 0.05 * static_cast<double>(cluster) + 0.3 * random.normal();
      candidates.push_back({i, static_cast<float>(score), 0, static_cast<float>(share), facts});
    }
    std::sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
    const Similarity similarity = make_similarity(candidates, {.vectors = std::as_const(vectors).view()});
    const auto chosen = rerank(candidates, knobs, {}, similarity, kLimit);
    const Similarity within = make_similarity(chosen, {.vectors = std::as_const(vectors).view()});
    std::vector<float> likeness(chosen.size());
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      within(i, likeness);
      for (std::size_t j = 0; j < i; ++j) mean.distance += (1 - static_cast<double>(likeness[j])) / (45 * kLists);
      mean.information += -std::log2(static_cast<double>(chosen[i].popularity)) / (kLimit * kLists);
      mean.popularity += static_cast<double>(chosen[i].popularity) / (kLimit * kLists);
    }
  }
  return mean;
}

void expect_rising(double Knobs::*knob, double Measures::*own) {
  double before = 0;
  for (const double value : kValues) {
    Knobs knobs;
    knobs.*knob = value;
    const double now = measure(knobs).*own;
    if (value > 0) {
      EXPECT_GT(now, before) << "at " << value;
    }
    before = now;
  }
}

TEST(Knobs, DiversityRaisesTheDistanceWithinAList) { expect_rising(&Knobs::diversity_factor, &Measures::distance); }
TEST(Knobs, NoveltyRaisesSelfInformation) { expect_rising(&Knobs::novelty_factor, &Measures::information); }
TEST(Knobs, PopularityRaisesAveragePopularity) { expect_rising(&Knobs::popularity_bias, &Measures::popularity); }

TEST(Knobs, TemporalDecayRaisesTheAgeOfTheEvidence) {
  TrainedWorld world;
  std::map<std::string, std::map<std::string, base::UnixMillis>> last_heard;
  world.catalog
      .for_each_event([&](const catalog::Event& event) {
        auto& last = last_heard[event.user.str()][event.item.str()];
        last = std::max(last, *event.time);
        return base::Status();
      })
      .value();
  double before = 0;
  for (const double value : {0.2, 0.4, 0.6, 0.8, 1.0}) {
    double days = 0;
    double named = 0;
    for (const auto& [user, items] : last_heard) {
      Request request = TrainedWorld::request(user, 10);
      request.knobs.temporal_decay = value;
      for (const Recommendation& one : world.ask(request).recommendations) {
        for (const base::ItemId& item : one.evidence) {
          days += static_cast<double>(kNow - items.at(item.str())) / static_cast<double>(base::kMillisPerDay);
          ++named;
        }
      }
    }
    ASSERT_GT(named, 100);
    EXPECT_GT(days / named, before) << "at " << value;
    before = days / named;
  }
}

}  // namespace
}  // namespace mla::recommend
