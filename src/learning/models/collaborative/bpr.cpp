#include "learning/models/collaborative/bpr.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "foundation/base/random.h"
#include "foundation/math/blas.h"
#include "learning/models/impl/attributes.h"
#include "learning/models/impl/linear_evidence.h"
#include "learning/models/impl/play_weights.h"

namespace mla::models {
namespace {

constexpr std::size_t kBatch = 128;       // listeners
constexpr std::size_t kMostTargets = 64;  // of a listener in an epoch
constexpr std::size_t kShards = 64;       // items are updated shard by shard
constexpr double kNegativePower = 0.75;
constexpr float kStart = 0.05F;  // deviation of the first factors

float dot(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
}

void add(std::span<float> to, std::span<const float> what, float times) {
  for (std::size_t k = 0; k < to.size(); ++k) to[k] += times * what[k];
}

// Draws items by (listeners + 1)^¾, so that what nobody has played falls behind too.
class NegativeSampler {
 public:
  explicit NegativeSampler(const math::CsrView& pairs) : cumulative_(static_cast<std::size_t>(pairs.cols), 0.0) {
    for (const std::int32_t item : pairs.columns) cumulative_[static_cast<std::size_t>(item)] += 1;
    for (double& count : cumulative_) count = std::pow(count + 1, kNegativePower);
    std::partial_sum(cumulative_.begin(), cumulative_.end(), cumulative_.begin());
  }
  // ln of the chance to draw the item, times the number of items.
  float log_chance(std::int32_t item) const {
    const auto at = static_cast<std::size_t>(item);
    const double share = cumulative_[at] - (at > 0 ? cumulative_[at - 1] : 0);
    return static_cast<float>(std::log(share / cumulative_.back() * static_cast<double>(cumulative_.size())));
  }
  std::int32_t draw(base::Random& random) const {
    const double at = random.uniform() * cumulative_.back();
    const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end(), at);
    return static_cast<std::int32_t>(std::min(found - cumulative_.begin(), std::ssize(cumulative_) - 1));
  }

 private:
  std::vector<double> cumulative_;
};

class Bpr final : public Recommender {
 public:
  explicit Bpr(const Parameters& parameters)
      : factors_(static_cast<std::size_t>(parameters.integer("factors"))),
        epochs_(parameters.integer("epochs")),
        negatives_(static_cast<std::size_t>(parameters.integer("negatives"))),
        rate_(static_cast<float>(parameters.number("learning_rate"))),
        penalty_(static_cast<float>(parameters.number("regularization"))),
        softmax_(parameters.text("loss") == "softmax"),
        play_weights_(parameters) {}

  std::string_view name() const override { return "bpr"; }
  std::int32_t items() const override { return static_cast<std::int32_t>(outputs_.rows); }

  base::Status fit(const TrainingData& data, base::Work& work) override {
    const math::CsrMatrix weighted = play_weights_.of(data.interactions.view());
    const math::CsrView pairs = weighted.view();
    const auto items = static_cast<std::size_t>(pairs.cols);
    owned_inputs_ = first_factors(items, work.seed);
    owned_outputs_ = first_factors(items, work.seed + 1);
    squares_.assign(2 * items, 1e-6F);
    inputs_ = owned_inputs_.view();
    outputs_ = owned_outputs_.view();
    std::vector<std::int32_t> users;
    for (std::int32_t user = 0; user < pairs.rows; ++user) {
      if (pairs.row_size(user) >= 2) users.push_back(user);
    }
    if (users.empty()) {
      std::ranges::fill(owned_outputs_.values(), 0.0F);
      return {};
    }
    const NegativeSampler sampler(pairs);
    work.progress.begin("comparisons", static_cast<std::uint64_t>(epochs_) * users.size());
    for (int epoch = 0; epoch < epochs_; ++epoch) {
      base::Random random = base::Random::stream(work.seed, static_cast<std::uint64_t>(epoch));
      random.shuffle(users);
      for (std::size_t begin = 0; begin < users.size(); begin += kBatch) {
        MLA_CHECK(work.check());
        const std::size_t size = std::min(kBatch, users.size() - begin);
        learn_batch(pairs, std::span(users).subspan(begin, size), sampler, random, work);
        work.progress.advance(size);
      }
    }
    work.progress.end();
    return {};
  }

  void score(const Listener& listener, std::span<float> scores) const override {
    math::multiply(outputs_, vector_of(listener.history), scores);
  }

  std::vector<Evidence> explain(const Listener& listener, std::int32_t item, std::size_t limit) const override {
    return std::move(explain_batch(listener, {&item, 1}, limit).front());
  }
  std::vector<std::vector<Evidence>> explain_batch(const Listener& listener, std::span<const std::int32_t> items,
                                                   std::size_t limit) const override {
    return impl::linear_evidence(listener.history, weigh(), values(listener.history, items), {}, limit);
  }
  std::optional<Effects> effects(const Listener& listener, std::span<const Evidence> facts,
                                 std::span<const std::int32_t> items) const override {
    return impl::linear_effects(listener.history, weigh(), values(listener.history, items), facts);
  }
  math::VectorsView item_vectors() const override { return outputs_; }

  base::Status save(artifact::Writer& writer) const override {
    play_weights_.save(writer);
    writer.add("inputs", inputs_);
    writer.add("outputs", outputs_);
    return {};
  }
  base::Status load(const artifact::Reader& reader) override {
    MLA_CHECK(play_weights_.load(reader));
    MLA_ASSIGN(const math::ConstMatrixView inputs, reader.matrix("inputs"));
    MLA_ASSIGN(const math::ConstMatrixView outputs, reader.matrix("outputs"));
    if (inputs.rows != outputs.rows || inputs.cols != outputs.cols) {
      return impl::wrong_shape("inputs", "as many factors as outputs");
    }
    MLA_CHECK(impl::check_finite({inputs.data, inputs.rows * inputs.cols}, "inputs"));
    MLA_CHECK(impl::check_finite({outputs.data, outputs.rows * outputs.cols}, "outputs"));
    inputs_ = inputs;
    outputs_ = outputs;
    reader_ = reader;
    return {};
  }

 private:
  // What one listener teaches: gradients of the own items' rows.
  struct Lesson {
    std::vector<std::int32_t> played;   // make u
    std::vector<float> weights;         // of these
    std::vector<std::int32_t> targets;  // to be ranked
    std::vector<float> vector;          // u
    std::vector<float> slope;           // of the loss by u
    std::vector<float> target_pull;     // of the loss by the score of each target
    std::vector<float> negative_pull;   // … and of each negative
  };

  math::Matrix first_factors(std::size_t items, std::uint64_t seed) const {
    math::Matrix factors(items, factors_);
    base::Random random(seed);
    for (float& value : factors.values()) value = kStart * static_cast<float>(random.normal());
    return factors;
  }

  impl::Weigh weigh() const {
    return [this](std::span<const HistoryEntry> history) {
      std::vector<float> weights = play_weights_.of(history);
      const float total = std::accumulate(weights.begin(), weights.end(), 0.0F);
      for (float& weight : weights) weight /= total > 0 ? std::sqrt(total) : 1;
      return weights;
    };
  }

  std::vector<float> vector_of(std::span<const HistoryEntry> history) const {
    std::vector<float> vector(outputs_.cols, 0.0F);
    const std::vector<float> weights = weigh()(history);
    for (std::size_t h = 0; h < history.size(); ++h) {
      add(vector, inputs_.row(static_cast<std::size_t>(history[h].item)), weights[h]);
    }
    return vector;
  }

  math::Matrix values(std::span<const HistoryEntry> history, std::span<const std::int32_t> items) const {
    math::Matrix values(items.size(), history.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      for (std::size_t h = 0; h < history.size(); ++h) {
        values(i, h) = dot(inputs_.row(static_cast<std::size_t>(history[h].item)),
                           outputs_.row(static_cast<std::size_t>(items[i])));
      }
    }
    return values;
  }

  // Splits the history at random.
  void open(const math::CsrView& pairs, std::int32_t user, base::Random random, Lesson& lesson) const {
    const auto items = pairs.row_columns(user);
    const auto weights = pairs.row_values(user);
    std::vector<std::size_t> order(items.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    random.shuffle(order);
    const std::size_t half = items.size() / 2;
    lesson.played.clear();
    lesson.weights.clear();
    lesson.targets.clear();
    for (std::size_t at = 0; at < order.size(); ++at) {
      if (at >= half) {
        lesson.played.push_back(items[order[at]]);
        lesson.weights.push_back(weights[order[at]]);
      } else if (lesson.targets.size() < kMostTargets) {
        lesson.targets.push_back(items[order[at]]);
      }
    }
    const float total = std::accumulate(lesson.weights.begin(), lesson.weights.end(), 0.0F);
    for (float& weight : lesson.weights) weight /= total > 0 ? std::sqrt(total) : 1;
    lesson.vector.assign(factors_, 0.0F);
    for (std::size_t h = 0; h < lesson.played.size(); ++h) {
      add(lesson.vector, owned_inputs_.row(static_cast<std::size_t>(lesson.played[h])), lesson.weights[h]);
    }
  }

  void judge(std::span<const std::int32_t> negatives, const NegativeSampler& sampler, Lesson& lesson) const {
    lesson.slope.assign(factors_, 0.0F);
    lesson.negative_pull.assign(negatives.size(), 0.0F);
    lesson.target_pull.assign(lesson.targets.size(), 0.0F);
    std::vector<float> rivals(negatives.size());
    for (std::size_t n = 0; n < negatives.size(); ++n) {
      rivals[n] = dot(lesson.vector, owned_outputs_.row(static_cast<std::size_t>(negatives[n])));
      if (softmax_) rivals[n] -= sampler.log_chance(negatives[n]);
    }
    const float highest = *std::max_element(rivals.begin(), rivals.end());
    float total = 0;
    std::vector<float> chances(rivals.size());
    for (std::size_t n = 0; n < rivals.size(); ++n) total += chances[n] = std::exp(rivals[n] - highest);
    const float share = 1 / static_cast<float>(lesson.targets.size());
    for (std::size_t t = 0; t < lesson.targets.size(); ++t) {
      const auto target = owned_outputs_.row(static_cast<std::size_t>(lesson.targets[t]));
      const float score = dot(lesson.vector, target);
      float pull = 0;
      if (softmax_) {
        const float own = std::exp(std::min(score - sampler.log_chance(lesson.targets[t]) - highest, 60.0F));
        for (std::size_t n = 0; n < rivals.size(); ++n) lesson.negative_pull[n] += share * chances[n] / (total + own);
        pull = -share * total / (total + own);
      } else {
        for (std::size_t n = 0; n < rivals.size(); ++n) {
          const float wrong = share / (1 + std::exp(score - rivals[n])) / static_cast<float>(rivals.size());
          lesson.negative_pull[n] += wrong;
          pull -= wrong;
        }
      }
      lesson.target_pull[t] = pull;
      add(lesson.slope, target, pull);
    }
    for (std::size_t n = 0; n < negatives.size(); ++n) {
      add(lesson.slope, owned_outputs_.row(static_cast<std::size_t>(negatives[n])), lesson.negative_pull[n]);
    }
  }

  // AdaGrad on one row.
  void step(std::span<float> row, std::span<const float> slope, float times, float& squares) const {
    float norm = 0;
    for (std::size_t k = 0; k < row.size(); ++k) {
      const float g = times * slope[k] + penalty_ * row[k];
      norm += g * g;
    }
    squares += norm / static_cast<float>(row.size());
    const float rate = rate_ / std::sqrt(squares);
    for (std::size_t k = 0; k < row.size(); ++k) row[k] -= rate * (times * slope[k] + penalty_ * row[k]);
  }

  void learn_batch(const math::CsrView& pairs, std::span<const std::int32_t> users, const NegativeSampler& sampler,
                   base::Random& random, base::Work& work) {
    std::vector<std::int32_t> negatives(negatives_);
    for (std::int32_t& item : negatives) item = sampler.draw(random);
    const std::uint64_t seed = random.next();
    lessons_.resize(kBatch);
    work.pool.parallel_for(users.size(), 4, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t i = begin; i < end; ++i) {
        open(pairs, users[i], base::Random::stream(seed, i), lessons_[i]);
        judge(negatives, sampler, lessons_[i]);
      }
    });
    // Negatives first, summed over the batch; then each listener's rows. A shard of items belongs to one task.
    const std::size_t items = owned_inputs_.rows();
    work.pool.parallel_for(kShards, 1, [&](std::size_t begin, std::size_t end, int) {
      std::vector<float> slope(factors_);
      for (std::size_t shard = begin; shard < end; ++shard) {
        const auto mine = [&](std::int32_t item) { return static_cast<std::size_t>(item) % kShards == shard; };
        for (std::size_t n = 0; n < negatives.size(); ++n) {
          if (!mine(negatives[n])) continue;
          std::fill(slope.begin(), slope.end(), 0.0F);
          for (std::size_t i = 0; i < users.size(); ++i) add(slope, lessons_[i].vector, lessons_[i].negative_pull[n]);
          const auto item = static_cast<std::size_t>(negatives[n]);
          step(owned_outputs_.row(item), slope, 1, squares_[items + item]);
        }
        for (std::size_t i = 0; i < users.size(); ++i) {
          const Lesson& lesson = lessons_[i];
          for (std::size_t t = 0; t < lesson.targets.size(); ++t) {
            const auto item = static_cast<std::size_t>(lesson.targets[t]);
            if (!mine(lesson.targets[t])) continue;
            step(owned_outputs_.row(item), lesson.vector, lesson.target_pull[t], squares_[items + item]);
          }
          for (std::size_t h = 0; h < lesson.played.size(); ++h) {
            const auto item = static_cast<std::size_t>(lesson.played[h]);
            if (!mine(lesson.played[h])) continue;
            step(owned_inputs_.row(item), lesson.slope, lesson.weights[h], squares_[item]);
          }
        }
      }
    });
  }

  std::size_t factors_;
  int epochs_;
  std::size_t negatives_;
  float rate_;
  float penalty_;
  bool softmax_;
  impl::PlayWeights play_weights_;
  math::Matrix owned_inputs_;   // y
  math::Matrix owned_outputs_;  // q
  math::ConstMatrixView inputs_;
  math::ConstMatrixView outputs_;
  std::optional<artifact::Reader> reader_;
  std::vector<float> squares_;  // AdaGrad: of inputs, then of outputs
  std::vector<Lesson> lessons_;
};

}  // namespace

Algorithm bpr_algorithm() {
  return {
      "bpr",
      "factors learnt by comparing what was played with what was not",
      {{"factors", 64.0, 1, 1024, "dimensions", {}, true},
       {"epochs", 40.0, 1, 10000, "passes over the listeners", {}, true},
       {"negatives", 256.0, 1, 100000, "items that were not played, for each batch", {}, true},
       {"learning_rate", 0.05, 1e-6, 10, "AdaGrad's step"},
       {"regularization", 0.0001, 0, 10, "pull of the factors towards 0"},
       {"loss", std::string("softmax"), 0, 0, "what is made small", {"softmax", "bpr"}},
       impl::PlayWeights::parameter("log")},
      [](const Parameters& parameters) -> std::unique_ptr<Recommender> { return std::make_unique<Bpr>(parameters); },
      {{}}};
}

}  // namespace mla::models
