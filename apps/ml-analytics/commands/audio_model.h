#pragma once

#include "apps/ml-analytics/call.h"

// train and evaluate --model-type audio: genre and mood from labelled files. Each returns the exit code.
namespace mla::apps {

int train_audio_model(const TrainOptions& words);
int evaluate_audio_model(const EvaluateOptions& words);

}  // namespace mla::apps
