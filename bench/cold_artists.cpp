// What is recalled of artists that nobody has heard yet, and what it costs those that were heard: cold_artists --help.
#include <algorithm>
#include <functional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bench/recsys_data.h"
#include "foundation/base/random.h"
#include "learning/models/algorithms.h"
#include "learning/models/validation/holdout.h"
#include "learning/models/validation/ranking.h"
#include "learning/training/evaluation.h"

namespace mla::bench {
namespace {

constexpr int kAt = 20;
constexpr const char* kDefinition =
    R"(Artists that nobody has heard yet, on HetRec 2011 Last.fm.
The slice: a share of the artists, drawn at random, lose every play and keep their tags; listeners keep the rest of
their history. Asked for are the lost artists that a listener had played. Recall@20 is the mean over listeners who had
played at least one, then over the seeds, with two sets of candidates:
  among lost    the lost artists alone ("which of the new releases?")
  all artists   every artist that is not in the history: the lost compete with those that have plays
Popularity counts plays in train, where a lost artist has none: all are equal, so that it is a random order among them
("chance", computed, what "x chance" divides by) and leaves them behind every other artist in the whole catalogue. As
stronger rivals are printed: tagged most (how many tags an artist was given, which train has), and a popularity that
cannot be had: by the plays that were taken away.
warm: NDCG@20 of the same model without lost artists, 20 % of each listener's artists held out.)";

struct Model {
  std::string label;
  std::string algorithm;
  training::ParameterMap parameters;
};

const std::vector<Model> kModels = {
    {"popularity, ties against it", "popularity", {}},
    {"content, tags by rarity", "content", {{"tag_weights", std::string("rarity")}}},
    {"content, learnt weights of tags", "content", {{"tag_weights", std::string("learnt")}}},
    {"ials with its map from attributes", "ials", {}},
    {"hybrid", "hybrid", {}}};

struct Recall {
  double among_lost = 0;
  double all_artists = 0;
  double warm = 0;  // NDCG@20; 0: not asked
};

struct Trial {
  models::Holdout split;
  std::vector<std::int32_t> lost;    // ascending
  std::vector<std::int32_t> others;  // ascending
};

Trial take_artists(const models::TrainingData& data, double share, std::uint64_t seed) {
  std::vector<std::int32_t> items(static_cast<std::size_t>(data.items()));
  for (std::size_t i = 0; i < items.size(); ++i) items[i] = static_cast<std::int32_t>(i);
  base::Random(seed).shuffle(items);
  const auto count = static_cast<std::ptrdiff_t>(share * static_cast<double>(items.size()));
  Trial trial{{}, {items.begin(), items.begin() + count}, {items.begin() + count, items.end()}};
  std::sort(trial.lost.begin(), trial.lost.end());
  std::sort(trial.others.begin(), trial.others.end());
  std::vector<std::uint8_t> held(data.interactions.columns.size());
  for (std::size_t at = 0; at < held.size(); ++at) {
    held[at] = std::binary_search(trial.lost.begin(), trial.lost.end(), data.interactions.columns[at]) ? 1 : 0;
  }
  trial.split = models::split_entries(data, held);
  return trial;
}

using Score = std::function<void(const models::Listener&, std::span<float>)>;

Recall judge(const Trial& trial, const Score& score, base::Work& work) {
  const models::TrainingData& train = trial.split.rest;
  const math::CsrView held = trial.split.held.view();
  const base::UnixMillis now = training::newest_time(train);
  std::vector<Recall> of_user(static_cast<std::size_t>(train.users()));
  std::vector<models::Ranker> rankers(static_cast<std::size_t>(work.pool.size()), models::Ranker(train.items()));
  work.pool.parallel_for(of_user.size(), 16, [&](std::size_t begin, std::size_t end, int worker) {
    std::vector<models::HistoryEntry> history;
    std::vector<float> scores(static_cast<std::size_t>(train.items()));
    models::Ranker& ranker = rankers[static_cast<std::size_t>(worker)];
    for (std::size_t u = begin; u < end; ++u) {
      const auto user = static_cast<std::int32_t>(u);
      const auto wanted = held.row_columns(user);
      if (wanted.empty()) continue;
      score(training::listener_of(train, user, now, history), scores);
      const auto recall = [&](std::span<const std::int32_t> masked) {
        ranker.top(scores, masked, wanted, kAt);
        const auto hits = ranker.hits();
        return static_cast<double>(std::count(hits.begin(), hits.end(), 1)) / static_cast<double>(wanted.size());
      };
      of_user[u] = {recall(trial.others), recall(train.interactions.view().row_columns(user))};
    }
  });
  Recall mean;
  double users = 0;
  for (std::size_t u = 0; u < of_user.size(); ++u) {
    if (held.row_size(static_cast<std::int32_t>(u)) == 0) continue;
    mean.among_lost += of_user[u].among_lost;
    mean.all_artists += of_user[u].all_artists;
    ++users;
  }
  return {mean.among_lost / users, mean.all_artists / users};
}

Score fixed(std::vector<float> values) {
  return [values = std::move(values)](const models::Listener&, std::span<float> scores) {
    std::copy(values.begin(), values.end(), scores.begin());
  };
}

void run(const std::filesystem::path& folder, int seeds, double share, int threads) {
  base::ThreadPool pool(threads);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  const training::Dataset dataset = load_hetrec(folder, work);
  const auto items = static_cast<std::size_t>(dataset.data.items());
  std::vector<std::pair<std::string, Recall>> rows;
  const auto add = [&](std::size_t row, const std::string& name, const Recall& recall) {
    if (row == rows.size()) rows.push_back({name, {}});
    rows[row].second.among_lost += recall.among_lost / seeds;
    rows[row].second.all_artists += recall.all_artists / seeds;
    rows[row].second.warm += recall.warm / seeds;
  };
  double chance = 0;
  for (int seed = 1; seed <= seeds; ++seed) {
    work.seed = static_cast<std::uint64_t>(seed);
    const Trial trial = take_artists(dataset.data, share, work.seed);
    chance += static_cast<double>(kAt) / static_cast<double>(trial.lost.size()) / seeds;
    std::size_t row = 0;
    const models::Holdout warm = models::hold_out(dataset.data, 0.2, work.seed);
    for (const Model& tried : kModels) {
      const auto model = models::make_recommender(tried.algorithm, tried.parameters).value();
      model->fit(trial.split.rest, work).value();
      const Score score = [&](const models::Listener& listener, std::span<float> scores) {
        model->score(listener, scores);
      };
      Recall recall = judge(trial, score, work);
      recall.warm =
          training::evaluate(warm.rest, warm.held.view(), tried.algorithm, tried.parameters, {.at = kAt}, work)
              ->metric("ndcg");
      add(row++, tried.label, recall);
    }
    std::vector<float> tagged(items, 0.0F);
    const math::CsrView tags = trial.split.rest.item_tags.view();
    for (std::int32_t item = 0; item < tags.rows; ++item) {
      for (const float given : tags.row_values(item)) tagged[static_cast<std::size_t>(item)] += given;
    }
    add(row++, "tagged most", judge(trial, fixed(tagged), work));
    std::vector<float> played(items, 0.0F);
    for (const std::int32_t item : dataset.data.interactions.columns) ++played[static_cast<std::size_t>(item)];
    add(row++, "popularity that knows the lost plays", judge(trial, fixed(played), work));
  }
  fmt::print("{:.0f} % of {} artists without a play, {} seeds\n\n{:<38}{:>12}{:>10}{:>13}{:>9}\n", 100 * share, items,
             seeds, "recall@20", "among lost", "x chance", "all artists", "warm");
  fmt::print("{:<38}{:>12.4f}{:>10.1f}\n", "popularity in random order (chance)", chance, 1.0);
  for (const auto& [name, recall] : rows) {
    fmt::print("{:<38}{:>12.4f}{:>10.1f}{:>13.4f}{:>9}\n", name, recall.among_lost, recall.among_lost / chance,
               recall.all_artists, recall.warm > 0 ? fmt::format("{:.4f}", recall.warm) : "");
  }
}

}  // namespace
}  // namespace mla::bench

int main(int argc, char** argv) {
  CLI::App app{mla::bench::kDefinition};
  std::string folder = "../shared/data/recsys/hetrec-lastfm";
  int seeds = 5;
  double share = 0.1;
  int threads = 0;
  app.add_option("folder", folder, "of the data set")->check(CLI::ExistingDirectory);
  app.add_option("seeds", seeds, "splits")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("share", share, "of the artists that lose their plays")
      ->check(CLI::Range(0.001, 0.9))
      ->capture_default_str();
  app.add_option("threads", threads, "0 = one a core");
  CLI11_PARSE(app, argc, argv);
  try {
    mla::bench::run(folder, seeds, share, threads);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "cold_artists: {}\n", failure.what());
    return 1;
  }
  return 0;
}
