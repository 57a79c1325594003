#include "knowledge/catalog/import/demo_names.h"

#include <fmt/format.h>

namespace mla::catalog {
namespace {

constexpr std::array<std::string_view, 22> kOnsets = {"B", "Br", "D", "F", "G",  "H", "J",  "K", "L", "M", "N",
                                                      "P", "Qu", "R", "S", "Sv", "T", "Tr", "V", "W", "Y", "Z"};
constexpr std::array<std::string_view, 12> kVowels = {"a", "e", "i", "o", "u", "ae", "ai", "eo", "ia", "io", "ou", "y"};
constexpr std::array<std::string_view, 16> kMiddles = {"l",  "r", "n",  "m",  "v", "ld", "rn", "nd",
                                                       "st", "k", "th", "sh", "z", "lm", "rv", "nn"};
constexpr std::array<std::string_view, 14> kEndings = {"a",   "o",  "en",  "is", "an", "el", "ik",
                                                       "ara", "on", "une", "ov", "ey", "ir", "eth"};
constexpr std::array<std::string_view, 28> kAdjectives = {
    "Amber",    "Borrowed", "Broken", "Copper", "Crooked", "Distant", "Early",  "Electric", "Empty", "Folded",
    "Gentle",   "Hidden",   "Hollow", "Late",   "Little",  "Lost",    "Low",    "Northern", "Paper", "Quiet",
    "Restless", "Second",   "Silver", "Slow",   "Sudden",  "Tidal",   "Velvet", "Winter"};
constexpr std::array<std::string_view, 32> kNouns = {
    "Harbour", "Lantern",   "Orchard", "Signal",  "Window",  "River",  "Engine",    "Garden",
    "Letter",  "Mirror",    "Station", "Comet",   "Shadow",  "Meadow", "Circuit",   "Weather",
    "Thread",  "Island",    "Candle",  "Horizon", "Current", "Corner", "Staircase", "Festival",
    "Kingdom", "Satellite", "Valley",  "Promise", "Morning", "Ladder", "Tide",      "Ember"};

template <std::size_t N>
std::string_view pick(const std::array<std::string_view, N>& words, base::Random& random) {
  return words[random.below(N)];
}

std::string invented_word(base::Random& random) {
  std::string word = fmt::format("{}{}{}", pick(kOnsets, random), pick(kVowels, random), pick(kMiddles, random));
  if (random.below(3) == 0) word += fmt::format("{}{}", pick(kVowels, random), pick(kMiddles, random));
  return word.append(pick(kEndings, random));
}

}  // namespace

std::string demo_artist_name(base::Random& random) {
  switch (random.below(5)) {
    case 0:
      return invented_word(random);
    case 1:
      return fmt::format("The {} {}s", invented_word(random), pick(kNouns, random));
    case 2:
      return fmt::format("{} & {}", invented_word(random), invented_word(random));
    default:
      return fmt::format("{} {}", invented_word(random), invented_word(random));
  }
}

std::string demo_title(base::Random& random) {
  switch (random.below(6)) {
    case 0:
      return std::string(pick(kNouns, random));
    case 1:
      return fmt::format("{} of the {}", pick(kNouns, random), pick(kNouns, random));
    case 2:
      return fmt::format("{} and {}", pick(kNouns, random), pick(kNouns, random));
    case 3:
      return fmt::format("Song for {}", invented_word(random));
    default:
      return fmt::format("{} {}", pick(kAdjectives, random), pick(kNouns, random));
  }
}

}  // namespace mla::catalog
