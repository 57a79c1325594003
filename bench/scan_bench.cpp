// Prints what an exact search of the largest inner products costs, beside the memory bandwidth measured in the same
// run:
//   scan_bench [--rows 1000000] [--dims 128] [--queries 50] [--graph] [--batch 8]
// --graph builds a neighbour graph too (one thread, minutes for a million) and prints recall and time by how many are
// kept in sight. --batch searches for so many queries in one pass, as requests that wait together are answered, and for
// one after the other, and says whether the answers are the same.
// The vectors are made: 1,000 clusters of unequal size (power law) with noise as large as the centres and lengths that
// vary tenfold, as factor models give them; queries lie near vectors. One thread; medians over the queries.
#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "foundation/base/clock.h"
#include "foundation/base/random.h"
#include "foundation/base/thread_pool.h"
#include "foundation/math/matrix.h"
#include "foundation/math/neighbour_graph.h"
#include "foundation/math/vector_scan.h"

namespace mla::bench {
namespace {

constexpr std::size_t kClusters = 1000;
constexpr std::size_t kK = 20;
constexpr std::size_t kLookedAt = 500;

math::Matrix clustered(std::size_t rows, std::size_t dims, base::ThreadPool& pool) {
  math::Matrix centres(kClusters, dims);
  base::Random of_centres(1);
  for (float& v : centres.values()) v = static_cast<float>(of_centres.normal());
  math::Matrix vectors(rows, dims);
  pool.parallel_for(rows, 1024, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) {
      base::Random random = base::Random::stream(2, i);
      const double share = random.uniform();
      const auto cluster = static_cast<std::size_t>(share * share * kClusters);
      const double length = std::exp(std::log(10) * random.uniform());
      for (std::size_t k = 0; k < dims; ++k) {
        vectors(i, k) = static_cast<float>(length * (centres(cluster, k) + random.normal()));
      }
    }
  });
  return vectors;
}

// Reads all of it once and adds it up, with as many sums at a time as the memory needs to be the limit.
double plain_sum(std::span<const float> values) {
  constexpr std::size_t kLanes = 64;
  float sums[kLanes] = {};
  for (std::size_t i = 0; i + kLanes <= values.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += values[i + lane];
  }
  double sum = 0;
  for (const float value : sums) sum += value;
  return sum;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

template <class Call>
double seconds_of(Call call) {
  const double start = base::monotonic_seconds();
  call();
  return base::monotonic_seconds() - start;
}

std::size_t common(const std::vector<math::Scored>& a, const std::vector<math::Scored>& b) {
  return static_cast<std::size_t>(std::count_if(a.begin(), a.end(), [&](const math::Scored& one) {
    return std::any_of(b.begin(), b.end(), [&](const math::Scored& other) { return other.index == one.index; });
  }));
}

// answers[q] = the best of query q.
void search_graph(math::ConstMatrixView vectors, const math::Matrix& asked,
                  const std::vector<std::vector<math::Scored>>& answers, base::ThreadPool& pool) {
  base::SilentProgress progress;
  const base::CancelFlag never;
  base::Work work{pool, progress, never, 1};
  math::NeighbourGraph graph;
  const double built = seconds_of([&] { graph = math::make_neighbour_graph(vectors, {}, work).value(); });
  fmt::print("{:<44}{:>9.1f} s  {:>7.0f} MB beside the vectors\n", "neighbour graph, built on one thread", built,
             static_cast<double>(graph.links.size() * sizeof(std::int32_t)) / 1e6);
  for (const std::size_t in_sight : {50, 100, 200, 400, 800}) {
    std::vector<double> seconds;
    std::size_t found = 0;
    std::vector<math::Scored> best;
    for (std::size_t q = 0; q < answers.size(); ++q) {
      seconds.push_back(
          seconds_of([&] { math::top_k_products(graph.view(), vectors, asked.row(q), {}, kK, in_sight, best); }));
      found += common(answers[q], best);
    }
    std::sort(seconds.begin(), seconds.end());
    fmt::print("{:<44}{:>9.3f} ms {:>7.3f} ms at most   recall@{} {:.4f}\n", fmt::format("  {} in sight", in_sight),
               1e3 * median(seconds), 1e3 * seconds.back(), kK,
               static_cast<double>(found) / static_cast<double>(answers.size() * kK));
  }
}

// One pass over memory for all of `asked`, and a pass for each. `by` answers queries.
template <class By>
void search_together(std::string_view what, const math::Matrix& asked, std::size_t batch, std::size_t looked_at,
                     const By& by) {
  std::vector<double> alone_seconds;
  std::vector<double> together_seconds;
  bool same = true;
  for (std::size_t q = 0; q + batch <= asked.rows(); q += batch) {
    std::vector<std::vector<math::Scored>> alone(batch);
    std::vector<std::vector<math::Scored>> together(batch);
    std::vector<math::Query> queries;
    for (std::size_t i = 0; i < batch; ++i) queries.push_back({asked.row(q + i), {}, kK, &alone[i], looked_at});
    alone_seconds.push_back(seconds_of([&] {
      for (const math::Query& query : queries) by(std::span(&query, 1));
    }));
    for (std::size_t i = 0; i < batch; ++i) queries[i].best = &together[i];
    together_seconds.push_back(seconds_of([&] { by(std::span<const math::Query>(queries)); }));
    same = same && alone == together;
  }
  const double questions = static_cast<double>(batch);
  const double alone = median(alone_seconds);
  const double together = median(together_seconds);
  fmt::print("{:<44}{:>9.3f} ms a query one by one, {:.3f} in one pass: {:.1f} times as fast, {} answers\n",
             fmt::format("{}, {} queries", what, batch), 1e3 * alone / questions, 1e3 * together / questions,
             alone / together, same ? "the same" : "other");
}

int run(int argc, char** argv) {
  CLI::App app{"Exact search by inner product"};
  std::size_t rows = 1'000'000;
  std::size_t dims = 128;
  std::size_t queries = 50;
  app.add_option("--rows", rows, "vectors")->check(CLI::Range(1000, 100'000'000));
  app.add_option("--dims", dims, "dimensions")->check(CLI::Range(1, 2048));
  app.add_option("--queries", queries, "questions")->check(CLI::Range(1, 100'000));
  bool with_graph = false;
  app.add_flag("--graph", with_graph, "build a neighbour graph and search it too");
  std::size_t batch = 0;
  app.add_option("--batch", batch, "search for so many queries together")->check(CLI::Range(2, 1000));
  CLI11_PARSE(app, argc, argv);
  queries = std::max(queries, batch);
  base::ThreadPool pool;
  const math::Matrix vectors = clustered(rows, dims, pool);
  const math::Codes codes = math::encode(vectors.view());
  const double bytes = static_cast<double>(vectors.values().size()) * sizeof(float);

  std::vector<double> sum_seconds;
  std::vector<double> exact_seconds;
  std::vector<double> code_seconds;
  std::size_t found = 0;
  volatile double total = 0;  // keeps the sums
  std::vector<math::Scored> exact;
  std::vector<math::Scored> by_codes;
  base::Random random(3);
  std::vector<float> query(dims);
  math::Matrix asked(queries, dims);
  std::vector<std::vector<math::Scored>> answers;
  for (std::size_t q = 0; q < queries; ++q) {
    const auto near = vectors.row(random.below(rows));
    for (std::size_t k = 0; k < dims; ++k) query[k] = near[k] + static_cast<float>(random.normal());
    sum_seconds.push_back(seconds_of([&] { total = total + plain_sum(vectors.values()); }));
    exact_seconds.push_back(seconds_of([&] { math::top_k_products(vectors.view(), query, {}, kK, exact); }));
    const math::Query one{query, {}, kK, &by_codes, kLookedAt};
    code_seconds.push_back(seconds_of([&] { math::top_k_products(codes.view(), vectors.view(), std::span(&one, 1)); }));
    found += common(exact, by_codes);
    std::ranges::copy(query, asked.row(q).begin());
    answers.push_back(exact);
  }
  const double sum = median(sum_seconds);
  const double scan = median(exact_seconds);
  const double coded = median(code_seconds);
  fmt::print("{} x {} floats, {:.0f} MB, top {}, one thread, medians of {} queries\n\n", rows, dims, bytes / 1e6, kK,
             queries);
  fmt::print("{:<44}{:>9.2f} ms {:>7.2f} GB/s\n", "plain sum of the floats", 1e3 * sum, bytes / sum / 1e9);
  fmt::print("{:<44}{:>9.2f} ms {:>7.2f} GB/s   {:.0f} % of the sum's\n", "exact", 1e3 * scan, bytes / scan / 1e9,
             100 * sum / scan);
  fmt::print("{:<44}{:>9.2f} ms {:>7.2f} GB/s   recall@{} {:.4f}\n",
             fmt::format("codes of 8 bits, {} looked at exactly", kLookedAt), 1e3 * coded, bytes / 4 / coded / 1e9, kK,
             static_cast<double>(found) / static_cast<double>(queries * std::min(kK, rows)));
  if (batch > 0) {
    search_together("exact", asked, batch, 0,
                    [&](std::span<const math::Query> together) { math::top_k_products(vectors.view(), together); });
    search_together("codes", asked, batch, kLookedAt, [&](std::span<const math::Query> together) {
      math::top_k_products(codes.view(), vectors.view(), together);
    });
  }
  if (with_graph) search_graph(vectors.view(), asked, answers, pool);
  return 0;
}

}  // namespace
}  // namespace mla::bench

int main(int argc, char** argv) {
  try {
    return mla::bench::run(argc, argv);
  } catch (const std::exception& e) {
    fmt::print(stderr, "scan_bench: {}\n", e.what());
    return 1;
  }
}
