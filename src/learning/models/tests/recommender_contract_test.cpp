// What every collaborative recommender promises in recommender.h, on one set of generated data.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/artifact/tests/temporary_folder.h"
#include "foundation/base/random.h"
#include "learning/models/algorithms.h"

namespace mla::models {
namespace {

constexpr std::int32_t kUsers = 70;
constexpr std::int32_t kItems = 40;
constexpr std::int32_t kTastes = 4;  // user u likes items with item % kTastes == u % kTastes

struct Setting {
  explicit Setting(int threads = 2) : pool(threads) {}
  base::ThreadPool pool;
  base::SilentProgress progress;
  base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
};

TrainingData planted(std::uint64_t seed = 3) {
  base::Random random(seed);
  std::vector<math::Triplet> plays;
  for (std::int32_t u = 0; u < kUsers; ++u) {
    for (std::int32_t i = 0; i < kItems; ++i) {
      const double chance = u % kTastes == i % kTastes ? 0.7 : 0.05;
      if (random.uniform() < chance) plays.push_back({u, i, static_cast<float>(1 + random.below(30))});
    }
  }
  TrainingData data;
  data.interactions = math::make_csr(kUsers, kItems, plays);
  for (std::size_t at = 0; at < plays.size(); ++at) {
    data.times.push_back(static_cast<base::UnixMillis>(1 + random.below(1'000'000)));
  }
  return data;
}

std::vector<HistoryEntry> history_of(const TrainingData& data, std::int32_t user) {
  const math::CsrView rows = data.interactions.view();
  std::vector<HistoryEntry> history;
  for (std::size_t at = 0; at < rows.row_size(user); ++at) {
    history.push_back({rows.row_columns(user)[at], rows.row_values(user)[at],
                       data.times[static_cast<std::size_t>(rows.offsets[user]) + at]});
  }
  return history;
}

std::vector<float> scores_of(const Recommender& model, const std::vector<HistoryEntry>& history) {
  std::vector<float> scores(static_cast<std::size_t>(model.items()), std::numeric_limits<float>::quiet_NaN());
  model.score({history, 0}, scores);
  return scores;
}

bool all_finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

// Cancels at the first sign of progress.
class CancelsSoon final : public base::Progress {
 public:
  explicit CancelsSoon(base::CancelFlag& flag) : flag_(flag) {}
  void begin(std::string_view, std::uint64_t) override {}
  void advance(std::uint64_t) override { flag_.cancel(); }
  void note(std::string_view) override {}
  void end() override {}

 private:
  base::CancelFlag& flag_;
};

class RecommenderContract : public testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<Recommender> make() const {
    std::map<std::string, ParameterValue> given;
    if (GetParam() == std::string("ials")) given = {{"factors", 8.0}, {"regularization", 0.05}};  // for 70 users
    if (GetParam() == std::string("bspm") || GetParam() == std::string("gf_cf"))
      given = {{"factors", 4.0}};  // of 40 items
    if (GetParam() == std::string("bpr"))
      given = {{"factors", 8.0}, {"epochs", 150.0}, {"negatives", 20.0}, {"learning_rate", 0.1}};
    return make_recommender(GetParam(), given).value();
  }
  std::unique_ptr<Recommender> fitted(const TrainingData& data, int threads = 2) const {
    Setting setting(threads);
    auto model = make();
    model->fit(data, setting.work).value();
    return model;
  }
  bool personal() const { return GetParam() != std::string("popularity"); }
};

TEST_P(RecommenderContract, RanksTheListenersOwnTasteFirst) {
  if (!personal()) GTEST_SKIP() << "skipped: the same list for everybody";
  const TrainingData data = planted();
  const auto model = fitted(data);
  // A listener who was not in training and has played three items of taste 1.
  const std::vector<HistoryEntry> history{{1, 5}, {9, 5}, {21, 5}};
  std::vector<float> scores = scores_of(*model, history);
  for (const HistoryEntry& heard : history) scores[static_cast<std::size_t>(heard.item)] = -1e9F;
  for (int rank = 0; rank < 7; ++rank) {  // ten items have taste 1
    const auto best = std::max_element(scores.begin(), scores.end());
    EXPECT_EQ((best - scores.begin()) % kTastes, 1) << "rank " << rank;
    *best = -1e9F;
  }
}

TEST_P(RecommenderContract, AnUpdateTakesInNewItemsAndListeners) {
  Setting setting;
  const TrainingData data = planted();
  TrainingData before;  // the first 60 listeners, every second item
  std::vector<math::Triplet> plays;
  std::vector<std::int32_t> old(kItems, -1);
  for (std::int32_t i = 0; i < kItems; i += 2) old[static_cast<std::size_t>(i)] = i / 2;
  for (std::int32_t u = 0; u < 60; ++u) {
    const auto view = data.interactions.view();
    for (std::size_t at = 0; at < view.row_size(u); ++at) {
      const std::int32_t item = view.row_columns(u)[at];
      if (item % 2 == 0) plays.push_back({u, item / 2, view.row_values(u)[at]});
    }
  }
  before.interactions = math::make_csr(60, kItems / 2, plays);
  const auto model = fitted(before);
  model->update(data, old, setting.work).value();
  ASSERT_EQ(model->items(), kItems);
  if (!personal()) return;
  const std::vector<float> scores = scores_of(*model, {{1, 5}, {9, 5}, {21, 5}});  // new items of taste 1
  double own = 0;
  double others = 0;
  for (std::int32_t i = 22; i < kItems; ++i) {
    (i % kTastes == 1 ? own : others) += static_cast<double>(scores[static_cast<std::size_t>(i)]);
  }
  EXPECT_GT(own / 4, others / 14);
}

TEST_P(RecommenderContract, SameBitsAtAnyThreadCount) {
  const TrainingData data = planted();
  const auto one = fitted(data, 1);
  for (const int threads : {2, 3}) {
    const auto other = fitted(data, threads);
    for (std::int32_t u = 0; u < 5; ++u) {
      EXPECT_EQ(scores_of(*one, history_of(data, u)), scores_of(*other, history_of(data, u))) << threads << " threads";
    }
  }
}

TEST_P(RecommenderContract, ABatchScoresLikeOneByOne) {
  Setting setting;
  const TrainingData data = planted();
  const auto model = fitted(data);
  std::vector<std::vector<HistoryEntry>> histories{{}};
  for (std::int32_t u = 0; u < 30; ++u) histories.push_back(history_of(data, u));
  std::vector<Listener> listeners;
  for (const auto& history : histories) listeners.push_back({history, 0});
  math::Matrix batch(listeners.size(), kItems);
  model->score_batch(listeners, batch.view(), setting.pool);
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    const std::vector<float> single = scores_of(*model, histories[i]);
    for (std::size_t j = 0; j < single.size(); ++j) EXPECT_NEAR(batch(i, j), single[j], 1e-4);
  }
}

TEST_P(RecommenderContract, TheBestAreThoseOfTheScores) {
  const TrainingData data = planted();
  const auto model = fitted(data);
  const std::vector<std::int32_t> excluded{0, 9, 10, 39};
  for (const std::int32_t user : {0, 1, 33}) {
    const std::vector<HistoryEntry> history = history_of(data, user);
    const std::vector<float> scores = scores_of(*model, history);
    for (const std::size_t k : {1U, 7U, 100U}) {
      std::vector<math::Scored> best{{99, 1.0F}};  // must be replaced
      model->best({history, 0}, excluded, k, best);
      ASSERT_EQ(best.size(), std::min<std::size_t>(k, kItems - excluded.size()));
      std::vector<math::Scored> expected;
      math::top_k(scores, excluded, k, expected);
      for (std::size_t i = 0; i < best.size(); ++i) {
        const auto item = static_cast<std::size_t>(best[i].index);
        EXPECT_FALSE(std::binary_search(excluded.begin(), excluded.end(), best[i].index));
        EXPECT_NEAR(best[i].score, scores[item], 1e-5 * (1 + std::fabs(scores[item])));
        EXPECT_NEAR(best[i].score, expected[i].score, 1e-5 * (1 + std::fabs(scores[item]))) << "rank " << i;
      }
    }
  }
}

TEST_P(RecommenderContract, RemovingNamedEvidenceLowersTheScore) {
  const TrainingData data = planted();
  const auto model = fitted(data);
  int named = 0;
  for (std::int32_t u = 0; u < 20; ++u) {
    const auto history = history_of(data, u);
    const std::vector<float> before = scores_of(*model, history);
    for (std::int32_t item = 0; item < kItems; ++item) {
      const auto evidence = model->explain({history, 0}, item, 3);
      ASSERT_LE(evidence.size(), 3U);
      for (std::size_t e = 0; e < evidence.size(); ++e) {
        EXPECT_GT(evidence[e].contribution, 0);
        if (e > 0) {
          EXPECT_LE(evidence[e].contribution, evidence[e - 1].contribution);
        }
        if (evidence[e].kind == Evidence::Kind::kPopular) {
          EXPECT_EQ(evidence[e].id, -1);
          continue;
        }
        auto without = history;
        const auto removed = std::remove_if(without.begin(), without.end(),
                                            [&](const HistoryEntry& h) { return h.item == evidence[e].id; });
        ASSERT_EQ(without.end() - removed, 1) << "evidence is not in the history";
        without.erase(removed, without.end());
        EXPECT_LT(scores_of(*model, without)[static_cast<std::size_t>(item)], before[static_cast<std::size_t>(item)]);
        ++named;
      }
    }
  }
  if (personal()) {
    EXPECT_GT(named, 500);
  }
  EXPECT_TRUE(model->explain({{}, 0}, 0, 0).empty());
}

TEST_P(RecommenderContract, EffectsAreWhatScoringAgainFinds) {
  const TrainingData data = planted();
  const auto model = fitted(data);
  const std::vector<std::int32_t> items{0, 7, 13, 21};
  double largest = 0;
  for (std::int32_t u = 0; u < 20; ++u) {
    const auto history = history_of(data, u);
    std::vector<Evidence> facts;
    for (const HistoryEntry& entry : history) facts.push_back({Evidence::Kind::kCoListening, entry.item, 0});
    facts.push_back({Evidence::Kind::kSharedTag, 0, 0, history.front().item});  // of content alone
    const auto effects = model->effects({history, 0}, facts, items);
    ASSERT_TRUE(effects.has_value());
    const std::vector<float> before = scores_of(*model, history);
    for (std::size_t i = 0; i < items.size(); ++i) {
      const float score = before[static_cast<std::size_t>(items[i])];
      EXPECT_NEAR(effects->scores[i], score, 1e-4 * (1 + std::abs(score)));
      EXPECT_EQ(effects->lost(history.size(), i), 0);
      for (std::size_t h = 0; h < history.size(); ++h) {
        auto rest = history;
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(h));
        const double lost = score - scores_of(*model, rest)[static_cast<std::size_t>(items[i])];
        // iALS takes what other weights change to first order.
        EXPECT_NEAR(effects->lost(h, i), lost, GetParam() == std::string("ials") ? 0.03 : 1e-5) << u << ' ' << h;
        largest = std::max(largest, std::abs(lost));
      }
    }
  }
  if (personal()) {
    EXPECT_GT(largest, 0.05);
  }
}

TEST_P(RecommenderContract, OneSidedDataIsFittedWithoutError) {
  const auto fit_on = [&](std::int32_t users, std::int32_t items, const std::vector<math::Triplet>& plays) {
    TrainingData data;
    data.interactions = math::make_csr(users, items, plays);
    const auto model = fitted(data);
    EXPECT_EQ(model->items(), items);
    std::vector<HistoryEntry> history;
    if (items > 0) history.push_back({0, 1});
    const std::vector<float> scores = scores_of(*model, history);
    EXPECT_TRUE(all_finite(scores)) << users << " users, " << items << " items";
    return scores;
  };
  fit_on(0, 0, {});
  fit_on(3, 0, {});
  EXPECT_THAT(fit_on(0, 3, {}), testing::Each(testing::Eq(0.0F)));
  EXPECT_THAT(fit_on(2, 3, {}), testing::Each(testing::Eq(0.0F)));
  fit_on(1, 1, {{0, 0, 1}});
  fit_on(1, 5, {{0, 0, 1}, {0, 3, 2}});
  fit_on(5, 1, {{0, 0, 1}, {3, 0, 2}});
}

TEST_P(RecommenderContract, EqualPlayCountsMeanTheSameWhateverTheirSize) {
  TrainingData ones = planted();
  TrainingData sevens = ones;
  std::fill(ones.interactions.values.begin(), ones.interactions.values.end(), 1.0F);
  std::fill(sevens.interactions.values.begin(), sevens.interactions.values.end(), 7.0F);
  const auto a = scores_of(*fitted(ones), history_of(ones, 0));
  const auto b = scores_of(*fitted(sevens), history_of(sevens, 0));
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-4);
}

TEST_P(RecommenderContract, ExtremeWeightsGiveFiniteScores) {
  TrainingData data = planted();
  for (std::size_t at = 0; at < data.interactions.values.size(); ++at) {
    if (at % 3 == 0) data.interactions.values[at] = at % 2 == 0 ? 0.0F : 1e9F;
  }
  const auto model = fitted(data);
  EXPECT_TRUE(all_finite(scores_of(*model, {{0, 1e9F}, {4, 0.0F}, {5, 1e-9F}})));
}

TEST_P(RecommenderContract, CancellingGivesCancelled) {
  Setting setting;
  setting.cancel.cancel();
  EXPECT_EQ(make()->fit(planted(), setting.work).error().code, base::ErrorCode::kCancelled);
  if (!personal()) return;  // done before it could look twice
  base::CancelFlag flag;
  CancelsSoon progress(flag);
  base::Work work{setting.pool, progress, flag};
  EXPECT_EQ(make()->fit(planted(), work).error().code, base::ErrorCode::kCancelled);
}

artifact::Description described() {
  artifact::Description description;
  description.id = "m";
  description.model_type = "recommendation";
  return description;
}

TEST_P(RecommenderContract, LoadedScoresLikeTheSavedOne) {
  const artifact::TemporaryFolder folder;
  const TrainingData data = planted();
  const auto model = fitted(data);
  artifact::Writer writer;
  ASSERT_TRUE(model->save(writer).ok());
  const auto published = artifact::publish(folder.path(), described(), writer);
  ASSERT_TRUE(published.ok()) << published.error().message;
  auto loaded = make();
  const base::Status status = loaded->load(*artifact::Reader::open(published->folder));
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(loaded->items(), model->items());
  for (std::int32_t u = 0; u < 5; ++u) {
    EXPECT_EQ(scores_of(*loaded, history_of(data, u)), scores_of(*model, history_of(data, u)));
  }
}

TEST_P(RecommenderContract, NotANumberInAModelIsRefused) {
  const artifact::TemporaryFolder folder;
  const auto model = fitted(planted());
  artifact::Writer writer;
  ASSERT_TRUE(model->save(writer).ok());
  const auto published = artifact::publish(folder.path(), described(), writer);
  ASSERT_TRUE(published.ok());
  for (const auto& [name, tensor] : writer.tensors()) {
    if (tensor.dtype != artifact::Dtype::kF32) continue;
    const auto file = published->folder / "model.safetensors";
    const std::string good = base::read_file(file, 1U << 30).value();
    const std::string_view bytes(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
    const std::size_t at = good.find(bytes);
    ASSERT_NE(at, std::string::npos);
    std::string bad = good;
    const float nan = std::numeric_limits<float>::quiet_NaN();
    std::memcpy(bad.data() + at, &nan, sizeof nan);
    std::ofstream(file, std::ios::binary) << bad;
    const base::Status status = make()->load(*artifact::Reader::open(published->folder));
    ASSERT_FALSE(status.ok()) << name;
    EXPECT_EQ(status.error().code, base::ErrorCode::kCorrupt);
    EXPECT_THAT(status.error().message, testing::HasSubstr(name));
    std::ofstream(file, std::ios::binary) << good;
  }
}

TEST_P(RecommenderContract, AModelOfAnotherKindIsRefused) {
  const artifact::TemporaryFolder folder;
  const std::vector<float> other(3, 1.0F);
  artifact::Writer writer;
  writer.add("other", std::span<const float>(other), {3});
  const auto published = artifact::publish(folder.path(), described(), writer);
  ASSERT_TRUE(published.ok());
  const base::Status status = make()->load(*artifact::Reader::open(published->folder));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, base::ErrorCode::kCorrupt);
}

INSTANTIATE_TEST_SUITE_P(Collaborative, RecommenderContract,
                         testing::Values("popularity", "item_knn", "ease", "ials", "gf_cf", "bspm", "turbo_cf",
                                         "user_knn", "session_knn", "markov", "slim", "sansa", "bpr"),
                         [](const auto& tested) { return std::string(tested.param); });

}  // namespace
}  // namespace mla::models
