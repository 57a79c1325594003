#include "knowledge/catalog/context_words.h"

#include <gtest/gtest.h>

namespace mla::catalog {
namespace {

TEST(Words, TimesOfDayInThreeLanguages) {
  const std::pair<const char*, const char*> words[] = {
      {"morning", "morning"}, {"Morgen", "morning"},       {"matin", "morning"},        {"midi", "noon"},
      {"Mittag", "noon"},     {"après-midi", "afternoon"}, {"APRÈS MIDI", "afternoon"}, {"Nachmittag", "afternoon"},
      {"abend", "evening"},   {"soirée", "evening"},       {"Nuit", "night"},           {"nachts", "night"},
  };
  for (const auto& [word, english] : words) EXPECT_EQ(normalise_time_of_day(word), english) << word;
  for (const char* word : {"", " ", "-", "tea", "mornin", "morningg", "\xc3"}) {
    EXPECT_FALSE(normalise_time_of_day(word).has_value()) << word;
  }
}

TEST(Words, DaysInThreeLanguages) {
  const char* days[][4] = {
      {"monday", "Monday", "Montag", "lundi"},      {"tuesday", "TUESDAY", "dienstag", "mardi"},
      {"wednesday", "wed", "Mittwoch", "mercredi"}, {"thursday", "thu", "Donnerstag", "jeudi"},
      {"friday", "fri", "freitag", "vendredi"},     {"saturday", "Sonnabend", "Samstag", "samedi"},
      {"sunday", "sun", "Sonntag", "dimanche"},     {"weekend", "week-end", "Wochenende", "fin de semaine"}};
  for (const auto& row : days) {
    for (const char* word : row) EXPECT_EQ(normalise_day_of_week(word), row[0]) << word;
  }
  EXPECT_FALSE(normalise_day_of_week("8").has_value());
}

TEST(Words, MoodsAreAnOpenList) {
  EXPECT_EQ(normalise_mood("entspannt"), "relaxed");
  EXPECT_EQ(normalise_mood("Détendu"), "relaxed");
  EXPECT_EQ(normalise_mood("fröhlich"), "happy");
  EXPECT_EQ(normalise_mood("FRÖHLICH"), "happy");
  EXPECT_EQ(normalise_mood("mélancolique"), "melancholic");
  EXPECT_EQ(normalise_mood("Wistful"), "wistful");
}

}  // namespace
}  // namespace mla::catalog
