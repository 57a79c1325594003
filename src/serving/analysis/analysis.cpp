#include "serving/analysis/analysis.h"

#include <optional>

#include <fmt/format.h>

#include "knowledge/audio/decode/resampler.h"
#include "knowledge/audio/dsp/stft.h"
#include "knowledge/audio/fingerprint/chromaprint.h"
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

// Feeds the whole source, as one channel at kSampleRate, to `frames`.
base::Status feed(audio::Source& source, audio::Stft& frames, const audio::MonoReader::Tap& tap = {}) {
  audio::MonoReader reader(source, kSampleRate, tap);
  for (;;) {
    MLA_ASSIGN(const std::span<const float> samples, reader.read());
    if (samples.empty()) break;
    frames.push(samples);
  }
  frames.finish();
  return {};
}

// The descriptors of a long recording whose references came too late, once more with all of them known.
base::Result<audio::DescriptorSummary> second_pass(const audio::Source& source, const audio::StftOptions& stft,
                                                   const audio::SummaryReferences& references) {
  MLA_ASSIGN(audio::Source again, source.again());
  audio::Summary descriptors(stft, references);
  audio::Stft frames(stft, {&descriptors});
  MLA_CHECK(feed(again, frames));
  return descriptors.result();
}

}  // namespace

base::Result<Analysis> analyze(audio::Source& source, const AnalyzeOptions& options) {
  audio::OnsetEnvelope onsets;
  audio::PitchEnvelope pitches;
  const audio::StftOptions stft{.sample_rate = kSampleRate, .n_fft = kFrameLength, .hop_length = kHopLength};
  audio::Summary descriptors(stft);
  std::optional<PlotEnvelope> picture;
  std::optional<audio::StereoImage> stereo;
  std::optional<audio::Excerpts> excerpts;
  std::vector<audio::FrameConsumer*> consumers = {&onsets, &pitches, &descriptors};
  if (options.wanted.has(Part::kGenreMood)) {
    consumers.push_back(&excerpts.emplace(pitches, stereo.emplace(source.info().sample_rate)));
  }
  if (options.wanted.plot) consumers.push_back(&picture.emplace());
  audio::Stft frames(stft, consumers);
  const audio::SourceInfo& info = source.info();
  std::optional<audio::QualityAssessor> quality;
  if (options.wanted.has(Part::kQuality)) {
    quality.emplace(audio::Recording{
        .sample_rate = info.sample_rate, .channels = info.channels, .lossless = info.lossless, .bits = info.bits});
  }
  std::optional<audio::Chromaprint> fingerprint;
  if (options.wanted.has(Part::kFingerprint)) fingerprint.emplace(info);
  MLA_CHECK(feed(source, frames, [&](math::ConstMatrixView samples) {
    if (quality) quality->push(samples);
    if (stereo) stereo->push(samples);
    if (fingerprint) fingerprint->push(samples);
  }));

  Analysis analysis;
  analysis.sample_rate = info.sample_rate;
  analysis.channels = info.channels;
  analysis.codec = info.codec;
  analysis.duration = static_cast<double>(source.counts().frames) / analysis.sample_rate;
  analysis.notes = notes_on(source.counts());
  if (quality) analysis.quality = quality->finish();
  if (fingerprint) analysis.fingerprint = fingerprint->finish();
  if (descriptors.exact()) {
    analysis.descriptors = descriptors.result();
  } else {
    MLA_ASSIGN(analysis.descriptors, second_pass(source, stft, descriptors.references()));
  }
  if (excerpts) analysis.excerpts = excerpts->result();
  analysis.rhythm = audio::find_rhythm(onsets, pitches);
  analysis.tonality = audio::find_tonality(pitches, analysis.rhythm.beats);
  analysis.features =
      audio::find_audio_features(analysis.duration, analysis.rhythm, analysis.tonality,
                                 analysis.quality ? &analysis.quality->loudness : nullptr, analysis.excerpts);
  if (picture) analysis.plot = plot(options.title, analysis, *picture, pitches);
  return analysis;
}

}  // namespace mla::analysis
