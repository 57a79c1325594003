// The excerpt vectors of audio files and what they cost: excerpts FILE… prints one line an excerpt, `file,column,…`,
// and on stderr the processor time per second of audio. For experiments on features outside the program.
#include "knowledge/audio/excerpts/excerpts.h"

#include <cstdio>
#include <ctime>

#include <fmt/format.h>

#include "knowledge/audio/decode/resampler.h"

namespace {

// Counts the processor time of a consumer. std::clock costs a fraction of a microsecond a frame.
class Timed : public mla::audio::FrameConsumer {
 public:
  explicit Timed(mla::audio::FrameConsumer& inner) : inner_(inner) {}
  void frame(const mla::audio::Frame& frame) override {
    const std::clock_t begin = std::clock();
    inner_.frame(frame);
    seconds += static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  }
  void finish() override {
    const std::clock_t begin = std::clock();
    inner_.finish();
    seconds += static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  }
  double seconds = 0;

 private:
  mla::audio::FrameConsumer& inner_;
};

}  // namespace

int main(int argc, char** argv) {
  using namespace mla;
  if (argc < 2) {
    fmt::print(stderr, "excerpts FILE…\n");
    return 2;
  }
  double seconds = 0, cpu = 0;
  for (int i = 1; i < argc; ++i) {
    auto source = audio::Source::open(argv[i]);
    if (!source.ok()) {
      fmt::print(stderr, "{}\n", source.error().message);
      return 1;
    }
    // The parts of the core that excerpts rest on run first, so that what is counted is theirs alone.
    audio::PitchEnvelope pitches;
    audio::StereoImage stereo(source->info().sample_rate);
    audio::Excerpts excerpts(pitches, stereo);
    Timed timed_pitches(pitches), timed_excerpts(excerpts);
    audio::Stft stft({}, {&timed_pitches, &timed_excerpts});
    audio::MonoReader reader(*source, 22050, [&](math::ConstMatrixView samples) {
      const std::clock_t begin = std::clock();
      stereo.push(samples);
      cpu += static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    });
    for (;;) {
      const auto samples = reader.read();
      if (!samples.ok() || samples->empty()) break;
      stft.push(*samples);
    }
    stft.finish();
    cpu += timed_excerpts.seconds;
    seconds += static_cast<double>(stft.samples()) / 22050;
    const audio::ExcerptVectors vectors = excerpts.result();
    for (std::size_t row = 0; row < vectors.count; ++row) {
      fmt::print("{}", argv[i]);
      for (const float value : vectors.row(row)) fmt::print(",{:.6g}", value);
      fmt::print("\n");
    }
  }
  fmt::print(stderr, "excerpt vectors: {:.3f} ms of CPU per second of audio\n", 1000 * cpu / seconds);
  return 0;
}
