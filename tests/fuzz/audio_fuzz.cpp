// rooms: analysis
// runs: 0
// Any bytes as an audio file: decoded from memory and analysed, plot included. What comes out is bounded and finite.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "knowledge/audio/decode/source.h"
#include "serving/analysis/analysis.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Limits that keep one input below a second.
  const mla::audio::DecodeLimits limits{.max_seconds = 5, .max_channels = 8, .min_sample_rate = 4000};
  auto source = mla::audio::Source::open_bytes(std::as_bytes(std::span(data, size)), "fuzz", limits);
  if (!source.ok()) return 0;
  const auto analysis = mla::analysis::analyze(*source, {.wanted = {.plot = true}, .title = "fuzz"});
  if (!analysis.ok()) return 0;
  if (!(analysis->duration > 0) || analysis->duration > 5) std::abort();
  if (!std::isfinite(analysis->rhythm.tempo) || analysis->plot.empty()) std::abort();
  if (mla::analysis::to_json(*analysis).empty()) std::abort();
  return 0;
}
