#pragma once

#include <string>
#include <string_view>

#include "knowledge/audio/tonality/pitch_envelope.h"
#include "serving/analysis/analysis.h"
#include "serving/analysis/plots/plot_envelope.h"

namespace mla::analysis {

// One SVG document: waveform with beats, mel spectrogram, chroma with the key, tempo over time; `title` is the file's
// name. Self-contained: pictures are embedded, no script, no reference to anything outside.
std::string plot(std::string_view title, const Analysis& analysis, const PlotEnvelope& envelope,
                 const audio::PitchEnvelope& pitches);

}  // namespace mla::analysis
