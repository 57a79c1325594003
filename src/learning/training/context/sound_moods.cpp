#include "learning/training/context/sound_moods.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace mla::training {
namespace {

struct Ingredient {
  std::string_view name;  // of tagging::mood_places or audio::AudioFeatures; empty: none
  float sign = 1;
};
struct Recipe {
  std::string_view mood;  // ascending
  std::array<Ingredient, 3> of;
};

constexpr Recipe kRecipes[] = {
    {"angry", {{{"tension"}, {"power"}, {"valence", -1}}}},
    {"calm", {{{"calmness"}, {"energy", -1}}}},
    {"energetic", {{{"energy"}, {"power"}, {"joyful_activation"}}}},
    {"focused", {{{"instrumentalness"}, {"calmness"}, {"speechiness", -1}}}},
    {"happy", {{{"joyful_activation"}, {"valence"}, {"sadness", -1}}}},
    {"melancholic", {{{"sadness"}, {"nostalgia"}, {"valence", -1}}}},
    {"nostalgic", {{{"nostalgia"}}}},
    {"party", {{{"danceability"}, {"energy"}, {"joyful_activation"}}}},
    {"relaxed", {{{"calmness"}, {"tenderness"}, {"energy", -1}}}},
    {"romantic", {{{"tenderness"}, {"nostalgia"}}}},
    {"sad", {{{"sadness"}, {"valence", -1}, {"joyful_activation", -1}}}},
    {"tired", {{{"calmness"}, {"energy", -1}, {"danceability", -1}}}},
};

using Values = std::vector<std::optional<float>>;  // of each item

// To standard deviations above the mean of those that are known; all nothing if they do not differ.
void standardise(Values& values) {
  double sum = 0, squares = 0, count = 0;
  for (const auto& value : values) {
    if (!value) continue;
    sum += static_cast<double>(*value);
    squares += static_cast<double>(*value) * static_cast<double>(*value);
    ++count;
  }
  const double mean = count > 0 ? sum / count : 0;
  const double variance = count > 0 ? squares / count - mean * mean : 0;
  constexpr double kLeast = 1e-9;
  if (variance < kLeast) return void(std::fill(values.begin(), values.end(), std::nullopt));
  for (auto& value : values) {
    if (value) value = static_cast<float>((static_cast<double>(*value) - mean) / std::sqrt(variance));
  }
}

Values values_of(std::span<const std::map<std::string, double>> items, std::string_view name) {
  Values values(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto found = items[i].find(std::string(name));
    if (found != items[i].end()) values[i] = static_cast<float>(found->second);
  }
  standardise(values);
  return values;
}

Values mix(const Recipe& recipe, std::span<const std::map<std::string, double>> items) {
  Values sums(items.size());
  std::vector<float> counts(items.size(), 0);
  for (const Ingredient& ingredient : recipe.of) {
    if (ingredient.name.empty()) continue;
    const Values values = values_of(items, ingredient.name);
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!values[i]) continue;
      sums[i] = sums[i].value_or(0) + ingredient.sign * *values[i];
      ++counts[i];
    }
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (sums[i]) *sums[i] /= counts[i];
  }
  standardise(sums);
  return sums;
}

}  // namespace

int SoundMoods::find(std::string_view mood) const {
  const auto at = std::lower_bound(names.begin(), names.end(), mood);
  return at == names.end() || *at != mood ? -1 : static_cast<int>(at - names.begin());
}

SoundMoods fit_sound_moods(std::span<const std::map<std::string, double>> items) {
  SoundMoods moods;
  std::vector<Values> columns;
  for (const Recipe& recipe : kRecipes) {
    Values column = mix(recipe, items);
    if (std::none_of(column.begin(), column.end(), [](const auto& value) { return value.has_value(); })) continue;
    moods.names.emplace_back(recipe.mood);
    columns.push_back(std::move(column));
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (const Values& column : columns) {
      moods.owned.push_back(std::clamp(column[i].value_or(0), -SoundMoods::kMostLift, SoundMoods::kMostLift));
    }
  }
  if (moods.names.empty()) moods.owned.clear();
  moods.lifts = moods.owned;
  return moods;
}

}  // namespace mla::training
