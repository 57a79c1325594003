#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "foundation/math/matrix.h"
#include "knowledge/audio/quality/block.h"
#include "knowledge/audio/quality/check.h"
#include "knowledge/audio/quality/finding.h"
#include "knowledge/audio/quality/loudness.h"

namespace mla::audio {

class LongSpectrum;

// How well a recording is made, technically.
struct Quality {
  // 1 is without fault. Of each kind of finding the worst counts: info 0.02, warning 0.1, error 0.25 are taken off;
  // never below 0.
  double score = 1;
  std::vector<Finding> findings;  // by start, then kind
  Loudness loudness;
};

double quality_score(std::span<const Finding> findings);

// Assesses one recording while it is decoded, at its own sample rate, in one pass; needs about 1 MB, and 2 kB for each
// minute. Not thread-safe.
class QualityAssessor {
 public:
  // REQUIRES: positive rate and channels.
  explicit QualityAssessor(const Recording& recording);
  ~QualityAssessor();
  QualityAssessor(const QualityAssessor&) = delete;
  QualityAssessor& operator=(const QualityAssessor&) = delete;

  // The next channels × frames samples, full scale 1. REQUIRES: finite; as many rows as the recording has channels.
  void push(math::ConstMatrixView samples);
  // Call once, after the last block.
  Quality finish();

 private:
  Recording recording_;
  LoudnessMeter loudness_;
  std::unique_ptr<LongSpectrum> spectrum_;
  std::vector<std::unique_ptr<QualityCheck>> checks_;
  BlockMeasure measure_;
};

}  // namespace mla::audio
