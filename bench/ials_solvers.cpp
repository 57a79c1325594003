// iALS's ways to improve a vector, side by side: solved exactly, by conjugate gradient steps (the default), by blocks
// of dimensions (iALS++). Prints the median time of an epoch and NDCG@20 for each number of dimensions.
//   ials_solvers [--data gowalla] [--validation] [--dims 64,128,256,512] [--epochs 16] [--threads 0]
// --validation judges on 20 % of each user's train items instead of the test items. Everything else is the default.
#include <algorithm>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bench/epoch_times.h"
#include "bench/recsys_data.h"
#include "learning/models/algorithms.h"
#include "learning/models/validation/holdout.h"
#include "learning/training/evaluation.h"

namespace mla::bench {
namespace {

struct Solver {
  std::string label;
  training::ParameterMap parameters;
};

const std::vector<Solver> kSolvers = {{"exact", {{"gradient_steps", 0.0}}}, {"3 gradient steps", {}},
                                      {"blocks of 16", {{"block", 16.0}}},  {"blocks of 32", {{"block", 32.0}}},
                                      {"blocks of 64", {{"block", 64.0}}},  {"blocks of 128", {{"block", 128.0}}}};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

int run(int argc, char** argv) {
  CLI::App app{"iALS: an epoch and what it reaches, by the way rows are solved"};
  std::string recsys = "../shared/data/recsys";
  std::string name = "gowalla";
  std::vector<double> dims = {64, 128, 256, 512};
  double epochs = 16;
  int threads = 0;
  bool validation = false;
  app.add_option("--recsys", recsys, "folder of the data sets");
  app.add_option("--data", name, "gowalla or hetrec");
  app.add_option("--dims", dims, "dimensions")->delimiter(',');
  app.add_option("--epochs", epochs, "of each fit");
  app.add_option("--threads", threads, "0 = one a core");
  app.add_flag("--validation", validation, "judge on a part of train");
  CLI11_PARSE(app, argc, argv);
  base::ThreadPool pool(threads);
  base::SilentProgress silent;
  const base::CancelFlag never;
  base::Work work{pool, silent, never, 1};
  training::Examination data = load_examination(name, recsys, work);
  if (validation) {
    models::Holdout split = models::hold_out(data.train.data, 0.2, work.seed + 1000);
    data.train.data = std::move(split.rest);
    data.test = std::move(split.held);
  }
  const models::TrainingData& train = data.train.data;
  fmt::print("{}{}, {} epochs, {} threads\n\n{:>5}  {:<18}{:>10}{:>9}{:>11}\n", name,
             validation ? ", a validation part of train" : "", epochs, pool.size(), "d", "rows solved", "epoch s",
             "NDCG@20", "recall@20");
  for (const double d : dims) {
    for (const Solver& solver : kSolvers) {
      if (const auto block = solver.parameters.find("block");
          block != solver.parameters.end() && std::get<double>(block->second) >= d) {
        continue;  // the exact solution again
      }
      training::ParameterMap parameters = solver.parameters;
      parameters["factors"] = d;
      parameters["epochs"] = epochs;
      EpochTimes times(static_cast<std::uint64_t>(train.users()) + static_cast<std::uint64_t>(train.items()));
      base::Work timed{pool, times, never, work.seed};
      const auto model = models::make_recommender("ials", parameters).value();
      model->fit(train, timed).value();
      const auto judged = training::evaluate_fitted(*model, train, data.test.view(), {.at = 20}, work).value();
      fmt::print("{:>5}  {:<18}{:>10.3f}{:>9.4f}{:>11.4f}\n", d, solver.label, median(times.seconds()),
                 judged.metric("ndcg"), judged.metric("recall"));
      std::fflush(stdout);
    }
  }
  return 0;
}

}  // namespace
}  // namespace mla::bench

int main(int argc, char** argv) {
  try {
    return mla::bench::run(argc, argv);
  } catch (const std::exception& e) {
    fmt::print(stderr, "ials_solvers: {}\n", e.what());
    return 1;
  }
}
