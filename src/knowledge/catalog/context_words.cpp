#include "knowledge/catalog/context_words.h"

#include <array>
#include <span>

#include "foundation/base/parse.h"

namespace mla::catalog {
namespace {

// The English word first, then what else means it. All in folded form.
struct Meaning {
  std::string_view english;
  std::array<std::string_view, 5> others;
};

constexpr Meaning kTimes[] = {
    {"morning", {"morgen", "morgens", "vormittag", "matin"}},
    {"noon", {"midday", "mittag", "mittags", "midi"}},
    {"afternoon", {"nachmittag", "nachmittags", "apresmidi"}},
    {"evening", {"abend", "abends", "soir", "soiree"}},
    {"night", {"nacht", "nachts", "nuit", "midnight", "mitternacht"}},
};

constexpr Meaning kDays[] = {
    {"monday", {"montag", "lundi", "mon", "mo"}},
    {"tuesday", {"dienstag", "mardi", "tue", "di"}},
    {"wednesday", {"mittwoch", "mercredi", "wed", "mi"}},
    {"thursday", {"donnerstag", "jeudi", "thu", "do"}},
    {"friday", {"freitag", "vendredi", "fri", "fr"}},
    {"saturday", {"samstag", "sonnabend", "samedi", "sat", "sa"}},
    {"sunday", {"sonntag", "dimanche", "sun", "so"}},
    {"weekday", {"werktag", "jourouvrable", "wochentag"}},
    {"weekend", {"wochenende", "finsemaine", "findesemaine"}},
};

constexpr Meaning kMoods[] = {
    {"relaxed", {"entspannt", "detendu", "detendue", "chill", "chilled"}},
    {"calm", {"ruhig", "calme", "peaceful", "friedlich"}},
    {"happy", {"frohlich", "gluecklich", "glucklich", "heureux", "joyeux"}},
    {"sad", {"traurig", "triste"}},
    {"energetic", {"energisch", "energiegeladen", "energique"}},
    {"focused", {"konzentriert", "concentre", "focus"}},
    {"melancholic", {"melancholisch", "melancolique"}},
    {"romantic", {"romantisch", "romantique"}},
    {"angry", {"wutend", "wuetend", "fache", "colere"}},
    {"nostalgic", {"nostalgisch", "nostalgique"}},
    {"tired", {"mude", "muede", "fatigue", "fatiguee", "sleepy"}},
    {"party", {"feiern", "fete", "festlich", "festif"}},
};

// Lower case, without spaces, hyphens and apostrophes, and without the accents of German and French (two bytes that
// start with C3 in UTF-8, upper and lower case alike).
std::string fold(std::string_view word) {
  std::string folded;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    if (c == ' ' || c == '-' || c == '_' || c == '\'') continue;
    if (static_cast<unsigned char>(c) != 0xC3 || i + 1 == word.size()) {
      folded += c;
      continue;
    }
    const auto second = static_cast<unsigned char>(word[++i]) | 0x20u;
    if (second >= 0xA0 && second <= 0xA5) folded += 'a';
    if (second == 0xA7) folded += 'c';
    if (second >= 0xA8 && second <= 0xAB) folded += 'e';
    if (second >= 0xAC && second <= 0xAF) folded += 'i';
    if (second >= 0xB2 && second <= 0xB6) folded += 'o';
    if (second >= 0xB9 && second <= 0xBC) folded += 'u';
  }
  return base::to_lower(folded);
}

std::optional<std::string> find(std::span<const Meaning> meanings, std::string_view word) {
  const std::string folded = fold(word);
  if (folded.empty()) return std::nullopt;
  for (const Meaning& meaning : meanings) {
    if (folded == meaning.english) return std::string(meaning.english);
    for (const std::string_view other : meaning.others) {
      if (folded == other) return std::string(meaning.english);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> normalise_time_of_day(std::string_view word) { return find(kTimes, word); }
std::optional<std::string> normalise_day_of_week(std::string_view word) { return find(kDays, word); }
std::string normalise_mood(std::string_view word) { return find(kMoods, word).value_or(base::to_lower(word)); }

}  // namespace mla::catalog
