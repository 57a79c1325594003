#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "learning/training/auto/budget.h"
#include "learning/training/auto/candidate.h"

namespace mla::training {

// What one trial of a candidate found out.
struct Judgement {
  std::vector<double> ndcg;  // of each validation user; the same users in all trials of a race
  double fit_seconds = 0;    // of one fit on the share of the users that was asked for
  double score_ms = 0;       // to score all items for one user on one thread, as an ensemble asks
  std::int64_t bytes = 0;    // of the model on disk
  double answer_ms = 0;      // to find the best items for one user on one thread, as a server asks a single model
};

// Mean of a − b, user by user, and its standard error; zeros for no users. REQUIRES: equal lengths.
struct Difference {
  double mean = 0;
  double error = 0;
};
Difference paired(std::span<const double> a, std::span<const double> b);

// Whether `fresh` takes the place of `held`. Of two of about the same size (within a fifth) the better one; a larger
// one must be better by more than one standard error of their paired difference, and a smaller one wins unless it is
// worse by more than that (the one-standard-error rule, Breiman et al. 1984).
bool prefers(const Judgement& fresh, const Judgement& held);

// What a race tries. A fake in tests; validation.h has the real one.
class Trials {
 public:
  virtual ~Trials() = default;
  // Fits on `share` of the users and judges, within about `seconds`. kCancelled ends the race; any other error takes
  // the candidate out.
  virtual base::Result<Judgement> run(const Candidate& candidate, double share, double seconds) = 0;
  // The model of the last run is the best of its algorithm so far.
  virtual void keep(const Candidate& candidate) = 0;
};

// What serving allows one model; infinite and 0: no limit.
struct ServingLimit {
  double milliseconds = std::numeric_limits<double>::infinity();  // an answer
  std::int64_t bytes = 0;

  bool allows(double answer_ms, std::int64_t model_bytes) const {
    return answer_ms <= milliseconds && (bytes == 0 || model_bytes <= bytes);
  }
  bool is_set() const { return std::isfinite(milliseconds) || bytes > 0; }
};

struct RaceOptions {
  std::vector<double> shares = {1.0};  // of the users, ascending, the last is 1
  ServingLimit serving = {};
  double refits = 1;             // fits that follow on all the data, for which time is kept back
  double listeners_blended = 0;  // that an ensemble is weighed on, and every algorithm scores for that: so is this time
};

// One line of the table.
struct RaceRow {
  enum class State : std::uint8_t { kNoTime, kFailed, kBeaten, kTooCostly, kJudged };
  Candidate candidate;
  State state = State::kNoTime;
  double share = 0;             // of the users that the last trial was fitted on; 0: none was
  double ndcg = 0;              // mean of the judgement
  double error = 0;             // and its standard error
  Judgement judgement;          // of the last trial
  std::string note;             // why not, for people
  bool out_of_reach = false;    // when it was judged, there was no time left to fit it on all the data
  bool representative = false;  // the preferred one of its algorithm, of those with the largest share reached
};

// Successive halving (Jamieson & Talwalkar 2016) by algorithm: everybody starts on the smallest share of the users; of
// each algorithm the better half goes on to the next share, unless its best is less than half as good as the best of
// all. A trial that would not leave time for the refits is not started, one that takes too long is stopped. What is
// above the serving limit is judged and listed, never chosen: its lighter forms are tried in its place, until one is
// within the limit (a form that is still too large ends that: those behind it are larger). Rows come in the order of
// `candidates`, the lighter forms behind them.
base::Result<std::vector<RaceRow>> race(const std::vector<Candidate>& candidates, Trials& trials, const Budget& budget,
                                        const RaceOptions& options);

// The row of a candidate that was judged on `share` of the users; kTooCostly above the limit.
RaceRow judged_row(Candidate candidate, Judgement judgement, double share, const ServingLimit& limit);

// What so many fits of a row on all the data are expected to take; 0 if none was tried.
double refit_seconds(const RaceRow& row, double refits);

// Index of the best representative of those whose refits are expected to end within `seconds`; npos if there is none.
std::size_t best_row(const std::vector<RaceRow>& rows, double refits = 0,
                     double seconds = std::numeric_limits<double>::infinity());

}  // namespace mla::training
