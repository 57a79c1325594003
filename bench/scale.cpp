// Fits iALS on generated listening of growing size and prints what it costs:
//   scale                                 12.5, 25, 50 and 100 million events of 1 million users on 200,000 items
//   scale --events 12500000 --factors 32  one size
// Nothing of it is stored. Item popularity and user activity follow power laws; users have one of 100 tastes, from
// which most of their plays come, so that there is something to learn. Then the model is saved and mapped, as a server
// does.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/epoch_times.h"
#include "foundation/artifact/artifact.h"
#include "foundation/base/random.h"
#include "learning/models/algorithms.h"

namespace mla::bench {
namespace {

constexpr std::int32_t kTastes = 100;
constexpr double kOwnTaste = 0.7;            // share of plays from the own taste
constexpr double kPopularityExponent = 0.8;  // plays of the item of rank r ~ r^-0.8
constexpr double kActivityDeviation = 1.0;   // of the logarithm of events a user
constexpr std::size_t kUsersAChunk = 4096;

double peak_rss_gb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1e6;
}

double rss_gb() {
  std::ifstream file("/proc/self/statm");
  double pages = 0;
  double resident = 0;
  file >> pages >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e9;
}

// A rank in [0, n) whose chance falls with the power of the rank (inverse of the continuous distribution).
std::int32_t draw_rank(base::Random& random, std::int32_t n) {
  const double left = 1 - kPopularityExponent;
  const double top = std::pow(static_cast<double>(n) + 1, left);
  const double rank = std::pow(1 + random.uniform() * (top - 1), 1 / left) - 1;
  return std::clamp(static_cast<std::int32_t>(rank), 0, n - 1);
}

struct Part {
  std::vector<std::int64_t> sizes;
  std::vector<std::int32_t> columns;
  std::vector<float> values;
};

// The users [begin, end), each from a random stream of its own.
Part generate_part(std::size_t begin, std::size_t end, double events_a_user, std::int32_t items) {
  Part part;
  std::vector<std::int32_t> heard;
  for (std::size_t user = begin; user < end; ++user) {
    base::Random random = base::Random::stream(1, user);
    const double activity =
        std::exp(kActivityDeviation * random.normal() - kActivityDeviation * kActivityDeviation / 2);
    const auto wanted = static_cast<std::size_t>(std::max(1.0, std::round(events_a_user * activity)));
    const auto taste = static_cast<std::int32_t>(random.below(kTastes));
    heard.resize(wanted);
    for (std::int32_t& item : heard) {
      item = random.uniform() < kOwnTaste ? draw_rank(random, items / kTastes) * kTastes + taste
                                          : draw_rank(random, items);
    }
    std::sort(heard.begin(), heard.end());
    const std::size_t before = part.columns.size();
    for (std::size_t at = 0; at < heard.size(); ++at) {
      if (at > 0 && heard[at] == heard[at - 1]) {
        part.values.back() += 1;
      } else {
        part.columns.push_back(heard[at]);
        part.values.push_back(1);
      }
    }
    part.sizes.push_back(static_cast<std::int64_t>(part.columns.size() - before));
  }
  return part;
}

models::TrainingData generate(std::int64_t events, std::int32_t users, std::int32_t items, base::ThreadPool& pool) {
  std::vector<Part> parts(base::ThreadPool::chunks(static_cast<std::size_t>(users), kUsersAChunk));
  const double events_a_user = static_cast<double>(events) / users;
  pool.parallel_for(static_cast<std::size_t>(users), kUsersAChunk, [&](std::size_t begin, std::size_t end, int) {
    parts[begin / kUsersAChunk] = generate_part(begin, end, events_a_user, items);
  });
  models::TrainingData data;
  math::CsrMatrix& pairs = data.interactions;
  pairs.rows = users;
  pairs.cols = items;
  std::size_t size = 0;
  for (const Part& part : parts) size += part.columns.size();
  pairs.columns.reserve(size);
  pairs.values.reserve(size);
  for (Part& part : parts) {
    for (const std::int64_t row : part.sizes) pairs.offsets.push_back(pairs.offsets.back() + row);
    pairs.columns.insert(pairs.columns.end(), part.columns.begin(), part.columns.end());
    pairs.values.insert(pairs.values.end(), part.values.begin(), part.values.end());
    part = {};
  }
  data.item_tags.rows = items;
  data.item_tags.offsets.assign(static_cast<std::size_t>(items) + 1, 0);
  return data;
}

struct Served {
  double gb = 0;       // resident memory that serving adds
  double file_gb = 0;  // of the model
};

// Saves, maps and asks.
Served serve(const models::Recommender& model, const std::string& algorithm, std::int32_t items) {
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("mla-scale-{}", getpid());
  artifact::Writer writer;
  model.save(writer).value();
  artifact::publish_to(folder, {"scale", "recommendation", {}, {}, "", 0}, writer).value();
  const double before = rss_gb();
  const auto served = models::make_recommender(algorithm, {}).value();
  served->load(artifact::Reader::open(folder).value()).value();
  const std::vector<models::HistoryEntry> history{{0, 1, 0}, {items / 2, 1, 0}};
  std::vector<math::Scored> best;
  served->best({history, 0}, {}, 20, best);
  const Served answer{rss_gb() - before,
                      static_cast<double>(std::filesystem::file_size(folder / "model.safetensors")) / 1e9};
  std::filesystem::remove_all(folder);
  return answer;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

int run(int argc, char** argv) {
  CLI::App app{"Cost of training by the number of events"};
  std::vector<std::int64_t> sizes{12'500'000, 25'000'000, 50'000'000, 100'000'000};
  std::int32_t users = 1'000'000;
  std::int32_t items = 200'000;
  int factors = 64;
  std::string vectors = "float32";
  int epochs = 3;
  int threads = 0;
  app.add_option("--events", sizes, "numbers of events, ascending (peak memory is that of the process so far)");
  app.add_option("--users", users, "listeners")->check(CLI::Range(1, 100'000'000));
  app.add_option("--items", items, "items")->check(CLI::Range(kTastes, 100'000'000));
  app.add_option("--factors", factors, "dimensions");
  app.add_option("--vectors", vectors, "float32 or float16");
  app.add_option("--epochs", epochs, "epochs, of which the median is printed");
  app.add_option("--threads", threads, "0 = one a core");
  CLI11_PARSE(app, argc, argv);
  base::ThreadPool pool(threads);
  const base::CancelFlag never;

  fmt::print("iALS, d = {}, {} users, {} items, {} threads; seconds an epoch are the median of {}\n\n", factors, users,
             items, pool.size(), epochs);
  fmt::print("{:>12}{:>14}{:>12}{:>10}{:>14}{:>10}{:>10}{:>11}{:>9}\n", "events", "interactions", "generate s",
             "epoch s", "s a million", "fit s", "peak GB", "served GB", "file GB");
  for (const std::int64_t events : sizes) {
    double start = base::monotonic_seconds();
    const models::TrainingData data = generate(events, users, items, pool);
    const double generated = base::monotonic_seconds() - start;
    EpochTimes times(static_cast<std::uint64_t>(users) + static_cast<std::uint64_t>(items));
    base::Work work{pool, times, never, 1};
    const auto model = models::make_recommender("ials", {{"factors", static_cast<double>(factors)},
                                                         {"epochs", static_cast<double>(epochs)},
                                                         {"vectors", vectors}})
                           .value();
    start = base::monotonic_seconds();
    model->fit(data, work).value();
    const double fit = base::monotonic_seconds() - start;
    const double epoch = median(times.seconds());
    const double peak = peak_rss_gb();
    const Served served = serve(*model, "ials", items);
    fmt::print("{:>12}{:>14}{:>12.1f}{:>10.2f}{:>14.3f}{:>10.1f}{:>10.2f}{:>11.3f}{:>9.3f}\n", events,
               data.interactions.columns.size(), generated, epoch, epoch / static_cast<double>(events) * 1e6, fit, peak,
               served.gb, served.file_gb);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace mla::bench

int main(int argc, char** argv) {
  try {
    return mla::bench::run(argc, argv);
  } catch (const std::exception& e) {
    fmt::print(stderr, "scale: {}\n", e.what());
    return 1;
  }
}
