#include "knowledge/audio/quality/assessor.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>

#include <fmt/format.h>

#include "knowledge/audio/quality/checks/checks.h"
#include "knowledge/audio/quality/impl/long_spectrum.h"

namespace mla::audio {
namespace {

constexpr std::size_t kFrames = 4096;  // at once, so that they stay in the cache from check to check
constexpr auto kChecks = {make_clipping_check, make_offset_check,    make_edges_check,   make_silence_check,
                          make_click_check,    make_hum_check,       make_noise_check,   make_bandwidth_check,
                          make_stereo_check,   make_bit_depth_check, make_dynamics_check};

double penalty(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return 0.02;
    case Severity::kWarning:
      return 0.1;
    case Severity::kError:
      return 0.25;
  }
  return 0;
}

// A converter may overshoot by this much between two samples at full scale; streaming services turn such tracks down.
void report_overs(const Loudness& loudness, std::vector<Finding>& findings) {
  constexpr double kAudible = 1.0;
  if (!loudness.true_peak_dbtp || *loudness.true_peak_dbtp <= 0) return;
  findings.push_back(
      {"inter_sample_over", *loudness.true_peak_dbtp > kAudible ? Severity::kWarning : Severity::kInfo,
       loudness.true_peak_seconds, loudness.true_peak_seconds, *loudness.true_peak_dbtp, "dBTP",
       fmt::format("the waveform reaches {:+.1f} dB above full scale between the samples", *loudness.true_peak_dbtp)});
}

}  // namespace

double quality_score(std::span<const Finding> findings) {
  std::map<std::string_view, double> worst;
  for (const Finding& finding : findings) {
    double& of_kind = worst[finding.kind];
    of_kind = std::max(of_kind, penalty(finding.severity));
  }
  double score = 1;
  for (const auto& [kind, taken] : worst) score -= taken;
  return std::max(0.0, score);
}

QualityAssessor::~QualityAssessor() = default;

QualityAssessor::QualityAssessor(const Recording& recording)
    : recording_(recording),
      loudness_(recording.sample_rate, recording.channels),
      spectrum_(std::make_unique<LongSpectrum>(recording.sample_rate, [this](const PowerSpectrum& spectrum) {
        for (const auto& check : checks_) check->look_at(spectrum);
      })) {
  for (const auto& make : kChecks) checks_.push_back(make(recording));
}

void QualityAssessor::push(math::ConstMatrixView samples) {
  for (std::size_t begin = 0; begin < samples.cols; begin += kFrames) {
    const std::size_t frames = std::min(kFrames, samples.cols - begin);
    const Block block = measure_.measure({samples.data + begin, samples.rows, frames, samples.stride});
    loudness_.push(block);
    for (const auto& check : checks_) check->push(block);
    spectrum_->push(block.samples);
  }
}

Quality QualityAssessor::finish() {
  Quality quality;
  quality.loudness = loudness_.finish();
  for (const auto& check : checks_) check->finish(quality.findings);
  report_overs(quality.loudness, quality.findings);
  std::sort(quality.findings.begin(), quality.findings.end(),
            [](const Finding& a, const Finding& b) { return std::tie(a.start, a.kind) < std::tie(b.start, b.kind); });
  quality.score = quality_score(quality.findings);
  return quality;
}

}  // namespace mla::audio
