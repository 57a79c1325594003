// Prints how the recommenders do on HetRec 2011 Last.fm through the whole path: import, catalogue, dataset, a
// fixed-seed split of 80/20 of each listener's artists, evaluation, paired differences, calibration, and what one
// request costs. Usage: hetrec [folder = ../shared/data/recsys/hetrec-lastfm] [seed = 1] [threads = all cores]
#include <algorithm>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include "bench/recsys_data.h"
#include "learning/models/validation/holdout.h"
#include "learning/training/evaluation.h"
#include "learning/training/trainer.h"

namespace mla::bench {
namespace {

constexpr int kAt = 20;
const std::vector<std::string> kSingles = {"popularity", "item_knn", "ease", "ials", "content"};

void print_difference(const training::Evaluation& hybrid, const training::Evaluation& other, base::Work& work) {
  for (const auto& [name, d] : training::paired_difference(hybrid, other, work)) {
    if (name != "ndcg" && name != "recall") continue;
    fmt::print("hybrid − {:<10} {:>6}@{}  {:+.4f}  paired 95 % interval [{:+.4f}, {:+.4f}]\n", other.algorithm, name,
               kAt, d.mean, d.low, d.high);
  }
}

// Median seconds to score all items for a listener whose history has about 50 items, on this thread.
double seconds_a_request(const models::Recommender& model, const models::TrainingData& data) {
  std::vector<double> seconds;
  std::vector<float> scores(static_cast<std::size_t>(data.items()));
  std::vector<models::HistoryEntry> history;
  for (std::int32_t user = 0; user < data.users() && seconds.size() < 400; ++user) {
    const models::Listener listener = training::listener_of(data, user, 0, history);
    if (history.size() < 45) continue;
    const double start = base::monotonic_seconds();
    model.score(listener, scores);
    seconds.push_back(base::monotonic_seconds() - start);
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds.empty() ? 0 : seconds[seconds.size() / 2];
}

void run(const std::filesystem::path& folder, std::uint64_t seed, int threads) {
  base::ThreadPool pool(threads);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  base::Work work{pool, progress, cancel, seed};
  training::Dataset dataset = load_hetrec(folder, work);
  const models::Holdout split = models::hold_out(dataset.data, 0.2, seed);

  std::vector<training::Evaluation> singles;
  for (const std::string& name : kSingles) {
    singles.push_back(
        training::evaluate(split.rest, split.held.view(), name, {}, {.at = kAt, .intervals = true}, work).value());
  }
  training::Evaluation hybrid =
      training::evaluate(split.rest, split.held.view(), "hybrid", {}, {.at = kAt, .intervals = true}, work).value();

  fmt::print("{} listeners, {} artists, {} plays to learn from, seed {}, {} threads\n\n", hybrid.users, hybrid.items,
             hybrid.interactions, seed, hybrid.threads);
  fmt::print("{:<12}{:>9}  {:<20}{:>10}{:>10}{:>8}{:>8}\n", "algorithm", "ndcg@20", "95 % interval", "recall@20",
             "coverage", "fit s", "rank s");
  const auto row = [](const training::Evaluation& e) {
    const training::Interval& ndcg = e.intervals[1].second;
    fmt::print("{:<12}{:>9.4f}  {:<20}{:>10.4f}{:>10.4f}{:>8.2f}{:>8.2f}\n", e.algorithm, ndcg.mean,
               fmt::format("[{:.4f}, {:.4f}]", ndcg.low, ndcg.high), e.metric("recall"), e.metric("coverage"),
               e.fit_seconds, e.score_seconds);
  };
  for (const training::Evaluation& e : singles) row(e);
  row(hybrid);
  const auto best = std::max_element(singles.begin(), singles.end(),
                                     [](const auto& a, const auto& b) { return a.metric("ndcg") < b.metric("ndcg"); });
  fmt::print("\n");
  print_difference(hybrid, *best, work);
  fmt::print("\n");
  for (const std::string& line : hybrid.report) fmt::print("{}\n", line);

  const training::TrainedModel trained = training::train(std::move(dataset), "hybrid", {}, work).value();
  fmt::print("\ntrained on everything:\n");
  for (const std::string& line : trained.lines) fmt::print("{}\n", line);
  fmt::print("one request of a listener of about 50 artists, one thread: {:.2f} ms\n",
             1e3 * seconds_a_request(*trained.model, trained.dataset.data));
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
    mla::bench::run(folder, argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1, argc > 3 ? std::atoi(argv[3]) : 0);
  } catch (const mla::base::Failure& failure) {
    fmt::print(stderr, "{}\n", failure.what());
    return 1;
  }
  return 0;
}
