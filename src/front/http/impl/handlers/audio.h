#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "front/engine/engine.h"
#include "front/http/impl/router.h"

namespace mla::http {

// What a file sounds like. Thread-safe.
class AudioAnalysis {
 public:
  static constexpr std::size_t kShort = 4 << 20;  // bytes; larger files become jobs
  static constexpr double kShortSeconds = 20;     // so do those that take longer
  static constexpr int kAtOnce = 1;               // at a time in the thread of a request; others become jobs

  static constexpr double kSweepSeconds = 3600;  // files whose job was cancelled go when others come

  // `uploads` is where files wait for their job; `allowed` are extensions (".mp3"). `engine` must outlive this.
  AudioAnalysis(engine::Engine& engine, std::filesystem::path uploads, std::vector<std::string> allowed)
      : engine_(engine), uploads_(std::move(uploads)), allowed_(std::move(allowed)) {}

  // multipart/form-data with one `file`: the analysis, or 202 and a job for one that takes longer or is to be one
  // (`background=true`).
  Response analyze(const Call& call);

 private:
  // Removes uploads that no job awaits, the first time and then every kSweepSeconds.
  void sweep();

  engine::Engine& engine_;
  const std::filesystem::path uploads_;
  const std::vector<std::string> allowed_;
  std::atomic<int> running_{0};
  std::atomic<double> swept_{-kSweepSeconds};  // on the monotonic clock
};

Response analyze_audio(AudioAnalysis& analysis, const Call& call);

// What is known of analysed items of the library: ids with commas between them, 100 at most; null for what is not.
Response audio_features(engine::Engine& engine, const Call& call);

}  // namespace mla::http
