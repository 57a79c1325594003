#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "knowledge/audio/dsp/stft.h"

namespace mla::analysis {

// What of a signal a picture shows, whatever its length: at most 2·kColumns columns, each of the same number of frames.
class PlotEnvelope final : public audio::FrameConsumer {
 public:
  static constexpr std::size_t kColumns = 1100;
  static constexpr std::size_t kBands = 96;  // mel bands of equal width
  static constexpr double kLowest = 30.0;    // Hz
  static constexpr double kHighest = 11000.0;

  struct Column {
    float low = 0;                      // smallest sample
    float high = 0;                     // largest sample
    std::array<float, kBands> power{};  // mean power in each band, the lowest first
  };

  PlotEnvelope();
  void frame(const audio::Frame& frame) override;
  void finish() override;

  const std::vector<Column>& columns() const { return columns_; }
  // The lower edge of a band in Hz; of kBands the upper edge of the last.
  static double edge(std::size_t band);

 private:
  void close_column();

  std::array<std::size_t, kBands + 1> bins_{};
  Column open_;
  std::size_t in_open_ = 0;
  std::size_t frames_a_column_ = 1;
  std::vector<Column> columns_;
};

}  // namespace mla::analysis
