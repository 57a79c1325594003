#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "learning/models/recommender.h"
#include "learning/models/validation/holdout.h"
#include "learning/training/auto/race.h"
#include "learning/training/dataset.h"
#include "learning/training/evaluation_report.h"

namespace mla::training {

// The parts of the data that candidates are judged on.
struct ValidationParts {
  std::vector<models::Holdout> splits;  // over the same users; `held` has the judged users alone
  std::size_t blended = 1;              // an ensemble is learnt from the first so many: they differ in kind
  std::size_t listeners = 0;            // that are judged
  std::string description;              // for people
};

// Up to 6000 users with a history, drawn with the seed; the judgement of a user is the mean over the splits.
// - Leave-one-out: the last item of each.
// - Timed data: make_validation, but where the last days have items of fewer than 1000 users and less than half of all,
//   the last items of each, so that the luck of a few does not decide. Beside it as many items at random: what lives on
//   the order alone predicts the next minutes and fails where gaps in the past are to be filled, and nobody has said
//   which of the two is wanted.
// - Else a share of each user's items at random, three times over if there are at most 200,000 interactions.
ValidationParts make_validation_parts(const Dataset& dataset, Protocol protocol, std::uint64_t seed);

// The data of `share` of the users with a history, drawn with the seed; at least one.
models::TrainingData some_users(const models::TrainingData& data, double share, std::uint64_t seed);

// Fits candidates on ValidationParts and ranks the full catalogue.
class ValidationTrials final : public Trials {
 public:
  // `parts` and `work` must outlive this. Lists of `at` items are judged by NDCG; with `as_served` those that a server
  // would find (EvaluationOptions::as_served), so that a search that misses some is judged with what it misses.
  ValidationTrials(const ValidationParts& parts, int at, bool as_served, std::int64_t memory_bytes, base::Work& work)
      : parts_(parts), at_(at), as_served_(as_served), memory_bytes_(memory_bytes), work_(work) {}

  base::Result<Judgement> run(const Candidate& candidate, double share, double seconds) override;
  void keep(const Candidate& candidate) override;

  // The models that were kept for an algorithm, fitted on the splits that an ensemble is learnt from; empty: none.
  std::vector<const models::Recommender*> kept(const std::string& algorithm) const;

 private:
  base::Result<Judgement> judge(const Candidate& candidate, double share, base::Work& work);

  const ValidationParts& parts_;
  int at_;
  bool as_served_;
  std::int64_t memory_bytes_;
  base::Work& work_;
  std::vector<std::unique_ptr<models::Recommender>> last_;
  std::map<std::string, std::vector<std::unique_ptr<models::Recommender>>> kept_;
};

}  // namespace mla::training
