#include "learning/training/calibration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "foundation/base/random.h"
#include "learning/models/validation/ranking.h"
#include "learning/training/evaluation.h"

namespace mla::training {
namespace {

constexpr std::size_t kTerms = 3;  // 1, ln(rank + 1), standardised score
using Terms = std::array<double, kTerms>;

Terms terms_of(int rank, float score, double mean, double deviation) {
  return {1.0, std::log(rank + 1.0), std::clamp((score - mean) / deviation, -4.0, 4.0)};
}

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

// Solves h · x = g for the terms that are `used`; h is positive definite. Gauss-Jordan, no pivoting needed.
Terms solve(std::array<Terms, kTerms> h, Terms g, const std::array<bool, kTerms>& used) {
  for (std::size_t i = 0; i < kTerms; ++i) {
    if (!used[i]) continue;
    for (std::size_t row = 0; row < kTerms; ++row) {
      if (row == i || !used[row]) continue;
      const double factor = h[row][i] / h[i][i];
      for (std::size_t col = 0; col < kTerms; ++col) h[row][col] -= factor * h[i][col];
      g[row] -= factor * g[i];
    }
  }
  Terms x{};
  for (std::size_t i = 0; i < kTerms; ++i) x[i] = used[i] ? g[i] / h[i][i] : 0;
  return x;
}

// Logistic regression of the used terms. The ridge keeps the weights finite where all or no items were played.
Terms fit_terms(std::span<const std::vector<Outcome>> listeners, double mean, double deviation,
                const std::array<bool, kTerms>& used) {
  constexpr double kRidge = 1e-2;
  Terms weights{};
  for (int step = 0; step < 50; ++step) {
    Terms gradient{};
    std::array<Terms, kTerms> hessian{};
    for (std::size_t i = 0; i < kTerms; ++i) {
      gradient[i] = -kRidge * weights[i];
      hessian[i][i] = kRidge;
    }
    for (const auto& outcomes : listeners) {
      for (const Outcome& outcome : outcomes) {
        const Terms x = terms_of(outcome.rank, outcome.score, mean, deviation);
        const double p = logistic(std::inner_product(x.begin(), x.end(), weights.begin(), 0.0));
        for (std::size_t i = 0; i < kTerms; ++i) {
          gradient[i] += x[i] * ((outcome.played ? 1.0 : 0.0) - p);
          for (std::size_t j = 0; j < kTerms; ++j) hessian[i][j] += p * (1 - p) * x[i] * x[j];
        }
      }
    }
    Terms change = solve(hessian, gradient, used);
    double largest = 0;
    for (std::size_t i = 0; i < kTerms; ++i) {
      change[i] = std::clamp(change[i], -2.0, 2.0);  // a far step of Newton's method may overshoot
      weights[i] += change[i];
      largest = std::max(largest, std::abs(change[i]));
    }
    if (largest < 1e-6) break;
  }
  return weights;
}

}  // namespace

double Calibration::log_odds(int rank, float score) const {
  if (probabilities.size() != kTerms + 2) return 0;
  const Terms x = terms_of(rank, score, probabilities[3], probabilities[4]);
  return std::inner_product(x.begin(), x.end(), probabilities.begin(), 0.0);
}

double Calibration::probability(int rank, float score) const {
  return probabilities.size() == kTerms + 2 ? logistic(log_odds(rank, score)) : 0;
}

base::Result<std::vector<std::vector<Outcome>>> collect_outcomes(const models::Recommender& model,
                                                                 const models::TrainingData& train,
                                                                 const math::CsrView& held, bool silent_too,
                                                                 std::size_t depth, std::size_t max_listeners,
                                                                 base::Work& work) {
  const math::CsrView pairs = train.interactions.view();
  std::vector<std::int32_t> users;
  for (std::int32_t user = 0; user < pairs.rows; ++user) {
    if (pairs.row_size(user) > 0 && (silent_too || held.row_size(user) > 0)) users.push_back(user);
  }
  base::Random(work.seed).shuffle(users);
  users.resize(std::min(users.size(), max_listeners));

  const auto items = static_cast<std::size_t>(train.items());
  const base::UnixMillis now = newest_time(train);
  std::vector<std::vector<Outcome>> outcomes(users.size());
  std::vector<models::Ranker> rankers(static_cast<std::size_t>(work.pool.size()), models::Ranker(train.items()));
  std::vector<std::vector<float>> scores(rankers.size(), std::vector<float>(items));
  work.progress.begin("calibrating", users.size());
  work.pool.parallel_for(users.size(), 8, [&](std::size_t begin, std::size_t end, int worker) {
    std::vector<models::HistoryEntry> history;
    for (std::size_t i = begin; i < end && !work.cancel.cancelled(); ++i) {
      const std::int32_t user = users[i];
      model.score(listener_of(train, user, now, history), scores[worker]);
      models::Ranker& ranker = rankers[worker];
      const auto list = ranker.top(scores[worker], pairs.row_columns(user), held.row_columns(user), depth);
      for (std::size_t rank = 0; rank < list.size(); ++rank) {
        outcomes[i].push_back({static_cast<int>(rank), scores[worker][list[rank]], ranker.hits()[rank] != 0});
      }
    }
    work.progress.advance(end - begin);
  });
  work.progress.end();
  MLA_CHECK(work.check());
  return outcomes;
}

Calibration fit_calibration(std::span<const std::vector<Outcome>> listeners) {
  double count = 0;
  double sum = 0;
  double squares = 0;
  for (const auto& outcomes : listeners) {
    for (const Outcome& outcome : outcomes) {
      ++count;
      sum += outcome.score;
      squares += static_cast<double>(outcome.score) * outcome.score;
    }
  }
  if (count == 0) return {};
  const double mean = sum / count;
  const double variance = squares / count - mean * mean;
  const double deviation = variance > 0 ? std::sqrt(variance) : 1;

  // A term whose sign would let the probability rise with the rank is left out, the others learnt again.
  std::array<bool, kTerms> used = {true, true, true};
  Terms weights = fit_terms(listeners, mean, deviation, used);
  while ((used[1] && weights[1] > 0) || (used[2] && weights[2] < 0)) {
    used[weights[1] > 0 ? 1 : 2] = false;
    weights = fit_terms(listeners, mean, deviation, used);
  }
  Calibration calibration;
  calibration.probabilities.assign(weights.begin(), weights.end());
  calibration.probabilities.push_back(static_cast<float>(mean));
  calibration.probabilities.push_back(static_cast<float>(deviation));
  return calibration;
}

double calibration_error(const Calibration& calibration, std::span<const std::vector<Outcome>> listeners,
                         std::size_t depth, std::size_t bins) {
  std::vector<std::pair<double, bool>> judged;
  for (const auto& outcomes : listeners) {
    for (const Outcome& outcome : outcomes) {
      if (static_cast<std::size_t>(outcome.rank) >= depth) break;
      judged.emplace_back(calibration.probability(outcome.rank, outcome.score), outcome.played);
    }
  }
  if (judged.empty()) return 0;
  std::stable_sort(judged.begin(), judged.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  double error = 0;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    double difference = 0;
    for (std::size_t i = judged.size() * bin / bins; i < judged.size() * (bin + 1) / bins; ++i) {
      difference += judged[i].first - (judged[i].second ? 1.0 : 0.0);
    }
    error += std::abs(difference);
  }
  return error / static_cast<double>(judged.size());
}

}  // namespace mla::training
