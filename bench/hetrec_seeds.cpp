// Prints what every algorithm, the hybrid and --algorithm auto reach on HetRec 2011 Last.fm with tags: the mean over
// several splits (80/20 of each listener's artists) and, for the blends, the paired bootstrap interval of their mean
// difference to the best single algorithm, listener by listener. Auto sees the 80 % alone.
// Usage: hetrec_seeds [folder = ../shared/data/recsys/hetrec-lastfm] [seeds = 5] [seconds for each auto = 300]
#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/recsys_data.h"
#include "learning/models/validation/holdout.h"
#include "learning/training/auto/selection.h"
#include "learning/training/bootstrap.h"
#include "learning/training/evaluation.h"

namespace mla::bench {
namespace {

// Sums over the seeds.
struct Column {
  std::vector<double> ndcg;  // of each listener
  double recall = 0;
};

void add(const training::Evaluation& evaluation, Column& column) {
  const std::vector<double>& ndcg = evaluation.per_user.find("ndcg")->second;
  column.ndcg.resize(ndcg.size(), 0.0);
  for (std::size_t i = 0; i < ndcg.size(); ++i) column.ndcg[i] += ndcg[i];
  column.recall += evaluation.metric("recall");
}

training::Dataset without(const training::Dataset& dataset, const models::TrainingData& rest) {
  training::Dataset left;
  left.data = rest;
  left.user_ids = dataset.user_ids;
  left.item_ids = dataset.item_ids;
  return left;
}

void run(const std::filesystem::path& folder, std::uint64_t seeds, double seconds) {
  base::ThreadPool pool(0);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  const training::Dataset dataset = load_hetrec(folder, work);

  std::map<std::string, Column> columns;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    base::Work seeded{pool, progress, cancel, seed};
    const models::Holdout split = models::hold_out(dataset.data, 0.2, seed);
    const auto measure = [&](const std::string& name, const std::string& algorithm,
                             const training::ParameterMap& parameters) {
      const auto e =
          training::evaluate(split.rest, split.held.view(), algorithm, parameters, {.at = 20}, seeded).value();
      fmt::print("seed {} {:<12} ndcg@20 {:.4f}\n", seed, name, e.metric("ndcg"));
      std::fflush(stdout);
      add(e, columns[name]);
    };
    for (const models::Algorithm& algorithm : models::algorithms()) measure(algorithm.name, algorithm.name, {});
    training::SelectionOptions options;
    options.seconds = seconds;
    const training::Selection chosen = training::select_model(without(dataset, split.rest), options, seeded).value();
    fmt::print("{}", training::to_table(chosen));
    measure("auto", chosen.algorithm, chosen.parameters);
  }

  const auto mean = [&](const Column& column) {
    double sum = 0;
    for (const double value : column.ndcg) sum += value;
    return sum / static_cast<double>(column.ndcg.size()) / static_cast<double>(seeds);
  };
  fmt::print("\nmean over {} splits\n{:<12}{:>9}{:>11}\n", seeds, "algorithm", "ndcg@20", "recall@20");
  std::string best;
  for (const auto& [name, column] : columns) {
    fmt::print("{:<12}{:>9.4f}{:>11.4f}\n", name, mean(column), column.recall / static_cast<double>(seeds));
    const bool single = name != "hybrid" && name != "auto";
    if (single && (best.empty() || mean(column) > mean(columns[best]))) best = name;
  }
  for (const std::string name : {"hybrid", "auto"}) {
    std::vector<double> difference = columns[name].ndcg;
    for (std::size_t i = 0; i < difference.size(); ++i) {
      difference[i] = (difference[i] - columns[best].ndcg[i]) / static_cast<double>(seeds);
    }
    const training::Interval interval = training::bootstrap_means({difference}, work).front();
    fmt::print("{} − {}: {:+.4f}, paired 95 % interval of the mean [{:+.4f}, {:+.4f}]\n", name, best, interval.mean,
               interval.low, interval.high);
  }
}

}  // namespace
}  // namespace mla::bench

int main(int argc, char** argv) {
  const std::filesystem::path folder = argc > 1 ? argv[1] : "../shared/data/recsys/hetrec-lastfm";
  if (!std::filesystem::exists(folder)) {
    fmt::print("skipped: no {}\n", folder.string());
    return 0;
  }
  try {
    mla::bench::run(folder, argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 5, argc > 3 ? std::atof(argv[3]) : 300);
  } catch (const mla::base::Failure& failure) {
    fmt::print(stderr, "{}\n", failure.what());
    return 1;
  }
  return 0;
}
