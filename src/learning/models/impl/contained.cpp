#include "learning/models/impl/contained.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "foundation/base/log.h"

namespace mla::models::impl {
namespace {

class Contained final : public Recommender {
 public:
  Contained(std::string name, const MakeRecommender& make, const Parameters& parameters) : name_(std::move(name)) {
    const base::Status made = attempt("is made", [&] {
      inner_ = make(parameters);
      return base::Status();
    });
    if (inner_ == nullptr) unmade_ = made.ok() ? "it was not made" : made.error().message;
  }

  std::string_view name() const override { return name_; }
  std::int32_t items() const override { return items_; }

  base::Status fit(const TrainingData& data, base::Work& work) override {
    return learn("learns", data, [&] { return inner_->fit(data, work); });
  }
  base::Status refit(const TrainingData& data, base::Work& work) override {
    return learn("learns", data, [&] { return inner_->refit(data, work); });
  }
  base::Status update(const TrainingData& data, std::span<const std::int32_t> old_items, base::Work& work) override {
    return learn("goes on learning", data, [&] { return inner_->update(data, old_items, work); });
  }

  std::vector<std::string> report() const override {
    std::vector<std::string> lines;
    const base::Status reported = answer("reports", [&] { lines = inner_->report(); });
    if (!reported.ok()) lines.clear();
    return lines;
  }

  void score(const Listener& listener, std::span<float> scores) const override {
    std::ranges::fill(scores, 0.0F);
    answer_or_throw("scores", [&] { inner_->score(listener, scores); });
    if (finite(scores)) return;
    complain("scores", "not every score is finite");
    // Behind everything that has a score.
    float least = 0;
    for (const float score : scores) least = std::isfinite(score) ? std::min(least, score) : least;
    std::ranges::replace_if(
        scores, [](float score) { return !std::isfinite(score); }, least);
  }

  void answer_together(std::size_t most) override {
    static_cast<void>(answer("hears of company", [&] { inner_->answer_together(most); }));
  }

  void best(const Listener& listener, std::span<const std::int32_t> excluded, std::size_t k,
            std::vector<math::Scored>& best) const override {
    best.clear();
    answer_or_throw("recommends", [&] { inner_->best(listener, excluded, k, best); });
    std::vector<std::int32_t> seen;
    const std::size_t given = best.size();
    std::erase_if(best, [&](const math::Scored& one) {
      if (!exists(one.index) || !std::isfinite(one.score) || std::ranges::binary_search(excluded, one.index) ||
          std::ranges::find(seen, one.index) != seen.end()) {
        return true;
      }
      seen.push_back(one.index);
      return false;
    });
    if (best.size() < given)
      complain("recommends", "items that do not exist, are excluded, come twice or have no score");
    std::ranges::stable_sort(best, std::greater(), &math::Scored::score);
    best.resize(std::min(best.size(), k));
  }

  std::vector<Evidence> explain(const Listener& listener, std::int32_t item, std::size_t limit) const override {
    std::vector<Evidence> facts;
    if (!answer("explains", [&] { facts = inner_->explain(listener, item, limit); }).ok()) return {};
    const auto heard = [&](std::int32_t id) {
      return std::ranges::binary_search(listener.history, id, {}, &HistoryEntry::item);
    };
    std::erase_if(facts, [&](const Evidence& fact) {
      const bool named =
          fact.kind == Evidence::Kind::kPopular || (fact.kind != Evidence::Kind::kSharedTag && heard(fact.id));
      return !named || !std::isfinite(fact.contribution) || fact.contribution <= 0;
    });
    facts.resize(std::min(facts.size(), limit));
    return facts;
  }

  math::VectorsView item_vectors() const override {
    math::VectorsView vectors;
    const base::Status given = answer("gives vectors", [&] { vectors = inner_->item_vectors(); });
    return given.ok() && vectors.rows == static_cast<std::size_t>(items_) ? vectors : math::VectorsView();
  }

  base::Status save(artifact::Writer& writer) const override {
    return attempt("is saved", [&] { return inner_->save(writer); });
  }

  base::Status load(const artifact::Reader& reader) override {
    MLA_CHECK(attempt("is loaded", [&] { return inner_->load(reader); }));
    return attempt("is loaded", [&] {
      items_ = std::max(inner_->items(), 0);
      return base::Status();
    });
  }

 private:
  base::Status attempt(std::string_view what, const std::function<base::Status()>& call) const {
    if (!unmade_.empty()) return base::Error{base::ErrorCode::kInternal, unmade_};
    std::string thrown;
    try {
      return call();
    } catch (const base::Failure& failure) {
      return failure.error();
    } catch (const std::exception& e) {
      thrown = e.what();
    } catch (...) {
      thrown = "something that is no std::exception";
    }
    return base::Error{base::ErrorCode::kInternal,
                       fmt::format("the model '{}' throws while it {}: {}", name_, what, thrown)};
  }

  base::Status learn(std::string_view what, const TrainingData& data, const std::function<base::Status()>& call) {
    MLA_CHECK(attempt(what, call));
    return attempt(what, [&]() -> base::Status {
      items_ = data.items();
      if (inner_->items() == items_) return {};
      return base::Error{
          base::ErrorCode::kInternal,
          fmt::format("the model '{}' knows {} items after it has learnt from {}", name_, inner_->items(), items_)};
    });
  }

  base::Status answer(std::string_view what, const std::function<void()>& call) const {
    base::Status status = attempt(what, [&] {
      call();
      return base::Status();
    });
    if (!status.ok()) complain(what, status.error().message);
    return status;
  }

  void answer_or_throw(std::string_view what, const std::function<void()>& call) const { answer(what, call).value(); }

  // The first time, and at every thousandth.
  void complain(std::string_view what, std::string_view why) const {
    if (complaints_.fetch_add(1) % 1000 != 0) return;
    base::log::warning("models", "a registered model makes mistakes",
                       {{"model", name_}, {"while", what}, {"why", why}});
  }

  bool exists(std::int32_t item) const { return item >= 0 && item < items_; }
  static bool finite(std::span<const float> scores) {
    return std::ranges::all_of(scores, [](float score) { return std::isfinite(score); });
  }

  std::string name_;
  std::unique_ptr<Recommender> inner_;
  std::string unmade_;  // why there is none
  std::int32_t items_ = 0;
  mutable std::atomic<std::uint64_t> complaints_ = 0;
};

}  // namespace

MakeRecommender contained(std::string name, MakeRecommender make) {
  return [name = std::move(name), make = std::move(make)](const Parameters& parameters) {
    return std::make_unique<Contained>(name, make, parameters);
  };
}

}  // namespace mla::models::impl
