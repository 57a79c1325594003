#pragma once

#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "foundation/math/matrix.h"
#include "learning/tagging/tagging_data.h"

namespace mla::tagging {

// How right what is said of clips is.
struct TaggingScore {
  double genre_accuracy = 0;
  double calibration_error = 0;                     // of the likeliest genre, ten bins
  std::vector<std::vector<std::size_t>> confusion;  // [true][said]
  std::vector<double> mood_r2;                      // of each mood
  double mood_r2_mean = 0;
};

// What a tagger said of clips: probabilities (clips × genres) and moods (clips × moods).
struct Said {
  math::Matrix genres, moods;
};
TaggingScore score(const Said& said, const TaggingData& truth);

struct CrossValidation {
  int repetitions = 0;
  int folds = 0;
  std::vector<TaggingScore> scores;  // one a repetition, over all its folds
  double mean_accuracy() const;
  double deviation_accuracy() const;
  double mean_r2() const;
  double mean_calibration_error() const;
  std::vector<double> mean_mood_r2() const;
};

// Repeated cross-validation by artist: in each repetition all artists are dealt into folds anew, a tagger is fitted
// without each fold (its own parameters chosen inside: nested) and asked about it. Fits run in parallel.
base::Result<CrossValidation> cross_validate(const TaggingData& data, int repetitions, int folds, base::Work& work);

// {"genre_accuracy": …, "genre_confusion": {true: {said: n}}, "mood_r2": {name: r2}, "mood_r2_mean", "tracks", …}
boost::json::object to_object(const TaggingScore& score, const TaggingData& data);

}  // namespace mla::tagging
