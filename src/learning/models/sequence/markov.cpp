#include "learning/models/sequence/markov.h"

#include <algorithm>
#include <cmath>

#include "learning/models/impl/attributes.h"
#include "learning/models/impl/item_weights.h"
#include "learning/models/impl/play_order.h"

namespace mla::models {
namespace {

constexpr std::size_t kChunk = 64;

// Where an item stands: in which listener's sequence, and there at which index.
struct Occurrence {
  std::int32_t user;
  std::int32_t index;
};

struct Sequences {
  std::vector<std::vector<impl::Placed>> of_user;
  std::vector<std::vector<Occurrence>> of_item;
};

Sequences read_sequences(const TrainingData& data) {
  Sequences read;
  read.of_item.resize(static_cast<std::size_t>(data.items()));
  const math::CsrView rows = data.interactions.view();
  for (std::int32_t user = 0; user < data.users(); ++user) {
    const std::span<const base::UnixMillis> all(data.times);
    const auto times =
        data.times.empty() ? all : all.subspan(static_cast<std::size_t>(rows.offsets[user]), rows.row_size(user));
    read.of_user.push_back(impl::in_order(rows.row_columns(user), times));
    const auto& sequence = read.of_user.back();
    for (std::size_t i = 0; i < sequence.size(); ++i) {
      read.of_item[static_cast<std::size_t>(sequence[i].item)].push_back({user, static_cast<std::int32_t>(i)});
    }
  }
  return read;
}

// Sums of one target over all items; sparse reset between targets.
struct Sums {
  explicit Sums(std::int32_t items) : of_item(static_cast<std::size_t>(items), 0.0F) {}
  void add(std::int32_t item, float value) {
    float& sum = of_item[static_cast<std::size_t>(item)];
    if (sum == 0) touched.push_back(item);
    sum += value;
  }
  std::vector<float> of_item;
  std::vector<std::int32_t> touched;
};

class Markov final : public Recommender {
 public:
  explicit Markov(const Parameters& parameters)
      : window_(parameters.integer("window")),
        neighbours_(static_cast<std::size_t>(parameters.integer("neighbours"))),
        distance_exponent_(parameters.number("distance_exponent")),
        recency_exponent_(parameters.number("recency_exponent")),
        source_exponent_(parameters.number("source_exponent")),
        target_exponent_(parameters.number("target_exponent")) {}

  std::string_view name() const override { return "markov"; }
  std::int32_t items() const override { return weights_.items(); }

  base::Status fit(const TrainingData& data, base::Work& work) override {
    MLA_CHECK(work.check());
    const Sequences sequences = read_sequences(data);
    std::vector<float> nearness(static_cast<std::size_t>(window_) + 1, 1.0F);  // of each distance
    for (std::size_t d = 1; d < nearness.size(); ++d) {
      nearness[d] = static_cast<float>(std::pow(static_cast<double>(d), -distance_exponent_));
    }
    std::vector<Sums> scratch(static_cast<std::size_t>(work.pool.size()), Sums(data.items()));
    return weights_.make("transitions", data.items(), kChunk, scratch, work,
                         [&](std::size_t item, Sums& mine, impl::ItemWeights::Columns& columns) {
                           columns.set(static_cast<std::int32_t>(item), sources(sequences, item, nearness, mine));
                         });
  }

  void score(const Listener& listener, std::span<float> scores) const override {
    weights_.score(listener.history, recency(listener.history), scores);
  }

  std::vector<Evidence> explain(const Listener& listener, std::int32_t item, std::size_t limit) const override {
    return std::move(explain_batch(listener, {&item, 1}, limit).front());
  }

  std::vector<std::vector<Evidence>> explain_batch(const Listener& listener, std::span<const std::int32_t> items,
                                                   std::size_t limit) const override {
    return weights_.explain(
        listener.history, [this](std::span<const HistoryEntry> history) { return recency(history); }, items, limit);
  }

  std::optional<Effects> effects(const Listener& listener, std::span<const Evidence> facts,
                                 std::span<const std::int32_t> items) const override {
    return weights_.effects(
        listener.history, [this](std::span<const HistoryEntry> history) { return recency(history); }, facts, items);
  }

  base::Status save(artifact::Writer& writer) const override {
    writer.set("recency_exponent", recency_exponent_);
    weights_.save(writer);
    return {};
  }

  base::Status load(const artifact::Reader& reader) override {
    MLA_ASSIGN(recency_exponent_, impl::number_attribute(reader, "recency_exponent"));
    return weights_.load(reader);
  }

 private:
  std::vector<float> recency(std::span<const HistoryEntry> history) const {
    const std::vector<std::int32_t> newer = impl::newer_entries(history);
    std::vector<float> weights(newer.size());
    std::transform(newer.begin(), newer.end(), weights.begin(),
                   [this](std::int32_t n) { return static_cast<float>(std::pow(1.0 + n, -recency_exponent_)); });
    return weights;
  }

  // The strongest sources of one target.
  std::vector<math::Scored> sources(const Sequences& sequences, std::size_t target, std::span<const float> nearness,
                                    Sums& sums) const {
    for (const Occurrence& at : sequences.of_item[target]) {
      add_steps(sequences.of_user[static_cast<std::size_t>(at.user)], static_cast<std::size_t>(at.index), nearness,
                sums);
    }
    const auto listeners = [&](std::size_t item) { return static_cast<double>(sequences.of_item[item].size()); };
    std::vector<math::Scored> found;
    found.reserve(sums.touched.size());
    for (const std::int32_t item : sums.touched) {
      const auto i = static_cast<std::size_t>(item);
      const double scale = std::pow(listeners(i), -source_exponent_) * std::pow(listeners(target), -target_exponent_);
      found.push_back({item, static_cast<float>(scale * static_cast<double>(sums.of_item[i]))});
      sums.of_item[i] = 0;
    }
    sums.touched.clear();
    if (found.size() > neighbours_) {
      std::nth_element(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(neighbours_), found.end(),
                       math::better);
      found.resize(neighbours_);
    }
    return found;
  }

  // Steps that lead to sequence[to].
  void add_steps(const std::vector<impl::Placed>& sequence, std::size_t to, std::span<const float> nearness,
                 Sums& sums) const {
    const std::int32_t place = sequence[to].place;
    std::size_t first = to;  // of those in this place
    while (first > 0 && sequence[first - 1].place == place) --first;
    std::size_t last = to + 1;
    while (last < sequence.size() && sequence[last].place == place && last - first <= nearness.size()) ++last;
    if (last - first < nearness.size()) {
      for (std::size_t i = first; i < last; ++i) {
        if (i != to) sums.add(sequence[i].item, 0.5F * nearness[1]);
      }
    }
    for (std::size_t i = first; i-- > 0 && place - sequence[i].place <= window_;) {
      sums.add(sequence[i].item, nearness[static_cast<std::size_t>(place - sequence[i].place)]);
    }
  }

  std::int32_t window_;
  std::size_t neighbours_;
  double distance_exponent_;
  double recency_exponent_;
  double source_exponent_;
  double target_exponent_;
  impl::ItemWeights weights_;
};

}  // namespace

Algorithm markov_algorithm() {
  return {
      "markov",
      "what tends to follow the latest items; needs times",
      {{"window", 200.0, 1, 10000, "places that a step may span", {}, true},
       {"neighbours", 1000.0, 1, 100000, "sources kept for each item", {}, true},
       {"distance_exponent", 0.3, 0, 4, "how fast a step counts less with its length"},
       {"recency_exponent", 1.0, 0, 4, "how fast an item of the history counts less with each newer one"},
       {"source_exponent", 0.5, 0, 2, "how much popular items of the history are held back"},
       {"target_exponent", 0.3, 0, 2, "how much popular items are held back"}},
      [](const Parameters& parameters) -> std::unique_ptr<Recommender> { return std::make_unique<Markov>(parameters); },
      {{}, {{"recency_exponent", 0.5}}, {{"distance_exponent", 0.6}, {"recency_exponent", 1.5}}}};
}

}  // namespace mla::models
