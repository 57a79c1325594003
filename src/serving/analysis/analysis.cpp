#include "serving/analysis/analysis.h"

#include <optional>

#include <fmt/format.h>

#include "knowledge/audio/decode/resampler.h"
#include "knowledge/audio/dsp/stft.h"
#include "serving/analysis/plots/plot.h"

namespace mla::analysis {
namespace {

std::vector<std::string> notes_on(const audio::SourceCounts& counts) {
  std::vector<std::string> notes;
  if (counts.replaced > 0) {
    notes.push_back(fmt::format("{} samples were not finite numbers and count as silence", counts.replaced));
  }
  if (counts.damaged_packets > 0) {
    notes.push_back(fmt::format("{} damaged packets were left out", counts.damaged_packets));
  }
  return notes;
}

}  // namespace

base::Result<Analysis> analyze(audio::Source& source, const AnalyzeOptions& options) {
  audio::OnsetEnvelope onsets;
  audio::PitchEnvelope pitches;
  std::optional<PlotEnvelope> picture;
  std::vector<audio::FrameConsumer*> consumers = {&onsets, &pitches};
  if (options.plot) consumers.push_back(&picture.emplace());
  audio::Stft frames({.sample_rate = kSampleRate, .n_fft = kFrameLength, .hop_length = kHopLength}, consumers);
  audio::MonoReader reader(source, kSampleRate);
  for (;;) {
    MLA_ASSIGN(const std::span<const float> samples, reader.read());
    if (samples.empty()) break;
    frames.push(samples);
  }
  frames.finish();

  Analysis analysis;
  analysis.sample_rate = source.info().sample_rate;
  analysis.channels = source.info().channels;
  analysis.codec = source.info().codec;
  analysis.duration = static_cast<double>(source.counts().frames) / analysis.sample_rate;
  analysis.notes = notes_on(source.counts());
  analysis.rhythm = audio::find_rhythm(onsets, pitches);
  analysis.tonality = audio::find_tonality(pitches, analysis.rhythm.beats);
  if (picture) analysis.plot = plot(options.title, analysis, *picture, pitches);
  return analysis;
}

}  // namespace mla::analysis
