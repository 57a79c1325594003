// Prints what the collaborative algorithms reach on the public data sets and what they cost.
//   models_bench                         NDCG@20, fit and scoring times on HetRec and Gowalla, then the table of
//   --epochs models_bench --epochs                seconds of an iALS epoch by dimensions and by interactions
//   models_bench --data gowalla --algorithm ials --params '{"factors":64}' --params '{"factors":256}' [--validation]
// --validation never looks at test data: it holds out 20 % of each user's train items and reports on those. All default
// parameters were found with it.
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
#include "learning/training/parameters_json.h"

namespace mla::bench {
namespace {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

// Milliseconds to fold in and score one listener on one thread.
double ms_a_listener(const models::Recommender& model, const models::TrainingData& data) {
  std::vector<double> times;
  std::vector<float> scores(static_cast<std::size_t>(data.items()));
  std::vector<models::HistoryEntry> history;
  for (std::int32_t user = 0; user < std::min(data.users(), 500); ++user) {
    const models::Listener listener = training::listener_of(data, user, 0, history);
    const double start = base::monotonic_seconds();
    model.score(listener, scores);
    times.push_back(1e3 * (base::monotonic_seconds() - start));
  }
  return median(times);
}

void row(const training::Examination& data, const std::string& name, const std::string& algorithm,
         const std::string& parameters, base::Work& work) {
  const models::TrainingData& train = data.train.data;
  const auto model = models::make_recommender(algorithm, training::parse_parameters(parameters).value()).value();
  const double start = base::monotonic_seconds();
  const base::Status fitted = model->fit(train, work);
  const double fit_seconds = base::monotonic_seconds() - start;
  if (!fitted) return fmt::print("{:<9}{:<12}{}\n", name, algorithm, fitted.error().message);
  const auto e = training::evaluate_fitted(*model, train, data.test.view(), {.at = 20}, work).value();
  fmt::print("{:<9}{:<12}{:>9.4f}{:>11.4f}{:>9.2f}{:>9.2f}{:>13.3f}  {}\n", name, algorithm, e.metric("ndcg"),
             e.metric("recall"), fit_seconds, e.score_seconds, ms_a_listener(*model, train), parameters);
  std::fflush(stdout);
}

// Floating-point operations of one epoch: the two forms of impl/row_solver.h or the steps of impl/row_refiner.h,
// rotations, Gram matrices, eigenvectors.
double epoch_operations(const math::CsrView& by_user, double d, int steps) {
  double sum = 0;
  const auto side = [&](const math::CsrView& rows, double fixed) {
    if (steps > 0) {
      sum += 4 * d * (steps + 1) * static_cast<double>(rows.size());
      sum += fixed * d * d * 3 + 2.0 * rows.rows * d * d + 9 * d * d * d;
      return;
    }
    for (std::int32_t r = 0; r < rows.rows; ++r) {
      const auto n = static_cast<double>(rows.row_size(r));
      sum += n < d ? n * n * d + n * n * n / 3 + 4 * n * d : n * d * d + d * d * d / 3 + 4 * n * d;
    }
    sum += fixed * d * d * 3 + 9 * d * d * d;
  };
  side(by_user, by_user.cols);
  const math::CsrMatrix by_item = math::transpose(by_user);
  side(by_item.view(), by_user.rows);
  return sum;
}

struct EpochLine {
  int dims;
  int steps;
  std::size_t interactions;
  double operations;
  double seconds;
};

EpochLine measure_epochs(const models::TrainingData& data, int dims, int steps, base::Work& work) {
  EpochTimes times(static_cast<std::uint64_t>(data.users()) + static_cast<std::uint64_t>(data.items()));
  base::Work timed{work.pool, times, work.cancel, work.seed};
  const auto model = models::make_recommender("ials", {{"factors", static_cast<double>(dims)},
                                                       {"epochs", 5.0},
                                                       {"gradient_steps", static_cast<double>(steps)}})
                         .value();
  model->fit(data, timed).value();
  return {dims, steps, data.interactions.columns.size(), epoch_operations(data.interactions.view(), dims, steps),
          median(times.seconds())};
}

void epoch_table(const models::TrainingData& data, base::Work& work) {
  fmt::print("\niALS on {} users and {} items, an epoch, median of 5, {} threads; 0 steps = solved exactly\n",
             data.users(), data.items(), work.pool.size());
  fmt::print("{:>5}{:>7}{:>14}{:>10}{:>10}{:>12}\n", "d", "steps", "interactions", "GFLOP", "seconds", "GFLOP/s");
  const auto print = [](const EpochLine& line) {
    fmt::print("{:>5}{:>7}{:>14}{:>10.2f}{:>10.3f}{:>12.1f}\n", line.dims, line.steps, line.interactions,
               line.operations / 1e9, line.seconds, line.operations / line.seconds / 1e9);
    std::fflush(stdout);
  };
  for (const int steps : {3, 0}) {
    for (const int dims : {64, 128, 256, 512}) print(measure_epochs(data, dims, steps, work));
    for (const double share : {0.25, 0.5, 0.75}) {
      print(measure_epochs(models::hold_out(data, share, 1).rest, 128, steps, work));
    }
  }
}

int run(int argc, char** argv) {
  CLI::App app{"Figures of the collaborative models"};
  std::string recsys = "../shared/data/recsys";
  std::string data;
  std::string algorithm;
  std::vector<std::string> parameters;
  bool validation = false;
  bool epochs = false;
  int threads = 0;
  std::uint64_t seed = 1;
  app.add_option("--recsys", recsys, "folder of the data sets");
  app.add_option("--data", data, "gowalla or hetrec");
  app.add_option("--algorithm", algorithm, "one algorithm instead of the collaborative ones");
  app.add_option("--params", parameters, "JSON of its parameters; may be given again")->allow_extra_args(false);
  app.add_flag("--validation", validation, "hold out a part of train instead of using test");
  app.add_flag("--epochs", epochs, "only the table of iALS epochs");
  app.add_option("--threads", threads, "0 = one a core");
  app.add_option("--seed", seed, "of the splits");
  CLI11_PARSE(app, argc, argv);
  base::ThreadPool pool(threads);
  base::SilentProgress silent;
  const base::CancelFlag never;
  base::Work work{pool, silent, never, seed};

  const bool everything = data.empty() && algorithm.empty() && parameters.empty() && !epochs;
  if (parameters.empty()) parameters.push_back("{}");
  if (!epochs) {
    fmt::print("{:<9}{:<12}{:>9}{:>11}{:>9}{:>9}{:>13}  parameters\n", "data", "algorithm", "ndcg@20", "recall@20",
               "fit s", "rank s", "ms/listener");
    for (const std::string& name : data.empty() ? std::vector<std::string>{"hetrec", "gowalla"} : std::vector{data}) {
      training::Examination examination = load_examination(name, recsys, work);
      if (validation) {
        models::Holdout split = models::hold_out(examination.train.data, 0.2, seed + 1000);
        examination.train.data = std::move(split.rest);
        examination.test = std::move(split.held);
      }
      const std::vector<std::string> collaborative = {"popularity", "item_knn", "ease",  "slim", "sansa",
                                                      "ials",       "bpr",      "gf_cf", "bspm", "turbo_cf"};
      for (const std::string& listed : algorithm.empty() ? collaborative : std::vector{algorithm}) {
        for (const std::string& p : parameters) row(examination, name, listed, p, work);
      }
      if (everything && name == "gowalla") row(examination, name, "ials", R"({"factors":256})", work);
    }
  }
  if (epochs || everything) epoch_table(load_examination("gowalla", recsys, work).train.data, work);
  return 0;
}

}  // namespace
}  // namespace mla::bench

int main(int argc, char** argv) {
  try {
    return mla::bench::run(argc, argv);
  } catch (const std::exception& e) {
    fmt::print(stderr, "models_bench: {}\n", e.what());
    return 1;
  }
}
