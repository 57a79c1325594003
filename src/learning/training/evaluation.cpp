#include "learning/training/evaluation.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <functional>

#include <fmt/format.h>
#include <sys/resource.h>

#include "foundation/base/random.h"
#include "learning/models/hybrid/hybrid.h"
#include "learning/models/validation/ranking.h"
#include "learning/training/calibration.h"
#include "learning/training/metrics.h"
#include "learning/training/split.h"

namespace mla::training {
namespace {

// A block of score rows is kept near this size: large enough for a matrix product, small enough to stay cheap. A
// product for fewer rows spends more on packing the items than on multiplying.
constexpr std::size_t kBlockBytes = std::size_t{32} << 20;
constexpr std::size_t kFewestRows = 32;
constexpr std::size_t kMostRows = 512;

constexpr std::array kUserMetrics = {"recall", "ndcg", "recall_min", "map", "hit_rate", "novelty"};

std::int64_t peak_rss() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

// Everything that the ranking of the users leaves behind.
struct Lists {
  std::vector<std::int32_t> users;                      // those with test items
  std::vector<ListMetrics> metrics;                     // of each
  std::vector<double> novelty;                          // of each
  std::vector<std::vector<std::int64_t>> times_listed;  // of each worker: counts per item, summed at the end
  std::vector<std::vector<std::int32_t>> kept;          // of each, if it has room for them
};

// Of the first k places of a list, whether each is a hit. Ties stand against the model: of equal scores the hits come
// last, and none counts where an item that is as good was left out. REQUIRES: k + 1 places were asked for.
std::vector<std::uint8_t> hits_of(std::vector<math::Scored>& list, std::span<const std::int32_t> wanted,
                                  std::size_t k) {
  const auto hit = [&](const math::Scored& one) { return std::ranges::binary_search(wanted, one.index); };
  for (auto begin = list.begin(); begin != list.end();) {
    const auto end = std::find_if(begin, list.end(), [&](const auto& one) { return one.score != begin->score; });
    std::stable_partition(begin, end, [&](const auto& one) { return !hit(one); });
    begin = end;
  }
  const bool more = list.size() > k;
  const float left_out = more ? list[k].score : 0;
  list.resize(std::min(list.size(), k));
  std::vector<std::uint8_t> hits;
  for (const math::Scored& one : list) hits.push_back(hit(one) && !(more && one.score == left_out) ? 1 : 0);
  return hits;
}

base::Status rank_users(const models::Recommender& model, const models::TrainingData& train, const math::CsrView& test,
                        std::size_t k, bool as_served, base::Work& work, Lists& lists) {
  const auto items = static_cast<std::size_t>(train.items());
  const math::CsrView pairs = train.interactions.view();
  std::vector<std::int64_t> item_users(items, 0);
  for (const std::int32_t item : pairs.columns) ++item_users[item];
  std::int64_t listeners_in_train = 0;
  for (std::int32_t user = 0; user < pairs.rows; ++user) listeners_in_train += pairs.row_size(user) > 0 ? 1 : 0;

  const base::UnixMillis now = newest_time(train);
  const std::size_t block = std::clamp(kBlockBytes / (items * sizeof(float) + 1), kFewestRows, kMostRows);
  math::Matrix scores(as_served ? 0 : std::min(block, lists.users.size()), items);
  std::vector<std::vector<models::HistoryEntry>> histories(block);
  std::vector<models::Listener> listeners(block);
  std::vector<models::Ranker> rankers(static_cast<std::size_t>(work.pool.size()), models::Ranker(train.items()));
  lists.metrics.resize(lists.users.size());
  lists.novelty.resize(lists.users.size());
  lists.times_listed.assign(rankers.size(), std::vector<std::int64_t>(items, 0));
  const auto note_down = [&](std::size_t at, std::span<const std::int32_t> list, std::span<const std::uint8_t> hits,
                             int worker) {
    lists.metrics[at] = list_metrics(hits, test.row_size(lists.users[at]), k);
    lists.novelty[at] = novelty(list, item_users, listeners_in_train);
    for (const std::int32_t item : list) ++lists.times_listed[static_cast<std::size_t>(worker)][item];
    if (!lists.kept.empty()) lists.kept[at].assign(list.begin(), list.end());
  };
  const auto ask = [&](std::size_t at, const models::Listener& listener, int worker) {
    std::vector<math::Scored> best;
    model.best(listener, pairs.row_columns(lists.users[at]), k + 1, best);
    const std::vector<std::uint8_t> hits = hits_of(best, test.row_columns(lists.users[at]), k);
    std::vector<std::int32_t> list(best.size());
    std::ranges::transform(best, list.begin(), &math::Scored::index);
    note_down(at, list, hits, worker);
  };

  work.progress.begin("ranking", lists.users.size());
  for (std::size_t begin = 0; begin < lists.users.size(); begin += block) {
    MLA_CHECK(work.check());
    const std::size_t count = std::min(block, lists.users.size() - begin);
    for (std::size_t i = 0; i < count; ++i)
      listeners[i] = listener_of(train, lists.users[begin + i], now, histories[i]);
    if (!as_served) model.score_batch({listeners.data(), count}, scores.view().slice(0, count), work.pool);
    work.pool.parallel_for(count, 4, [&](std::size_t from, std::size_t to, int worker) {
      for (std::size_t i = from; i < to; ++i) {
        if (as_served) {
          ask(begin + i, listeners[i], worker);
          continue;
        }
        const std::int32_t user = lists.users[begin + i];
        models::Ranker& ranker = rankers[static_cast<std::size_t>(worker)];
        const auto list = ranker.top(scores.row(i), pairs.row_columns(user), test.row_columns(user), k);
        note_down(begin + i, list, ranker.hits(), worker);
      }
    });
    work.progress.advance(count);
  }
  work.progress.end();
  return {};
}

void add_metrics(const Lists& lists, Evaluation& result) {
  const std::size_t users = lists.users.size();
  const auto column = [&](const char* name, const auto& value) {
    std::vector<double>& values = result.per_user[name];
    values.resize(users);
    for (std::size_t i = 0; i < users; ++i) values[i] = value(i);
  };
  column("recall", [&](std::size_t i) { return lists.metrics[i].recall; });
  column("ndcg", [&](std::size_t i) { return lists.metrics[i].ndcg; });
  column("recall_min", [&](std::size_t i) { return lists.metrics[i].recall_min; });
  column("map", [&](std::size_t i) { return lists.metrics[i].map; });
  column("hit_rate", [&](std::size_t i) { return lists.metrics[i].hit_rate; });
  column("novelty", [&](std::size_t i) { return lists.novelty[i]; });

  std::vector<std::int64_t> times_listed = lists.times_listed.front();
  for (std::size_t worker = 1; worker < lists.times_listed.size(); ++worker) {
    for (std::size_t i = 0; i < times_listed.size(); ++i) times_listed[i] += lists.times_listed[worker][i];
  }
  const auto mean = [&](const char* name) {
    double sum = 0;
    for (const double value : result.per_user[name]) sum += value;
    result.metrics.emplace_back(name, users > 0 ? sum / static_cast<double>(users) : 0);
  };
  for (const char* name : {"recall", "ndcg", "recall_min", "map", "hit_rate"}) mean(name);
  result.metrics.emplace_back("coverage", coverage(times_listed));
  result.metrics.emplace_back("gini", gini(times_listed));
  mean("novelty");
}

std::vector<std::pair<std::string, Interval>> named_intervals(const std::vector<std::span<const double>>& columns,
                                                              base::Work& work) {
  const std::vector<Interval> intervals = bootstrap_means(columns, work);
  std::vector<std::pair<std::string, Interval>> named;
  for (std::size_t i = 0; i < intervals.size(); ++i) named.emplace_back(kUserMetrics[i], intervals[i]);
  return named;
}

constexpr std::size_t kCalibrationDepth = 200;
constexpr std::size_t kJudgedDepth = 20;
constexpr std::size_t kCalibrationListeners = 4000;
constexpr double kCalibrationShare = 0.2;

// Confidence as training would learn it; `fresh` is fitted for that.
base::Result<Calibration> calibration_within(const models::TrainingData& train, models::Recommender& fresh,
                                             bool leave_one_out, base::Work& work) {
  const models::Holdout split =
      leave_one_out ? split_last(train, work.seed) : models::hold_out(train, kCalibrationShare, work.seed);
  MLA_CHECK(fresh.fit(split.rest, work));
  MLA_ASSIGN(const auto outcomes, collect_outcomes(fresh, split.rest, split.held.view(), false, kCalibrationDepth,
                                                   kCalibrationListeners, work));
  return fit_calibration(outcomes);
}

}  // namespace

double Evaluation::metric(std::string_view name) const {
  const auto entry =
      std::find_if(metrics.begin(), metrics.end(), [&](const auto& named) { return named.first == name; });
  assert(entry != metrics.end());
  return entry->second;
}

base::UnixMillis newest_time(const models::TrainingData& data) {
  return data.times.empty() ? 0 : *std::max_element(data.times.begin(), data.times.end());
}

models::Listener listener_of(const models::TrainingData& data, std::int32_t user, base::UnixMillis now,
                             std::vector<models::HistoryEntry>& history) {
  history.clear();
  const math::CsrMatrix& pairs = data.interactions;
  for (auto entry = static_cast<std::size_t>(pairs.offsets[user]);
       entry < static_cast<std::size_t>(pairs.offsets[user + 1]); ++entry) {
    history.push_back({pairs.columns[entry], pairs.values[entry], data.times.empty() ? 0 : data.times[entry]});
  }
  return {history, now};
}

base::Result<Evaluation> evaluate_fitted(const models::Recommender& model, const models::TrainingData& train,
                                         const math::CsrView& test, const EvaluationOptions& options,
                                         base::Work& work) {
  if (options.at < 1) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("lists of {} items cannot be judged; give --at 1 or more", options.at)};
  }
  assert(test.rows == train.users() && test.cols == train.items());
  Evaluation result;
  result.algorithm = model.name();
  result.at = options.at;
  result.items = train.items();
  result.interactions = static_cast<std::int64_t>(train.interactions.columns.size());
  result.threads = work.pool.size();

  Lists lists;
  for (std::int32_t user = 0; user < test.rows; ++user) {
    if (test.row_size(user) > 0) lists.users.push_back(user);
  }
  if (lists.users.empty()) {
    return base::Error{base::ErrorCode::kInvalidArgument, "the test data has no listener with an item to predict"};
  }
  if (options.most_users > 0 && options.most_users < lists.users.size()) {
    base::Random(work.seed).shuffle(lists.users);
    lists.users.resize(options.most_users);
    std::ranges::sort(lists.users);
  }
  for (const std::int32_t user : lists.users)
    result.users_without_history += train.interactions.view().row_size(user) == 0 ? 1 : 0;
  result.users = static_cast<std::int64_t>(lists.users.size());

  if (options.keep_lists) lists.kept.resize(lists.users.size());
  const double start = base::monotonic_seconds();
  MLA_CHECK(rank_users(model, train, test, static_cast<std::size_t>(options.at), options.as_served, work, lists));
  result.score_seconds = base::monotonic_seconds() - start;
  add_metrics(lists, result);
  result.lists = std::move(lists.kept);
  if (options.intervals) {
    std::vector<std::span<const double>> columns;
    for (const char* name : kUserMetrics) columns.emplace_back(result.per_user.find(name)->second);
    result.intervals = named_intervals(columns, work);
  }
  result.peak_rss_bytes = peak_rss();
  return result;
}

base::Result<Evaluation> evaluate(const models::TrainingData& train, const math::CsrView& test,
                                  std::string_view algorithm, const ParameterMap& given,
                                  const EvaluationOptions& options, base::Work& work) {
  MLA_ASSIGN(const auto* entry, models::find_algorithm(algorithm));
  MLA_ASSIGN(models::Parameters parameters, models::make_parameters(*entry, given));
  const std::unique_ptr<models::Recommender> model = entry->make(parameters);
  if (entry->name == "hybrid") {
    for (const std::string& line : models::hybrid_warnings(given)) work.progress.note(line);
  }
  const double start = base::monotonic_seconds();
  MLA_CHECK(model->fit(train, work));
  const double fit_seconds = base::monotonic_seconds() - start;
  MLA_ASSIGN(Evaluation result, evaluate_fitted(*model, train, test, options, work));
  if (options.calibration) {
    MLA_ASSIGN(const Calibration calibration,
               calibration_within(train, *entry->make(parameters), options.leave_one_out, work));
    MLA_ASSIGN(const auto outcomes,
               collect_outcomes(*model, train, test, false, kJudgedDepth, kCalibrationListeners, work));
    result.calibration_error = calibration_error(calibration, outcomes, kJudgedDepth);
  }
  result.algorithm = entry->name;
  result.parameters = std::move(parameters);
  result.report = model->report();
  result.fit_seconds = fit_seconds;
  return result;
}

std::vector<std::pair<std::string, Interval>> paired_difference(const Evaluation& a, const Evaluation& b,
                                                                base::Work& work) {
  std::vector<std::vector<double>> differences;
  for (const char* name : kUserMetrics) {
    const std::vector<double>& left = a.per_user.find(name)->second;
    const std::vector<double>& right = b.per_user.find(name)->second;
    assert(left.size() == right.size());
    std::vector<double>& column = differences.emplace_back(left.size());
    std::transform(left.begin(), left.end(), right.begin(), column.begin(), std::minus<>());
  }
  return named_intervals({differences.begin(), differences.end()}, work);
}

}  // namespace mla::training
