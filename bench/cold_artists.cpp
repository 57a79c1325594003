// Artists that nobody has heard yet: a share of the artists of HetRec 2011 Last.fm loses every play, keeping its tags;
// listeners keep the rest of their history, and what is asked for are the lost artists that they played.
// Usage: cold_artists [folder = ../shared/data/recsys/hetrec-lastfm] [seeds = 5] [share = 0.1] [threads = all cores]
//
// recall@20 over listeners with a lost artist, as a mean over the seeds, with two sets of candidates:
//   among lost    the lost artists alone ("which of the new releases?")
//   all artists   every artist that is not in the history: the lost compete with those that have plays
// Popularity counts plays in train, where a lost artist has none: all are equal, so that it is a random order among
// them ("chance", computed) and leaves them behind every other artist in the whole catalogue. As stronger rivals are
// printed: tagged most (how many tags an artist was given, which train has), and a popularity that cannot be had: by
// the plays that were taken away.
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>

#include <fmt/format.h>

#include "bench/recsys_data.h"
#include "foundation/base/random.h"
#include "learning/models/algorithms.h"
#include "learning/models/validation/holdout.h"
#include "learning/models/validation/ranking.h"
#include "learning/training/evaluation.h"

namespace mla::bench {
namespace {

constexpr std::size_t kAt = 20;
const std::vector<std::string> kModels = {"popularity", "content", "ials", "hybrid"};

struct Recall {
  double among_lost = 0;
  double all_artists = 0;
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
  };
  double chance = 0;
  for (int seed = 1; seed <= seeds; ++seed) {
    work.seed = static_cast<std::uint64_t>(seed);
    const Trial trial = take_artists(dataset.data, share, work.seed);
    chance += static_cast<double>(kAt) / static_cast<double>(trial.lost.size()) / seeds;
    std::size_t row = 0;
    for (const std::string& name : kModels) {
      const auto model = models::make_recommender(name, {}).value();
      model->fit(trial.split.rest, work).value();
      add(row++, name,
          judge(
              trial, [&](const models::Listener& listener, std::span<float> scores) { model->score(listener, scores); },
              work));
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
  fmt::print("{:.0f} % of {} artists without a play, {} seeds\n\n{:<38}{:>12}{:>10}{:>13}\n", 100 * share, items, seeds,
             "recall@20", "among lost", "× chance", "all artists");
  fmt::print("{:<38}{:>12.4f}{:>10.1f}\n", "popularity in random order (chance)", chance, 1.0);
  for (const auto& [name, recall] : rows) {
    fmt::print("{:<38}{:>12.4f}{:>10.1f}{:>13.4f}\n", name == "popularity" ? "popularity, ties against it" : name,
               recall.among_lost, recall.among_lost / chance, recall.all_artists);
  }
}

}  // namespace
}  // namespace mla::bench

int main(int argc, char** argv) {
  const std::filesystem::path folder = argc > 1 ? argv[1] : "../shared/data/recsys/hetrec-lastfm";
  if (!std::filesystem::exists(folder)) {
    fmt::print(stderr, "'{}' is not there; give the folder of HetRec 2011 Last.fm\n", folder.string());
    return 2;
  }
  try {
    mla::bench::run(folder, argc > 2 ? std::max(1, std::atoi(argv[2])) : 5, argc > 3 ? std::atof(argv[3]) : 0.1,
                    argc > 4 ? std::atoi(argv[4]) : 0);
  } catch (const mla::base::Failure& failure) {
    fmt::print(stderr, "{}\n", failure.what());
    return 1;
  }
  return 0;
}
