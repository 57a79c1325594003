// Prints NDCG@20 of the collaborative algorithms on the public data sets, and what an epoch of iALS costs.
//   models_bench                                            the figures of README.md
//   models_bench --data gowalla --algorithm ials --params '{"factors":64}' [--validation]
//   models_bench --epochs                                   seconds of an iALS epoch by dimensions and interactions
// --validation never looks at test data: it holds out 20 % of each user's train items and reports on those.
#include <algorithm>
#include <cmath>
#include <iostream>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include "foundation/base/parse.h"
#include "foundation/math/top_k.h"
#include "learning/models/algorithms.h"
#include "bench/recsys_data.h"

namespace mla::bench {
namespace {

using ParameterMap = std::map<std::string, models::ParameterValue>;

ParameterMap parse_parameters(const std::string& text) {
  ParameterMap map;
  const boost::json::value parsed = boost::json::parse(text);
  for (const auto& [name, value] : parsed.as_object()) {
    if (value.is_bool()) {
      map[name] = value.get_bool();
    } else if (value.is_string()) {
      map[name] = std::string(value.get_string());
    } else {
      map[name] = value.to_number<double>();
    }
  }
  return map;
}

struct Figures {
  double ndcg = 0;
  double recall = 0;
};

Figures evaluate(const models::Recommender& model, const Split& split, base::ThreadPool& pool) {
  constexpr std::size_t kAt = 20;
  constexpr std::size_t kBatch = 256;
  std::vector<std::int32_t> users;
  for (std::size_t u = 0; u < split.test.size(); ++u) {
    if (!split.test[u].empty()) users.push_back(static_cast<std::int32_t>(u));
  }
  const math::CsrView train = split.train.interactions.view();
  std::vector<double> ndcg(users.size());
  std::vector<double> recall(users.size());
  math::Matrix scores(kBatch, static_cast<std::size_t>(train.cols));
  for (std::size_t begin = 0; begin < users.size(); begin += kBatch) {
    const std::size_t count = std::min(kBatch, users.size() - begin);
    std::vector<std::vector<models::HistoryEntry>> histories(count);
    std::vector<models::Listener> listeners(count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::int32_t u = users[begin + i];
      for (std::size_t at = 0; at < train.row_size(u); ++at) {
        histories[i].push_back({train.row_columns(u)[at], train.row_values(u)[at]});
      }
      listeners[i].history = histories[i];
    }
    model.score_batch(listeners, scores.view().slice(0, count), pool);
    pool.parallel_for(count, 8, [&](std::size_t first, std::size_t last, int) {
      std::vector<math::Scored> best;
      for (std::size_t i = first; i < last; ++i) {
        const std::int32_t u = users[begin + i];
        const auto& wanted = split.test[static_cast<std::size_t>(u)];
        math::top_k(scores.row(i), train.row_columns(u), kAt, best);
        double gain = 0;
        double ideal = 0;
        double hits = 0;
        for (std::size_t r = 0; r < kAt; ++r) {
          const double discount = 1 / std::log2(static_cast<double>(r) + 2);
          if (r < wanted.size()) ideal += discount;
          if (r < best.size() && std::binary_search(wanted.begin(), wanted.end(), best[r].index)) {
            gain += discount;
            ++hits;
          }
        }
        ndcg[begin + i] = gain / ideal;
        recall[begin + i] = hits / static_cast<double>(wanted.size());
      }
    });
  }
  Figures mean;
  for (std::size_t i = 0; i < users.size(); ++i) {
    mean.ndcg += ndcg[i] / static_cast<double>(users.size());
    mean.recall += recall[i] / static_cast<double>(users.size());
  }
  return mean;
}

// Notes when each epoch ends: an epoch of iALS advances by one unit a user and an item.
class EpochTimes final : public base::Progress {
 public:
  explicit EpochTimes(std::uint64_t units) : units_(units) {}
  void begin(std::string_view, std::uint64_t) override { last_ = base::monotonic_seconds(); }
  void advance(std::uint64_t units) override {
    if (done_.fetch_add(units) / units_ == (done_.load()) / units_) return;
    const double now = base::monotonic_seconds();
    seconds_.push_back(now - last_);
    last_ = now;
  }
  void note(std::string_view) override {}
  void end() override {}

  double median() {
    std::sort(seconds_.begin(), seconds_.end());
    return seconds_[seconds_.size() / 2];
  }

 private:
  std::uint64_t units_;
  std::atomic<std::uint64_t> done_{0};
  double last_ = 0;
  std::vector<double> seconds_;
};

// Floating-point operations of one epoch: the forms of impl/row_solver.h, the rotations and the Gram matrices.
double epoch_operations(const math::CsrView& by_user, double d) {
  double sum = 0;
  const auto side = [&](const math::CsrView& rows, double fixed) {
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

void epoch_line(const models::TrainingData& data, int d, base::ThreadPool& pool) {
  EpochTimes times(static_cast<std::uint64_t>(data.users()) + static_cast<std::uint64_t>(data.items()));
  const base::CancelFlag never;
  base::Work work{pool, times, never};
  auto model = models::make_recommender("ials", {{"factors", static_cast<double>(d)}, {"epochs", 5.0}});
  (*model)->fit(data, work).value();
  const double seconds = times.median();
  const double operations = epoch_operations(data.interactions.view(), d);
  static double first_rate = operations / seconds;
  fmt::print("{:>5} {:>13} {:>12.2f} {:>12.3f} {:>14.3f} {:>10.1f}\n", d, data.interactions.columns.size(),
             operations / 1e9, seconds, operations / first_rate, operations / seconds / 1e9);
  std::fflush(stdout);
}

void epoch_table(const Split& split, base::ThreadPool& pool) {
  fmt::print("iALS, seconds of an epoch (median of 5), {} threads; predicted = operations at the speed of line 1\n",
             pool.size());
  fmt::print("{:>5} {:>13} {:>12} {:>12} {:>14} {:>10}\n", "d", "interactions", "GFLOP", "seconds", "predicted",
             "GFLOP/s");
  for (const int d : {64, 128, 256, 512}) epoch_line(split.train, d, pool);
  for (const double share : {0.25, 0.5, 0.75}) epoch_line(hold_out(split.train, share, 1).train, 128, pool);
}

void one(const Split& split, const std::string& data, const std::string& algorithm, const ParameterMap& parameters,
         base::ThreadPool& pool) {
  base::SilentProgress silent;
  const base::CancelFlag never;
  base::Work work{pool, silent, never};
  auto model = models::make_recommender(algorithm, parameters);
  if (!model) return fmt::print(stderr, "{}\n", model.error().message);
  const double start = base::monotonic_seconds();
  const base::Status fitted = (*model)->fit(split.train, work);
  if (!fitted) return fmt::print(stderr, "{}: {}\n", algorithm, fitted.error().message);
  const double middle = base::monotonic_seconds();
  const Figures figures = evaluate(**model, split, pool);
  std::string text;
  for (const auto& [name, value] : parameters) {
    text += fmt::format(" {}={}", name,
                        std::holds_alternative<double>(value) ? base::format_number(std::get<double>(value))
                        : std::holds_alternative<bool>(value) ? (std::get<bool>(value) ? "true" : "false")
                                                              : std::get<std::string>(value));
  }
  fmt::print("{:<8} {:<10} ndcg@20 {:.4f}  recall@20 {:.4f}  fit {:7.2f} s  score {:6.2f} s {}\n", data, algorithm,
             figures.ndcg, figures.recall, middle - start, base::monotonic_seconds() - middle, text);
  std::fflush(stdout);
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
  app.add_option("--algorithm", algorithm, "one algorithm instead of all");
  app.add_option("--params", parameters, "JSON of its parameters; may be given again")->allow_extra_args(false);
  app.add_flag("--validation", validation, "hold out a part of train instead of using test");
  app.add_flag("--epochs", epochs, "only the table of iALS epochs");
  app.add_option("--threads", threads, "0 = one a core");
  app.add_option("--seed", seed, "of the splits");
  CLI11_PARSE(app, argc, argv);
  base::ThreadPool pool(threads);
  if (epochs) {
    epoch_table(load_split("gowalla", recsys, seed), pool);
    return 0;
  }
  if (parameters.empty()) parameters.push_back("{}");
  for (const std::string& name : data.empty() ? std::vector<std::string>{"hetrec", "gowalla"} : std::vector{data}) {
    Split split = load_split(name, recsys, seed);
    if (validation) split = hold_out(split.train, 0.2, seed + 1000);
    for (const std::string text : {"popularity", "item_knn", "ease", "ials"}) {
      if (!algorithm.empty() && algorithm != text) continue;
      for (const std::string& p : parameters) one(split, name, text, parse_parameters(p), pool);
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
    std::cerr << "models_bench: " << e.what() << '\n';
    return 1;
  }
}
