#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "learning/models/algorithms.h"
#include "learning/training/bootstrap.h"

namespace mla::training {

using ParameterMap = std::map<std::string, models::ParameterValue>;

struct EvaluationOptions {
  int at = 20;             // K
  bool intervals = false;  // 95 % bootstrap intervals over users of the metrics that are means over users
  // Learns confidence on a part held out of train, by one more fit, and says how far it is off on the test.
  bool calibration = false;
  bool leave_one_out = false;  // that part: the last item of each user; else 20 % of their items
  // Lists are what Recommender::best finds, one user at a time, as a server asks: a search that may miss some is judged
  // with what it misses. Else all items are scored. Ties stand against the model either way.
  bool as_served = false;
  bool keep_lists = false;  // Evaluation::lists
  // Judges at most so many of the users that have test items, drawn with Work::seed; 0: all of them.
  std::size_t most_users = 0;
};

// One algorithm's figures. Metrics are means over the users that have test items, except coverage and gini, which
// belong to all their lists together.
struct Evaluation {
  std::string algorithm;
  models::Parameters parameters;  // with the defaults of what was not given
  int at = 0;
  std::int64_t users = 0;                                   // that have test items, and were judged
  std::int64_t users_without_history = 0;                   // of these, in test only: scored as newcomers
  std::int64_t items = 0;                                   // the catalogue that is ranked
  std::int64_t interactions = 0;                            // in train
  std::vector<std::pair<std::string, double>> metrics;      // "recall", … in the order of the contract
  std::vector<std::pair<std::string, Interval>> intervals;  // empty unless asked for
  std::optional<double> calibration_error;                  // over the first 20 places, if asked for
  double fit_seconds = 0;
  double score_seconds = 0;
  std::int64_t peak_rss_bytes = 0;  // of the process so far
  int threads = 0;
  std::vector<std::string> report;  // of the model, for people
  boost::json::object selection;    // how `auto` chose it; empty if it did not
  // Per user with test items, in user order, under the names of `metrics`: what comparisons are made of.
  std::map<std::string, std::vector<double>, std::less<>> per_user;

  // What was ranked for each user with test items, in user order, best first; empty unless asked for.
  std::vector<std::vector<std::int32_t>> lists;

  double metric(std::string_view name) const;  // REQUIRES: in `metrics`
};

// Fits on `train` alone, ranks the full catalogue for every user that has an entry in `test`, train items masked, ties
// broken against the model (models::Ranker). A test item that is also in that user's train row cannot be hit.
// Listeners are scored at the newest time in train. REQUIRES: test is users × items of train.
base::Result<Evaluation> evaluate(const models::TrainingData& train, const math::CsrView& test,
                                  std::string_view algorithm, const ParameterMap& given,
                                  const EvaluationOptions& options, base::Work& work);

// The same for a model that is fitted already (the entries about fitting stay empty).
base::Result<Evaluation> evaluate_fitted(const models::Recommender& model, const models::TrainingData& train,
                                         const math::CsrView& test, const EvaluationOptions& options, base::Work& work);

// Paired 95 % bootstrap intervals of a − b, metric by metric. REQUIRES: both of one train and test.
std::vector<std::pair<std::string, Interval>> paired_difference(const Evaluation& a, const Evaluation& b,
                                                                base::Work& work);

// A user of the data as models see a listener, at time `now`. `history` is filled and must outlive the result.
models::Listener listener_of(const models::TrainingData& data, std::int32_t user, base::UnixMillis now,
                             std::vector<models::HistoryEntry>& history);

// Newest time in the data, 0 if nothing is timed.
base::UnixMillis newest_time(const models::TrainingData& data);

}  // namespace mla::training
