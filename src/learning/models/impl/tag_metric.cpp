#include "learning/models/impl/tag_metric.h"

#include <algorithm>
#include <cmath>

#include "foundation/base/random.h"

namespace mla::models::impl {
namespace {

// w, ρ (a share of each sample that has the tag) and epochs: of what was tried on a validation part of HetRec, NDCG@20
// .184 there; w of 20, 50, 200: .12, .16, .18; ρ four times as large: .179; half the epochs: .179.
constexpr double kStart = 100;
constexpr double kPrior = 5e-4;
constexpr double kRate = 0.1;   // of AdaGrad
constexpr double kMostLog = 4;  // |ln w_t - ln w|
constexpr int kEpochs = 10;
constexpr std::size_t kSamples = 2'000'000;

// A listener's profile, item by item: sums of p_h x_h over the tags.
class Profile {
 public:
  explicit Profile(const math::CsrView& rows) : rows_(rows), sums_(static_cast<std::size_t>(rows.cols), 0.0) {}

  void add(std::int32_t item, double weight) {
    const auto tags = rows_.row_columns(item);
    const auto values = rows_.row_values(item);
    for (std::size_t t = 0; t < tags.size(); ++t) sums_[static_cast<std::size_t>(tags[t])] += weight * values[t];
    total_ += weight;
  }
  // Forgets the listener whose items these are.
  void clear(std::span<const std::int32_t> items) {
    for (const std::int32_t item : items) {
      for (const std::int32_t tag : rows_.row_columns(item)) sums_[static_cast<std::size_t>(tag)] = 0;
    }
    total_ = 0;
  }
  double mean(std::int32_t tag) const { return sums_[static_cast<std::size_t>(tag)] / total_; }
  double total() const { return total_; }

 private:
  const math::CsrView& rows_;
  std::vector<double> sums_;
  double total_ = 0;
};

class Learner {
 public:
  explicit Learner(const math::CsrView& rows)
      : rows_(rows),
        logs_(static_cast<std::size_t>(rows.cols), 0.0),
        squares_(logs_.size(), 1e-3),
        touched_value_(logs_.size(), 0.0) {}

  // One pair: j should be closer to the profile than k.
  void learn(const Profile& profile, std::int32_t j, std::int32_t k) {
    touched_.clear();
    collect(profile, j, 1);
    collect(profile, k, -1);
    double margin = 0;
    for (const std::int32_t tag : touched_) margin += weight(tag) * touched_value_[static_cast<std::size_t>(tag)];
    const double pull = 1 / (1 + std::exp(margin));
    for (const std::int32_t tag : touched_) {
      const auto t = static_cast<std::size_t>(tag);
      const double slope = pull * weight(tag) * touched_value_[t] - kPrior * logs_[t];
      squares_[t] += slope * slope;
      logs_[t] = std::clamp(logs_[t] + kRate * slope / std::sqrt(squares_[t]), -kMostLog, kMostLog);
      touched_value_[t] = 0;
    }
  }

  std::vector<float> weights() const {
    std::vector<float> weights(logs_.size());
    std::transform(logs_.begin(), logs_.end(), weights.begin(),
                   [](double log) { return static_cast<float>(std::exp(log)); });
    return weights;
  }

 private:
  double weight(std::int32_t tag) const { return kStart * std::exp(logs_[static_cast<std::size_t>(tag)]); }

  void collect(const Profile& profile, std::int32_t item, double sign) {
    const auto tags = rows_.row_columns(item);
    const auto values = rows_.row_values(item);
    for (std::size_t t = 0; t < tags.size(); ++t) {
      const double mean = profile.mean(tags[t]);
      if (mean == 0) continue;
      double& value = touched_value_[static_cast<std::size_t>(tags[t])];
      if (value == 0) touched_.push_back(tags[t]);
      value += sign * mean * static_cast<double>(values[t]);
    }
  }

  const math::CsrView& rows_;
  std::vector<double> logs_;     // ln w_t - ln w
  std::vector<double> squares_;  // of AdaGrad
  std::vector<std::int32_t> touched_;
  std::vector<double> touched_value_;
};

bool holds(std::span<const std::int32_t> ascending, std::int32_t item) {
  return std::binary_search(ascending.begin(), ascending.end(), item);
}

}  // namespace

base::Result<std::vector<float>> learn_tag_weights(const math::CsrView& rows, const TrainingData& data,
                                                   base::Work& work) {
  std::vector<std::int32_t> users;
  std::vector<std::int32_t> tagged;
  for (std::int32_t user = 0; user < data.users(); ++user) {
    if (data.interactions.view().row_size(user) > 1) users.push_back(user);
  }
  for (std::int32_t item = 0; item < rows.rows; ++item) {
    if (rows.row_size(item) > 0) tagged.push_back(item);
  }
  Learner learner(rows);
  if (users.empty() || tagged.size() < 2) return learner.weights();

  base::Random random(work.seed);
  std::size_t samples = 0;
  Profile profile(rows);
  work.progress.begin("weights of tags", static_cast<std::uint64_t>(kEpochs) * users.size());
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    random.shuffle(users);
    for (const std::int32_t user : users) {
      MLA_CHECK(work.check());
      work.progress.advance(1);
      const auto items = data.interactions.view().row_columns(user);
      const auto plays = data.interactions.view().row_values(user);
      if (samples >= kSamples) continue;
      for (std::size_t h = 0; h < items.size(); ++h) profile.add(items[h], std::log1p(plays[h]));
      for (std::size_t h = 0; h < items.size(); ++h) {
        const std::int32_t other = tagged[random.below(tagged.size())];
        if (rows.row_size(items[h]) == 0 || holds(items, other)) continue;
        const double own = std::log1p(plays[h]);
        profile.add(items[h], -own);
        if (profile.total() > 0) learner.learn(profile, items[h], other);
        profile.add(items[h], own);
        ++samples;
      }
      profile.clear(items);
    }
  }
  work.progress.end();
  return learner.weights();
}

}  // namespace mla::models::impl
