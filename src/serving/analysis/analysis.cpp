#include "serving/analysis/analysis.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "knowledge/audio/decode/resampler.h"

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

base::Result<Analysis> analyze(audio::Source& source) {
  audio::MonoReader reader(source, kSampleRate);
  for (;;) {
    MLA_ASSIGN(const std::span<const float> samples, reader.read());
    if (samples.empty()) break;
  }
  Analysis analysis;
  analysis.sample_rate = source.info().sample_rate;
  analysis.channels = source.info().channels;
  analysis.codec = source.info().codec;
  analysis.duration = static_cast<double>(source.counts().frames) / analysis.sample_rate;
  analysis.notes = notes_on(source.counts());
  return analysis;
}

boost::json::object to_json(const Analysis& analysis) {
  boost::json::object object;
  object["duration"] = analysis.duration;
  object["sample_rate"] = analysis.sample_rate;
  object["channels"] = analysis.channels;
  object["codec"] = analysis.codec;
  if (!analysis.notes.empty()) object["notes"] = boost::json::array(analysis.notes.begin(), analysis.notes.end());
  return object;
}

}  // namespace mla::analysis
