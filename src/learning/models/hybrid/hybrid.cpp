#include "learning/models/hybrid/hybrid.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>

#include <boost/json/array.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "learning/models/collaborative/popularity.h"
#include "learning/models/hybrid/blend.h"
#include "learning/models/hybrid/parts.h"
#include "learning/models/hybrid/true_evidence.h"

namespace mla::models {
namespace {

constexpr double kValidationShare = 0.2;

class Hybrid final : public Recommender {
 public:
  explicit Hybrid(const Parameters& parameters) {
    for (const Algorithm* part : parts_named(parameters.text("parts"))) {
      const std::optional<float> weight = given_weight(*part, parameters);
      weights_given_ = weight.has_value();
      parts_.push_back({part->name, part->make(parameters_of(*part, parameters)), weight.value_or(0), 1, true});
    }
    const auto popularity = std::find_if(parts_.begin(), parts_.end(), is_popularity);
    if (popularity == parts_.end()) {
      parts_.insert(parts_.begin(), {"popularity", fresh(popularity_algorithm()), 0, 1, false});
    } else {
      std::rotate(parts_.begin(), popularity, popularity + 1);
    }
  }

  std::string_view name() const override { return "hybrid"; }
  std::int32_t items() const override { return parts_.front().model->items(); }

  base::Status fit(const TrainingData& data, base::Work& work) override {
    report_.clear();
    if (weights_given_) return fit_as_given(data, work);
    const Holdout split = hold_out(data, kValidationShare, work.seed);
    MLA_CHECK(fit_parts(split.rest, work));
    const std::vector<Part*> blended = blended_parts();
    if (blended.empty()) return refit(data, work);
    std::vector<const Recommender*> models;
    for (const Part* part : blended) models.push_back(part->model.get());
    MLA_ASSIGN(const Blend blend, learn_blend(models, split, work));
    for (std::size_t p = 0; p < blended.size(); ++p) {
      blended[p]->weight = blend.weights[p];
      blended[p]->typical_best = blend.typical_bests[p];
    }
    describe(blend, blended);
    return refit(data, work);
  }

  base::Status refit(const TrainingData& data, base::Work& work) override { return fit_parts(data, work); }

  base::Status update(const TrainingData& data, std::span<const std::int32_t> old_items, base::Work& work) override {
    report_.clear();
    return fit_parts(work, [&](Recommender& part) { return part.update(data, old_items, work); });
  }

  std::vector<std::string> report() const override { return report_; }

  void score(const Listener& listener, std::span<float> scores) const override { score_marked(listener, scores); }

  void answer_together(std::size_t most) override {
    for (Part& part : parts_) part.model->answer_together(most);
  }

  void best(const Listener& listener, std::span<const std::int32_t> excluded, std::size_t k,
            std::vector<math::Scored>& best) const override {
    best_marked(listener, excluded, k, best);
  }

  std::vector<std::int32_t> best_marked(const Listener& listener, std::span<const std::int32_t> excluded, std::size_t k,
                                        std::vector<math::Scored>& best) const override {
    if (const Part* only = only_part(); only != nullptr) {
      const std::int32_t mark = best_of(*only, listener, excluded, k, best);
      if (mark >= 0) return {mark};
    }
    std::vector<float> scores(static_cast<std::size_t>(items()));
    std::vector<std::int32_t> marks = score_marked(listener, scores);
    math::top_k(scores, excluded, k, best);
    return marks;
  }

  // Scores, and the best unheard item of each part.
  std::vector<std::int32_t> score_marked(const Listener& listener, std::span<float> scores) const {
    std::fill(scores.begin(), scores.end(), 0.0F);
    std::vector<float> row(scores.size());
    std::vector<std::int32_t> marks;
    for (const Part& part : parts_) {
      if (!(part.weight > 0)) continue;
      part.model->score(listener, row);
      if (const std::int32_t best = add(part, listener, row, scores); best >= 0) marks.push_back(best);
    }
    if (marks.empty()) popularity().score(listener, scores);
    return marks;
  }

  void score_batch(std::span<const Listener> listeners, math::MatrixView scores,
                   base::ThreadPool& pool) const override {
    math::Matrix rows(scores.rows, scores.cols);
    std::vector<std::uint8_t> known(listeners.size(), 0);
    for (std::size_t i = 0; i < listeners.size(); ++i) std::fill(scores.row(i).begin(), scores.row(i).end(), 0.0F);
    for (const Part& part : parts_) {
      if (!(part.weight > 0)) continue;
      part.model->score_batch(listeners, rows.view(), pool);
      pool.parallel_for(listeners.size(), 4, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t i = begin; i < end; ++i) {
          if (add(part, listeners[i], rows.row(i), scores.row(i)) >= 0) known[i] = 1;
        }
      });
    }
    for (std::size_t i = 0; i < listeners.size(); ++i) {
      if (known[i] == 0) popularity().score(listeners[i], scores.row(i));
    }
  }

  std::vector<Evidence> explain(const Listener& listener, std::int32_t item, std::size_t limit) const override {
    return std::move(explain_batch(listener, std::span(&item, 1), limit).front());
  }

  std::vector<std::vector<Evidence>> explain_batch(const Listener& listener, std::span<const std::int32_t> items,
                                                   std::size_t limit) const override {
    std::vector<float> scores(static_cast<std::size_t>(this->items()));
    const std::vector<std::int32_t> marks = score_marked(listener, scores);
    return explain_marked(listener, items, limit, marks);
  }

  std::vector<std::vector<Evidence>> explain_marked(const Listener& listener, std::span<const std::int32_t> items,
                                                    std::size_t limit,
                                                    std::span<const std::int32_t> marks) const override {
    std::vector<BlendPart> parts;
    for (const Part& part : parts_) {
      if (!(part.weight > 0) || !(part.typical_best > 0)) continue;
      parts.push_back(
          {part.model.get(), part.weight, part.typical_best, part.model->explain_batch(listener, items, limit)});
    }
    return true_evidence(parts, listener, items, marks, limit);
  }

  math::VectorsView item_vectors() const override {
    for (const Part& part : parts_) {
      if (part.model->item_vectors().rows > 0) return part.model->item_vectors();
    }
    return {};
  }

  math::ConstMatrixView item_sounds() const override {
    for (const Part& part : parts_) {
      if (part.model->item_sounds().rows > 0) return part.model->item_sounds();
    }
    return {};
  }

  const Recommender* part(std::string_view wanted) const override {
    const auto found =
        std::find_if(parts_.begin(), parts_.end(), [&](const Part& part) { return part.name == wanted; });
    return found != parts_.end() ? found->model.get() : nullptr;
  }

  base::Status save(artifact::Writer& writer) const override {
    boost::json::array described;
    for (const Part& part : parts_) {
      described.push_back({{"name", part.name}, {"weight", part.weight}, {"typical_best", part.typical_best}});
      artifact::Writer scoped = writer.scope(part.name + ".");
      MLA_CHECK(part.model->save(scoped));
    }
    writer.set("parts", std::move(described));
    return {};
  }

  base::Status load(const artifact::Reader& reader) override {
    MLA_ASSIGN(const boost::json::value described, reader.attribute("parts"));
    std::vector<Part> loaded;
    if (!described.is_array()) return corrupt("its parts are no list");
    for (const boost::json::value& entry : described.get_array()) {
      MLA_ASSIGN(Part part, described_part(entry));
      auto status = part.model->load(reader.scope(part.name + "."));
      if (!status.ok()) return base::with_context(std::move(status).error(), fmt::format("part '{}'", part.name));
      if (!loaded.empty() && loaded.front().model->items() != part.model->items()) {
        return corrupt(fmt::format("part '{}' has {} items, part '{}' has {}", loaded.front().name,
                                   loaded.front().model->items(), part.name, part.model->items()));
      }
      loaded.push_back(std::move(part));
    }
    if (loaded.empty() || loaded.front().name != "popularity") return corrupt("it has no part 'popularity'");
    parts_ = std::move(loaded);
    return {};
  }

 private:
  struct Part {
    std::string name;
    std::unique_ptr<Recommender> model;
    float weight;
    float typical_best;
    bool blended;  // else it waits for listeners whom no part knows
  };

  static bool is_popularity(const Part& part) { return part.name == "popularity"; }

  std::vector<Part*> blended_parts() {
    std::vector<Part*> blended;
    for (Part& part : parts_) {
      if (part.blended) blended.push_back(&part);
    }
    return blended;
  }

  base::Status fit_as_given(const TrainingData& data, base::Work& work) {
    MLA_CHECK(fit_parts(data, work));
    std::vector<const Recommender*> models;
    for (const Part& part : parts_) models.push_back(part.model.get());
    MLA_ASSIGN(const std::vector<float> bests, typical_bests(models, data, work));
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      parts_[p].typical_best = bests[p];
      if (parts_[p].blended) {
        report_.push_back(fmt::format("part {:<10} weight {:.2f}, as given", parts_[p].name, parts_[p].weight));
      }
    }
    return {};
  }

  const Recommender& popularity() const { return *parts_.front().model; }

  // The part that has all weight; nullptr if several have some.
  const Part* only_part() const {
    const auto weighed = [](const Part& part) { return part.weight > 0; };
    const auto first = std::find_if(parts_.begin(), parts_.end(), weighed);
    return first != parts_.end() && std::find_if(first + 1, parts_.end(), weighed) == parts_.end() ? &*first : nullptr;
  }

  // What best_marked and `add` make of one part, by the part's own search. Returns its best unheard item, -1 if it
  // knows nothing. The search leaves out what is both heard and excluded: what is only one of the two is left out
  // afterwards, of the mark the one, of the list the other.
  static std::int32_t best_of(const Part& part, const Listener& listener, std::span<const std::int32_t> excluded,
                              std::size_t k, std::vector<math::Scored>& best) {
    std::vector<std::int32_t> heard(listener.history.size());
    std::transform(listener.history.begin(), listener.history.end(), heard.begin(),
                   [](const HistoryEntry& entry) { return entry.item; });
    std::vector<std::int32_t> both;
    std::set_intersection(heard.begin(), heard.end(), excluded.begin(), excluded.end(), std::back_inserter(both));
    const std::size_t either = heard.size() + excluded.size() - 2 * both.size();
    part.model->best(listener, both, std::max<std::size_t>(k, 1) + either, best);
    const auto in = [](std::span<const std::int32_t> items) {
      return [items](const math::Scored& one) { return std::binary_search(items.begin(), items.end(), one.index); };
    };
    const auto mark = std::find_if_not(best.begin(), best.end(), in(heard));
    if (mark == best.end() || !(mark->score > 0)) return -1;
    const math::Scored marked = *mark;
    std::erase_if(best, in(excluded));
    best.resize(std::min(best.size(), k));
    for (math::Scored& one : best) one.score = part.weight / marked.score * std::max(0.0F, one.score);
    return marked.index;
  }

  // The part's best unheard item, -1 if the part knows nothing for this listener.
  static std::int32_t add(const Part& part, const Listener& listener, std::span<const float> row,
                          std::span<float> scores) {
    const float best = best_unheard(row, listener.history);
    if (!(best > 0)) return -1;
    const float scale = part.weight / best;
    for (std::size_t i = 0; i < scores.size(); ++i) scores[i] += scale * std::max(0.0F, row[i]);
    const auto heard = [&](std::int32_t item) {
      const auto at = std::lower_bound(listener.history.begin(), listener.history.end(), item,
                                       [](const HistoryEntry& entry, std::int32_t id) { return entry.item < id; });
      return at != listener.history.end() && at->item == item;
    };
    std::int32_t item = 0;
    while (row[static_cast<std::size_t>(item)] != best || heard(item)) ++item;
    return item;
  }

  base::Status fit_parts(const TrainingData& data, base::Work& work) {
    return fit_parts(work, [&](Recommender& part) { return part.fit(data, work); });
  }

  // Parts that cannot hold this data are dropped for good.
  template <class Fit>
  base::Status fit_parts(base::Work& work, const Fit& fit) {
    std::vector<Part> fitted;
    for (Part& part : parts_) {
      MLA_CHECK(work.check());
      const auto status = fit(*part.model);
      if (status.ok()) {
        fitted.push_back(std::move(part));
      } else if (status.error().code == base::ErrorCode::kUnsupported ||
                 status.error().code == base::ErrorCode::kTooLarge) {
        report_.push_back(fmt::format("part {} left out: {}", part.name, status.error().message));
      } else {
        return base::with_context(status.error(), fmt::format("part {}", part.name));
      }
    }
    parts_ = std::move(fitted);
    return {};
  }

  void describe(const Blend& blend, const std::vector<Part*>& blended) {
    if (!blend.judged) {
      report_.push_back(
          fmt::format("listeners with two items or more: {}, too few to weigh the parts: {} count the same",
                      blend.users, names_of(blended)));
      return;
    }
    for (std::size_t p = 0; p < blended.size(); ++p) {
      report_.push_back(fmt::format("part {:<10} ndcg@20 {:.4f}  weight {:.2f}", blended[p]->name, blend.part_ndcg[p],
                                    blended[p]->weight));
    }
    report_.push_back(
        fmt::format("blend           ndcg@20 {:.4f}  better than the best part by {:+.4f} ± {:.4f} on {} "
                    "listeners{}",
                    blend.ndcg, blend.gain, 1.96 * blend.gain_error, blend.users,
                    blend.fell_back ? ": not enough, that part answers alone" : ""));
  }

  static std::string names_of(const std::vector<Part*>& parts) {
    std::vector<std::string_view> names;
    for (const Part* part : parts) names.push_back(part->name);
    return fmt::format("{}", fmt::join(names, ", "));
  }

  static base::Error corrupt(std::string_view what) {
    return {base::ErrorCode::kCorrupt, fmt::format("hybrid model: {}; train again", what)};
  }

  // With its default parameters.
  static std::unique_ptr<Recommender> fresh(const Algorithm& algorithm) {
    return algorithm.make(Parameters::make(algorithm.parameters, {}).value());
  }

  // A part as `save` described it, not loaded yet; the one of parts_ if that has it.
  base::Result<Part> described_part(const boost::json::value& described) {
    const boost::json::object* entry = described.if_object();
    const boost::json::value* name = entry != nullptr ? entry->if_contains("name") : nullptr;
    if (name == nullptr || !name->is_string()) return corrupt("a part has no name");
    Part part{std::string(name->get_string()), nullptr, 0, 0, true};
    if (!read_number(*entry, "weight", part.weight) || !read_number(*entry, "typical_best", part.typical_best)) {
      return corrupt(fmt::format("part '{}' has no weight >= 0", part.name));
    }
    const auto mine = std::find_if(parts_.begin(), parts_.end(),
                                   [&](const Part& own) { return own.name == part.name && own.model != nullptr; });
    if (mine != parts_.end()) {
      part.model = std::move(mine->model);
      return part;
    }
    const auto singles = single_algorithms();
    const auto known =
        std::find_if(singles.begin(), singles.end(), [&](const Algorithm& single) { return single.name == part.name; });
    if (known == singles.end()) return corrupt(fmt::format("part '{}' is not part of this build", part.name));
    part.model = fresh(*known);
    return part;
  }

  static bool read_number(const boost::json::object& object, std::string_view key, float& value) {
    const boost::json::value* found = object.if_contains(key);
    if (found == nullptr || !found->is_number()) return false;
    value = found->to_number<float>();
    return std::isfinite(value) && value >= 0;
  }

  std::vector<Part> parts_;  // popularity first
  bool weights_given_ = false;
  std::vector<std::string> report_;
};

}  // namespace

Algorithm hybrid_algorithm() {
  return {
      "hybrid",
      "a blend of the others, weighed on a held-out part of the training data",
      {parts_parameter()},
      [](const Parameters& parameters) -> std::unique_ptr<Recommender> { return std::make_unique<Hybrid>(parameters); },
      {},
      resolve_hybrid};
}

}  // namespace mla::models
