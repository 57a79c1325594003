#include "learning/training/auto/race.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <map>
#include <numeric>

#include <fmt/format.h>

namespace mla::training {
namespace {

using State = RaceRow::State;

constexpr double kAlike = 1.2;          // sizes within this ratio count as equal
constexpr double kHopeless = 0.5;       // of the best: an algorithm below goes no further
constexpr double kMostForOne = 0.5;     // of the time left: what a single trial may take
constexpr double kSlower = 1.5;         // a fit may take longer than expected by this much
constexpr double kFitsGrow = 1.2;       // a fit on all data against the estimate
constexpr double kWeighMs = 0.2;        // of one part for one listener, beside the scores
constexpr double kWeighingGrows = 2;    // against the estimate: an ensemble is worth more than one more candidate
constexpr std::size_t kPartsToFit = 2;  // refits are planned for an ensemble of the two best

double mean_of(std::span<const double> values) {
  return values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

class Race {
 public:
  Race(const std::vector<Candidate>& candidates, Trials& trials, const Budget& budget, const RaceOptions& options)
      : trials_(trials), budget_(budget), options_(options) {
    for (const Candidate& candidate : candidates) rows_.emplace_back().candidate = candidate;
  }

  base::Result<std::vector<RaceRow>> run() {
    std::vector<std::size_t> alive(rows_.size());
    std::iota(alive.begin(), alive.end(), std::size_t{0});
    double previous = 0;
    for (const double share : options_.shares) {
      std::map<std::string, std::size_t> before = std::move(representatives_);
      representatives_.clear();
      MLA_CHECK(run_level(alive, share, previous));
      if (representatives_.empty()) {
        representatives_ = std::move(before);  // nobody got through: the level below decides
        break;
      }
      if (share < options_.shares.back()) alive = halve(alive, share);
      previous = share;
    }
    for (const auto& [algorithm, row] : representatives_) rows_[row].representative = true;
    return std::move(rows_);
  }

 private:
  // Lighter forms that are tried join `alive`.
  base::Status run_level(std::vector<std::size_t>& alive, double share, double previous) {
    last_trial_.clear();
    const std::vector<std::size_t> started = alive;
    for (const std::size_t index : started) {
      MLA_CHECK(run_one(index, share, previous));
      MLA_CHECK(run_lighter(index, share, alive));
    }
    return {};
  }

  base::Status run_one(std::size_t index, double share, double previous) {
    RaceRow& row = rows_[index];
    const double allowed = budget_.left() - kept_back();
    double& took = last_trial_[row.candidate.algorithm];  // at this share; the next one costs no less
    const double expected = std::max(took, previous > 0 ? row.judgement.fit_seconds * share / previous : 0);
    if (!(allowed > 0) || expected > allowed) {
      row.state = State::kNoTime;
      row.note = allowed > 0 ? fmt::format("no time: would take {:.0f} s of {:.0f} s left", expected, allowed)
                             : std::string("no time left");
      return {};
    }
    const double most = std::min(allowed, std::max(kSlower * expected, kMostForOne * allowed));
    const double before = budget_.spent();
    auto judged = trials_.run(row.candidate, share, most);
    took = budget_.spent() - before;
    if (!judged.ok()) {
      if (judged.error().code == base::ErrorCode::kCancelled) return judged.error();
      row.state = State::kFailed;
      row.note = judged.error().message;
      return {};
    }
    row = judged_row(std::move(row.candidate), *std::move(judged), share, options_.serving);
    row.out_of_reach = refit_seconds(row, options_.refits) > budget_.left();
    if (row.state == State::kJudged) represent(index);
    return {};
  }

  base::Status run_lighter(std::size_t heavy, double share, std::vector<std::size_t>& alive) {
    for (std::size_t index = heavy; rows_[index].state == State::kTooCostly;) {
      const RaceRow& row = rows_[index];
      const bool too_large = !options_.serving.allows(0, row.judgement.bytes);
      if (row.candidate.lighter.empty() || (index != heavy && too_large)) break;
      Candidate lighter = row.candidate.next_lighter();
      index = rows_.size();
      rows_.emplace_back().candidate = std::move(lighter);
      alive.push_back(index);
      MLA_CHECK(run_one(index, share, 0));
    }
    return {};
  }

  void represent(std::size_t index) {
    const auto [held, first] = representatives_.try_emplace(rows_[index].candidate.algorithm, index);
    if (!first && !prefers(rows_[index].judgement, rows_[held->second].judgement)) return;
    held->second = index;
    trials_.keep(rows_[index].candidate);
  }

  // Seconds for what follows the race: weighing an ensemble, and the fits.
  double kept_back() const {
    std::vector<const RaceRow*> best;
    for (const auto& [algorithm, row] : representatives_) best.push_back(&rows_[row]);
    std::sort(best.begin(), best.end(), [](const RaceRow* a, const RaceRow* b) { return a->ndcg > b->ndcg; });
    double fits = 0;
    std::size_t waited_for = 0;
    for (const RaceRow* row : best) {
      const double seconds = refit_seconds(*row, options_.refits);
      // What could not be fitted even if nothing else were tried is not chosen: it must not hold up the others.
      if (waited_for == kPartsToFit || row->out_of_reach) continue;
      fits += seconds;
      ++waited_for;
    }
    double scores = 0;
    for (std::size_t i = 0; best.size() > 1 && i < best.size(); ++i) {
      scores += 1e-3 * (best[i]->judgement.score_ms + kWeighMs) * options_.listeners_blended;
    }
    return fits + kWeighingGrows * scores;
  }

  // The better half of each algorithm; the best of all algorithms first, then the second best, and so on.
  std::vector<std::size_t> halve(const std::vector<std::size_t>& alive, double share) {
    std::map<std::string, std::vector<std::size_t>> by_algorithm;
    double best = 0;
    for (const std::size_t index : alive) {
      if (rows_[index].state != State::kJudged || rows_[index].share != share) continue;
      by_algorithm[rows_[index].candidate.algorithm].push_back(index);
      best = std::max(best, rows_[index].ndcg);
    }
    std::vector<std::pair<std::size_t, std::size_t>> ranked;  // rank in its algorithm, row
    for (auto& [algorithm, indices] : by_algorithm) {
      std::stable_sort(indices.begin(), indices.end(),
                       [&](std::size_t a, std::size_t b) { return rows_[a].ndcg > rows_[b].ndcg; });
      const bool hopeless = rows_[indices.front()].ndcg < kHopeless * best;
      const std::size_t stay = hopeless ? 0 : (indices.size() + 1) / 2;
      for (std::size_t rank = 0; rank < indices.size(); ++rank) {
        if (rank < stay) {
          ranked.emplace_back(rank, indices[rank]);
        } else {
          rows_[indices[rank]].state = State::kBeaten;
          rows_[indices[rank]].note = fmt::format("beaten on {:.0f} % of the users", 100 * share);
        }
      }
    }
    std::stable_sort(ranked.begin(), ranked.end(), [&](const auto& a, const auto& b) {
      return a.first != b.first ? a.first < b.first : rows_[a.second].ndcg > rows_[b.second].ndcg;
    });
    std::vector<std::size_t> left;
    for (const auto& [rank, index] : ranked) left.push_back(index);
    return left;
  }

  Trials& trials_;
  const Budget& budget_;
  const RaceOptions& options_;
  std::vector<RaceRow> rows_;
  std::map<std::string, double> last_trial_;            // seconds, by algorithm
  std::map<std::string, std::size_t> representatives_;  // of each algorithm at this share
};

}  // namespace

Difference paired(std::span<const double> a, std::span<const double> b) {
  assert(a.size() == b.size());
  if (a.empty()) return {};
  const auto count = static_cast<double>(a.size());
  Difference difference;
  for (std::size_t i = 0; i < a.size(); ++i) difference.mean += (a[i] - b[i]) / count;
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double off = a[i] - b[i] - difference.mean;
    squares += off * off / count;
  }
  difference.error = std::sqrt(squares / count);
  return difference;
}

bool prefers(const Judgement& fresh, const Judgement& held) {
  const Difference gain = paired(fresh.ndcg, held.ndcg);
  const auto fresh_bytes = static_cast<double>(fresh.bytes);
  const auto held_bytes = static_cast<double>(held.bytes);
  if (fresh_bytes > kAlike * held_bytes) return gain.mean > gain.error;
  if (held_bytes > kAlike * fresh_bytes) return gain.mean >= -gain.error;
  return gain.mean > 0;
}

RaceRow judged_row(Candidate candidate, Judgement judgement, double share, const ServingLimit& limit) {
  RaceRow row;
  row.candidate = std::move(candidate);
  row.judgement = std::move(judgement);
  row.share = share;
  row.ndcg = mean_of(row.judgement.ndcg);
  const std::vector<double> nothing(row.judgement.ndcg.size(), 0.0);
  row.error = paired(row.judgement.ndcg, nothing).error;
  row.state = State::kJudged;
  if (!limit.allows(row.judgement.answer_ms, row.judgement.bytes)) {
    row.state = State::kTooCostly;
    row.note = "above the serving budget";
  }
  return row;
}

double refit_seconds(const RaceRow& row, double refits) {
  return row.share > 0 ? kFitsGrow * refits * row.judgement.fit_seconds / row.share : 0;
}

base::Result<std::vector<RaceRow>> race(const std::vector<Candidate>& candidates, Trials& trials, const Budget& budget,
                                        const RaceOptions& options) {
  return Race(candidates, trials, budget, options).run();
}

std::size_t best_row(const std::vector<RaceRow>& rows, double refits, double seconds) {
  std::size_t best = std::string::npos;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].representative || refit_seconds(rows[i], refits) > seconds) continue;
    if (best == std::string::npos || rows[i].ndcg > rows[best].ndcg) best = i;
  }
  return best;
}

}  // namespace mla::training
