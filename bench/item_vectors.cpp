// What it costs to keep iALS's item vectors smaller, and to search them faster: NDCG@20 of the lists that a server
// would give (`best`, not a row of scores), the model on disk, and processor time a listener.
//   item_vectors [--data gowalla] [--factors 128]
// The vectors are the same each time: the fit has one seed.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/recsys_data.h"
#include "foundation/artifact/artifact.h"
#include "learning/models/algorithms.h"
#include "learning/models/validation/ranking.h"
#include "learning/training/evaluation.h"

namespace mla::bench {
namespace {

constexpr std::size_t kAt = 20;

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Judged {
  double ndcg = 0;
  double milliseconds = 0;
  double megabytes = 0;
};

Judged judge(const models::Recommender& model, const training::Examination& data) {
  const models::TrainingData& train = data.train.data;
  const math::CsrView pairs = train.interactions.view();
  const math::CsrView test = data.test.view();
  Judged judged;
  double users = 0;
  std::vector<models::HistoryEntry> history;
  std::vector<math::Scored> best;
  const double start = processor_seconds();
  for (std::int32_t user = 0; user < test.rows; ++user) {
    const auto wanted = test.row_columns(user);
    if (wanted.empty()) continue;
    model.best(training::listener_of(train, user, 0, history), pairs.row_columns(user), kAt, best);
    std::vector<std::uint8_t> hits;
    for (const math::Scored& one : best) hits.push_back(std::ranges::binary_search(wanted, one.index) ? 1 : 0);
    judged.ndcg += models::ndcg(hits, wanted.size(), kAt);
    ++users;
  }
  judged.milliseconds = 1e3 * (processor_seconds() - start) / users;
  judged.ndcg /= users;
  return judged;
}

// As served: saved and mapped.
Judged fit_and_judge(const models::Recommender& fitted, const training::Examination& data) {
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("mla-item-vectors-{}", getpid());
  artifact::Writer writer;
  fitted.save(writer).value();
  artifact::publish_to(folder, {"vectors", "recommendation", {}, {}, "", 0}, writer).value();
  const auto served = models::make_recommender("ials", {}).value();
  served->load(artifact::Reader::open(folder).value()).value();
  Judged judged = judge(*served, data);
  judged.megabytes = static_cast<double>(std::filesystem::file_size(folder / "model.safetensors")) / 1e6;
  std::filesystem::remove_all(folder);
  return judged;
}

int run(int argc, char** argv) {
  CLI::App app{"Smaller item vectors and faster searches: what they cost"};
  std::string recsys = "../shared/data/recsys";
  std::string name = "gowalla";
  double factors = 128;
  app.add_option("--recsys", recsys, "folder of the data sets");
  app.add_option("--data", name, "gowalla or hetrec");
  app.add_option("--factors", factors, "dimensions");
  CLI11_PARSE(app, argc, argv);
  base::ThreadPool pool;
  base::SilentProgress silent;
  const base::CancelFlag never;
  base::Work work{pool, silent, never, 1};
  const training::Examination data = load_examination(name, recsys, work);
  fmt::print("{}, iALS, d = {}\n\n{:<10}{:<10}{:>9}{:>10}{:>9}{:>15}\n", name, factors, "vectors", "scan", "NDCG@20",
             "loss", "MB", "ms a listener");
  double exact = 0;
  for (const std::string vectors : {"float32", "float16"}) {
    for (const std::string scan : {"float32", "int8", "hnsw"}) {
      const auto model =
          models::make_recommender("ials", {{"factors", factors}, {"vectors", vectors}, {"scan", scan}}).value();
      model->fit(data.train.data, work).value();
      const Judged judged = fit_and_judge(*model, data);
      if (exact == 0) exact = judged.ndcg;
      fmt::print("{:<10}{:<10}{:>9.4f}{:>8.2f} %{:>9.1f}{:>15.3f}\n", vectors, scan, judged.ndcg,
                 100 * (1 - judged.ndcg / exact), judged.megabytes, judged.milliseconds);
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
    fmt::print(stderr, "item_vectors: {}\n", e.what());
    return 1;
  }
}
