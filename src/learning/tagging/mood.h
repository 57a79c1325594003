#pragma once

#include <span>
#include <string_view>

namespace mla::tagging {

// Where a mood lies on Russell's circumplex (J. A. Russell, "A circumplex model of affect", JPSP 39, 1980): valence
// from unpleasant −1 to pleasant 1, arousal from calm −1 to excited 1.
//
// Zentner, Grandjean and Scherer ("Emotions evoked by the sound of music", Emotion 8, 2008) found three factors above
// the nine emotions of their scale (GEMS): vitality (power, joyful activation), unease (tension, sadness) and sublimity
// (the others). Each mood is the middle of the quadrant that its factor and its meaning leave: vitality is pleasant and
// excited, sublimity pleasant and calm, of unease tension is excited and sadness calm. Amazement (wonder) is sublime
// but counts as aroused among Russell's words (astonished, excited). No finer place is claimed.
struct MoodPlace {
  std::string_view mood;  // the column's name in Emotify, which names some emotions otherwise than GEMS does
  double valence = 0;
  double arousal = 0;
};

std::span<const MoodPlace> mood_places();
// Null for a target of one's own: it has no place.
const MoodPlace* find_mood_place(std::string_view mood);

inline constexpr std::string_view kMoodSource =
    "quadrants of Russell's circumplex (1980) by the factors of the Geneva Emotional Music Scale (Zentner et al. 2008)";

}  // namespace mla::tagging
