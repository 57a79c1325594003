#include "apps/ml-analytics/show.h"

#include <fmt/format.h>

namespace mla::apps {

std::string to_text(const recommend::Answer& answer) {
  std::string text;
  for (const std::string& note : answer.notes) text += fmt::format("  note: {}\n", note);
  int number = 0;
  for (const recommend::Recommendation& one : answer.recommendations) {
    const bool has_artist = !one.artist_name.empty() && one.artist_name != one.track_name;
    text +=
        fmt::format("{:>3}. {}{}  ({:.0f} %)\n     {}\n", ++number, one.track_name,
                    has_artist ? " – " + one.artist_name : "", one.confidence_score * 100, one.recommendation_reason);
  }
  if (answer.recommendations.empty()) text += "  nothing left to recommend: everything known is heard or refused\n";
  return text;
}

}  // namespace mla::apps
