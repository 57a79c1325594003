// The excerpt vectors of audio files and what they cost: excerpts FILE… prints one line an excerpt, `file,column,…`,
// and on stderr the processor time per second of audio. For experiments on features outside the program.
#include "knowledge/audio/excerpts/excerpts.h"

#include <cstdio>
#include <ctime>

#include <fmt/format.h>

#include "knowledge/audio/decode/resampler.h"

int main(int argc, char** argv) {
  using namespace mla;
  if (argc < 2) {
    fmt::print(stderr, "excerpts FILE…\n");
    return 2;
  }
  double seconds = 0, cpu[2] = {};
  for (int i = 1; i < argc; ++i) {
    const auto loaded = audio::load_mono(argv[i], 22050);
    if (!loaded.ok()) {
      fmt::print(stderr, "{}: {}\n", argv[i], loaded.error().message);
      return 1;
    }
    // Without and with them: what they cost is the difference.
    for (const bool with : {false, true}) {
      audio::PitchEnvelope pitches;
      audio::Excerpts excerpts(pitches);
      std::vector<audio::FrameConsumer*> consumers = {&pitches};
      if (with) consumers.push_back(&excerpts);
      const std::clock_t begin = std::clock();
      audio::Stft stft({}, consumers);
      stft.push(loaded->samples);
      stft.finish();
      cpu[with ? 1 : 0] += static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
      if (!with) continue;
      const audio::ExcerptVectors vectors = excerpts.result();
      for (std::size_t row = 0; row < vectors.count; ++row) {
        fmt::print("{}", argv[i]);
        for (const float value : vectors.row(row)) fmt::print(",{:.6g}", value);
        fmt::print("\n");
      }
    }
    seconds += static_cast<double>(loaded->samples.size()) / 22050;
  }
  fmt::print(stderr, "excerpt vectors: {:.3f} ms of CPU per second of audio (STFT and pitches: {:.3f})\n",
             1000 * (cpu[1] - cpu[0]) / seconds, 1000 * cpu[0] / seconds);
  return 0;
}
