#pragma once

#include <optional>
#include <string>
#include <string_view>

// Words of a request's context in English, German and French.
namespace mla::catalog {

// "morning", "noon", "afternoon", "evening" or "night"; case, accents and hyphens do not matter.
std::optional<std::string> normalise_time_of_day(std::string_view word);

// "monday" … "sunday"; "weekday" and "weekend" too.
std::optional<std::string> normalise_day_of_week(std::string_view word);

// The English word if the mood is known ("entspannt" gives "relaxed"), else the word itself in lower case: moods are
// an open list.
std::string normalise_mood(std::string_view word);

}  // namespace mla::catalog
