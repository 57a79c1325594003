#include "learning/models/collaborative/popularity.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "learning/models/impl/attributes.h"

namespace mla::models {
namespace {

class Popularity final : public Recommender {
 public:
  explicit Popularity(const Parameters& parameters) : half_life_days_(parameters.number("half_life_days")) {}

  std::string_view name() const override { return "popularity"; }
  std::int32_t items() const override { return static_cast<std::int32_t>(scores_.size()); }

  base::Status fit(const TrainingData& data, base::Work& work) override {
    MLA_CHECK(work.check());
    const math::CsrMatrix& pairs = data.interactions;
    const bool decays = half_life_days_ > 0 && !data.times.empty();
    const base::UnixMillis newest = decays ? *std::max_element(data.times.begin(), data.times.end()) : 0;
    std::vector<double> counts(static_cast<std::size_t>(data.items()), 0.0);
    for (std::size_t at = 0; at < pairs.columns.size(); ++at) {
      double count = 1;
      if (decays && data.times[at] != 0) {
        const double age_days = static_cast<double>(newest - data.times[at]) / base::kMillisPerDay;
        count = std::exp2(-age_days / half_life_days_);
      }
      counts[static_cast<std::size_t>(pairs.columns[at])] += count;
    }
    owned_.assign(counts.begin(), counts.end());
    scores_ = owned_;
    return {};
  }

  void score(const Listener&, std::span<float> scores) const override {
    std::copy(scores_.begin(), scores_.end(), scores.begin());
  }

  std::vector<Evidence> explain(const Listener&, std::int32_t item, std::size_t limit) const override {
    const float count = scores_[static_cast<std::size_t>(item)];
    if (limit == 0 || !(count > 0)) return {};
    return {Evidence{Evidence::Kind::kPopular, -1, count}};
  }

  // Nothing that a listener did is worth anything here.
  std::optional<Effects> effects(const Listener&, std::span<const Evidence> facts,
                                 std::span<const std::int32_t> items) const override {
    Effects effects{std::vector<float>(items.size()), math::Matrix(facts.size(), items.size())};
    for (std::size_t i = 0; i < items.size(); ++i) effects.scores[i] = scores_[static_cast<std::size_t>(items[i])];
    return effects;
  }

  base::Status save(artifact::Writer& writer) const override {
    writer.add("scores", scores_, {static_cast<std::int64_t>(scores_.size())});
    return {};
  }

  base::Status load(const artifact::Reader& reader) override {
    MLA_ASSIGN(scores_, reader.floats("scores"));
    MLA_CHECK(impl::check_finite(scores_, "scores"));
    reader_ = reader;
    return {};
  }

 private:
  double half_life_days_;
  std::vector<float> owned_;
  std::span<const float> scores_;  // owned_, or mapped by reader_
  std::optional<artifact::Reader> reader_;
};

}  // namespace

Algorithm popularity_algorithm() {
  return {"popularity",
          "the most played items, recent listeners first",
          {{"half_life_days", 180.0, 0, 36500, "days after which a listener counts half; 0 = no decay"}},
          [](const Parameters& parameters) -> std::unique_ptr<Recommender> {
            return std::make_unique<Popularity>(parameters);
          }};
}

}  // namespace mla::models
