#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "foundation/store/tests/fresh_database.h"
#include "knowledge/catalog/catalog.h"
#include "learning/models/recommender.h"
#include "learning/training/model_bundle.h"

namespace mla::recommend {

// Scores and evidence that a test sets; the scores do not depend on the listener.
class FixedModel final : public models::Recommender {
 public:
  explicit FixedModel(std::vector<float> scores) : scores_(std::move(scores)) {}

  std::string_view name() const override { return "fixed"; }
  std::int32_t items() const override { return static_cast<std::int32_t>(scores_.size()); }
  base::Status fit(const models::TrainingData&, base::Work&) override { return {}; }
  void score(const models::Listener& listener, std::span<float> scores) const override {
    ++scored;
    std::copy(scores_.begin(), scores_.end(), scores.begin());
    last_history.assign(listener.history.begin(), listener.history.end());
  }
  std::vector<models::Evidence> explain(const models::Listener&, std::int32_t item, std::size_t limit) const override {
    const auto found = evidence.find(item);
    if (found == evidence.end()) return {};
    return {found->second.begin(),
            found->second.begin() + static_cast<std::ptrdiff_t>(std::min(limit, found->second.size()))};
  }
  math::ConstMatrixView item_sounds() const override { return sounds.view(); }
  base::Status save(artifact::Writer&) const override { return {}; }
  base::Status load(const artifact::Reader&) override { return {}; }

  std::map<std::int32_t, std::vector<models::Evidence>> evidence;
  mutable std::vector<models::HistoryEntry> last_history;
  mutable int scored = 0;
  math::Matrix sounds;

 private:
  std::vector<float> scores_;
};

// A bundle over items "a", "b", … with tags "doom" and "drone"; its views point into itself.
class SmallBundle {
 public:
  explicit SmallBundle(std::vector<float> scores) {
    const std::size_t items = scores.size();
    offsets_.push_back(0);
    for (std::size_t i = 0; i < items; ++i) {
      letters_.push_back(static_cast<std::uint8_t>('a' + i));
      offsets_.push_back(static_cast<std::int64_t>(i + 1));
    }
    popularity_.assign(items, 0.25F);
    tags_.rows = static_cast<std::int32_t>(items);
    tags_.cols = 2;
    tags_.offsets.assign(items + 1, 0);
    auto model = std::make_unique<FixedModel>(std::move(scores));
    fixed = model.get();
    bundle.algorithm = "fixed";
    bundle.model = std::move(model);
    bundle.item_ids = {offsets_, letters_};
    bundle.tag_names = {tag_offsets_, tag_bytes_};
    bundle.item_tags = tags_.view();
    bundle.item_popularity = popularity_;
  }
  SmallBundle(const SmallBundle&) = delete;

  training::Bundle bundle;
  FixedModel* fixed;
  std::vector<float>& popularity() { return popularity_; }
  void set_sounds(const std::vector<std::vector<float>>& rows) {
    fixed->sounds = math::Matrix(rows.size(), rows.front().size());
    for (std::size_t i = 0; i < rows.size(); ++i)
      std::copy(rows[i].begin(), rows[i].end(), fixed->sounds.row(i).begin());
  }

 private:
  std::vector<std::int64_t> offsets_;
  std::vector<std::uint8_t> letters_;
  std::vector<std::int64_t> tag_offsets_{0, 4, 9};
  std::vector<std::uint8_t> tag_bytes_{'d', 'o', 'o', 'm', 'd', 'r', 'o', 'n', 'e'};
  std::vector<float> popularity_;
  math::CsrMatrix tags_;
};

// A catalogue in memory with tracks "a" … titled "Song a" … by "Artist 0", "Artist 1" in turn.
class SmallCatalogue {
 public:
  explicit SmallCatalogue(int items)
      : database(store::fresh_database()), catalog(catalog::Catalog::open(*database).value()) {
    std::vector<catalog::Item> all;
    for (int i = 0; i < items; ++i) {
      catalog::Item item;
      item.id = base::ItemId(std::string(1, static_cast<char>('a' + i)));
      item.title = "Song " + item.id.str();
      item.artist = "Artist " + std::to_string(i % 2);
      all.push_back(std::move(item));
    }
    if (!all.empty()) catalog.put_items(all).value();
  }

  std::unique_ptr<store::Database> database;
  catalog::Catalog catalog;
};

inline catalog::Event event(const char* item, catalog::EventType type, std::optional<base::UnixMillis> time,
                            double weight = 1) {
  catalog::Event event;
  event.user = base::UserId("u");
  event.item = base::ItemId(item);
  event.type = type;
  event.time = time;
  event.weight = weight;
  return event;
}

inline constexpr base::UnixMillis kNow = 1'700'000'000'000;
inline base::UnixMillis days_ago(int days) { return kNow - days * base::kMillisPerDay; }

}  // namespace mla::recommend
