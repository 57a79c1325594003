#include "learning/tagging/mood.h"

#include <algorithm>
#include <array>

namespace mla::tagging {
namespace {

constexpr double kMiddle = 0.7071067811865476;  // cos 45°

constexpr std::array<MoodPlace, 9> kPlaces = {{
    {"amazement", kMiddle, kMiddle},
    {"calmness", kMiddle, -kMiddle},
    {"joyful_activation", kMiddle, kMiddle},
    {"nostalgia", kMiddle, -kMiddle},
    {"power", kMiddle, kMiddle},
    {"sadness", -kMiddle, -kMiddle},
    {"solemnity", kMiddle, -kMiddle},
    {"tenderness", kMiddle, -kMiddle},
    {"tension", -kMiddle, kMiddle},
}};

}  // namespace

std::span<const MoodPlace> mood_places() { return kPlaces; }

const MoodPlace* find_mood_place(std::string_view mood) {
  const auto* at = std::find_if(kPlaces.begin(), kPlaces.end(), [&](const MoodPlace& p) { return p.mood == mood; });
  return at == kPlaces.end() ? nullptr : at;
}

}  // namespace mla::tagging
