#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "foundation/artifact/artifact.h"
#include "foundation/base/result.h"
#include "foundation/math/matrix.h"
#include "learning/tagging/clip_kernel.h"

namespace mla::tagging {

// What is said of one clip.
struct Tags {
  std::vector<float> genres;  // a probability for each of Tagger::genres(), sum 1; empty if it knows none
  std::vector<float> moods;   // for each of Tagger::moods(), within the range that was met in training
  float closeness = 0;        // mean similarity to the nearest training excerpts, 0 … 1
  bool in_domain = false;     // as close as training clips are to those of other artists
};

// One of the regressions of a tagger: outputs = K(γ) dual + centre.
struct Regression {
  int gamma = 0;  // index into ClipKernel::kGammas
  double lambda = 0;
  math::Matrix dual;
  std::vector<float> centre;
};

// Tells genre and mood of a clip from its excerpt vectors: kernel ridge regression on the genres (one output each, 1 or
// 0, whose differences a fitted temperature turns into probabilities) and on the moods, each the mean over the
// excerpts. Immutable, thread-safe. Made by `fit_tagger` (training.h) or `load`.
class Tagger {
 public:
  const std::vector<std::string>& genres() const { return genres_; }
  const std::vector<std::string>& moods() const { return moods_; }

  // A value of mood `mood` on a scale of 0 … 1: itself if training stayed within 0 … 1, else the share of the way from
  // the lowest to the highest training value.
  double on_unit_scale(std::size_t mood, double value) const;

  // REQUIRES: at least one excerpt, of the columns that it was fitted on.
  Tags tag(math::ConstMatrixView excerpts) const;

  // The writer keeps views of this.
  void save(artifact::Writer& writer) const;
  // kUnsupported if it was made from excerpt vectors of another version (the message has the command that makes it
  // anew), kCorrupt if parts are missing or shapes disagree.
  static base::Result<Tagger> load(const artifact::Reader& reader);

 private:
  friend class TaggerFit;

  std::vector<std::string> genres_, moods_;
  ClipKernel kernel_;
  std::vector<std::uint8_t> references_;  // encoded training excerpts
  Regression genre_, mood_;
  float temperature_ = 1;                // multiplies scores before the softmax
  float domain_ = 0;                     // closeness below which a clip is foreign
  std::vector<float> lowest_, highest_;  // of each mood in training
};

// The mean of the kNearest largest of `similarities`, which is reordered.
float closeness(std::vector<float>& similarities);

// softmax(temperature · scores)
std::vector<float> probabilities(std::span<const float> scores, double temperature);

}  // namespace mla::tagging
