#include "apps/ml-analytics/show.h"

#include <fmt/format.h>

namespace mla::apps {

std::string to_text(const recommend::Answer& answer) {
  std::string text;
  for (const std::string& note : answer.notes) text += fmt::format("  note: {}\n", note);
  int number = 0;
  for (const recommend::Recommendation& one : answer.recommendations) {
    const bool has_artist = !one.artist_name.empty() && one.artist_name != one.track_name;
    // Where nothing is known of how often such a guess is right, none is made.
    const std::string confidence =
        one.confidence_score > 0 ? fmt::format("  ({:.0f} %)", one.confidence_score * 100) : "";
    text += fmt::format("{:>3}. {}{}{}\n     {}\n", ++number, one.track_name, has_artist ? " – " + one.artist_name : "",
                        confidence, one.recommendation_reason);
  }
  if (answer.recommendations.empty()) text += "  nothing left to recommend: everything known is heard or refused\n";
  return text;
}

}  // namespace mla::apps
