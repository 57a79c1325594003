#pragma once

#include "foundation/artifact/artifact.h"
#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "learning/training/context/mood.h"
#include "learning/training/context/occasion_lifts.h"
#include "learning/training/context/sound_moods.h"

namespace mla::training {

// What an occasion does to log-odds: weight · log lift.
struct OccasionModel {
  OccasionLifts lifts;
  float weight = 0;                 // 0: nothing was learnt, lifts are empty
  base::UnixMillis utc_offset = 0;  // from UTC to the listeners' time
};

// What a request's context adds to a bundle. Immutable after training or loading, thread-safe.
struct ContextModel {
  OccasionModel occasions;
  MoodModel moods;
  SoundMoods sound_moods;
};

// Views of `model` are kept by the writer.
void save_context(const ContextModel& model, artifact::Writer& writer);
// Nothing is learnt where the model has no context (one of an older version). kCorrupt if shapes disagree with `items`.
base::Result<ContextModel> load_context(const artifact::Reader& reader, std::size_t items, std::size_t tags);

}  // namespace mla::training
