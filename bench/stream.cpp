// A stream is replayed: a model learns from the first part of the listens, then takes in what follows batch by batch
// (training: Recommender::update), beside a model that learns all from the start each time. Both are judged on the same
// held-out pairs after every batch.
//   build/release/bench/stream [gowalla|hetrec] [algorithm, ials] [parameters as JSON]
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/recsys_data.h"
#include "foundation/base/random.h"
#include "learning/models/algorithms.h"
#include "learning/training/evaluation.h"
#include "learning/training/parameters_json.h"

namespace mla::bench {
namespace {

constexpr double kFirst = 0.7;  // share of listens before the stream
constexpr int kBatches = 3;

// The entries whose turn has come, over the items that are known by then: the data as it was, with its own indices.
struct Snapshot {
  models::TrainingData data;
  math::CsrMatrix test;
  std::vector<std::int32_t> items;  // of the whole
};

Snapshot snapshot(const models::TrainingData& all, const math::CsrView& test, const std::vector<double>& turn,
                  double until) {
  std::vector<std::int32_t> index(static_cast<std::size_t>(all.items()), -1);
  Snapshot result;
  std::vector<math::Triplet> pairs;
  const math::CsrView rows = all.interactions.view();
  for (std::size_t at = 0; at < turn.size(); ++at) {
    if (turn[at] < until) index[static_cast<std::size_t>(rows.columns[at])] = 0;
  }
  for (std::int32_t item = 0; item < all.items(); ++item) {
    if (index[static_cast<std::size_t>(item)] < 0) continue;
    index[static_cast<std::size_t>(item)] = static_cast<std::int32_t>(result.items.size());
    result.items.push_back(item);
  }
  std::vector<math::Triplet> held;
  for (std::int32_t user = 0; user < rows.rows; ++user) {
    for (auto at = static_cast<std::size_t>(rows.offsets[user]); at < static_cast<std::size_t>(rows.offsets[user + 1]);
         ++at) {
      if (turn[at] < until) pairs.push_back({user, index[static_cast<std::size_t>(rows.columns[at])], rows.values[at]});
    }
    for (const std::int32_t item : test.row_columns(user)) {
      if (index[static_cast<std::size_t>(item)] >= 0) held.push_back({user, index[static_cast<std::size_t>(item)], 1});
    }
  }
  const auto items = static_cast<std::int32_t>(result.items.size());
  result.data.interactions = math::make_csr(all.users(), items, pairs);
  result.test = math::make_csr(all.users(), items, held);
  return result;
}

int run(const std::string& name, const std::string& algorithm, const std::string& parameters) {
  base::ThreadPool pool(0);
  base::SilentProgress progress;
  const base::CancelFlag never;
  base::Work work{pool, progress, never};
  const training::Examination examination = load_examination(name, "../shared/data/recsys", work);
  std::vector<double> turn(examination.train.data.interactions.columns.size());
  base::Random random(17);
  for (double& t : turn) t = random.uniform();
  const auto given = training::parse_parameters(parameters).value();
  const auto updated = models::make_recommender(algorithm, given).value();
  std::vector<std::int32_t> known;
  fmt::print("{} {} {}\n{:>7}{:>10}{:>12}{:>10}{:>12}{:>10}{:>10}\n", name, algorithm, parameters, "share", "new items",
             "update ndcg", "seconds", "refit ndcg", "seconds", "loss");
  for (int batch = 0; batch <= kBatches; ++batch) {
    const double until = kFirst + (1 - kFirst) * batch / kBatches;
    const Snapshot now = snapshot(examination.train.data, examination.test.view(), turn, until);
    std::vector<std::int32_t> old;
    for (const std::int32_t item : now.items) {
      const auto at = std::lower_bound(known.begin(), known.end(), item);
      old.push_back(at != known.end() && *at == item ? static_cast<std::int32_t>(at - known.begin()) : -1);
    }
    double start = base::monotonic_seconds();
    if (batch == 0) {
      updated->fit(now.data, work).value();
    } else {
      updated->update(now.data, old, work).value();
    }
    const double update_seconds = base::monotonic_seconds() - start;
    const auto fresh = models::make_recommender(algorithm, given).value();
    start = base::monotonic_seconds();
    fresh->fit(now.data, work).value();
    const double fit_seconds = base::monotonic_seconds() - start;
    const auto judge = [&](const models::Recommender& model) {
      return training::evaluate_fitted(model, now.data, now.test.view(), {}, work).value().metric("ndcg");
    };
    const double a = judge(*updated);
    const double b = judge(*fresh);
    fmt::print("{:>7.2f}{:>10}{:>12.4f}{:>10.2f}{:>12.4f}{:>10.2f}{:>9.2f} %\n", until,
               std::count(old.begin(), old.end(), -1), a, update_seconds, b, fit_seconds, 100 * (b - a) / b);
    known = now.items;
  }
  return 0;
}

}  // namespace
}  // namespace mla::bench

int main(int argc, char** argv) {
  return mla::bench::run(argc > 1 ? argv[1] : "hetrec", argc > 2 ? argv[2] : "ials", argc > 3 ? argv[3] : "{}");
}
