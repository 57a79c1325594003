#include "learning/training/context/mood.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

namespace mla::training {
namespace {

struct MoodTags {
  std::string_view mood;
  std::array<std::string_view, 12> tags;  // lower case
};

// English words of a request (serving/recommend/context_words.h) and what people call music for them. Where Thayer's
// valence-arousal plane (1989) has a mood, neighbours in it share tags.
constexpr MoodTags kMap[] = {
    {"angry", {"angry", "aggressive", "rage", "hardcore", "thrash metal", "metalcore", "brutal", "furious"}},
    {"calm",
     {"calm", "ambient", "peaceful", "soft", "quiet", "soothing", "meditative", "piano", "new age", "acoustic"}},
    {"energetic", {"energetic", "energy", "workout", "power", "fast", "upbeat", "driving", "drum and bass", "punk"}},
    {"focused", {"focus", "concentration", "study", "instrumental", "ambient", "minimal", "post-rock", "lo-fi"}},
    {"happy", {"happy", "feel good", "cheerful", "upbeat", "fun", "joyful", "sunny", "summer", "feelgood"}},
    {"melancholic", {"melancholic", "melancholy", "sad", "bittersweet", "slowcore", "dark", "moody", "sadcore"}},
    {"nostalgic", {"nostalgic", "nostalgia", "memories", "oldies", "retro", "classic", "80s", "70s", "60s"}},
    {"party", {"party", "dance", "club", "disco", "house", "party music", "electro", "danceable"}},
    {"relaxed",
     {"relax", "relaxing", "relaxed", "chill", "chillout", "chill out", "mellow", "downtempo", "lounge",
      "easy listening", "smooth", "trip-hop"}},
    {"romantic", {"romantic", "love", "love songs", "ballad", "ballads", "slow jams", "sensual", "sexy"}},
    {"sad", {"sad", "melancholy", "melancholic", "depressing", "heartbreak", "sadness", "tearjerker", "sadcore"}},
    {"tired", {"sleep", "sleepy", "lullaby", "dreamy", "calm", "ambient", "drone", "soothing"}},
};

const MoodTags* find_map(std::string_view mood) {
  const auto at = std::find_if(std::begin(kMap), std::end(kMap), [&](const MoodTags& row) { return row.mood == mood; });
  return at == std::end(kMap) ? nullptr : at;
}

bool has_words(std::string_view text, std::string_view words) {
  const auto is_edge = [&](std::size_t at) { return at >= text.size() || text[at] == ' ' || text[at] == '-'; };
  for (std::size_t at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1)) {
    if ((at == 0 || is_edge(at - 1)) && is_edge(at + words.size())) return true;
  }
  return false;
}

// The map's moods, then the most frequent others.
std::vector<std::string> chosen_moods(std::span<const MoodListen> listens) {
  std::map<std::string_view, std::size_t> counts;
  for (const MoodListen& listen : listens) ++counts[listen.mood];
  std::vector<std::string> names;
  for (const MoodTags& row : kMap) names.emplace_back(row.mood);
  std::vector<std::pair<std::size_t, std::string_view>> others;
  for (const auto& [mood, count] : counts) {
    if (find_map(mood) == nullptr) others.emplace_back(count, mood);
  }
  std::stable_sort(others.begin(), others.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [count, mood] : others) {
    if (names.size() < kMostMoods) names.emplace_back(mood);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

bool mood_names_tag(std::string_view mood, std::string_view tag) {
  const MoodTags* row = find_map(mood);
  if (row == nullptr) return false;
  return std::any_of(row->tags.begin(), row->tags.end(),
                     [&](std::string_view words) { return !words.empty() && has_words(tag, words); });
}

std::vector<std::string_view> mapped_moods() {
  std::vector<std::string_view> moods;
  for (const MoodTags& row : kMap) moods.push_back(row.mood);
  return moods;
}

std::span<const float> MoodModel::find(std::string_view mood) const {
  const auto at = std::lower_bound(names.begin(), names.end(), mood);
  if (at == names.end() || *at != mood) return {};
  return log_factors.subspan(static_cast<std::size_t>(at - names.begin()) * tags, tags);
}

MoodModel fit_moods(std::span<const MoodListen> listens, const math::CsrView& item_tags,
                    std::span<const std::string> tag_names) {
  MoodModel model;
  model.tags = tag_names.size();
  if (tag_names.empty()) return model;
  model.names = chosen_moods(listens);
  std::vector<float> seen(model.names.size() * model.tags, 0);
  std::vector<float> in_mood(model.names.size(), 0);
  std::vector<float> overall(model.tags, 0);
  float all = 0;
  for (const MoodListen& listen : listens) {
    const auto name = std::lower_bound(model.names.begin(), model.names.end(), listen.mood);
    if (name == model.names.end() || *name != listen.mood) continue;
    const auto columns = item_tags.row_columns(listen.item);
    const auto values = item_tags.row_values(listen.item);
    const float total = std::accumulate(values.begin(), values.end(), 0.0F);
    if (!(total > 0)) continue;
    const auto row = static_cast<std::size_t>(name - model.names.begin());
    for (std::size_t t = 0; t < columns.size(); ++t) {
      const auto tag = static_cast<std::size_t>(columns[t]);
      seen[row * model.tags + tag] += values[t] / total;
      overall[tag] += values[t] / total;
    }
    ++in_mood[row];
    ++all;
  }
  model.owned.resize(seen.size());
  for (std::size_t m = 0; m < model.names.size(); ++m) {
    for (std::size_t t = 0; t < model.tags; ++t) {
      const float mapped = mood_names_tag(model.names[m], tag_names[t]) ? MoodModel::kMapLift : 1;
      const float expected = all > 0 ? in_mood[m] * overall[t] / all : 0;
      model.owned[m * model.tags + t] =
          std::log((seen[m * model.tags + t] + MoodModel::kPrior * mapped) / (expected + MoodModel::kPrior));
    }
  }
  model.log_factors = model.owned;
  return model;
}

MoodLift mood_lift(std::span<const float> log_factors, const math::CsrView& item_tags, std::int32_t item) {
  MoodLift lift;
  if (log_factors.empty()) return lift;
  const auto columns = item_tags.row_columns(item);
  const auto values = item_tags.row_values(item);
  const float total = std::accumulate(values.begin(), values.end(), 0.0F);
  float most = 0;
  for (std::size_t t = 0; t < columns.size(); ++t) {
    const float part = log_factors[static_cast<std::size_t>(columns[t])] * values[t] / total;
    lift.log_lift += part;
    if (part > most) {
      most = part;
      lift.tag = columns[t];
    }
  }
  return lift;
}

}  // namespace mla::training
