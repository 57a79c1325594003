#include "learning/models/content/content.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include "knowledge/audio/descriptors/track_vector.h"
#include "learning/models/impl/attributes.h"
#include "learning/models/impl/tag_metric.h"

namespace mla::models {
namespace {

math::CsrMatrix tfidf_rows(const math::CsrMatrix& tags) {
  std::vector<std::int32_t> carriers(static_cast<std::size_t>(tags.cols), 0);
  for (const std::int32_t tag : tags.columns) ++carriers[tag];
  const math::CsrView view = tags.view();
  double tagged = 0;
  for (std::int32_t item = 0; item < tags.rows; ++item) tagged += view.row_size(item) > 0 ? 1 : 0;

  math::CsrMatrix rows = tags;
  for (std::int32_t item = 0; item < rows.rows; ++item) {
    double squares = 0;
    for (std::int64_t at = rows.offsets[item]; at < rows.offsets[item + 1]; ++at) {
      const double idf = std::log1p(tagged / carriers[rows.columns[at]]);
      rows.values[at] = static_cast<float>(std::log1p(rows.values[at]) * idf);
      squares += static_cast<double>(rows.values[at]) * rows.values[at];
    }
    const auto scale = static_cast<float>(squares > 0 ? 1 / std::sqrt(squares) : 0);
    for (std::int64_t at = rows.offsets[item]; at < rows.offsets[item + 1]; ++at) rows.values[at] *= scale;
  }
  return rows;
}

// artists × items; empty rows if no item has an artist.
math::CsrMatrix artist_rows(const std::vector<std::int32_t>& item_artists, std::int32_t items) {
  std::vector<math::Triplet> triplets;
  std::int32_t artists = 0;
  for (std::size_t item = 0; item < item_artists.size(); ++item) {
    if (item_artists[item] < 0) continue;
    artists = std::max(artists, item_artists[item] + 1);
    triplets.push_back({item_artists[item], static_cast<std::int32_t>(item), 1.0F});
  }
  return math::make_csr(artists, items, triplets);
}

float dot(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
}

class Content final : public Recommender {
 public:
  explicit Content(const Parameters& parameters)
      : artist_weight_(static_cast<float>(parameters.number("artist_weight"))),
        sound_weight_(static_cast<float>(parameters.number("sound_weight"))),
        learns_weights_(parameters.text("tag_weights") == "learnt") {}

  std::string_view name() const override { return "content"; }
  std::int32_t items() const override { return tags_.rows; }

  base::Status fit(const TrainingData& data, base::Work& work) override {
    MLA_CHECK(work.check());
    owned_tags_ = data.item_tags;
    owned_tags_.rows = data.items();  // a default matrix stands for "no tags"
    owned_tags_.offsets.resize(static_cast<std::size_t>(data.items()) + 1, 0);
    owned_tags_ = tfidf_rows(owned_tags_);
    if (learns_weights_) {
      MLA_ASSIGN(const std::vector<float> weights, impl::learn_tag_weights(owned_tags_.view(), data, work));
      for (std::size_t at = 0; at < owned_tags_.columns.size(); ++at) {
        owned_tags_.values[at] *= std::sqrt(weights[static_cast<std::size_t>(owned_tags_.columns[at])]);
      }
    }
    owned_carriers_ = math::transpose(owned_tags_.view());
    owned_artist_items_ = artist_rows(data.item_artists, data.items());
    owned_artists_ = data.item_artists;
    if (owned_artists_.empty()) owned_artists_.assign(static_cast<std::size_t>(data.items()), -1);
    owned_sounds_ = data.item_sounds;
    tags_ = owned_tags_.view();
    carriers_ = owned_carriers_.view();
    artist_items_ = owned_artist_items_.view();
    artists_ = owned_artists_;
    sounds_ = std::as_const(owned_sounds_).view();
    return {};
  }

  void score(const Listener& listener, std::span<float> scores) const override {
    std::fill(scores.begin(), scores.end(), 0.0F);
    // Profile first, so that a tag's postings are walked once however many items of the history carry it.
    std::vector<float> profile(static_cast<std::size_t>(tags_.cols), 0.0F);
    for (const HistoryEntry& entry : listener.history) {
      const float weight = play_weight(entry);
      spread(entry.item, weight, profile);
      if (artists_[entry.item] < 0) continue;
      for (const std::int32_t item : artist_items_.row_columns(artists_[entry.item])) {
        scores[item] += artist_weight_ * weight;
      }
    }
    for (std::int32_t tag = 0; tag < tags_.cols; ++tag) {
      const float strength = profile[static_cast<std::size_t>(tag)];
      if (strength == 0) continue;
      const auto items = carriers_.row_columns(tag);
      const auto values = carriers_.row_values(tag);
      for (std::size_t i = 0; i < items.size(); ++i) scores[items[i]] += strength * values[i];
    }
    if (sounds_.rows == 0) return;
    const std::vector<float> heard = heard_sound(listener);
    for (std::size_t item = 0; item < sounds_.rows; ++item) {
      scores[item] += sound_weight_ * dot(heard, sounds_.row(item));
    }
  }

  math::ConstMatrixView item_sounds() const override { return sounds_; }

  std::vector<Evidence> explain(const Listener& listener, std::int32_t item, std::size_t limit) const override {
    return std::move(explain_batch(listener, std::span(&item, 1), limit).front());
  }

  std::vector<std::vector<Evidence>> explain_batch(const Listener& listener, std::span<const std::int32_t> items,
                                                   std::size_t limit) const override {
    std::vector<std::vector<Evidence>> answers;
    std::vector<float> wanted(static_cast<std::size_t>(tags_.cols), 0.0F);  // the item's tags, one item at a time
    for (const std::int32_t item : items) {
      const auto columns = tags_.row_columns(item);
      const auto values = tags_.row_values(item);
      for (std::size_t i = 0; i < columns.size(); ++i) wanted[static_cast<std::size_t>(columns[i])] = values[i];
      answers.push_back(facts_of(listener, item, wanted, limit));
      for (const std::int32_t tag : columns) wanted[static_cast<std::size_t>(tag)] = 0;
    }
    return answers;
  }

  std::optional<Effects> effects(const Listener& listener, std::span<const Evidence> facts,
                                 std::span<const std::int32_t> items) const override {
    Effects effects{std::vector<float>(items.size()), math::Matrix(facts.size(), items.size())};
    std::vector<float> profile(static_cast<std::size_t>(tags_.cols), 0.0F);
    for (const HistoryEntry& entry : listener.history) spread(entry.item, play_weight(entry), profile);
    const std::vector<float> heard_sounds = heard_sound(listener);
    for (std::size_t i = 0; i < items.size(); ++i) {
      effects.scores[i] = shared(profile, items[i]);
      if (sounds_.rows > 0) {
        effects.scores[i] += sound_weight_ * dot(heard_sounds, sounds_.row(static_cast<std::size_t>(items[i])));
      }
      if (artists_[items[i]] < 0) continue;
      for (const HistoryEntry& entry : listener.history) {
        effects.scores[i] += play_weight(entry) * artist_weight_ * same_artist(entry.item, items[i]);
      }
    }
    std::vector<float> heard(profile.size(), 0.0F);  // the tags that a fact takes away, one fact at a time
    for (std::size_t f = 0; f < facts.size(); ++f) {
      const Evidence& fact = facts[f];
      if (fact.kind == Evidence::Kind::kPopular) continue;
      const std::int32_t item = fact.kind == Evidence::Kind::kSharedTag ? fact.via : fact.id;
      const float weight = play_weight(*std::find_if(listener.history.begin(), listener.history.end(),
                                                     [&](const HistoryEntry& entry) { return entry.item == item; }));
      if (fact.kind == Evidence::Kind::kSharedTag) {
        heard[static_cast<std::size_t>(fact.id)] = weight * strength(item, fact.id);
      } else if (fact.kind == Evidence::Kind::kCoListening) {
        spread(item, weight, heard);
      }
      const bool whole = fact.kind == Evidence::Kind::kCoListening;
      const bool loses_artist = whole || fact.kind == Evidence::Kind::kSameArtist;
      const bool loses_sound = whole || fact.kind == Evidence::Kind::kSoundsLike;
      for (std::size_t i = 0; i < items.size(); ++i) {
        effects.lost(f, i) = shared(heard, items[i]);
        if (loses_artist) effects.lost(f, i) += weight * artist_weight_ * same_artist(item, items[i]);
        if (loses_sound) effects.lost(f, i) += weight * sound_weight_ * sounds_alike(item, items[i]);
      }
      for (const std::int32_t tag : tags_.row_columns(item)) heard[static_cast<std::size_t>(tag)] = 0;
    }
    return effects;
  }

  base::Status save(artifact::Writer& writer) const override {
    writer.add("tags", tags_);
    writer.add("carriers", carriers_);
    writer.add("artist_items", artist_items_);
    writer.add("artists", artists_);
    if (sounds_.rows > 0) writer.add("sounds", sounds_);
    return {};
  }

  base::Status load(const artifact::Reader& reader) override {
    MLA_ASSIGN(tags_, reader.csr("tags"));
    MLA_ASSIGN(carriers_, reader.csr("carriers"));
    MLA_ASSIGN(artist_items_, reader.csr("artist_items"));
    MLA_ASSIGN(artists_, reader.int32s("artists"));
    sounds_ = {};
    if (reader.has("sounds")) {  // not in older models, nor where no sound is known
      MLA_ASSIGN(sounds_, reader.matrix("sounds"));
    }
    const bool shapes_agree = carriers_.rows == tags_.cols && carriers_.cols == tags_.rows &&
                              artist_items_.cols == tags_.rows &&
                              artists_.size() == static_cast<std::size_t>(tags_.rows) &&
                              (sounds_.rows == 0 || sounds_.rows == static_cast<std::size_t>(tags_.rows));
    const bool artists_exist = std::all_of(artists_.begin(), artists_.end(),
                                           [&](std::int32_t a) { return a >= -1 && a < artist_items_.rows; });
    if (!shapes_agree || !artists_exist) {
      return base::Error{
          base::ErrorCode::kCorrupt,
          fmt::format(
              "content model: tags {} × {}, carriers {} × {}, artist items {} × {}, {} artists and {} sounds do "
              "not fit; train again",
              tags_.rows, tags_.cols, carriers_.rows, carriers_.cols, artist_items_.rows, artist_items_.cols,
              artists_.size(), sounds_.rows)};
    }
    MLA_CHECK(impl::check_finite(tags_.values, "tags.values"));
    MLA_CHECK(impl::check_finite(carriers_.values, "carriers.values"));
    MLA_CHECK(impl::check_finite(artist_items_.values, "artist_items.values"));
    MLA_CHECK(impl::check_finite({sounds_.data, sounds_.rows * sounds_.cols}, "sounds"));
    reader_ = reader;
    return {};
  }

 private:
  std::vector<Evidence> facts_of(const Listener& listener, std::int32_t item, std::span<const float> wanted,
                                 std::size_t limit) const {
    std::vector<Evidence> facts;
    for (const HistoryEntry& entry : listener.history) {
      const float weight = play_weight(entry);
      if (artist_weight_ > 0 && same_artist(entry.item, item) > 0) {
        facts.push_back({Evidence::Kind::kSameArtist, entry.item, weight * artist_weight_});
      }
      if (const float alike = sounds_alike(entry.item, item); sound_weight_ > 0 && alike >= audio::kSoundsAlike) {
        facts.push_back({Evidence::Kind::kSoundsLike, entry.item, weight * sound_weight_ * alike});
      }
      const auto columns = tags_.row_columns(entry.item);
      const auto values = tags_.row_values(entry.item);
      for (std::size_t i = 0; i < columns.size(); ++i) {
        const float contribution = weight * values[i] * wanted[static_cast<std::size_t>(columns[i])];
        if (contribution > 0) facts.push_back({Evidence::Kind::kSharedTag, columns[i], contribution, entry.item});
      }
    }
    const std::size_t kept = std::min(limit, facts.size());
    std::partial_sort(facts.begin(), facts.begin() + static_cast<std::ptrdiff_t>(kept), facts.end(),
                      [](const Evidence& a, const Evidence& b) {
                        if (a.contribution != b.contribution) return a.contribution > b.contribution;
                        return a.via != b.via ? a.via < b.via : a.id < b.id;
                      });
    facts.resize(kept);
    return facts;
  }

  // Adds the tags of an item to sums over tags.
  void spread(std::int32_t item, float weight, std::span<float> sums) const {
    const auto columns = tags_.row_columns(item);
    const auto values = tags_.row_values(item);
    for (std::size_t i = 0; i < columns.size(); ++i) sums[static_cast<std::size_t>(columns[i])] += weight * values[i];
  }

  float shared(std::span<const float> sums, std::int32_t item) const {
    const auto columns = tags_.row_columns(item);
    const auto values = tags_.row_values(item);
    float sum = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) sum += sums[static_cast<std::size_t>(columns[i])] * values[i];
    return sum;
  }

  float strength(std::int32_t item, std::int32_t tag) const {
    const auto columns = tags_.row_columns(item);
    const auto found = std::lower_bound(columns.begin(), columns.end(), tag);
    if (found == columns.end() || *found != tag) return 0;
    return tags_.row_values(item)[static_cast<std::size_t>(found - columns.begin())];
  }

  // Sum of the sounds of the history, each with its weight; empty where no sound is known.
  std::vector<float> heard_sound(const Listener& listener) const {
    std::vector<float> sum(sounds_.cols, 0.0F);
    if (sounds_.rows == 0) return sum;
    for (const HistoryEntry& entry : listener.history) {
      const auto sound = sounds_.row(static_cast<std::size_t>(entry.item));
      for (std::size_t d = 0; d < sum.size(); ++d) sum[d] += play_weight(entry) * sound[d];
    }
    return sum;
  }

  // -1 … 1; 0 where one of the sounds is unknown.
  float sounds_alike(std::int32_t a, std::int32_t b) const {
    if (sounds_.rows == 0) return 0;
    return dot(sounds_.row(static_cast<std::size_t>(a)), sounds_.row(static_cast<std::size_t>(b)));
  }

  float same_artist(std::int32_t a, std::int32_t b) const {
    return artists_[a] >= 0 && artists_[a] == artists_[b] ? 1.0F : 0.0F;
  }

  static float play_weight(const HistoryEntry& entry) { return std::log1p(entry.weight); }

  float artist_weight_;
  float sound_weight_;
  bool learns_weights_;
  math::Matrix owned_sounds_;
  math::CsrMatrix owned_tags_, owned_carriers_, owned_artist_items_;
  std::vector<std::int32_t> owned_artists_;
  // Views of what is owned, or of what reader_ maps.
  math::CsrView tags_;                     // items × tags: the x of content.h
  math::CsrView carriers_;                 // tags × items: its transpose, the inverted index
  math::CsrView artist_items_;             // artists × items
  std::span<const std::int32_t> artists_;  // of each item, -1 = unknown
  math::ConstMatrixView sounds_;           // items × dims, or no rows
  std::optional<artifact::Reader> reader_;
};

}  // namespace

Algorithm content_algorithm() {
  return {"content",
          "items that share tags or the artist with what the listener plays, or sound like it",
          {{"artist_weight", 0.3, 0, 10, "what one shared artist counts against identical tags (1)"},
           {"sound_weight", 0.5, 0, 10, "what the same sound counts against identical tags (1)"},
           {"tag_weights",
            std::string("learnt"),
            0,
            0,
            "what a shared tag counts: by how rare it is, or by what is heard together too",
            {"rarity", "learnt"}}},
          [](const Parameters& parameters) -> std::unique_ptr<Recommender> {
            return std::make_unique<Content>(parameters);
          }};
}

}  // namespace mla::models
