#include "learning/training/dataset.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <tuple>

#include <fmt/format.h>

#include "foundation/artifact/data_fingerprint.h"
#include "foundation/base/parse.h"
#include "learning/training/affinity.h"

namespace mla::training {
namespace {

std::optional<std::int32_t> find_sorted(const std::vector<std::string>& ids, std::string_view id) {
  const auto at = std::lower_bound(ids.begin(), ids.end(), id);
  if (at == ids.end() || *at != id) return std::nullopt;
  return static_cast<std::int32_t>(at - ids.begin());
}

bool tells_time(catalog::EventType type, base::UnixMillis time) {
  return time != 0 && (type == catalog::EventType::kListen || type == catalog::EventType::kLike);
}

// By user, item and time.
bool earlier(const TimedListen& a, const TimedListen& b) {
  return std::tie(a.user, a.item, a.time) < std::tie(b.user, b.item, b.time);
}

}  // namespace

std::optional<std::int32_t> Dataset::find_user(std::string_view id) const { return find_sorted(user_ids, id); }

std::optional<std::int32_t> Dataset::find_item(std::string_view id) const { return find_sorted(item_ids, id); }

std::string Dataset::fingerprint() const {
  artifact::DataFingerprint fingerprint;
  for (const auto* texts : {&user_ids, &item_ids, &data.tag_names}) {
    for (const std::string& text : *texts) fingerprint.add(text);
  }
  for (const auto* matrix : {&data.interactions, &data.item_tags}) {
    fingerprint.add(matrix->offsets);
    fingerprint.add(matrix->columns);
    fingerprint.add(matrix->values);
  }
  fingerprint.add(data.times);
  fingerprint.add(first_times);
  for (const TimedListen& listen : listens) {
    if (listen.utc_offset_minutes) fingerprint.add(std::to_string(*listen.utc_offset_minutes));
  }
  fingerprint.add(data.item_artists);
  if (data.item_sounds.rows() > 0) fingerprint.add(data.item_sounds.values());
  return fingerprint.text();
}

std::int32_t DatasetBuilder::Names::add(std::string_view name) {
  const auto [at, is_new] = index.try_emplace(std::string(name), static_cast<std::int32_t>(names.size()));
  if (is_new) names.emplace_back(name);
  return at->second;
}

std::vector<std::int32_t> DatasetBuilder::Names::sort() {
  std::vector<std::int32_t> order(names.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) { return names[a] < names[b]; });
  std::vector<std::int32_t> position(names.size());
  std::vector<std::string> sorted(names.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    position[order[i]] = static_cast<std::int32_t>(i);
    sorted[i] = std::move(names[order[i]]);
  }
  names = std::move(sorted);
  index.clear();
  return position;
}

void DatasetBuilder::add_item(const catalog::Item& item) {
  const std::int32_t index = items_.add(item.id.str());
  item_artists_.resize(items_.names.size(), -1);
  if (!item.artist_name().empty()) item_artists_[index] = artists_.add(base::to_lower(item.artist_name()));
  for (const catalog::Tag& tag : item.tags) {
    if (tag.name != catalog::kExplicitTag) item_tags_.push_back({index, tags_.add(tag.name), tag.weight});
  }
}

void DatasetBuilder::add_event(std::string_view user, std::string_view item, catalog::EventType type, double weight,
                               std::optional<base::UnixMillis> time) {
  std::int32_t index = 0;
  if (open_items_) {
    index = items_.add(item);
    item_artists_.resize(items_.names.size(), -1);
  } else {
    const auto known = items_.index.find(std::string(item));
    if (known == items_.index.end()) {
      ++ignored_;
      return;
    }
    index = known->second;
  }
  rows_.push_back({users_.add(user), index, type, static_cast<float>(weight), time.value_or(0)});
}

void DatasetBuilder::add_mood(std::string_view item, std::string mood) {
  const auto known = items_.index.find(std::string(item));
  if (known != items_.index.end()) moods_.push_back({known->second, std::move(mood)});
}

void DatasetBuilder::add_utc_offset(std::string_view user, std::string_view item, base::UnixMillis time, int minutes) {
  const auto of = users_.index.find(std::string(user));
  const auto what = items_.index.find(std::string(item));
  if (of == users_.index.end() || what == items_.index.end()) return;
  offsets_.push_back({of->second, what->second, time, static_cast<std::int16_t>(minutes)});
}

Dataset DatasetBuilder::build() {
  const std::vector<std::int32_t> user_at = users_.sort();
  const std::vector<std::int32_t> item_at = items_.sort();
  const std::vector<std::int32_t> tag_at = tags_.sort();
  for (Row& row : rows_) row = {user_at[row.user], item_at[row.item], row.type, row.weight, row.time};
  for (TimedListen& one : offsets_) one = {user_at[one.user], item_at[one.item], one.time, one.utc_offset_minutes};
  std::stable_sort(offsets_.begin(), offsets_.end(), earlier);
  // Stable, so that sums do not depend on anything but the order in which events came.
  std::stable_sort(rows_.begin(), rows_.end(),
                   [](const Row& a, const Row& b) { return a.user != b.user ? a.user < b.user : a.item < b.item; });

  Dataset result;
  math::CsrMatrix& pairs = result.data.interactions;
  pairs.cols = static_cast<std::int32_t>(items_.names.size());
  bool timed = false;
  for (std::size_t at = 0; at < rows_.size();) {
    const std::int32_t user = rows_[at].user;
    const std::size_t first = at;
    const std::size_t before = pairs.columns.size();
    while (at < rows_.size() && rows_[at].user == user) {
      Affinity affinity;
      const std::int32_t item = rows_[at].item;
      for (; at < rows_.size() && rows_[at].user == user && rows_[at].item == item; ++at) {
        affinity.add(rows_[at].type, rows_[at].weight, rows_[at].time);
      }
      if (!affinity.liked()) continue;
      pairs.columns.push_back(item);
      pairs.values.push_back(static_cast<float>(affinity.strength()));
      result.data.times.push_back(affinity.last_heard());
      result.first_times.push_back(affinity.first_heard());
      timed = timed || affinity.last_heard() != 0;
    }
    if (pairs.columns.size() == before) continue;
    const auto index = static_cast<std::int32_t>(result.user_ids.size());
    for (std::size_t row = first; row < at; ++row) {
      if (tells_time(rows_[row].type, rows_[row].time)) {
        const TimedListen listen{user, rows_[row].item, rows_[row].time};
        const auto said = std::lower_bound(offsets_.begin(), offsets_.end(), listen, earlier);
        const bool is_said = said != offsets_.end() && !earlier(listen, *said);
        result.listens.push_back({index, listen.item, listen.time, is_said ? said->utc_offset_minutes : std::nullopt});
      }
    }
    pairs.offsets.push_back(static_cast<std::int64_t>(pairs.columns.size()));
    result.user_ids.push_back(users_.names[user]);
  }
  pairs.rows = static_cast<std::int32_t>(result.user_ids.size());
  if (!timed) {
    result.data.times.clear();
    result.first_times.clear();
  }

  std::vector<math::Triplet> tags;
  tags.reserve(item_tags_.size());
  for (const ItemTag& tag : item_tags_) tags.push_back({item_at[tag.item], tag_at[tag.tag], tag.weight});
  result.data.item_tags = math::make_csr(pairs.cols, static_cast<std::int32_t>(tags_.names.size()), tags);
  result.data.tag_names = std::move(tags_.names);
  if (!artists_.names.empty()) {
    result.data.item_artists.resize(item_artists_.size());
    for (std::size_t i = 0; i < item_artists_.size(); ++i) result.data.item_artists[item_at[i]] = item_artists_[i];
  }
  for (MoodListen& mood : moods_) result.moods.push_back({item_at[mood.item], std::move(mood.mood)});
  result.item_ids = std::move(items_.names);
  *this = DatasetBuilder(open_items_);
  return result;
}

}  // namespace mla::training
