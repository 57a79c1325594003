#include "learning/models/collaborative/user_knn.h"

#include <cmath>

#include "learning/models/impl/attributes.h"
#include "learning/models/impl/row_voting.h"

namespace mla::models {
namespace {

class UserKnn final : public impl::RowVoting {
 public:
  explicit UserKnn(const Parameters& parameters)
      : RowVoting(static_cast<std::size_t>(parameters.integer("neighbours"))),
        shrink_(parameters.number("shrink")),
        amplification_(parameters.number("amplification")),
        item_exponent_(parameters.number("item_exponent")),
        target_exponent_(parameters.number("target_exponent")),
        play_weights_(parameters) {}

  std::string_view name() const override { return "user_knn"; }

  base::Status fit(const TrainingData& data, base::Work& work) override {
    work.progress.begin("listener neighbours", static_cast<std::uint64_t>(data.users()));
    MLA_CHECK(work.check());
    math::CsrMatrix rows = play_weights_.of(data.interactions.view());
    std::vector<double> listeners(static_cast<std::size_t>(data.items()), 0.0);
    for (const std::int32_t item : rows.columns) listeners[static_cast<std::size_t>(item)] += 1;
    std::vector<float> matches(rows.columns.size());
    work.pool.parallel_for(static_cast<std::size_t>(rows.rows), 1024, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t row = begin; row < end; ++row) {
        const auto from = static_cast<std::size_t>(rows.offsets[row]);
        const auto to = static_cast<std::size_t>(rows.offsets[row + 1]);
        double squares = 0;
        for (std::size_t at = from; at < to; ++at) {
          const double n = listeners[static_cast<std::size_t>(rows.columns[at])];
          const double a = std::pow(n, -item_exponent_ / 2) * rows.values[at];
          squares += a * a;
          matches[at] = static_cast<float>(a);
        }
        for (std::size_t at = from; at < to && squares > 0; ++at) {
          matches[at] = static_cast<float>(matches[at] / std::sqrt(squares));
        }
      }
      work.progress.advance(end - begin);
    });
    std::fill(rows.values.begin(), rows.values.end(), 1.0F);
    MLA_CHECK(work.check());
    assign(std::move(rows), std::move(matches), data.interactions.view(), item_exponent_ / 2, target_exponent_);
    work.progress.end();
    return {};
  }

  base::Status save(artifact::Writer& writer) const override {
    play_weights_.save(writer);
    writer.set("shrink", shrink_);
    writer.set("amplification", amplification_);
    return RowVoting::save(writer);
  }

  base::Status load(const artifact::Reader& reader) override {
    MLA_CHECK(play_weights_.load(reader));
    MLA_ASSIGN(shrink_, impl::number_attribute(reader, "shrink"));
    MLA_ASSIGN(amplification_, impl::number_attribute(reader, "amplification"));
    return RowVoting::load(reader);
  }

 private:
  std::vector<float> weigh(std::span<const HistoryEntry> history) const override { return play_weights_.of(history); }

  float rate(const Near& near, double norm) const override {
    if (!(norm > 0)) return 0;
    const double cosine = static_cast<double>(near.overlap) / norm;
    return static_cast<float>(std::pow(near.common / (near.common + shrink_) * cosine, amplification_));
  }

  float vote(const Near& near, float value) const override { return near.strength * value; }

  double shrink_;
  double amplification_;
  double item_exponent_;
  double target_exponent_;
  impl::PlayWeights play_weights_;
};

}  // namespace

Algorithm user_knn_algorithm() {
  return {"user_knn",
          "what listeners with the same items like",
          {{"neighbours", 200.0, 1, 100000, "listeners that vote", {}, true},
           {"shrink", 5.0, 0, 1e6, "common items at which likeness counts half"},
           {"amplification", 1.0, 0.1, 10, "how much nearer listeners count more"},
           {"item_exponent", 1.0, 0, 4, "how much popular items say less about likeness"},
           {"target_exponent", 0.2, 0, 2, "how much popular items are held back"},
           impl::PlayWeights::parameter("binary")},
          [](const Parameters& parameters) -> std::unique_ptr<Recommender> {
            return std::make_unique<UserKnn>(parameters);
          },
          {{{"neighbours", 100.0}}, {}, {{"neighbours", 400.0}, {"item_exponent", 0.5}}}};
}

}  // namespace mla::models
